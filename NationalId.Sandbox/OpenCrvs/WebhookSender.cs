using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>One try to deliver: a status, or the reason why there was none.</summary>
public sealed record DeliveryAttempt(Uri Callback, DateTimeOffset At, int? Status, TimeSpan Took, string? Error);

/// <summary>An event that was sent, to all subscribers of its topic.</summary>
public sealed record SentEvent(
    string Topic,
    string RegistrationNumber,
    string CompositionId,
    string TrackingId,
    string PatientId,
    byte[] Body,
    IReadOnlyList<DeliveryAttempt> Attempts
)
{
    /// <summary>The last answer's status; null when nobody answered.</summary>
    public int? Status => Attempts.Count > 0 ? Attempts[^1].Status : null;

    internal WrittenBundle Bundle { get; init; } = null!;
}

/// <summary>Sends as OpenCRVS's queue does: three tries, and only a failed connection counts as a failure.</summary>
internal sealed class WebhookSender(OpenCrvsSandbox owner, HttpClient http)
{
    private const int Tries = 3;

    public async Task<SentEvent> SendAsync(
        string topic,
        WrittenBundle bundle,
        string compositionId,
        string trackingId,
        CancellationToken ct
    )
    {
        var attempts = new ConcurrentQueue<DeliveryAttempt>();
        byte[] first = [];
        foreach (var hook in owner.Subscribed.Where(hook => hook.Topic == topic))
        {
            var callback =
                hook.Callback ?? owner.ClientCallback ?? throw new InvalidOperationException("ClientUrl is not set");
            var body = BundleWriter.Body(bundle, topic, hook.Id, owner.Time.GetUtcNow());
            if (first.Length == 0)
            {
                first = body;
            }

            var signature = owner.Sign(body);
            for (var i = 0; i < Tries; i++)
            {
                var attempt = await PostAsync(callback, body, signature, ct);
                attempts.Enqueue(attempt);
                if (attempt.Status is not null)
                {
                    break;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
            }
        }

        return new SentEvent(
            topic,
            bundle.RegistrationNumber,
            compositionId,
            trackingId,
            bundle.PatientId,
            first,
            [.. attempts]
        )
        {
            Bundle = bundle,
        };
    }

    public Task<DeliveryAttempt> SendRawAsync(byte[] body, string? signature, CancellationToken ct) =>
        PostAsync(
            owner.ClientCallback ?? throw new InvalidOperationException("ClientUrl is not set"),
            body,
            signature,
            ct
        );

    public async Task<int> SendRevocationAsync(byte[] body, string? signature, CancellationToken ct) =>
        (
            await PostAsync(
                owner.ClientRevocations ?? throw new InvalidOperationException("ClientUrl is not set"),
                body,
                signature,
                ct
            )
        ).Status
        ?? 0;

    private async Task<DeliveryAttempt> PostAsync(Uri callback, byte[] body, string? signature, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, callback) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature", signature);
        }

        var at = owner.Time.GetUtcNow();
        var clock = Stopwatch.StartNew();
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            return new DeliveryAttempt(callback, at, (int)response.StatusCode, clock.Elapsed, null);
        }
        catch (HttpRequestException e)
        {
            return new DeliveryAttempt(callback, at, null, clock.Elapsed, e.HttpRequestError.ToString());
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            return new DeliveryAttempt(callback, at, null, clock.Elapsed, "timeout");
        }
    }
}
