using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure;
using NationalId.Core.Ledger;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Tests.Crash;
using NationalId.Tests.Outage;

namespace NationalId.Tests.Endurance;

/// <summary>How much, and for how long.</summary>
internal sealed record EndurancePlan(int Births, int Deaths, TimeSpan Span, TimeSpan Killing, TimeSpan Pace, int Seed)
{
    /// <summary>Whether the last life is long enough to see whether memory grows.</summary>
    public bool IsLong => Span - Killing >= TimeSpan.FromMinutes(2);
}

/// <summary>One run: a world, its traffic, its troubles, and what must be in the end.</summary>
internal sealed class EnduranceRun(EnduranceSystem system, EndurancePlan plan, Action<string> say) : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ConcurrentQueue<string> lines = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly IReadOnlyList<Registration> registrations = Traffic.Plan(
        system,
        plan.Births,
        plan.Deaths,
        plan.Span * 0.9,
        new Random(plan.Seed)
    );
    private readonly HashSet<Registration> done = [];
    private SandboxServer sandbox = null!;
    private AzuriteServer? azurite;
    private StorageProxy storage = null!;
    private TestVault vault = null!;
    private HostProcess host = null!;
    private EventLedger ledger = null!;
    private Traffic traffic = null!;
    private Troubles troubles = null!;
    private Watch watch = null!;
    private string[] secrets = [];

    /// <summary>Runs it; what is not as it must be in the end fails the test.</summary>
    /// <returns>The figures.</returns>
    public async Task<string> RunAsync()
    {
        await BuildAsync();
        using var stop = new CancellationTokenSource();
        using var calm = new CancellationTokenSource();
        Task[] beside =
        [
            watch.RunAsync(calm.Token),
            TellAsync(calm.Token),
            SweepAsync(calm.Token),
            system.DriveAsync(sandbox, calm.Token),
        ];
        try
        {
            // 1. Everything at once.
            var trouble = troubles.RunAsync(plan.Span, plan.Killing, plan.Pace, stop.Token);
            var busy = traffic.RunAsync(stop.Token);
            await Task.WhenAll(busy, trouble).WaitAsync(plan.Span + TimeSpan.FromMinutes(plan.IsLong ? 15 : 2));
            var span = clock.Elapsed;

            // 2. Calm: what is left is driven on by sweeps and retries, and comes to its end.
            say($"calm after {span.TotalSeconds:0} s: {Counts(troubles.Counts)}");
            await AllInOrderAsync(TimeSpan.FromMinutes(plan.IsLong ? 15 : 2));
            return await JudgeAsync(span);
        }
        finally
        {
            say($"said again: {Counts(traffic.Repeats)}");
            (await NotDeliveredAsync()).ForEach(say);
            await stop.CancelAsync();
            await calm.CancelAsync();
            await Task.WhenAll(beside);
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAsyncDisposable?[] all = [host, storage, sandbox, vault, azurite];
        foreach (var one in all.OfType<IAsyncDisposable>())
        {
            await one.DisposeAsync();
        }

        await File.WriteAllLinesAsync(Repository.PathOf("TestResults", $"endurance-{system.Name}-host.log"), lines);
        folder.Dispose();
    }

    private async Task BuildAsync()
    {
        azurite = plan.IsLong ? await AzuriteServer.StartAsync(inMemory: true) : null;
        var direct = azurite?.ConnectionString ?? await TestAzurite.NewAccountAsync();
        storage = new StorageProxy(direct);
        vault = await TestVault.StartAsync();
        var sandboxSettings = new SandboxSettings
        {
            OpenCrvsVersion = system.OpenCrvs,
            // Keys of its own: they are rotated.
            Keys = SandboxKeys.Create(),
            KeepPayloads = system is OtherSystem,
        };
        sandboxSettings.Events.ForwardsChanges = true;
        sandboxSettings.Events.MosipApi = system.OpenCrvs == OpenCrvsVersion.V19 ? "" : "api";
        sandboxSettings.Events.TellsMosipApi = tracking => tracking[^1] == Traffic.MosipApiMark;
        system.Set(sandboxSettings);
        sandbox = await SandboxServer.StartAsync(sandboxSettings);
        var settings = CrashTests.SettingsOf(sandbox, storage.ConnectionString);
        // What comes back may wait seven seconds for a trigger's answer: that fits into a lease.
        settings["NationalId:Delivery:LeaseFor"] = "00:00:10";
        settings["NationalId:Callers:MaxPerMinute"] = "1000000";
        settings["NationalId:Callers:MaxPerMinuteOverAll"] = "1000000";
        system.Set(settings);
        secrets =
        [
            .. settings
                .Where(pair => pair.Key.Contains("SECRET") || pair.Key.Contains("KEY") || pair.Key.Contains("PASS"))
                .Select(pair => pair.Value!)
                .Where(value => value.Length >= 16),
        ];
        var clockFile = Path.Combine(folder.Path, "clock");
        await File.WriteAllTextAsync(clockFile, "0");
        settings[TestOrders.ClockFile] = clockFile;
        vault.Take(settings, Troubles.SecretsFor.ToString("c", CultureInfo.InvariantCulture));
        host = new HostProcess(settings, lines.Enqueue);
        sandbox.ClientUrl = host.Url;
        system.Begin(sandbox, host.Url);
        traffic = new Traffic(sandbox, system, registrations);
        troubles = new Troubles(system, sandbox, host, storage, vault, clockFile, plan.Seed);
        watch = new Watch(host);
        ledger = new EventLedger(TestAzurite.ClientsOf(direct), TimeProvider.System);
    }

    /// <summary>Says where it stands, every ten seconds.</summary>
    private async Task TellAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(10), stop));
            _ = LeftOver().Count;
            var open = await OpenAsync();
            say(
                $"{clock.Elapsed:mm\\:ss} sent {traffic.Sent} of {registrations.Count}, in order {done.Count}, "
                    + $"waiting {open.Values.Sum()} ({Counts(open)}), "
                    + $"repeats {traffic.Repeats.Values.Sum()}, kills {troubles.Kills}, starts {host.Starts}, "
                    + $"RSS {watch.Last?.Megabytes:0} MB, handles {watch.Last?.Handles}"
            );
        }
    }

    /// <summary>The sweep runs more often than its timer says: nobody waits five minutes here.</summary>
    private async Task SweepAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(plan.IsLong ? 20 : 4), stop));
            // NOTE: one that is not there, or has just died, is swept the next time.
            _ = host.ProcessId is not null && await host.SweepAsync();
        }
    }

    private async Task AllInOrderAsync(TimeSpan patience)
    {
        List<string> left = [];
        await Eventually.TrueAsync(
            async () =>
            {
                left = LeftOver();
                if (left.Count == 0)
                {
                    left = await NotDeliveredAsync();
                }

                await Task.Delay(left.Count == 0 ? 0 : 500);
                return left.Count == 0;
            },
            patience,
            () => $"{left.Count} left: {string.Join("; ", left.Take(12))}{Environment.NewLine}{host.LastLines}"
        );
    }

    /// <summary>What is not in order yet, in words; what was in order is not looked at again.</summary>
    private List<string> LeftOver()
    {
        lock (done)
        {
            List<string> left = [];
            foreach (var one in registrations.Where(one => !done.Contains(one)))
            {
                if (Wrong(one) is { } wrong)
                {
                    left.Add($"#{one.Index} {one.Way} {(one.IsBirth ? "birth" : "death")} {one.Number}: {wrong}");
                }
                else
                {
                    done.Add(one);
                }
            }

            return left;
        }
    }

    /// <summary>What is not as it must be; null when all is.</summary>
    private string? Wrong(Registration one)
    {
        if (!one.IsOver)
        {
            return "not everything is said of it";
        }

        var number = one.Number!;
        if (one.EventId is { } id)
        {
            var document = sandbox.Events.Find(id)!;
            if (document.Registrations.Count != 1 || document.Pending.Count > 0)
            {
                return $"{document.Registrations.Count} acceptances, {document.Pending.Count} pending";
            }

            if (document.Registrations[0].RegistrationNumber != number)
            {
                return "another registration number";
            }
        }

        if (!one.IsTaken)
        {
            return null;
        }

        return one.Deceased is { } deceased ? system.WrongDeath(sandbox, number, deceased)
            : system.WrongBirth(sandbox, number) is { } wrong ? wrong
            : one.WasChanged && !system.FlagsRevocations && system.IsInUse(sandbox, number) == one.IsRevoked
                ? $"the number is {(one.IsRevoked ? "" : "not ")}in use"
            : one.Corrected is { } surname && !system.HasCorrection(sandbox, number, surname)
                ? "the system has not got the correction"
            : one.EventId is null ? system.WrongRecord(sandbox.OpenCrvs.Find(number)!, system.NumberOf(sandbox, number))
            : (string?)sandbox.Events.State(one.EventId).Declaration["child.nid"] == system.NumberOf(sandbox, number)
                ? null
            : $"the number is not on the record: {ActionsOf(one.EventId)}";
    }

    private string ActionsOf(string eventId) =>
        string.Join(
            ", ",
            sandbox
                .Events.Find(eventId)!
                .Actions.Select(action => $"{action.Type} {action.Status} by {action.CreatedByUserType}")
        );

    private async Task<Dictionary<EventState, int>> OpenAsync()
    {
        var open = new Dictionary<EventState, int>();
        try
        {
            foreach (var state in Enum.GetValues<EventState>().Where(state => state != EventState.Delivered))
            {
                if (await ledger.InStateAsync(state, null, Tomorrow, default).CountAsync() is > 0 and var count)
                {
                    open[state] = count;
                }
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // The client has not got so far as to make its tables.
        }

        return open;
    }

    // NOTE: the client's clock was wrong at times, so that some rows are of later today.
    private static DateTimeOffset Tomorrow => DateTimeOffset.UtcNow.AddDays(1);

    /// <summary>Rows that are neither delivered nor flagged because of a contradiction that the run has made.</summary>
    private async Task<List<string>> NotDeliveredAsync()
    {
        var flaggable = registrations
            .Where(one => one.IsContradicted || (one.WasChanged && system.FlagsRevocations))
            .Select(one => one.Number!)
            .ToHashSet();
        List<string> left = [];
        foreach (var state in Enum.GetValues<EventState>().Where(state => state != EventState.Delivered))
        {
            await foreach (var (key, _) in ledger.InStateAsync(state, null, Tomorrow, default))
            {
                var row = await ledger.GetAsync(key, default);
                if (
                    row is not null
                    // What was refused when its message had gone is registered anew.
                    && row.Reason != "The payload was removed."
                    && !(row.Current == EventState.Flagged && flaggable.Contains(row.RegistrationNumber ?? ""))
                )
                {
                    left.Add(
                        $"{row.Topic} {row.RegistrationNumber} {row.Current} {row.Reason} until {row.NextAt}, "
                            + $"leased until {row.LeaseUntil}: {string.Join(" | ", row.Changes.TakeLast(4))}"
                    );
                }
            }
        }

        return left;
    }

    private async Task<string> JudgeAsync(TimeSpan span)
    {
        Assert.Empty(traffic.OtherAnswers);
        var numbers = registrations
            .Where(one => one.IsBirth && one.IsTaken)
            .Select(one => system.NumberOf(sandbox, one.Number!))
            .ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        var flagged = await FlaggedAsync();
        Assert.All(
            registrations.Where(one => one.IsContradicted && one.IsTaken),
            one => Assert.Equal(1, flagged.Count(row => row == one.Number))
        );
        var leaks = LogLeaks();
        Assert.True(leaks.Count == 0, $"{leaks.Count} lines: {string.Join(Environment.NewLine, leaks.Take(5))}");

        var steady = watch.Steady;
        var (memory, handles) = (Watch.Slope(steady, one => one.Megabytes), Watch.Slope(steady, one => one.Handles));
        if (plan.IsLong && steady.Count > 0)
        {
            AssertFlat("memory", steady, one => one.Megabytes, 0.2, 30);
            AssertFlat("handles", steady, one => one.Handles, 0.2, 40);
        }

        return JsonSerializer.Serialize(
            new
            {
                system = system.Name,
                plan.Seed,
                births = plan.Births,
                deaths = plan.Deaths,
                byWay = registrations.CountBy(one => $"{one.Way}").ToDictionary(),
                taken = registrations.Count(one => one.IsTaken),
                changes = registrations.SelectMany(one => one.Later).CountBy(change => change).ToDictionary(),
                flagged = flagged.Count,
                repeats = traffic.Repeats,
                doubles = system.Doubles(sandbox),
                kills = troubles.Kills,
                starts = host.Starts,
                troubles = troubles.Counts.OrderBy(one => one.Key).ToDictionary(),
                logLines = lines.Count,
                mostMegabytes = Math.Round(watch.Most.Megabytes),
                mostHandles = watch.Most.Handles,
                lastLifeMinutes = steady.Count > 0 ? Math.Round(steady[^1].Minutes - steady[0].Minutes, 1) : 0,
                megabytesAMinute = Math.Round(memory, 2),
                handlesAMinute = Math.Round(handles, 2),
                busySeconds = Math.Round(span.TotalSeconds),
                seconds = Math.Round(clock.Elapsed.TotalSeconds),
            },
            new JsonSerializerOptions { WriteIndented = true }
        );
    }

    private async Task<List<string?>> FlaggedAsync()
    {
        List<string?> numbers = [];
        await foreach (var (key, _) in ledger.InStateAsync(EventState.Flagged, null, Tomorrow, default))
        {
            numbers.Add((await ledger.GetAsync(key, default))?.RegistrationNumber);
        }

        return numbers;
    }

    /// <summary>Of the last life: its last quarter is not above its second by more than a share, or so much.</summary>
    private static void AssertFlat(
        string what,
        IReadOnlyList<Sample> steady,
        Func<Sample, double> value,
        double share,
        double much
    )
    {
        var quarter = steady.Count / 4;
        var (before, after) = (Median(steady.Skip(quarter).Take(quarter)), Median(steady.TakeLast(quarter)));
        var minutes = steady[^1].Minutes - steady[0].Minutes;
        Assert.True(
            after <= before + Math.Max(before * share, much),
            $"The {what} grew from {before:0} to {after:0} in {minutes:0} minutes."
        );

        double Median(IEnumerable<Sample> some) => some.Select(value).Order().ElementAt(quarter / 2);
    }

    /// <summary>Lines of any life in which something stands that nobody may read.</summary>
    private List<string> LogLeaks()
    {
        var words = system
            .Secrets(sandbox)
            .Concat(registrations.SelectMany(one => (string?[])[one.Number, one.Number?[4..]]).OfType<string>())
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        Assert.True(words.Count > registrations.Count, $"Only {words.Count} words are looked for.");
        string[] pieces = [Traffic.Given, EnduranceSystem.Surname, .. secrets];
        return
        [
            .. lines.Where(line =>
                Array.Exists(pieces, piece => line.Contains(piece, StringComparison.OrdinalIgnoreCase))
                || Words(line).Any(words.Contains)
            ),
        ];
    }

    private static IEnumerable<string> Words(string line)
    {
        var start = -1;
        for (var index = 0; index <= line.Length; index++)
        {
            var isWord = index < line.Length && char.IsLetterOrDigit(line[index]);
            if (isWord && start < 0)
            {
                start = index;
            }
            else if (!isWord && start >= 0)
            {
                yield return line[start..index];
                start = -1;
            }
        }
    }

    private static string Counts<T>(IReadOnlyDictionary<T, int> counts) =>
        string.Join(", ", counts.OrderBy(one => one.Key).Select(one => $"{one.Key} {one.Value}"));
}
