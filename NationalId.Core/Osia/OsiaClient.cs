using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>One call of an OSIA service.</summary>
/// <param name="Kind">The kind of call, for the circuit breaker.</param>
/// <param name="Method">How it is called.</param>
/// <param name="Base">The address before <c>/v1</c>.</param>
/// <param name="Path">What follows it. It may hold a number or a name, so it is never logged.</param>
internal sealed record OsiaCall(string Kind, HttpMethod Method, Uri? Base, string Path)
{
    /// <summary>What the service is told; null without a body.</summary>
    public string? Body { get; init; }

    /// <summary>The body's content type.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>The answers without success that its caller understands.</summary>
    public IReadOnlyList<int> Understood { get; init; } = [];

    /// <summary>Whether a repeat costs something, so that its caller must know of every try.</summary>
    public bool Once { get; init; }

    /// <summary>The kind alone.</summary>
    public override string ToString() => $"{nameof(OsiaCall)} {Kind}";
}

/// <summary>What an OSIA service answered.</summary>
/// <param name="Status">Success, or one of the statuses that the caller understands.</param>
/// <param name="Body">The body.</param>
internal sealed record OsiaAnswer(int Status, byte[] Body)
{
    /// <summary>Whether it is a yes.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The status alone.</summary>
    public override string ToString() => $"{nameof(OsiaAnswer)} {Status}";

    /// <summary>The body as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(Body);
        return document.RootElement.Clone();
    }
}

/// <summary>Calls the services of an OSIA system (docs/osia.md). A refused token is drawn anew once per call.</summary>
/// <param name="http">Has the timeout.</param>
/// <param name="tokens">Our token.</param>
/// <param name="options">The headers of every call.</param>
/// <param name="time">The clock.</param>
public sealed class OsiaClient(
    [FromKeyedServices(OsiaOptions.PartnerName)] HttpClient http,
    OsiaTokens tokens,
    OsiaOptions options,
    TimeProvider time
)
{
    internal const string Party = "The OSIA system";
    private const int LongestAnswer = 1024 * 1024;

    /// <summary>Calls a service and reads its answer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="read">
    /// Reads the answer. A <see cref="JsonException"/>, <see cref="InvalidOperationException"/> or
    /// <see cref="KeyNotFoundException"/> says that it can't be read.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">It did not answer, or something in the way did.</exception>
    /// <exception cref="PermanentFailureException">It will never take this.</exception>
    internal Task<T> CallAsync<T>(OsiaCall call, Func<OsiaAnswer, T> read, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var answer = await SendAsync(call, cancellationToken);
                if (answer.IsSuccess && Failures.IsPage(answer.Body))
                {
                    throw Failures.Unreadable(Party);
                }

                try
                {
                    return read(answer);
                }
                catch (Exception unreadable) when (unreadable is InvalidOperationException or KeyNotFoundException)
                {
                    throw Failures.Unreadable(Party);
                }
            },
            cancellationToken
        );

    private async Task<OsiaAnswer> SendAsync(OsiaCall call, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var token = await tokens.GetAsync(cancellationToken);
            using var request = Request(call, token);
            using var answer = await http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && token is not null)
            {
                // A scope that is granted since is in another token.
                tokens.Invalidate(token);
                if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt == 0)
                {
                    continue;
                }
            }

            var status = (int)answer.StatusCode;
            if (!answer.IsSuccessStatusCode && !call.Understood.Contains(status))
            {
                throw Failures.FromStatus(answer, $"{Party} ({call.Kind})", time.GetUtcNow());
            }

            return new OsiaAnswer(
                status,
                await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken)
            );
        }
    }

    private HttpRequestMessage Request(OsiaCall call, string? token)
    {
        var before =
            call.Base
            ?? throw new TransientFailureException($"The address of {call.Kind} is not set in NationalId__Osia.");
        var request = new HttpRequestMessage(
            call.Method,
            new Uri(before.AbsoluteUri.TrimEnd('/') + "/v1/" + call.Path)
        );
        request.SetKind(call.Kind);
        if (call.Once)
        {
            request.SetOnce();
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in options.ExtraHeaders)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (call.Body is { } body)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(call.ContentType);
        }

        return request;
    }
}
