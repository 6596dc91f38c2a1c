using Microsoft.Extensions.Configuration;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;

namespace NationalId.Tests.Support;

/// <summary>
/// One Azurite, in memory, for the whole test run. Queue and table names are fixed by the functions, so a test that
/// needs a world of its own takes an account of its own.
/// </summary>
public static class TestAzurite
{
    private const int Accounts = 1200;
    private static readonly Lazy<Task<AzuriteServer>> Shared = new(() =>
    {
        Tier.Need("Azurite");
        return AzuriteServer.StartAsync(inMemory: true, accounts: Accounts);
    });
    private static int given = 1;

    /// <summary>The first account, for tests that name what they create uniquely.</summary>
    public static async Task<string> ConnectionStringAsync() => (await Shared.Value).ConnectionString;

    /// <summary>An empty account that no other test has.</summary>
    public static async Task<string> NewAccountAsync() =>
        (await Shared.Value).ConnectionStringOf(Interlocked.Increment(ref given));

    /// <summary>The client's way to an account, for tests that look at what a process of its own has stored.</summary>
    public static StorageClients ClientsOf(string connection) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([new(StorageClients.Connection, connection)]).Build(), []);
}
