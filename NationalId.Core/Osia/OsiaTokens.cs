using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Osia;

/// <summary>
/// The bearer token that the services of an OSIA system want: one that its owner gave us, or one by OAuth 2 client
/// credentials, kept until shortly before it ends.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">What lets us in.</param>
/// <param name="options">How the services let us in.</param>
/// <param name="time">The clock.</param>
public sealed class OsiaTokens(
    [FromKeyedServices(OsiaOptions.PartnerName)] HttpClient http,
    ISecretStore secrets,
    OsiaOptions options,
    TimeProvider time
)
{
    private const string Party = "The OSIA token endpoint";

    private readonly CachedToken cache = new(time);

    /// <summary>A token that is good for now; null where none is wanted.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TransientFailureException">There is none to be had at present.</exception>
    public async ValueTask<string?> GetAsync(CancellationToken cancellationToken) =>
        options.Authentication switch
        {
            OsiaAuthentication.OAuth => await cache.GetAsync(FetchAsync, cancellationToken),
            OsiaAuthentication.Token => (await secrets.GetAsync(SecretNames.OsiaToken, cancellationToken)).Value,
            _ => null,
        };

    /// <summary>Forgets a token that was refused, and with it the secret that may have been rotated.</summary>
    /// <param name="token">The token.</param>
    public void Invalidate(string token)
    {
        cache.Invalidate(token);
        secrets.Refresh(
            options.Authentication == OsiaAuthentication.Token ? SecretNames.OsiaToken : SecretNames.OsiaClientSecret
        );
    }

    private Task<(string Token, TimeSpan Lifetime)> FetchAsync(CancellationToken cancellationToken) =>
        Failures.CallAsync(Party, () => AskAsync(cancellationToken), cancellationToken);

    private async Task<(string Token, TimeSpan Lifetime)> AskAsync(CancellationToken cancellationToken)
    {
        var id = await secrets.GetAsync(SecretNames.OsiaClientId, cancellationToken);
        var secret = await secrets.GetAsync(SecretNames.OsiaClientSecret, cancellationToken);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            options.TokenUrl ?? throw new TransientFailureException("NationalId__Osia__TokenUrl is not set.")
        )
        {
            Content = ClientCredentials.Form(id.Value, secret.Value, options.Scope),
        };
        request.SetKind("token");
        using var answer = await http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            secrets.Refresh(SecretNames.OsiaClientId);
            secrets.Refresh(SecretNames.OsiaClientSecret);
            throw Failures.Repairable(answer, Party, time.GetUtcNow());
        }

        return await ClientCredentials.ReadAsync(answer, Party, cancellationToken);
    }
}
