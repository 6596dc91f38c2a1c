namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// Where every secret comes from (docs/architecture.md, "Secrets"): Key Vault in Azure, configuration on a developer's
/// machine.
/// Implementations cache; callers ask each time they need a value and never keep one, so that a rotation takes effect
/// by itself.
/// </summary>
public interface ISecretStore
{
    /// <summary>
    /// The enabled versions of a secret, newest first; empty when there is none.
    /// </summary>
    /// <param name="name">The secret's name as in Key Vault, e.g. <see cref="SecretNames.WebhookSecret"/>.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached and no earlier value is
    /// known.</exception>
    ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets what is cached of a secret, so that the next read asks the store: called when a partner answers 401 or a
    /// P12 fails to open. A store may ignore repeated calls within a few seconds, so that a wrong secret can't flood
    /// the vault.
    /// </summary>
    /// <param name="name">The secret's name.</param>
    void Refresh(string name);

    /// <summary>How the store did when it was last asked, for health and metrics.</summary>
    SecretStoreStatus Status { get; }
}

/// <summary>One enabled version of a secret.</summary>
/// <param name="Version">The store's name for the version: safe to log.</param>
/// <param name="Value">The secret itself: never logged; <see cref="ToString"/> leaves it out.</param>
public sealed record SecretVersion(string Version, string Value)
{
    /// <summary>The version only.</summary>
    public override string ToString() => $"version {Version}";
}

/// <summary>The secret store can't be reached and holds nothing of an earlier read. Transient.</summary>
/// <param name="message">What failed, without any secret.</param>
/// <param name="inner">The store's own failure.</param>
public sealed class SecretStoreUnavailableException(string message, Exception? inner = null)
    : Exception(message, inner);

/// <summary>
/// A secret that is needed has no enabled version in the store. An operator has to add it; transient for an event.
/// </summary>
/// <param name="name">The secret's name in Key Vault.</param>
public sealed class SecretMissingException(string name)
    : Exception($"The secret '{name}' has no enabled version in the secret store.")
{
    /// <summary>The secret's name in Key Vault.</summary>
    public string Name { get; } = name;
}

/// <summary>
/// A secret is there but isn't what it must be: not a key, not a certificate, too short. An operator has to replace it;
/// transient for an event.
/// </summary>
/// <param name="name">The secret's name in Key Vault.</param>
/// <param name="problem">What is wrong, without any of its content.</param>
public sealed class SecretUnusableException(string name, string problem)
    : Exception($"The secret '{name}' can't be used: {problem}.")
{
    /// <summary>The secret's name in Key Vault.</summary>
    public string Name { get; } = name;
}

/// <summary>Reading single values from an <see cref="ISecretStore"/>.</summary>
public static class SecretStoreExtensions
{
    /// <summary>The newest enabled version of a secret.</summary>
    /// <exception cref="SecretMissingException">There is none.</exception>
    /// <exception cref="SecretStoreUnavailableException">The store can't be reached.</exception>
    public static async ValueTask<SecretVersion> GetAsync(
        this ISecretStore store,
        string name,
        CancellationToken cancellationToken
    )
    {
        var versions = await store.GetVersionsAsync(name, cancellationToken);
        return versions.Count > 0 ? versions[0] : throw new SecretMissingException(name);
    }
}
