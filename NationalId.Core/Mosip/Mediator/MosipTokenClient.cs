using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// MOSIP's access token (docs/protocols.md, "MOSIP's mediator"): fetched once for all who wait, kept until shortly
/// before it expires. Without a token endpoint the literal <c>Authorization</c> is the token, as the mediator has it.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">Client and user at the token endpoint.</param>
/// <param name="options">The token endpoint's address.</param>
/// <param name="time">The clock.</param>
public sealed class MosipTokenClient(
    [FromKeyedServices(MosipPartners.Registration)] HttpClient http,
    ISecretStore secrets,
    MediatorOptions options,
    TimeProvider time
)
{
    private const string Party = "MOSIP's token endpoint";
    private const string NoEndpointToken = "Authorization";
    private const int LongestAnswer = 64 * 1024;

    private readonly CachedToken cache = new(time);

    /// <summary>A token that is good for now.</summary>
    /// <param name="cancellationToken">Stops waiting; a fetch that others wait for goes on.</param>
    /// <exception cref="TransientFailureException">There is none to be had at present.</exception>
    public async Task<string> GetAsync(CancellationToken cancellationToken) =>
        options.AuthUrl is { } address
            ? await cache.GetAsync(stop => FetchAsync(address, stop), cancellationToken)
            : NoEndpointToken;

    /// <summary>Forgets a token that MOSIP refused, unless a newer one has taken its place already.</summary>
    /// <param name="token">The token that was refused.</param>
    public void Invalidate(string token) => cache.Invalidate(token);

    private Task<(string Token, TimeSpan Lifetime)> FetchAsync(Uri address, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
                await RequestAsync(address, lastTry: false, cancellationToken)
                ?? (await RequestAsync(address, lastTry: true, cancellationToken))!.Value,
            cancellationToken
        );

    /// <summary>One request; null when our credentials were refused and it is worth trying fresh ones.</summary>
    private async Task<(string Token, TimeSpan Lifetime)?> RequestAsync(
        Uri address,
        bool lastTry,
        CancellationToken cancellationToken
    )
    {
        string[] names =
        [
            SecretNames.MosipAuthClientId,
            SecretNames.MosipAuthClientSecret,
            SecretNames.MosipAuthUser,
            SecretNames.MosipAuthPassword,
        ];
        string[] fields = ["client_id", "client_secret", "username", "password"];
        List<KeyValuePair<string, string>> form = [new("grant_type", "password")];
        foreach (var (field, name) in fields.Zip(names))
        {
            form.Add(new(field, (await secrets.GetAsync(name, cancellationToken)).Value));
        }

        using var content = new FormUrlEncodedContent(form);
        using var response = await http.PostAsync(address, content, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            if (
                !lastTry
                && response.StatusCode
                    is HttpStatusCode.BadRequest
                        or HttpStatusCode.Unauthorized
                        or HttpStatusCode.Forbidden
            )
            {
                Array.ForEach(names, secrets.Refresh);
                return null;
            }

            // Even a 400 speaks of our credentials here, not of an event: an operator can repair it.
            throw Failures.Repairable(response, Party, time.GetUtcNow());
        }

        var body = await Failures.ReadBodyAsync(response, LongestAnswer, Party, cancellationToken);
        return Read(body) ?? throw Failures.Unreadable(Party);
    }

    private static (string Token, TimeSpan Lifetime)? Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            // The token becomes part of a header: nothing that would end it.
            if (
                root.ValueKind is not JsonValueKind.Object
                || !root.TryGetProperty("access_token", out var token)
                || token.ValueKind is not JsonValueKind.String
                || token.GetString() is not { Length: > 0 } value
                || value.Any(c => c is <= ' ' or > '~' or ';' or ',' or '"')
            )
            {
                return null;
            }

            // Without a lifetime the token serves this once only.
            var seconds =
                root.TryGetProperty("expires_in", out var expires)
                && double.TryParse(expires.ToString(), CultureInfo.InvariantCulture, out var number)
                && number > 0
                    ? Math.Min(number, TimeSpan.FromDays(1).TotalSeconds)
                    : 0;
            return (value, TimeSpan.FromSeconds(seconds));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
