using System.Diagnostics;
using System.Text.Json;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;
using Xunit.Abstractions;

namespace NationalId.Tests.Crash;

/// <summary>
/// Registrars of OpenCRVS 2.0 register while the client dies again and again. In the end every record is accepted,
/// once, and what the client took is delivered.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class TriggerCrashTests(ITestOutputHelper output)
{
    // Those before the 202 leave the trigger unanswered: the country configuration accepts by itself then.
    private static readonly string[] Boundaries =
    [
        "intake.blob",
        "intake.message",
        "intake.row",
        "intake.trigger",
        "confirm.open",
        "confirm.accepted",
        "confirm.row",
        "deliver.lease",
        "deliver.sent",
        "deliver.done",
        "return.ledger",
        "return.saved",
    ];

    [Fact]
    public async Task Whenever_the_process_is_killed_every_record_is_accepted_once_and_none_is_stuck()
    {
        var soak = Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1";
        var (births, deaths, kills) = soak ? (1500, 500, 30) : (32, 10, 2);
        await using var azurite = soak ? await AzuriteServer.StartAsync(inMemory: true) : null;
        var connection = azurite?.ConnectionString ?? await TestAzurite.NewAccountAsync();
        var settings = new SandboxSettings
        {
            OpenCrvsVersion = OpenCrvsVersion.V20,
            ClientName = "Freedonia",
            Keys = World.Keys.Value,
        };
        await using var sandbox = await SandboxServer.StartAsync(settings);
        await using var host = new HostProcess(CrashTests.SettingsOf(sandbox, connection));
        sandbox.ClientUrl = host.Url;
        var clock = Stopwatch.StartNew();

        var answers = await KillAgainAndAgainAsync(host, sandbox, births, deaths, kills);
        await host.StartAsync();
        await AllConfirmedAsync(host, sandbox, answers, TimeSpan.FromMinutes(soak ? 20 : 4));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Empty(sandbox.NationalIdSystem.Refused);
        var taken = answers.Where(answer => IsTaken(sandbox, answer)).ToList();
        var received = sandbox.NationalIdSystem.Received.GroupBy(notice => notice.RegistrationNumber).ToList();
        Assert.All(taken, answer => Assert.Contains(received, notice => notice.Key == NumberOf(sandbox, answer)));
        // What comes twice says so: a receiver that heeds the key has each once.
        Assert.All(received, notices => Assert.Single(notices.Select(one => (one.EventKey, one.Sha256)).Distinct()));
        var doubles = received.Sum(notices => notices.Count() - 1);
        var restarts = host.Starts - 1;
        // A kill between sending and noting it sends it once more, for what was under way at that moment.
        Assert.True(doubles <= restarts * 16, $"{doubles} were delivered twice, with {restarts} restarts.");
        var figures = new
        {
            records = answers.Count,
            taken = taken.Count,
            acceptedByTheCountryItself = answers.Count - taken.Count,
            restarts,
            doubles,
            seconds = Math.Round(clock.Elapsed.TotalSeconds),
        };
        var text = JsonSerializer.Serialize(figures, new JsonSerializerOptions { WriteIndented = true });
        output.WriteLine(text);
        if (soak)
        {
            Directory.CreateDirectory(Repository.PathOf("TestResults"));
            await File.WriteAllTextAsync(Repository.PathOf("TestResults", "soak-triggers.json"), text);
        }
    }

    /// <summary>Lives of the process, each with some registrations and one violent end.</summary>
    private static async Task<List<RegistrarAnswer>> KillAgainAndAgainAsync(
        HostProcess host,
        SandboxServer sandbox,
        int births,
        int deaths,
        int kills
    )
    {
        string?[] ends = [.. Boundaries, .. Enumerable.Repeat<string?>(null, kills)];
        Random.Shared.Shuffle(ends);
        string[] types = [.. Enumerable.Repeat("birth", births), .. Enumerable.Repeat("death", deaths)];
        Random.Shared.Shuffle(types);
        var waiting = new Queue<string>(types);
        List<Task<RegistrarAnswer>> registrations = [];
        for (var life = 0; life < ends.Length; life++)
        {
            sandbox.NationalIdSystem.Answer = life % 2 == 0 ? NumberAnswer.AtOnce : NumberAnswer.CallBack;
            var crashAt = ends[life] is { } boundary ? $"{boundary}:{Random.Shared.Next(1, 3)}" : null;
            await host.StartAsync(crashAt);
            Release(waiting.Count / (ends.Length - life));
            if (crashAt is null)
            {
                await Task.Delay(Random.Shared.Next(50, 4000));
                await host.KillAsync();
            }
            else
            {
                // What comes back meets its boundary twice only if there is enough of it: else it is killed.
                if (await host.EndAsync(TimeSpan.FromSeconds(20)) is null)
                {
                    await host.KillAsync();
                }
            }

            await host.EndAsync(TimeSpan.FromSeconds(20));
        }

        await host.StartAsync();
        Release(waiting.Count);
        List<RegistrarAnswer> answers = [.. await Task.WhenAll(registrations)];
        await host.KillAsync();
        await host.EndAsync(TimeSpan.FromSeconds(20));
        return answers;

        void Release(int count)
        {
            while (count-- > 0)
            {
                var order = new RegistrationOrder { Type = waiting.Dequeue() };
                registrations.Add(Task.Run(() => RegisterAsync(sandbox, order)));
            }
        }
    }

    /// <summary>A machine that is busy with other tests may refuse a trigger: that costs one more click.</summary>
    private static async Task<RegistrarAnswer> RegisterAsync(SandboxServer sandbox, RegistrationOrder order)
    {
        var answer = await sandbox.Events.RegisterAsync(order);
        for (var clicks = 0; IsRefused(sandbox, answer) && clicks < 10; clicks++)
        {
            answer = await sandbox.Events.PressAgainAsync(answer.EventId);
        }

        return answer;
    }

    private static async Task AllConfirmedAsync(
        HostProcess host,
        SandboxServer sandbox,
        IReadOnlyList<RegistrarAnswer> answers,
        TimeSpan patience
    )
    {
        var swept = Stopwatch.StartNew();
        await host.SweepAsync();
        List<string> open = [];
        await Eventually.TrueAsync(
            async () =>
            {
                if (swept.Elapsed > TimeSpan.FromSeconds(4))
                {
                    Assert.True(await host.SweepAsync(), host.LastLines);
                    swept.Restart();
                }

                open = [.. answers.Select(answer => Wrong(sandbox, answer)).OfType<string>()];
                return open.Count == 0;
            },
            patience,
            () => $"{open.Count} of {answers.Count}, e.g. {open.FirstOrDefault()}{Environment.NewLine}{host.LastLines}"
        );
    }

    /// <summary>What is not as it must be in the end; null when all is.</summary>
    private static string? Wrong(SandboxServer sandbox, RegistrarAnswer answer)
    {
        var document = sandbox.Events.Find(answer.EventId)!;
        if (document.Registrations.Count != 1 || document.Pending.Count > 0)
        {
            var triggers = TriggersOf(sandbox, answer).Select(one => $"{one.ClientStatus} at {one.At:HH:mm:ss}");
            var actions = document.Actions.Select(one => $"{one.Type} {one.Status} at {one.CreatedAt}");
            return $"{document.Registrations.Count} acceptances, {document.Pending.Count} pending; triggers answered "
                + $"{string.Join(", ", triggers)}; actions {string.Join(", ", actions)}";
        }

        if ((string?)sandbox.Events.Indexed(answer.EventId)?["status"] != "REGISTERED")
        {
            return "the search shows it as it was";
        }

        var number = World2.NumberOf(document);
        if (document.Registrations[0].RegistrationNumber != number)
        {
            return "another number";
        }

        if (!IsTaken(sandbox, answer))
        {
            return null;
        }

        return document.Type == "death"
            ? sandbox.NationalIdSystem.Received.Any(notice => notice.RegistrationNumber == number)
                ? null
                : "the death is not delivered"
            : sandbox.NationalIdSystem.FindByBirth(number)?.Number is { } given
            && (string?)sandbox.Events.State(answer.EventId).Declaration["child.nid"] == given
                ? null
                : "the number is not on the record";
    }

    /// <summary>Whether the client has answered the last try with 400: OpenCRVS has rejected it then.</summary>
    private static bool IsRefused(SandboxServer sandbox, RegistrarAnswer answer) =>
        TriggersOf(sandbox, answer).LastOrDefault() is { ClientStatus: 400 };

    private static IEnumerable<Trigger> TriggersOf(SandboxServer sandbox, RegistrarAnswer answer) =>
        sandbox.Events.Triggers.Where(trigger => trigger.EventId == answer.EventId && trigger.Action == "REGISTER");

    private static bool IsTaken(SandboxServer sandbox, RegistrarAnswer answer) =>
        TriggersOf(sandbox, answer).Any(trigger => trigger.ClientStatus == 202);

    private static string NumberOf(SandboxServer sandbox, RegistrarAnswer answer) =>
        World2.NumberOf(sandbox.Events.Find(answer.EventId)!);
}
