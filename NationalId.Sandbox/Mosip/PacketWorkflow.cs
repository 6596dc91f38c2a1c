using System.Globalization;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// MOSIP's work on packets, and what it tells of it: too little. Whatever does not fit ends as failed, without a word
/// to who sent it.
/// </summary>
public sealed class PacketWorkflow
{
    private const string WorkflowId = "mosip.registration.processor.workflow.instance";
    private const string StatusId = "mosip.registration.external.status";
    private const int OldestInfant = 5;

    private static readonly string[] BirthFields =
    [
        "IDSchemaVersion",
        "fullName",
        "dateOfBirth",
        "gender",
        "addressLine1",
        "region",
        "province",
        "city",
        "zone",
    ];

    private readonly Lock gate = new();
    private readonly Packets packets;
    private readonly MosipSandbox mosip;
    private readonly SandboxSettings settings;

    internal PacketWorkflow(Packets packets, MosipSandbox mosip, SandboxSettings settings)
    {
        this.packets = packets;
        this.mosip = mosip;
        this.settings = settings;
    }

    public FaultSwitch Start { get; } = new("workflow");

    public FaultSwitch Status { get; } = new("packet-status");

    /// <summary>Whether packets stay in processing until <see cref="Release"/>.</summary>
    public bool Holds { get; set; }

    /// <summary>How many starts were answered as already present.</summary>
    public int StartedTwice { get; private set; }

    /// <summary>How many of the next packets MOSIP's people reject, whatever is in them.</summary>
    public int RejectNext { get; set; }

    /// <summary>Told when the work on a packet has ended.</summary>
    internal Func<StoredPacket, Task>? Ended { get; set; }

    /// <summary>Works on what was held.</summary>
    public void Release()
    {
        Holds = false;
        foreach (var packet in packets.Stored.Where(packet => packet.Status == "PROCESSING"))
        {
            Work(packet);
        }
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(
            "/registrationprocessor/v1/workflowmanager/workflowinstance",
            Start.Around(StartAsync, (_, _) => Packets.Answer(WorkflowId, null, null))
        );
        app.MapPost(
            "/registrationprocessor/v1/registrationstatus/externalstatus/search",
            Status.Around(SearchAsync, (_, _) => Packets.Answer(StatusId, null, null))
        );
    }

    private async Task<IResult> StartAsync(HttpContext context)
    {
        if (packets.Refusal(context, "REGISTRATION_PROCESSOR") is { } refusal)
        {
            return refusal;
        }

        if (
            await Packets.ReadAsync(context, WorkflowId, "v1") is not { } request
            || !request.TryGetProperty("notificationInfo", out var notified)
            || notified.ValueKind != JsonValueKind.Object
            || Packets.Text(request, "additionalInfoReqId") is null
        )
        {
            return Packets.Failed("RPR-WIN-001", "Invalid Input Parameter");
        }

        var id = Packets.Text(request, "registrationId") ?? "";
        if (
            packets.Manager.Find(id) is not { } packet
            || packet.Process != Packets.Text(request, "process")
            || packet.Source != Packets.Text(request, "source")
        )
        {
            return Packets.Failed("RPR-WIN-002", "Packet not found");
        }

        lock (gate)
        {
            if (packet.Started)
            {
                StartedTwice++;
                return Packets.Failed("RPR-WIS-001", "WorkflowInstance already present");
            }

            packet.Started = true;
            packet.Status = "PROCESSING";
            if (!Holds)
            {
                Work(packet);
            }
        }

        return Results.Json(Packets.Answer(WorkflowId, new { workflowInstanceId = Guid.NewGuid().ToString() }, null));
    }

    private async Task<IResult> SearchAsync(HttpContext context)
    {
        if (packets.Refusal(context, "REGISTRATION_OFFICER") is { } refusal)
        {
            return refusal;
        }

        if (await Packets.ReadAsync(context, StatusId, "1.0") is not { ValueKind: JsonValueKind.Array } asked)
        {
            return Packets.Failed("RPR-RGS-002", "Invalid Input Parameter");
        }

        return Results.Json(
            Packets.Answer(
                StatusId,
                asked
                    .EnumerateArray()
                    .Select(one => packets.Manager.Find(Packets.Text(one, "registrationId") ?? ""))
                    .OfType<StoredPacket>()
                    .Select(packet => new { registrationId = packet.Id, statusCode = packet.Status }),
                null
            )
        );
    }

    private void Work(StoredPacket packet)
    {
        packet.Why =
            RejectNext > 0 ? "rejected by hand"
            : packet.Officer != Packets.OfficerId && packet.Source != "RESIDENT" ? "the officer is nobody"
            : packet.Process switch
            {
                "CRVS_NEW" => WhyNotBorn(packet),
                "CRVS_DEATH" => WhyNotDead(packet),
                "CRVS_Fraud_Death" => WhyNotUndead(packet),
                "CRVS_UPDATE" => WhyNotUpdated(packet),
                _ => WhyNotEnded(packet),
            };
        RejectNext = Math.Max(0, RejectNext - 1);
        packet.Status = packet.Why switch
        {
            null => "PROCESSED",
            "a duplicate" or "rejected by hand" => "REJECTED",
            _ => "REPROCESS_FAILED",
        };
        if (Ended is { } tell)
        {
            _ = Task.Run(() => tell(packet));
        }
    }

    private string? WhyNotBorn(StoredPacket packet)
    {
        if (Array.Find(BirthFields, field => !packet.Fields.ContainsKey(field)) is { } missing)
        {
            return $"{missing} is missing";
        }

        var today = DateOnly.FromDateTime(settings.TimeProvider.GetUtcNow().UtcDateTime);
        if (
            !DateOnly.TryParseExact(
                packet.Fields["dateOfBirth"],
                "yyyy/MM/dd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var born
            )
        )
        {
            return "dateOfBirth is no date";
        }

        if (born.AddYears(OldestInfant + 1) <= today)
        {
            return "no infant";
        }

        var (name, gender) = (First(packet.Fields["fullName"]), First(packet.Fields["gender"]));
        if (name is null || gender is null)
        {
            return "a text has no language";
        }

        var number = packet.Fields.GetValueOrDefault("birthCertificateNumber");
        var date = born.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (
            mosip.Persons.Any(person =>
                person.Name == name && person.BirthDate == date && person.BirthRegistrationNumber != number
            )
        )
        {
            return "a duplicate";
        }

        mosip.Register(number ?? packet.Id, packet.Id, name, gender.ToLowerInvariant(), date);
        return null;
    }

    private string? WhyNotDead(StoredPacket packet)
    {
        if (FindByUin(packet) is not { } person)
        {
            return "there is no such UIN";
        }

        // NOTE: the number stays active. MOSIP notes the death, no more.
        person.DeathRegistrationNumber = packet.Id;
        return null;
    }

    private string? WhyNotUpdated(StoredPacket packet) =>
        FindByUin(packet) is null ? "there is no such UIN"
        : packet.Fields.Count < 3 ? "nothing is updated"
        : null;

    private string? WhyNotUndead(StoredPacket packet)
    {
        if (FindByUin(packet) is not { } person)
        {
            return "there is no such UIN";
        }

        if (
            packet.Fields.GetValueOrDefault("Declared_as_Deceased") != "N"
            || !packet.Fields.ContainsKey("Reversal_Reason")
        )
        {
            return "the reversal says not what or why";
        }

        person.DeathRegistrationNumber = null;
        person.Active = true;
        return null;
    }

    private string? WhyNotEnded(StoredPacket packet)
    {
        if (FindByUin(packet) is not { } person)
        {
            return "there is no such UIN";
        }

        person.Active = packet.Process == "ACTIVATED";
        return null;
    }

    private Person? FindByUin(StoredPacket packet) =>
        mosip.Persons.FirstOrDefault(person => person.Uin == packet.Fields.GetValueOrDefault("UIN"));

    /// <summary>The first value of a text with languages.</summary>
    private static string? First(string text)
    {
        try
        {
            var values = JsonSerializer.Deserialize<JsonElement>(text);
            return
                values.ValueKind == JsonValueKind.Array
                && values.EnumerateArray().All(value => Packets.Text(value, "language") is { Length: 3 })
                ? Packets.Text(values.EnumerateArray().First(), "value")
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
