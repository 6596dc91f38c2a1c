using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>
/// Reads every secret as it is used, for the alerts: a rotation that went wrong, or a certificate near its end, is seen
/// before it is needed.
/// </summary>
/// <param name="checks">The checks of all parts of the client.</param>
public sealed class SecretsChore(SecretChecks checks) : IChore
{
    /// <inheritdoc/>
    public string Name => "secrets";

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken) => checks.RunAsync(cancellationToken);
}
