using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NationalId.Core.Platform.Secrets;
using Polly;
using Polly.Timeout;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// A partner (MOSIP, IDA, OpenCRVS, the country configuration, the default system) did not take what we sent. The
/// message names the partner and what happened in fixed words: no address, no id, nothing of an answer. It has no inner
/// exception for that reason.
/// </summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
public abstract class DeliveryException(string reason) : Exception(PartnerText.Cut(reason, PartnerText.LongestReason))
{
    /// <summary>What happened: a fixed sentence, fit for logs and the ledger.</summary>
    public string Reason => Message;
}

/// <summary>
/// It may succeed later, by itself or once an operator has repaired something: repeat with a growing delay
/// (docs/architecture.md, "Rules that keep events").
/// </summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
/// <param name="retryAfter">How long the partner asked us to wait.</param>
public class TransientFailureException(string reason, TimeSpan? retryAfter = null) : DeliveryException(reason)
{
    /// <summary>
    /// How long the partner asked us to wait; null when it did not say. Never negative, at most a day.
    /// </summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>The partner will never take this message as it is: to the poison queue with the reason.</summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
public sealed class PermanentFailureException(string reason) : DeliveryException(reason);

/// <summary>
/// The event contradicts what is known, or lacks what the partner can't do without: kept and flagged for an operator,
/// not delivered.
/// </summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
public class FlaggedException(string reason) : DeliveryException(reason);

/// <summary>
/// The event contradicts what is known of its record or number. It is flagged as others are, and an alert says so: of
/// two that claim the same, people have to find out which is right.
/// </summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
public sealed class ContradictionException(string reason) : FlaggedException(reason);

/// <summary>
/// Nothing is wrong with the event, and nothing is left to do for it: it is kept with the reason, and not sent.
/// </summary>
/// <param name="reason">A fixed sentence, fit for logs and the ledger.</param>
public sealed class KeptException(string reason) : DeliveryException(reason);

/// <summary>The one place that decides what may be repeated.</summary>
public static class Failures
{
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    /// <summary>
    /// What an answer without success means. Permanent are the 4xx that speak of our message (400, 413, 422 and the
    /// like). The 4xx that speak of credentials, addresses or load (401, 403, 404, 405, 407, 408, 421, 423, 425, 426,
    /// 429) can be repaired and are transient, as are redirects and all 5xx. MOSIP's 400 has codes of its own:
    /// the destination reads them first.
    /// </summary>
    /// <param name="response">The answer; its body is not read.</param>
    /// <param name="party">The partner's name for people, e.g. <c>MOSIP</c>.</param>
    /// <param name="now">The present, to count a Retry-After that is a date.</param>
    public static DeliveryException FromStatus(HttpResponseMessage response, string party, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        var reason = $"{party} answered {status}.";
        var repairable =
            status is < 400 or >= 500 or 401 or 403 or 404 or 405 or 407 or 408 or 421 or 423 or 425 or 426 or 429;
        return repairable
            ? new TransientFailureException(reason, RetryAfter(response, now))
            : new PermanentFailureException(reason);
    }

    /// <summary>
    /// What an answer without success means where nothing in it speaks of one event: an operator can repair it.
    /// </summary>
    /// <inheritdoc cref="FromStatus"/>
    public static TransientFailureException Repairable(HttpResponseMessage response, string party, DateTimeOffset now)
    {
        var failure = FromStatus(response, party, now);
        return failure as TransientFailureException ?? new TransientFailureException(failure.Reason);
    }

    /// <summary>
    /// What an exception of a call means: connection failures, timeouts, open circuits and missing secrets are
    /// transient. Meant for
    /// <c>catch (Exception e) when (Failures.Wrap(e, party, token) is { } failure) { throw failure; }</c>.
    /// </summary>
    /// <param name="exception">What the call threw.</param>
    /// <param name="party">The partner's name for people.</param>
    /// <param name="cancellationToken">The caller's token: its cancellation is no failure of the partner.</param>
    /// <returns>The failure; null when the exception is the caller's own (a cancellation, a bug, or already a
    /// <see cref="DeliveryException"/>).</returns>
    public static DeliveryException? Wrap(Exception exception, string party, CancellationToken cancellationToken) =>
        exception switch
        {
            DeliveryException => null,
            OperationCanceledException when cancellationToken.IsCancellationRequested => null,
            OperationCanceledException or TimeoutRejectedException or TimeoutException => new TransientFailureException(
                $"{party} did not answer in time."
            ),
            HttpRequestException http => new TransientFailureException(
                $"{party} can't be reached ({http.HttpRequestError})."
            ),
            SocketException => new TransientFailureException($"{party} can't be reached."),
            IOException => new TransientFailureException($"The connection to {party} broke."),
            // Open circuits, rate limits: everything by which the resilience pipeline itself refuses a call.
            ExecutionRejectedException => new TransientFailureException(
                $"{party} is not called for a while: too many calls failed."
            ),
            SecretMissingException missing => new TransientFailureException($"The secret '{missing.Name}' is missing."),
            SecretUnusableException unusable => new TransientFailureException(
                $"The secret '{unusable.Name}' can't be used."
            ),
            SecretStoreUnavailableException => new TransientFailureException("The secret store can't be reached."),
            _ => null,
        };

    /// <summary>
    /// Runs a call to a partner; whatever goes wrong in it comes out as a <see cref="DeliveryException"/>.
    /// </summary>
    internal static async Task<T> CallAsync<T>(string party, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (JsonException)
        {
            throw Unreadable(party);
        }
        catch (Exception failure) when (Wrap(failure, party, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <summary>Throws what an answer without success means.</summary>
    internal static void ThrowUnlessSuccess(HttpResponseMessage response, string party, DateTimeOffset now)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw FromStatus(response, party, now);
        }
    }

    /// <summary>
    /// An answer with success that is not what was agreed (HTML of a gateway, nothing, half a message): transient.
    /// </summary>
    /// <param name="party">The partner's name for people.</param>
    public static TransientFailureException Unreadable(string party) =>
        new($"{party} answered something that can't be read.");

    /// <summary>
    /// Whether an answer is a page: a gateway, a maintenance notice or a sign-in answered with success, not the
    /// partner.
    /// </summary>
    /// <param name="body">The answer's beginning.</param>
    internal static bool IsPage(ReadOnlySpan<byte> body) => body.TrimStart(" \t\r\n\uFEFF"u8).StartsWith("<"u8);

    /// <summary>Reads a body up to a limit, so that a partner gone wrong can't fill our memory.</summary>
    /// <exception cref="TransientFailureException">It is longer.</exception>
    internal static async Task<byte[]> ReadBodyAsync(
        HttpResponseMessage response,
        int limit,
        string party,
        CancellationToken cancellationToken
    )
    {
        var body = await ReadStartAsync(response, limit + 1, cancellationToken);
        return body.Length <= limit ? body : throw Unreadable(party);
    }

    /// <summary>Reads at most this many bytes of a body.</summary>
    internal static async Task<byte[]> ReadStartAsync(
        HttpResponseMessage response,
        int limit,
        CancellationToken cancellationToken
    )
    {
        using var body = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using (stream)
        {
            var chunk = new byte[Math.Min(limit, 4096)];
            for (
                int read;
                (
                    read = await stream.ReadAsync(
                        chunk.AsMemory(0, Math.Min(chunk.Length, limit - (int)body.Length)),
                        cancellationToken
                    )
                ) > 0;

            )
            {
                body.Write(chunk, 0, read);
            }
        }

        return body.ToArray();
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (
            response.Headers.RetryAfter is not { } header
            || (response.StatusCode is not HttpStatusCode.TooManyRequests && (int)response.StatusCode < 500)
        )
        {
            return null;
        }

        var wait = header.Delta ?? header.Date - now ?? TimeSpan.Zero;
        return wait < TimeSpan.Zero ? TimeSpan.Zero
            : wait > LongestRetryAfter ? LongestRetryAfter
            : wait;
    }
}
