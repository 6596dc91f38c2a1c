using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>Our token for MOSIP's hub and data share.</summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">Our client at the auth manager.</param>
/// <param name="options">Where the auth manager is.</param>
/// <param name="time">The clock.</param>
public sealed class HubTokens(
    [FromKeyedServices(MosipPartners.Hub)] HttpClient http,
    ISecretStore secrets,
    WebSubOptions options,
    TimeProvider time
) : AuthManagerTokens(http, secrets, time)
{
    /// <inheritdoc/>
    internal override AuthManagerClient Client =>
        new(
            options.AuthUrl ?? throw new TransientFailureException("The hub's auth manager is not set."),
            options.AuthAppId,
            SecretNames.MosipHubClientId,
            SecretNames.MosipHubClientSecret
        );
}
