using System.Collections.Concurrent;
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

    public ConcurrentBag<string> Refreshed { get; } = [];

    public SecretStoreStatus Status { get; } = new(TimeProvider.System.GetUtcNow(), FailingSince: null);

    public ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SecretVersion>>(
            Values.TryGetValue(name, out var value) ? [new SecretVersion("1", value)] : []
        );

    public void Refresh(string name)
    {
        Refreshed.Add(name);
        if (Fresh.TryGetValue(name, out var value))
        {
            Values[name] = value;
        }
    }
}
