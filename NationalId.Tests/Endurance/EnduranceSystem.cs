using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Endurance;

/// <summary>Somebody who can die: known to the National ID system before the run.</summary>
internal sealed record Known(string Number, string First, string BirthDate);

/// <summary>
/// A National ID system in the endurance run: what is set, what may fail, and what must be in the end.
/// </summary>
internal abstract class EnduranceSystem
{
    public const string BornOn = "1957-03-04";

    /// <summary>The surname of everybody: no log may have it.</summary>
    public const string Surname = "Zzyxterson";

    /// <summary>All of them, in the order of the long form.</summary>
    public static IReadOnlyList<EnduranceSystem> All { get; } =
    [new PacketsSystem(), new MediatorSystem(), new OsiaSystem(), new OtherSystem()];

    public abstract string Name { get; }

    public abstract OpenCrvsVersion OpenCrvs { get; }

    /// <summary>
    /// The faults that the run sets, by the sandbox's names. Not the auth service where there are triggers: core needs
    /// it too, and leaves the record stuck without it, whatever we do.
    /// </summary>
    public abstract IReadOnlyList<string> Faults { get; }

    /// <summary>Boundaries of this system at which the process dies, beside those of all.</summary>
    public abstract IReadOnlyList<string> Boundaries { get; }

    /// <summary>Whether a revocation ends flagged, for a human to tell the system.</summary>
    public virtual bool FlagsRevocations => false;

    /// <summary>Whether the system hears of corrections.</summary>
    public virtual bool HearsCorrections => false;

    public bool HasWebhooks => OpenCrvs <= OpenCrvsVersion.V19;

    /// <summary>Whether mosip-api's routes are there: where MOSIP is.</summary>
    public virtual bool HasMosipApi => false;

    public bool HasTriggers => OpenCrvs >= OpenCrvsVersion.V19;

    public virtual void Set(SandboxSettings sandbox) => sandbox.ClientName = "Freedonia";

    public virtual void Set(Dictionary<string, string?> client) { }

    /// <summary>Called once, when the client's address is known.</summary>
    public virtual void Begin(SandboxServer sandbox, Uri client) { }

    /// <summary>Somebody whom the system knows.</summary>
    public abstract Known Add(SandboxServer sandbox, string first);

    /// <summary>What the National ID system does by itself meanwhile, until it is told to end.</summary>
    public virtual Task DriveAsync(SandboxServer sandbox, CancellationToken stop) => Task.CompletedTask;

    /// <summary>The number of the child that was born under a registration number; null while it has none.</summary>
    public abstract string? NumberOf(SandboxServer sandbox, string registration);

    /// <summary>What is not as it must be at the National ID system; null when all is.</summary>
    public abstract string? WrongBirth(SandboxServer sandbox, string registration);

    /// <inheritdoc cref="WrongBirth"/>
    public abstract string? WrongDeath(SandboxServer sandbox, string registration, Known deceased);

    /// <summary>Whether the number of a birth is in use.</summary>
    public abstract bool IsInUse(SandboxServer sandbox, string registration);

    /// <summary>Whether the system has a correction, which gave a child another surname.</summary>
    public virtual bool HasCorrection(SandboxServer sandbox, string registration, string surname) => true;

    /// <summary>What stands on a record of OpenCRVS 1.x, and is not as it must be.</summary>
    public virtual string? WrongRecord(StoredRecord record, string? number)
    {
        var saved = record.Saves.Select(save => save.Fields.GetValueOrDefault("NATIONAL_ID")).OfType<string>();
        return number is not null && record.NationalId == number && saved.Distinct().Count() == 1
            ? null
            : "the number is not on the record, or another was";
    }

    /// <summary>The numbers that the National ID system knows, which no log may have.</summary>
    public abstract IEnumerable<string> Secrets(SandboxServer sandbox);

    /// <summary>How often the system got what it had.</summary>
    public virtual int Doubles(SandboxServer sandbox) => 0;
}

/// <summary>MOSIP, reached by packets: all sources at once.</summary>
internal sealed class PacketsSystem : EnduranceSystem
{
    private const string Section = "NationalId:Mosip:Packets:";

    public override string Name => "mosip-packets";

    public override OpenCrvsVersion OpenCrvs => OpenCrvsVersion.V19;

    public override IReadOnlyList<string> Faults =>
        ["auth-manager", "rid", "packet", "workflow", "packet-status", "identity", "mediator", "events"];

    public override IReadOnlyList<string> Boundaries =>
        ["intake.trigger", "deliver.draw", "deliver.aid", "packet.written", "confirm.accepted", "confirm.row"];

    public override bool HearsCorrections => true;

    public override bool HasMosipApi => true;

    public override void Set(SandboxSettings sandbox)
    {
        sandbox.MosipTakesPackets = true;
        sandbox.OnDeath = "packet+idrepo";
        sandbox.HasHub = true;
        sandbox.HubRetryDelay = TimeSpan.FromMilliseconds(200);
    }

    public override void Set(Dictionary<string, string?> client)
    {
        client[Section + "FirstStatusAfter"] = "00:00:01";
        client[Section + "LongestStatusGap"] = "00:00:10";
        client[Section + "CorrectionProcess"] = "CRVS_UPDATE";
        client["NationalId:Mosip:OnRevocation"] = "idrepo";
        client["NationalId:Mosip:WebSub:Timeout"] = "00:00:05";
        // The hub is told where we are by the test: it knows the port before the client has one.
        client["NationalId:Mosip:WebSub:CallbackUrl"] = "http://127.0.0.1:9/api/websub/callback";
    }

    public override void Begin(SandboxServer sandbox, Uri client)
    {
        sandbox.Mosip.Packets.Manager.AddedProcesses = ["CRVS_UPDATE"];
        sandbox.Hub.Add(new Uri(client, "api/websub/callback"), sandbox.Keys.HubSecret);
    }

    public override Known Add(SandboxServer sandbox, string first)
    {
        var person = sandbox.Mosip.AddPerson($"{first} {Surname}", "female", BornOn);
        return new Known(person.Uin, first, BornOn);
    }

    /// <summary>MOSIP issues each child's credential until the client has taken it.</summary>
    public override async Task DriveAsync(SandboxServer sandbox, CancellationToken stop)
    {
        HashSet<string> taken = [];
        while (!stop.IsCancellationRequested)
        {
            foreach (var person in sandbox.Mosip.Persons.ToList())
            {
                if (
                    !stop.IsCancellationRequested
                    && person is { BirthRegistrationNumber: { } number, Aid: not null }
                    && !taken.Contains(number)
                    && (await sandbox.IssueCredentialAsync(number, ct: CancellationToken.None)).Status == 200
                )
                {
                    taken.Add(number);
                }
            }

            await Task.WhenAny(Task.Delay(200, stop));
        }
    }

    public override string? NumberOf(SandboxServer sandbox, string registration) =>
        sandbox.Mosip.FindByBirth(registration)?.Uin;

    public override string? WrongBirth(SandboxServer sandbox, string registration)
    {
        var packets = sandbox.Mosip.Packets.OfNumber(registration).Where(one => one.Process == "CRVS_NEW").ToList();
        return packets is not [{ Status: "PROCESSED" } packet]
                ? $"{packets.Count} packets of a birth: {packets.FirstOrDefault()?.Why}"
            : packet.WrittenAfterStart ? "the packet was written after its start"
            : sandbox.Mosip.FindByBirth(registration)?.Aid != packet.Id ? "another registration id"
            : null;
    }

    public override string? WrongDeath(SandboxServer sandbox, string registration, Known deceased)
    {
        var told = sandbox.Mosip.Packets.Stored.Count(one =>
            one.Process == "CRVS_DEATH" && one.Fields.GetValueOrDefault("UIN") == deceased.Number
        );
        var person = sandbox.Mosip.Persons.First(one => one.Uin == deceased.Number);
        return told != 1 ? $"{told} packets of a death"
            : person.DeathRegistrationNumber is null ? "MOSIP has not noted the death"
            : person.Active ? "the number of a dead person is active"
            : null;
    }

    public override bool IsInUse(SandboxServer sandbox, string registration) =>
        sandbox.Mosip.FindByBirth(registration)?.Active == true;

    public override bool HasCorrection(SandboxServer sandbox, string registration, string surname)
    {
        var uin = NumberOf(sandbox, registration);
        return sandbox
            .Mosip.Packets.Stored.Where(one =>
                one is { Process: "CRVS_UPDATE", Status: "PROCESSED" } && one.Fields.GetValueOrDefault("UIN") == uin
            )
            .Any(one => one.Fields["fullName"].Contains(surname, StringComparison.Ordinal));
    }

    public override IEnumerable<string> Secrets(SandboxServer sandbox) =>
        sandbox
            .Mosip.Persons.SelectMany(person => (string?[])[person.Uin, person.Vid, person.Aid])
            .Concat(sandbox.Mosip.Packets.Stored.Select(packet => packet.Id))
            .OfType<string>();

    public override int Doubles(SandboxServer sandbox) => sandbox.Mosip.Packets.Workflow.StartedTwice;
}

/// <summary>MOSIP, reached through its mediator, with UIN tokens and IDA.</summary>
internal sealed class MediatorSystem : EnduranceSystem
{
    public override string Name => "mosip-mediator";

    public override OpenCrvsVersion OpenCrvs => OpenCrvsVersion.V13;

    public override IReadOnlyList<string> Faults =>
        ["mosip-token", "mosip-aid", "mosip-birth", "mosip-death", "ida", "mediator", "opencrvs-auth"];

    public override IReadOnlyList<string> Boundaries => ["deliver.draw", "deliver.aid", "deliver.saved"];

    public override bool FlagsRevocations => true;

    public override void Set(SandboxSettings sandbox) => sandbox.TokenDelay = TimeSpan.Zero;

    public override Known Add(SandboxServer sandbox, string first)
    {
        var person = sandbox.Mosip.AddPerson($"{first} {Surname}", "female", BornOn);
        return new Known(person.Uin, first, BornOn);
    }

    public override string? NumberOf(SandboxServer sandbox, string registration) =>
        sandbox.Mosip.FindByBirth(registration)?.UinToken;

    public override string? WrongBirth(SandboxServer sandbox, string registration)
    {
        var received = sandbox.Mosip.ReceivedOf(registration).ToList();
        var aid = sandbox.OpenCrvs.Find(registration)?.Aid;
        return received.Count == 0 ? "MOSIP has not got it"
            : received.Any(one => one.Aid != aid) ? "MOSIP has another application id than the record"
            : null;
    }

    public override string? WrongDeath(SandboxServer sandbox, string registration, Known deceased) =>
        WrongBirth(sandbox, registration);

    public override bool IsInUse(SandboxServer sandbox, string registration) => true;

    public override string? WrongRecord(StoredRecord record, string? number)
    {
        var (aids, tokens) = (Saved(record, "MOSIP_AID"), Saved(record, "UINTOKEN"));
        return number is null || record.UinToken != number ? "the token is not on the record"
            : aids == 1 && tokens == 1 ? null
            : $"{aids} application ids and {tokens} tokens were saved";
    }

    public override IEnumerable<string> Secrets(SandboxServer sandbox) =>
        sandbox
            .Mosip.Persons.SelectMany(person => (string[])[person.Uin, person.Vid, person.UinToken])
            .Concat(sandbox.Mosip.DrawnAids);

    public override int Doubles(SandboxServer sandbox) =>
        sandbox.Mosip.Received.GroupBy(one => one.RegistrationNumber).Sum(one => one.Count() - 1);

    private static int Saved(StoredRecord record, string field) =>
        record.Saves.Select(save => save.Fields.GetValueOrDefault(field)).OfType<string>().Distinct().Count();
}

/// <summary>A National ID system that speaks OSIA and whose registry we write.</summary>
internal sealed class OsiaSystem : EnduranceSystem
{
    public override string Name => "osia";

    public override OpenCrvsVersion OpenCrvs => OpenCrvsVersion.V13;

    public override IReadOnlyList<string> Faults =>
        ["osia-uin", "osia-registry", "osia-write", "osia-publish", "osia-token", "mediator", "opencrvs-auth"];

    public override IReadOnlyList<string> Boundaries =>
        ["deliver.draw", "deliver.returned", "deliver.served", "deliver.written"];

    public override void Set(SandboxSettings sandbox)
    {
        base.Set(sandbox);
        sandbox.SpeaksOsia = true;
        sandbox.OsiaWrites = true;
    }

    public override void Set(Dictionary<string, string?> client)
    {
        client["NationalId:Osia:Timeout"] = "00:00:05";
        client["NationalId:Osia:FirstCheckAfter"] = "00:00:05";
        client["NationalId:Osia:LongestCheckGap"] = "00:00:20";
    }

    public override Known Add(SandboxServer sandbox, string first)
    {
        var number = sandbox.Mosip.AddPerson(first, null, BornOn).Uin;
        sandbox.Osia.Registry.Add(number, first, Surname, BornOn);
        return new Known(number, first, BornOn);
    }

    public override string? NumberOf(SandboxServer sandbox, string registration) =>
        sandbox.OpenCrvs.Find(registration)?.NationalId;

    public override string? WrongBirth(SandboxServer sandbox, string registration) =>
        NumberOf(sandbox, registration) is not { } number ? "no number on the record"
        : sandbox.Osia.Registry.Find(number)?.Attributes is null ? "the registry does not know the child"
        : sandbox.Osia.Engine.Published.Any(one =>
            one.Subject == "liveBirth" && one.Message.Contains(number, StringComparison.Ordinal)
        )
            ? null
        : "the birth was not published";

    public override string? WrongDeath(SandboxServer sandbox, string registration, Known deceased) =>
        sandbox.Osia.Registry.Find(deceased.Number)?.PhysicalStatus == "DEAD" ? null : "the registry has nobody dead";

    public override bool IsInUse(SandboxServer sandbox, string registration) =>
        NumberOf(sandbox, registration) is { } number
        && sandbox.Osia.Registry.Find(number) is { Status: "ACTIVE", PhysicalStatus: "ALIVE" };

    public override IEnumerable<string> Secrets(SandboxServer sandbox) =>
        sandbox.Osia.Registry.Persons.Select(person => person.Uin).Concat(sandbox.Osia.Uins.Drawn);

    public override int Doubles(SandboxServer sandbox) =>
        sandbox.Osia.Engine.Published.GroupBy(one => one.Message).Sum(one => one.Count() - 1);
}

/// <summary>Any other system, with OpenCRVS 2.0: by triggers.</summary>
internal sealed class OtherSystem : EnduranceSystem
{
    public override string Name => "any";

    public override OpenCrvsVersion OpenCrvs => OpenCrvsVersion.V20;

    public override IReadOnlyList<string> Faults => ["nid-births", "nid-deaths", "events"];

    public override IReadOnlyList<string> Boundaries => ["intake.trigger", "confirm.open", "confirm.accepted"];

    public override bool HearsCorrections => true;

    public override Known Add(SandboxServer sandbox, string first) =>
        new(sandbox.Mosip.AddPerson(first, null, BornOn).Uin, first, BornOn);

    public override string? NumberOf(SandboxServer sandbox, string registration) =>
        sandbox.NationalIdSystem.FindByBirth(registration)?.Number;

    public override string? WrongBirth(SandboxServer sandbox, string registration) =>
        NumberOf(sandbox, registration) is null ? "the system has not got it" : WrongNotices(sandbox, registration);

    public override string? WrongDeath(SandboxServer sandbox, string registration, Known deceased) =>
        WrongNotices(sandbox, registration);

    public override bool IsInUse(SandboxServer sandbox, string registration) =>
        sandbox.NationalIdSystem.FindByBirth(registration)?.Valid == true;

    public override IEnumerable<string> Secrets(SandboxServer sandbox) =>
        sandbox
            .NationalIdSystem.AssignedNumbers.Values.Select(one => one.Number)
            .Concat(sandbox.Mosip.Persons.Select(person => person.Uin));

    public override bool HasCorrection(SandboxServer sandbox, string registration, string surname) =>
        sandbox.NationalIdSystem.Received.Any(notice =>
            notice.Action == "correct"
            && notice.RegistrationNumber == registration
            && System.Text.Encoding.UTF8.GetString(notice.Payload!).Contains(surname, StringComparison.Ordinal)
        );

    public override int Doubles(SandboxServer sandbox) =>
        sandbox.NationalIdSystem.Received.GroupBy(one => one.EventKey).Sum(one => one.Count() - 1);

    /// <summary>What comes twice says so: a receiver that heeds the key has each once.</summary>
    private static string? WrongNotices(SandboxServer sandbox, string registration)
    {
        var keys = sandbox
            .NationalIdSystem.Received.Where(one => one.RegistrationNumber == registration && one.Action is null)
            .Select(one => one.EventKey)
            .Distinct()
            .Count();
        return keys == 1 ? null : $"{keys} events of one registration";
    }
}
