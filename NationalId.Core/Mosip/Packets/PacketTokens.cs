using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Packets;

/// <summary>Our token for MOSIP's registration side.</summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">Our client at the auth manager.</param>
/// <param name="options">Where the auth manager is.</param>
/// <param name="time">The clock.</param>
public sealed class PacketTokens(
    [FromKeyedServices(MosipPartners.Registration)] HttpClient http,
    ISecretStore secrets,
    PacketOptions options,
    TimeProvider time
) : AuthManagerTokens(http, secrets, time)
{
    /// <inheritdoc/>
    internal override AuthManagerClient Client =>
        new(options.Auth, options.AuthAppId, SecretNames.MosipAuthClientId, SecretNames.MosipAuthClientSecret);
}
