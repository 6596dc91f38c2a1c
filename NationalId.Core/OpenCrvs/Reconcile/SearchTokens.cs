using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// The token of the client that searches records. In 1.x that has to be another one than the National ID client; from
/// 1.9's new events on it may be the same, and is where no other is known.
/// </summary>
/// <param name="http">The auth service's client.</param>
/// <param name="secrets">The client's id and secret.</param>
/// <param name="options">The auth service's address.</param>
/// <param name="own">The National ID client's token.</param>
/// <param name="time">The clock.</param>
public sealed class SearchTokens(
    [FromKeyedServices(OpenCrvsPartners.Auth)] HttpClient http,
    ISecretStore secrets,
    OpenCrvsOptions options,
    OpenCrvsTokens own,
    TimeProvider time
)
{
    private readonly OpenCrvsTokens search = new(http, secrets, options, time, ClientSecrets.Search);

    /// <summary>The token.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TransientFailureException">There is none to be had.</exception>
    public async ValueTask<string> GetAsync(CancellationToken cancellationToken) =>
        await (await OfAsync(cancellationToken)).GetAsync(cancellationToken);

    /// <summary>Forgets a token that was refused.</summary>
    /// <param name="token">The token.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task ForgetAsync(string token, CancellationToken cancellationToken) =>
        (await OfAsync(cancellationToken)).Invalidate(token);

    private async Task<OpenCrvsTokens> OfAsync(CancellationToken cancellationToken) =>
        (await secrets.GetVersionsAsync(ClientSecrets.Search.Id, cancellationToken)).Count > 0 ? search : own;
}
