using Microsoft.Extensions.Configuration;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;

namespace NationalId.Tests.Support;

/// <summary>
/// Azurite, in memory, for the whole test run. Queue and table names are fixed by the functions, so a test that needs a
/// world of its own takes an account of its own. It is slower the more accounts it holds, whether used or not any more:
/// so the next ones have a process of their own.
/// </summary>
public static class TestAzurite
{
    private const int Accounts = 100;
    private static readonly Lock Gate = new();
    private static readonly List<Task<AzuriteServer>> Servers = [];
    private static int given;

    /// <summary>The first account, for tests that name what they create uniquely.</summary>
    public static Task<string> ConnectionStringAsync() => AccountAsync(0);

    /// <summary>An empty account that no other test has.</summary>
    public static Task<string> NewAccountAsync() => AccountAsync(Interlocked.Increment(ref given));

    /// <summary>The client's way to an account, for tests that look at what a process of its own has stored.</summary>
    public static StorageClients ClientsOf(string connection) =>
        new(new ConfigurationBuilder().AddInMemoryCollection([new(StorageClients.Connection, connection)]).Build(), []);

    private static async Task<string> AccountAsync(int number)
    {
        var (at, account) = Math.DivRem(number, Accounts);
        return (await ServerAsync(at)).ConnectionStringOf(1 + account);
    }

    private static Task<AzuriteServer> ServerAsync(int at)
    {
        Tier.Need("Azurite");
        lock (Gate)
        {
            while (Servers.Count <= at)
            {
                Servers.Add(AzuriteServer.StartAsync(inMemory: true, accounts: Accounts));
            }

            return Servers[at];
        }
    }
}
