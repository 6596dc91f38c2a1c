using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// MOSIP's registration side (docs/protocols.md, "MOSIP's mediator"): draws application ids, takes births and deaths. A
/// refused token is replaced once per call.
/// The <see cref="HttpClient"/> given must neither keep cookies of its own nor follow redirects (a POST would arrive as
/// a GET).
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="tokens">The access token, sent as a cookie.</param>
/// <param name="options">The addresses.</param>
/// <param name="time">The clock.</param>
public sealed class MosipClient(
    [FromKeyedServices(MosipPartners.Registration)] HttpClient http,
    MosipTokenClient tokens,
    MediatorOptions options,
    TimeProvider time
)
{
    private const string Party = "MOSIP";
    private const int LongestAnswer = 1024 * 1024;
    private const int LongestAid = 100;

    /// <summary>Draws a new application id. Every call draws another: the ledger decides which one is used.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">MOSIP gave none: see <see cref="Failures"/>.</exception>
    public async Task<string> DrawAidAsync(CancellationToken cancellationToken)
    {
        var body = await CallAsync("aid", HttpMethod.Get, options.GenerateAidUrl, null, cancellationToken);
        return ReadAid(body) ?? throw Failures.Unreadable(Party);
    }

    /// <summary>Sends a registration. Sending it again is MOSIP's to recognise by its id.</summary>
    /// <param name="kind">Birth or death: decides the address.</param>
    /// <param name="content">Makes the message, an <see cref="EnvelopeContent"/>: called again when the token was
    /// refused.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">MOSIP did not take it: see <see cref="Failures"/>.</exception>
    public Task SendAsync(RegistrationKind kind, Func<HttpContent> content, CancellationToken cancellationToken) =>
        CallAsync(
            kind is RegistrationKind.Birth ? "birth" : "death",
            HttpMethod.Post,
            kind is RegistrationKind.Birth ? options.BirthUrl : options.DeathUrl,
            content,
            cancellationToken
        );

    private async Task<byte[]> CallAsync(
        string call,
        HttpMethod method,
        Uri? address,
        Func<HttpContent>? content,
        CancellationToken cancellationToken
    )
    {
        if (address is null)
        {
            throw new TransientFailureException("MOSIP's address is not set.");
        }

        try
        {
            var (body, failure, token) = await CallOnceAsync(call, method, address, content, cancellationToken);
            if (token is not null)
            {
                tokens.Invalidate(token);
                (body, failure, _) = await CallOnceAsync(call, method, address, content, cancellationToken);
            }

            return body ?? throw failure!;
        }
        catch (Exception e) when (Failures.Wrap(e, Party, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <summary>One call: a body or a failure, and the token when it is that which MOSIP refused.</summary>
    private async Task<(byte[]? Body, DeliveryException? Failure, string? RefusedToken)> CallOnceAsync(
        string call,
        HttpMethod method,
        Uri address,
        Func<HttpContent>? content,
        CancellationToken cancellationToken
    )
    {
        var token = await tokens.GetAsync(cancellationToken);
        using var request = new HttpRequestMessage(method, address) { Content = content?.Invoke() };
        request.SetKind(call);
        request.SetMosipToken(token);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var failure = await ReadRefusalAsync(response, cancellationToken);
            failure ??= Failures.FromStatus(response, Party, time.GetUtcNow());
            return (null, failure, response.StatusCode is HttpStatusCode.Unauthorized ? token : null);
        }

        // MOSIP tells errors, an expired token among them, with 200 too; a gateway before it answers 200 with a page,
        // or with nothing.
        var body = await Failures.ReadBodyAsync(response, LongestAnswer, Party, cancellationToken);
        if (Failures.IsPage(body))
        {
            return (null, Failures.Unreadable(Party), null);
        }

        return FirstError(body) switch
        {
            null when IsNothing(body) => (null, Failures.Unreadable(Party), null),
            null => (body, null, null),
            var code when code.StartsWith("KER-ATH-", StringComparison.Ordinal) => (
                null,
                new TransientFailureException("MOSIP refused our token."),
                token
            ),
            // Nothing in MOSIP's errors tells whether they pass: an event is never given up for one.
            _ => (null, new TransientFailureException("MOSIP answered with errors."), null),
        };
    }

    /// <summary>What MOSIP's mediator for OpenCRVS means by its answer.</summary>
    /// <returns>Null when the answer has no code of the mediator: then it means what its status means.</returns>
    private static async Task<DeliveryException?> ReadRefusalAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        if (response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.InternalServerError))
        {
            return null;
        }

        var body = await Failures.ReadBodyAsync(response, LongestAnswer, Party, cancellationToken);
        return response.StatusCode is HttpStatusCode.BadRequest
            ? MediatorCodes.Read(FirstError(body))
            : MediatorCodes.ReadMessage(Message(body));
    }

    private static string? ReadAid(byte[] body)
    {
        try
        {
            return
                JsonSerializer.Deserialize<string>(body)?.Trim() is { Length: > 0 and <= LongestAid } aid
                && !aid.Any(char.IsControl)
                ? aid
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Whether JSON says nothing at all: <c>null</c>, or MOSIP's wrapper around it.</summary>
    private static bool IsNothing(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Null
                || (
                    document.RootElement is { ValueKind: JsonValueKind.Object } root
                    && root.TryGetProperty("response", out var response)
                    && response.ValueKind == JsonValueKind.Null
                );
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The code of the first entry of <c>errors</c>; null when the body has none or is not JSON.</summary>
    private static string? FirstError(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("errors", out var errors)
                && errors is { ValueKind: JsonValueKind.Array }
                && errors.GetArrayLength() > 0
                ? errors[0] is { ValueKind: JsonValueKind.Object } first
                && first.TryGetProperty("errorCode", out var code)
                    ? code.ToString()
                    : ""
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The <c>message</c> of an answer; null when it has none or is not JSON.</summary>
    private static string? Message(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("message", out var message)
                && message.ValueKind == JsonValueKind.String
                ? message.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
