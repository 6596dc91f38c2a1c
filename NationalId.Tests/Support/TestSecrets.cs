using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Support;

/// <summary>Secrets that a test sets; a refresh counts, and takes what <see cref="Fresh"/> holds.</summary>
internal sealed class TestSecrets : ISecretStore
{
    public ConcurrentDictionary<string, string> Values { get; } =
        new()
        {
            [SecretNames.MispLicenceKey] = "licence/key?",
            [SecretNames.PartnerApiKey] = "api key",
            [SecretNames.MosipAuthClientId] = "client",
            [SecretNames.MosipAuthClientSecret] = "client&secret",
            [SecretNames.MosipAuthUser] = "user",
            [SecretNames.MosipAuthPassword] = "pass+word",
        };

    public ConcurrentDictionary<string, string> Fresh { get; } = [];

    /// <summary>Versions that are enabled beside those of <see cref="Values"/>, which are newer.</summary>
    public ConcurrentDictionary<string, string> Older { get; } = [];

    /// <summary>Whether the store does not answer.</summary>
    public bool IsAway { get; set; }

    public ConcurrentBag<string> Refreshed { get; } = [];

    public SecretStoreStatus Status { get; } = new(TimeProvider.System.GetUtcNow(), FailingSince: null);

    public ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(string name, CancellationToken cancellationToken) =>
        IsAway
            ? throw new SecretStoreUnavailableException("The store is away.")
            : ValueTask.FromResult<IReadOnlyList<SecretVersion>>([
                .. Values.TryGetValue(name, out var value) ? (SecretVersion[])[new SecretVersion("1", value)] : [],
                .. Older.TryGetValue(name, out var older) ? (SecretVersion[])[new SecretVersion("0", older)] : [],
            ]);

    /// <summary>The keys shared with MOSIP that are in it.</summary>
    public PartnerKeys Keys() =>
        new(this, new TokenSeederOptions(), TimeProvider.System, NullLogger<PartnerKeys>.Instance);

    public void Refresh(string name)
    {
        Refreshed.Add(name);
        if (Fresh.TryGetValue(name, out var value))
        {
            Values[name] = value;
        }
    }
}
