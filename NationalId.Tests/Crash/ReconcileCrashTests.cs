using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Search;

namespace NationalId.Tests.Crash;

/// <summary>
/// The client dies while it looks for what never came, and while it lets a batch go. The next one goes on; in the end
/// nothing is missing, and nothing is there twice.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ReconcileCrashTests
{
    private const int Births = 12;
    private const int Deaths = 3;

    [Fact]
    public async Task Whenever_a_run_or_a_batch_is_killed_the_next_worker_goes_on()
    {
        var connection = await TestAzurite.NewAccountAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                ClientName = "Freedonia",
                Keys = World.Keys.Value,
                Reconciles = true,
            }
        );
        var search = sandbox.OpenCrvs.Search;
        var hour = DateTimeOffset.UtcNow.AddHours(-1);
        var lost = Add(search, hour);
        var old = Add(search, DateTimeOffset.UtcNow.AddDays(-200));
        await using var host = new HostProcess(
            new Dictionary<string, string?>(CrashTests.SettingsOf(sandbox, connection))
            {
                ["NationalId:Reconcile:PageSize"] = "5",
            }
        );
        sandbox.ClientUrl = host.Url;
        var storage = TestAzurite.ClientsOf(connection);
        var runs = new ReconcileTable(storage);
        var batches = new BackfillTable(storage);

        // 1. A run, killed after a record was stored, after it was counted, and after a page.
        await host.StartAsync("reconcile.stored:4");
        var begun = await host.OrderAsync("api/ops/reconcile", new { from = hour.AddHours(-1) });
        Assert.True(begun.Status is 202 or 0, begun.Body);
        await DiedAsync(host);
        foreach (var boundary in (string[])["reconcile.taken:3", "reconcile.page:2"])
        {
            await PassLeaseAsync(runs);
            await host.StartAsync(boundary);
            await host.SweepAsync();
            await DiedAsync(host);
        }

        // 2. The next one finishes it. What was stored before a kill is known by then.
        await PassLeaseAsync(runs);
        await host.StartAsync();
        ReconcileRun? run = null;
        await SweptAsync(
            host,
            async () => (run = await runs.RunOfAsync(ReconcileOptions.RecordSearch, default)) is { IsOpen: false },
            () => $"{run?.Trouble} {run?.Cursor} {run?.LeaseUntil}"
        );
        Assert.Equal((0, 0), (run!.Conflicts, run.Unreachable));
        await ReceivedAsync(host, sandbox, lost);

        // 3. A batch of older ones, killed when one of them is on its way.
        var answer = await host.OrderAsync(
            "api/ops/batches",
            new { from = DateTimeOffset.UtcNow.AddDays(-300), probe = lost[0].RegistrationNumber }
        );
        Assert.Equal(202, answer.Status);
        var id = (string)JsonNode.Parse(answer.Body)!["id"]!;
        await SweptAsync(host, async () => (await batches.GetAsync(id, default))!.State == BatchStates.Held, null);
        await host.KillAsync();
        await host.EndAsync(TimeSpan.FromSeconds(20));
        await host.StartAsync("backfill.taken:4");
        await host.OrderAsync($"api/ops/batches/{id}/release", null);
        await DiedAsync(host);
        var batch = (await batches.GetAsync(id, default))!;
        batch.LeaseUntil = null;
        batch.NextAt = null;
        Assert.True(await batches.TrySaveAsync(batch, default));
        await host.StartAsync();
        await SweptAsync(
            host,
            async () => (batch = (await batches.GetAsync(id, default))!).State == BatchStates.Done,
            () => $"{batch.State} {batch.Trouble}"
        );

        // The one that was on its way is known when its worker's successor comes to it.
        Assert.Equal(old.Count, batch.Sent + batch.Dropped);
        Assert.InRange(batch.Dropped, 0, 1);
        await ReceivedAsync(host, sandbox, [.. lost, .. old]);
    }

    private static List<SearchEntry> Add(RecordSearch search, DateTimeOffset at) =>
        [
            .. Enumerable.Range(0, Births).Select(i => search.Add(registeredAt: at.AddSeconds(i))),
            .. Enumerable.Range(0, Deaths).Select(i => search.Add(new DeathRecord(), at.AddSeconds(i))),
        ];

    private static async Task DiedAsync(HostProcess host) =>
        Assert.True(
            await host.EndAsync(TimeSpan.FromSeconds(60)) == 137,
            $"It did not die at its crash point.{Environment.NewLine}{host.LastLines}"
        );

    /// <summary>The ten minutes pass in which a dead worker still has the run for itself.</summary>
    private static async Task PassLeaseAsync(ReconcileTable runs)
    {
        var run = (await runs.RunOfAsync(ReconcileOptions.RecordSearch, default))!;
        Assert.True(run.IsOpen);
        Assert.NotNull(run.LeaseUntil);
        run.LeaseUntil = null;
        Assert.True(await runs.TrySaveAsync(run, default));
    }

    private static async Task SweptAsync(HostProcess host, Func<Task<bool>> isSo, Func<string>? instead)
    {
        var sweptAt = DateTime.MinValue;
        await Eventually.TrueAsync(
            async () =>
            {
                if (DateTime.UtcNow - sweptAt > TimeSpan.FromSeconds(3))
                {
                    await host.SweepAsync();
                    sweptAt = DateTime.UtcNow;
                }

                return await isSo();
            },
            instead: () => $"{instead?.Invoke()}{Environment.NewLine}{host.LastLines}"
        );
    }

    /// <summary>The National ID system has each of these, and nothing else.</summary>
    private static async Task ReceivedAsync(
        HostProcess host,
        SandboxServer sandbox,
        IReadOnlyCollection<SearchEntry> entries
    )
    {
        HashSet<string?> expected = [.. entries.Select(entry => entry.RegistrationNumber)];
        var received = sandbox.NationalIdSystem.Received;
        await SweptAsync(
            host,
            () => Task.FromResult(expected.All(number => received.Any(one => one.RegistrationNumber == number))),
            () => $"{received.Count} of {expected.Count}"
        );
        Assert.Empty(sandbox.NationalIdSystem.Refused);
        Assert.All(received, one => Assert.Contains(one.RegistrationNumber, expected));
        Assert.All(received, one => Assert.Equal(EventOrigins.Unsigned, one.Signature));
        // A kill may cut a delivery off after it was taken: it comes again then, under the same key.
        Assert.All(
            received.GroupBy(one => one.RegistrationNumber),
            same => Assert.Single(same.Select(one => (one.EventKey, one.Sha256)).Distinct())
        );
    }
}
