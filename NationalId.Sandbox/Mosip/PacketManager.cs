using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>A packet as MOSIP keeps it.</summary>
public sealed class StoredPacket
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Process { get; init; }

    /// <summary>The fields that the schema names. The others have vanished.</summary>
    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    public required IReadOnlyList<string> Vanished { get; init; }

    /// <summary>What operationsData says, or null.</summary>
    public string? Officer { get; init; }

    /// <summary>The labels of metaData, as they came.</summary>
    public string? Labels { get; init; }

    /// <summary>How often it was written.</summary>
    public int Writes { get; set; }

    /// <summary>Whether it was written again when MOSIP worked on it already: nobody knows what that does.</summary>
    public bool WrittenAfterStart { get; set; }

    public bool Started { get; set; }

    /// <summary>The external status.</summary>
    public string Status { get; set; } = "RECEIVED";

    /// <summary>Why MOSIP did not process it; it tells nobody.</summary>
    public string? Why { get; set; }
}

/// <summary>
/// MOSIP's packet manager. It swallows what goes wrong: its caller is told nothing, and that with 200.
/// </summary>
public sealed class PacketManager
{
    private const string WriterId = "mosip.registration.packet.writer";
    private const string Schema = "the schema has no properties.identity.properties";

    private static readonly Dictionary<string, string[]> Providers = new()
    {
        ["CRVS1"] = ["CRVS_NEW", "CRVS_DEATH"],
        ["OPENCRVS"] = ["OPENCRVS_NEW"],
        ["RESIDENT"] = ["DEACTIVATED", "ACTIVATED", "UPDATE"],
    };

    private readonly Packets owner;
    private readonly ConcurrentDictionary<string, StoredPacket> packets = new();
    private readonly ConcurrentQueue<string> swallowed = new();

    internal PacketManager(Packets owner)
    {
        this.owner = owner;
    }

    public FaultSwitch Writer { get; } = new("packet");

    /// <summary>Processes of civil registration that a country has added to those of a stock MOSIP.</summary>
    public IReadOnlyList<string> AddedProcesses { get; set; } = [];

    public IReadOnlyCollection<StoredPacket> Stored => [.. packets.Values];

    /// <summary>What it did not tell its caller.</summary>
    public IReadOnlyCollection<string> Swallowed => swallowed;

    public StoredPacket? Find(string id) => packets.GetValueOrDefault(id);

    internal void Map(IEndpointRouteBuilder app) =>
        app.MapPut(
            "/commons/v1/packetmanager/createPacket",
            Writer.Around(CreateAsync, (_, _) => Packets.Answer(WriterId, null, null))
        );

    private async Task<IResult> CreateAsync(HttpContext context)
    {
        if (owner.Refusal(context, "REGISTRATION_PROCESSOR") is { } refusal)
        {
            return refusal;
        }

        if (await Packets.ReadAsync(context, "string", "string") is not { } request)
        {
            return Swallow("unreadable");
        }

        var (source, process) = (Packets.Text(request, "source") ?? "", Packets.Text(request, "process") ?? "");
        var isAdded = source == "CRVS1" && AddedProcesses.Contains(process);
        if (!isAdded && (!Providers.TryGetValue(source, out var processes) || !processes.Contains(process)))
        {
            return Packets.Failed("KER-PUT-006", "No available provider found for given source and process");
        }

        try
        {
            var packet = Write(request, source, process);
            return Results.Json(
                Packets.Answer(
                    WriterId,
                    new[] { "id", "evidence", "optional" }.Select(part => new
                    {
                        id = packet.Id,
                        packetName = $"{packet.Id}_{part}",
                        source,
                        process,
                        refId = Packets.Text(request, "refId"),
                        schemaVersion = Packets.Text(request, "schemaVersion"),
                        signature = "sandbox",
                        encryptedHash = "sandbox",
                        providerName = "PacketWriterImpl",
                        providerVersion = "v1.0",
                        creationDate = "2026-01-01T00:00:00.000Z",
                    }),
                    null
                )
            );
        }
        catch (InvalidDataException silent)
        {
            return Swallow(silent.Message);
        }

        // MOSIP logs it. Its caller gets an answer as after a success, without the success.
        IResult Swallow(string why)
        {
            swallowed.Enqueue(why);
            return Results.Json(Packets.Answer(WriterId, null, null));
        }
    }

    private StoredPacket Write(JsonElement request, string source, string process)
    {
        var id = Packets.Text(request, "id") ?? "";
        Demand(id.Length == 29 && id.All(char.IsAsciiDigit), "the id is no registration id");
        Demand(
            id.StartsWith(Packets.CenterId + Packets.MachineId, StringComparison.Ordinal)
                && Packets.Text(request, "refId") == $"{Packets.CenterId}_{Packets.MachineId}",
            "there is no key for this centre and machine"
        );
        Demand(
            request.TryGetProperty("audits", out var audits)
                && audits.ValueKind == JsonValueKind.Array
                && audits.GetArrayLength() > 0
                && audits.EnumerateArray().All(audit => Packets.Text(audit, "eventId") is not null),
            "KER-KPM-008"
        );
        Demand(
            double.TryParse(Packets.Text(request, "schemaVersion"), CultureInfo.InvariantCulture, out _),
            "the version of the schema is no number"
        );
        var known = NamesOf(Packets.Text(request, "schemaJson"));
        var fields = Texts(request, "fields");
        var meta = Texts(request, "metaInfo");
        Demand(meta.GetValueOrDefault("registrationId") == id, "metaInfo has another registration id");
        foreach (var text in fields.Values.Concat(meta.Values).Where(text => text.StartsWith('[')))
        {
            CheckList(text);
        }

        var packet = new StoredPacket
        {
            Id = id,
            Source = source,
            Process = process,
            Fields = fields.Where(field => known.Contains(field.Key)).ToDictionary(),
            Vanished = [.. fields.Keys.Where(field => !known.Contains(field))],
            Officer = OfficerOf(meta.GetValueOrDefault("operationsData")),
            Labels = meta.GetValueOrDefault("metaData"),
        };
        return packets.AddOrUpdate(
            id,
            _ =>
            {
                packet.Writes = 1;
                return packet;
            },
            (_, before) =>
            {
                packet.Writes = before.Writes + 1;
                packet.Started = before.Started;
                packet.Status = before.Status;
                packet.WrittenAfterStart = before.Started || before.WrittenAfterStart;
                return packet;
            }
        );
    }

    private static HashSet<string> NamesOf(string? schema)
    {
        try
        {
            return
            [
                .. JsonSerializer
                    .Deserialize<JsonElement>(schema ?? "")
                    .GetProperty("properties")
                    .GetProperty("identity")
                    .GetProperty("properties")
                    .EnumerateObject()
                    .Where(field => Packets.Text(field.Value, "fieldCategory") is not null)
                    .Select(field => field.Name),
            ];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException(Schema);
        }
    }

    private static Dictionary<string, string> Texts(JsonElement request, string name)
    {
        Demand(
            request.TryGetProperty(name, out var map)
                && map.ValueKind == JsonValueKind.Object
                && map.EnumerateObject().All(value => value.Value.ValueKind == JsonValueKind.String),
            $"{name} holds something that is no text"
        );
        return map.EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString()!);
    }

    private static void CheckList(string text)
    {
        try
        {
            Demand(
                JsonSerializer
                    .Deserialize<JsonElement>(text)
                    .EnumerateArray()
                    .All(item => item.ValueKind == JsonValueKind.Object),
                "a list holds something that is no object"
            );
        }
        catch (JsonException)
        {
            throw new InvalidDataException("a list is no JSON");
        }
    }

    private static string? OfficerOf(string? operations) =>
        operations is null
            ? null
            : JsonSerializer
                .Deserialize<JsonElement>(operations)
                .EnumerateArray()
                .Where(label => Packets.Text(label, "label") is "officerId" or "supervisorId")
                .Select(label => Packets.Text(label, "value"))
                .FirstOrDefault(value => !string.IsNullOrEmpty(value));

    private static void Demand(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException(otherwise);
        }
    }
}
