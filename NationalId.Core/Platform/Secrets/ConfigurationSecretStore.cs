using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// Secrets from configuration, for local runs and tests: <c>OPENCRVS-SHA-SECRET</c> is read from
/// <c>OPENCRVS_SHA_SECRET</c> and, as the older version while a rotation is under way, from
/// <c>OPENCRVS_SHA_SECRET_PREVIOUS</c>. A change of the configuration counts at once. Environment variables turn
/// <c>__</c> into <c>:</c>; both spellings are found.
/// </summary>
/// <param name="configuration">The host's configuration.</param>
public sealed class ConfigurationSecretStore(IConfiguration configuration) : ISecretStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(string name, CancellationToken cancellationToken)
    {
        var variable = name.Replace('-', '_');
        List<SecretVersion> versions = [];
        Add("current", variable);
        Add("previous", variable + "_PREVIOUS");
        return ValueTask.FromResult<IReadOnlyList<SecretVersion>>(versions);

        void Add(string version, string key)
        {
            var value = configuration[key] ?? configuration[key.Replace("__", ":", StringComparison.Ordinal)];
            if (SecretText.Read(version, value) is { } read)
            {
                versions.Add(read);
            }
        }
    }

    /// <inheritdoc/>
    public void Refresh(string name)
    {
        // Configuration is read at every call: there is nothing to forget.
    }

    /// <inheritdoc/>
    public SecretStoreStatus Status { get; } = new(TimeProvider.System.GetUtcNow(), FailingSince: null);
}
