using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>
/// The country's own National ID system: it gets the webhook's body as OpenCRVS sent it, signed in OpenCRVS's form with
/// a secret of our own, so that a receiver written for OpenCRVS works unchanged behind us.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">What lets us in.</param>
/// <param name="certificate">The client certificate.</param>
/// <param name="options">The addresses.</param>
/// <param name="time">The clock.</param>
public sealed class NationalIdSystemClient(
    [FromKeyedServices(AnySystemOptions.PartnerName)] HttpClient http,
    ISecretStore secrets,
    ClientCertificate certificate,
    AnySystemOptions options,
    TimeProvider time
)
{
    /// <summary>The header that says which event it is, as the IETF's draft of the Idempotency-Key has it.</summary>
    internal const string KeyHeader = "Idempotency-Key";

    private const string Party = "The National ID system";
    private const int LongestAnswer = 64 * 1024;
    private readonly CachedToken cache = new(time);

    /// <summary>Sends one event.</summary>
    /// <param name="kind">Birth or death: decides the address.</param>
    /// <param name="signature">The body's <c>X-Hub-Signature</c>.</param>
    /// <param name="eventKey">The same each time this event is sent: the receiver knows a repetition by it.</param>
    /// <param name="content">Makes the body; called again when a token was refused.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The <c>nationalId</c> of the answer; null when it has none.</returns>
    /// <exception cref="DeliveryException">The system did not take it: see <see cref="Failures"/>.</exception>
    public Task<string?> SendAsync(
        RegistrationKind kind,
        string signature,
        string eventKey,
        Func<HttpContent> content,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                if (options.Authentication == AnySystemAuthentication.Certificate)
                {
                    await certificate.RefreshAsync(cancellationToken);
                }

                for (var attempt = 0; ; attempt++)
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, Address(kind)) { Content = content() };
                    request.Headers.Add(WebhookSignature.HeaderName, signature);
                    request.Headers.Add(KeyHeader, eventKey);
                    var token =
                        options.Authentication == AnySystemAuthentication.OAuth
                            ? await cache.GetAsync(FetchAsync, cancellationToken)
                            : null;
                    if (token is not null)
                    {
                        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                    }

                    using var answer = await http.SendAsync(
                        request,
                        HttpCompletionOption.ResponseHeadersRead,
                        cancellationToken
                    );
                    if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt == 0)
                    {
                        secrets.Refresh(SecretNames.SignSecret);
                        if (token is not null)
                        {
                            cache.Invalidate(token);
                            continue;
                        }
                    }

                    Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                    return await NumberOfAsync(answer, cancellationToken);
                }
            },
            cancellationToken
        );

    private Uri Address(RegistrationKind kind) =>
        (kind == RegistrationKind.Death ? options.DeathUrl ?? options.BirthUrl : options.BirthUrl ?? options.DeathUrl)
        ?? throw new TransientFailureException("NationalId:DefaultSystem:BirthUrl is not set.");

    private async Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken)
    {
        var id = await secrets.GetAsync(SecretNames.DefaultSystemClientId, cancellationToken);
        var secret = await secrets.GetAsync(SecretNames.DefaultSystemClientSecret, cancellationToken);
        using var content = ClientCredentials.Form(id.Value, secret.Value, options.Scope);
        using var answer = await http.PostAsync(
            options.TokenUrl ?? throw new TransientFailureException("NationalId:DefaultSystem:TokenUrl is not set."),
            content,
            cancellationToken
        );
        if ((int)answer.StatusCode is >= 400 and < 500 and not (408 or 429))
        {
            secrets.Refresh(SecretNames.DefaultSystemClientSecret);
            throw new TransientFailureException(
                "The National ID system's token endpoint refuses the client's credentials."
            );
        }

        Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
        return await ClientCredentials.ReadAsync(answer, Party, cancellationToken);
    }

    // A 2xx is a yes whatever it says and however long it is, unless a page says it: then a gateway answered. Only a
    // number in the agreed form means more.
    private static async Task<string?> NumberOfAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var body = await Failures.ReadStartAsync(answer, LongestAnswer + 1, cancellationToken);
        if (Failures.IsPage(body))
        {
            throw Failures.Unreadable(Party);
        }

        try
        {
            using var document = body.Length <= LongestAnswer ? JsonDocument.Parse(body) : null;
            return
                document?.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("nationalId", out var number)
                && number.ValueKind == JsonValueKind.String
                && number.GetString() is { Length: > 0 and <= 200 } value
                ? value
                : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
