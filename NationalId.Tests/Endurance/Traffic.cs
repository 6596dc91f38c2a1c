using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Endurance;

/// <summary>How a registration comes to the client.</summary>
internal enum Way
{
    Webhook,
    Trigger,
    MosipApi,
}

/// <summary>One registration of the run, and what is done to it afterwards.</summary>
internal sealed class Registration(int index, bool isBirth, Way way, TimeSpan at)
{
    public int Index { get; } = index;

    public bool IsBirth { get; } = isBirth;

    public Way Way { get; } = way;

    /// <summary>When, from the run's begin on.</summary>
    public TimeSpan At { get; } = at;

    /// <summary>What is said of it later; or another record takes its number.</summary>
    public IReadOnlyList<string> Later { get; init; } = [];

    public Known? Deceased { get; set; }

    /// <summary>The registration number, once it is registered.</summary>
    public string? Number { get; set; }

    /// <summary>The record, where it has come by trigger or by mosip-api's routes.</summary>
    public string? EventId { get; set; }

    /// <summary>Whether the client has it: otherwise the country configuration has accepted it by itself.</summary>
    public bool IsTaken { get; set; }

    public bool IsRevoked { get; set; }

    /// <summary>The surname that a registrar has put in the place of the first one.</summary>
    public string? Corrected { get; set; }

    /// <summary>Whether all that is to be said of it is said.</summary>
    public bool IsOver { get; set; }

    public bool IsContradicted => Later.Contains(Traffic.Contradict);

    public bool WasChanged => Later.Contains(Traffic.Revoke);
}

/// <summary>Registrars and clerks: they send what they have until the client has taken it.</summary>
internal sealed class Traffic(SandboxServer sandbox, EnduranceSystem system, IReadOnlyList<Registration> plan)
{
    public const string Revoke = "revoke";
    public const string Reinstate = "reinstate";
    public const string Correct = "correct";
    public const string Contradict = "contradict";

    /// <summary>Begins each given name.</summary>
    public const string Given = "Qwyxa";

    private readonly SemaphoreSlim desks = new(24);
    private int sent;
    private readonly ConcurrentDictionary<string, int> repeats = new();

    /// <summary>Answers to webhooks other than 202: OpenCRVS would not send again.</summary>
    public ConcurrentQueue<int> OtherAnswers { get; } = new();

    public int Sent => sent;

    /// <summary>How often something was said once more, because nobody had heard it.</summary>
    public IReadOnlyDictionary<string, int> Repeats => repeats;

    /// <summary>Draws a run.</summary>
    public static IReadOnlyList<Registration> Plan(
        EnduranceSystem system,
        int births,
        int deaths,
        TimeSpan over,
        Random random
    )
    {
        bool[] kinds = [.. Enumerable.Repeat(true, births), .. Enumerable.Repeat(false, deaths)];
        random.Shuffle(kinds);
        Way[] ways =
        [
            .. system.HasWebhooks ? (Way[])[Way.Webhook] : [],
            .. system.HasTriggers ? (Way[])[Way.Trigger] : [],
            .. system.HasMosipApi ? (Way[])[Way.MosipApi] : [],
        ];
        var step = over / kinds.Length;
        return
        [
            .. kinds.Select(
                (isBirth, index) =>
                {
                    var way = ways[random.Next(ways.Length)];
                    // The first of each run are changed for certain, so that a short one has all of it.
                    var one = index < 12 ? index : random.Next(60);
                    return new Registration(index, isBirth, way, step * (index + random.NextDouble()))
                    {
                        Later = !isBirth ? [] : Changes(system, way, one),
                    };
                }
            ),
        ];
    }

    /// <summary>Sends all of it at its times; done when everything is said.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        List<Task> lives = [];
        foreach (var registration in plan)
        {
            if (registration.At - clock.Elapsed is var wait && wait > TimeSpan.Zero)
            {
                await Task.WhenAny(Task.Delay(wait, failed.Token));
            }

            lives.Add(Task.Run(() => OneAsync(registration), CancellationToken.None));
        }

        await Task.WhenAll(lives);

        // The first that fails ends all of it: nobody waits for the others then.
        async Task OneAsync(Registration one)
        {
            try
            {
                await LiveAsync(one, failed.Token);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                await failed.CancelAsync();
                throw new InvalidOperationException($"#{one.Index} {one.Way} {one.Number}", e);
            }
        }
    }

    private static string[] Changes(EnduranceSystem system, Way way, int draw) =>
        draw switch
        {
            0 or 4 => [Revoke],
            1 or 5 => [Revoke, Reinstate],
            2 or 6 when way == Way.Webhook => [Contradict],
            2 or 6 or 3 or 7 when way != Way.Webhook && system.HearsCorrections => [Correct],
            8 when way != Way.Webhook && system.HearsCorrections => [Correct, Revoke, Reinstate],
            _ => [],
        };

    private async Task LiveAsync(Registration one, CancellationToken stop)
    {
        await desks.WaitAsync(stop);
        try
        {
            one.Deceased = one.IsBirth ? null : system.Add(sandbox, Given + one.Index);
            if (one.Way == Way.Webhook)
            {
                await HookAsync(one, stop);
            }
            else
            {
                await PressAsync(one, stop);
            }

            Interlocked.Increment(ref sent);
        }
        finally
        {
            desks.Release();
        }

        if (one.EventId is { } id)
        {
            // The record stays with the registrar until it is put back, and nobody corrects it before.
            await Task.Delay(TimeSpan.FromSeconds(1 + (one.Index % 5)), stop);
            sandbox.Events.Unassign(id);
        }

        foreach (var change in one.IsTaken ? one.Later : [])
        {
            // Some of it overtakes the registration, some comes long after it.
            await Task.Delay(TimeSpan.FromSeconds(one.Index * 7 % 12), stop);
            await ChangeAsync(one, change, stop);
        }

        one.IsOver = true;
    }

    private async Task HookAsync(Registration one, CancellationToken stop)
    {
        var sent = one.Deceased is { } deceased
            ? await sandbox.OpenCrvs.SendDeathAsync(
                new DeathRecord
                {
                    GivenNames = [deceased.First],
                    FamilyName = EnduranceSystem.Surname,
                    Gender = "female",
                    BirthDate = deceased.BirthDate,
                    NationalId = deceased.Number,
                    TrackingId = $"DW{one.Index:00000}",
                },
                stop
            )
            : await sandbox.OpenCrvs.SendBirthAsync(BirthOf(one, $"BW{one.Index:00000}", null), stop);
        one.Number = sent.RegistrationNumber;
        await HeardAsync(sent, stop);
        one.IsTaken = true;
    }

    private static BirthRecord BirthOf(Registration one, string trackingId, string? number) =>
        new()
        {
            GivenNames = [Given + one.Index],
            FamilyName = EnduranceSystem.Surname,
            TrackingId = trackingId,
            RegistrationNumber = number,
        };

    /// <summary>What nobody took is sent again, as a clerk would.</summary>
    private async Task HeardAsync(SentEvent sent, CancellationToken stop)
    {
        while (sent.Status is not 202)
        {
            if (sent.Status is { } status)
            {
                OtherAnswers.Enqueue(status);
            }

            await AgainAsync("webhook", stop);
            sent = await sandbox.OpenCrvs.ResendAsync(sent, stop);
        }
    }

    /// <summary>A registrar registers, and once more where the client could not store it in time.</summary>
    private async Task PressAsync(Registration one, CancellationToken stop)
    {
        var name = new JsonObject { ["firstname"] = Given + one.Index, ["surname"] = EnduranceSystem.Surname };
        var declaration = one.Deceased is { } deceased
            ? new JsonObject
            {
                ["deceased.name"] = name,
                ["deceased.gender"] = "female",
                ["deceased.dob"] = deceased.BirthDate,
                ["deceased.nid"] = deceased.Number,
            }
            : new JsonObject { ["child.name"] = name };
        var answer = await sandbox.Events.RegisterAsync(
            new RegistrationOrder
            {
                Type = one.IsBirth ? "birth" : "death",
                Declaration = declaration,
                TrackingId = TrackingIdOf(one),
            }
        );
        one.EventId = answer.EventId;
        one.Number = World2.NumberOf(sandbox.Events.Find(answer.EventId)!);
        while (sandbox.Events.State(answer.EventId).Flags.Contains("register:rejected"))
        {
            await AgainAsync($"register {one.Way}: {TriggerOf(answer.EventId)?.ClientStatus}", stop);
            await sandbox.Events.PressAgainAsync(answer.EventId);
        }

        one.IsTaken = sandbox.Events.Triggers.Any(trigger =>
            IsRegistration(trigger, answer.EventId) && trigger.ClientStatus is (200 or 202)
        );
    }

    private Trigger? TriggerOf(string eventId) =>
        sandbox.Events.Triggers.LastOrDefault(trigger => IsRegistration(trigger, eventId));

    private static bool IsRegistration(Trigger trigger, string eventId) =>
        trigger.EventId == eventId && trigger.Action == "REGISTER";

    /// <summary>The last letter tells the country configuration which way it goes.</summary>
    private static string TrackingIdOf(Registration one) =>
        $"{one.Index:00000}{(one.Way == Way.MosipApi ? MosipApiMark : 'T')}";

    /// <summary>Ends the tracking ids of records that are told by mosip-api's routes.</summary>
    public const char MosipApiMark = 'M';

    private async Task ChangeAsync(Registration one, string change, CancellationToken stop)
    {
        switch (change)
        {
            case Contradict:
                var sent = await sandbox.OpenCrvs.SendBirthAsync(
                    BirthOf(one, $"BX{one.Index:00000}", one.Number),
                    stop
                );
                await HeardAsync(sent, stop);
                break;
            case Correct:
                var surname = EnduranceSystem.Surname + one.Index;
                await CorrectAsync(one.EventId!, surname, stop);
                one.Corrected = surname;
                break;
            case var _ when system.HasWebhooks:
                var word = new Revocation(one.Number!, "birth", change) { At = DateTimeOffset.UtcNow };
                while (await sandbox.OpenCrvs.SendRevocationAsync(word, stop) != 202)
                {
                    await AgainAsync(change, stop);
                }

                one.IsRevoked = change == Revoke;
                break;
            default:
                var action = change == Revoke ? "REVOKE_REGISTRATION" : "REINSTATE_REVOKE_REGISTRATION";
                while (
                    !await TryAsync(
                        new RequestedAction(one.EventId!, "CUSTOM", Id()) { Annotation = [], CustomActionType = action }
                    )
                )
                {
                    await AgainAsync(change, stop);
                }

                one.IsRevoked = change == Revoke;
                break;
        }
    }

    /// <summary>Asked for and approved; each until core lets it pass.</summary>
    private async Task CorrectAsync(string eventId, string surname, CancellationToken stop)
    {
        var declaration = new JsonObject { ["child.name"] = new JsonObject { ["surname"] = surname } };
        while (!await TryAsync(new RequestedAction(eventId, "REQUEST_CORRECTION", Id()) { Declaration = declaration }))
        {
            await AgainAsync("ask correction", stop);
        }

        var asked = sandbox
            .Events.Find(eventId)!
            .Actions.Last(action =>
                action is { Type: "REQUEST_CORRECTION", Status: EventAction.Accepted, CreatedByUserType: "user" }
            );
        while (!await TryAsync(new RequestedAction(eventId, "APPROVE_CORRECTION", Id()) { RequestId = asked.Id }))
        {
            await AgainAsync("approve correction", stop);
        }
    }

    /// <summary>Whether core and the country configuration have let it pass.</summary>
    private async Task<bool> TryAsync(RequestedAction action)
    {
        try
        {
            var document = await sandbox.Events.Registrar.ActAsync(action);
            return document.Actions.Any(done =>
                done.TransactionId == action.TransactionId && done.Status == EventAction.Accepted
            );
        }
        catch (CoreException)
        {
            return false;
        }
    }

    private async Task AgainAsync(string what, CancellationToken stop)
    {
        repeats.AddOrUpdate(what, 1, (_, count) => count + 1);
        await Task.Delay(500, stop);
    }

    private static string Id() => Guid.NewGuid().ToString();
}
