using NationalId.Core.Pipeline;

namespace NationalId.Core.Mosip;

/// <summary>
/// Looks at the signing P12 and its password, for the alert: hosts that serve requests look at them only when they use
/// them.
/// </summary>
/// <param name="keys">The keys shared with MOSIP.</param>
public sealed class SigningChore(PartnerKeys keys) : IChore
{
    /// <inheritdoc/>
    public string Name => "signing key pair";

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => keys.CheckSigningAsync(cancellationToken).AsTask();
}
