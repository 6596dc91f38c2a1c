using System.Diagnostics;
using System.Net.Http.Headers;
using Azure.Data.Tables;
using NationalId.Benchmarks.Crypto;
using NationalId.Core.Osia;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Benchmarks.Load;

/// <summary>
/// A person read by number over OSIA's Data Access, against the one query of storage that it can't do without.
/// </summary>
internal static class OsiaRun
{
    private const int People = 40;
    private const int MostCalls = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Report report, bool full)
    {
        await using var azurite = await AzuriteServer.StartAsync(inMemory: true);
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings { SpeaksOsia = true, ClientName = "Freedonia" }
        );
        var settings = new Dictionary<string, string?>(
            sandbox.ClientSettings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))
        )
        {
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
        };
        var numbers = await ServeAsync(sandbox, settings);
        var table = new TableClient(azurite.ConnectionString, ServedPeople.TableName);
        // The others lead here from a date of birth.
        var rows = await table
            .QueryAsync<TableEntity>()
            .Where(row => !row.PartitionKey.StartsWith("b_", StringComparison.Ordinal))
            .Take(numbers.Count)
            .ToListAsync();

        // Nobody polls a queue meanwhile.
        await using var client = await Rig.StartHostAsync(settings, queues: false);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        http.BaseAddress = client.BaseAddress;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            sandbox.Osia.Tokens.Issue(["cr.person.read"], life: TimeSpan.FromHours(1))
        );
        using var watch = new StorageWatch(azurite);
        var (ours, against, calls) = (new List<double>(), new List<double>(), 0);
        var rounds = full ? 20 : 10;
        for (var round = 0; round <= rounds; round++)
        {
            watch.Take();
            var read = ThreadClock.Median(await OneByOne.TimesAsync(numbers, number => ReadAsync(http, number)));
            var seen = watch.Take().Count;
            var query = ThreadClock.Median(await OneByOne.TimesAsync(rows, row => QueryAsync(table, row)));
            // The first round warms both up.
            if (round > 0)
            {
                ours.Add(read);
                against.Add(query);
                calls += seen;
            }
        }

        var (us, they) = (ThreadClock.Median(ours), ThreadClock.Median(against));
        report.Add(
            "person read by number (OSIA's Data Access)",
            $"{us * 1000:0.00} ms",
            $"the query of storage alone {they * 1000:0.00} ms",
            $"{us / they:0.00} ×"
        );
        var each = (double)calls / (rounds * numbers.Count);
        report.Add("- storage calls a read", $"{each:0.##}", "", "", $"≤ {MostCalls}", each <= MostCalls);
    }

    /// <summary>Has births delivered, so that their children are served; returns the children's numbers.</summary>
    private static async Task<IReadOnlyList<string>> ServeAsync(
        SandboxServer sandbox,
        Dictionary<string, string?> settings
    )
    {
        await using var client = await Rig.StartHostAsync(settings, queues: true);
        sandbox.ClientUrl = client.BaseAddress;
        for (var i = 0; i < People; i++)
        {
            var number = "2026B" + Guid.NewGuid().ToString("N")[..12].ToUpperInvariant();
            await sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = number });
        }

        var begin = Stopwatch.GetTimestamp();
        while (sandbox.Osia.Registry.Persons.Count < People)
        {
            if (Stopwatch.GetElapsedTime(begin) > Patience)
            {
                throw new InvalidOperationException("The births were not delivered.");
            }

            await Task.Delay(100);
        }

        return [.. sandbox.Osia.Registry.Persons.Select(person => person.Uin)];
    }

    private static async Task ReadAsync(HttpClient http, string number)
    {
        using var answer = await http.GetAsync(
            $"api/osia/v1/persons/{number}?attributeNames=firstName&attributeNames=lastName&attributeNames=dateOfBirth"
        );
        if ((int)answer.StatusCode != 200)
        {
            throw new InvalidOperationException($"A read was answered {(int)answer.StatusCode}.");
        }
    }

    // As the client asks: all rows of one person.
    private static async Task QueryAsync(TableClient table, TableEntity row)
    {
        var hash = row.RowKey.Split('_')[0];
        var (low, high) = (hash + "_", hash + "`");
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {row.PartitionKey} and RowKey ge {low} and RowKey lt {high}"
        );
        var found = await table.QueryAsync<TableEntity>(filter).ToListAsync();
        if (found.Count == 0)
        {
            throw new InvalidOperationException("The query found nobody.");
        }
    }
}
