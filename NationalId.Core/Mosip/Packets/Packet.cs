using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>One packet, before it has its registration id.</summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="Source">The source that MOSIP knows.</param>
/// <param name="Process">The process that it is for.</param>
/// <param name="IsMain">Whether it tells of the registration itself.</param>
/// <param name="Key">
/// What its registration id is kept under. Each packet of a registration has an id of its own: MOSIP knows a packet by
/// nothing else.
/// </param>
/// <param name="Fields">What it tells.</param>
internal sealed record Packet(
    RegistrationKind Kind,
    string Source,
    string Process,
    bool IsMain,
    string Key,
    JsonObject Fields
)
{
    private const string AuditUser = "opencrvs";

    // MOSIP keeps labels that it does not know.
    private const string SignatureLabel = "openCrvsSignature";

    /// <summary>The packet that tells of a registration itself.</summary>
    public static Packet Of(EventRow row, string source, string process, JsonObject fields) =>
        new(row.Registration, source, process, true, row.KnownBy!, fields);

    /// <summary>A packet beside it, or one of a change.</summary>
    public static Packet Beside(EventRow row, string source, string process, JsonObject fields) =>
        new(row.Registration, source, process, false, KeyOf(row, process), fields);

    /// <summary>
    /// What the registration id of a packet beside the registration's own is kept under. A registration may be changed
    /// several times, each time by a packet of its own.
    /// </summary>
    public static string KeyOf(EventRow row, string process) =>
        row.Change == RegistrationChange.Registered ? $"{row.KnownBy} {process}" : $"{row.KnownBy} {process} {row.Key}";

    /// <summary>The packet as the packet manager takes it. All values of its maps are texts.</summary>
    /// <param name="id">Its registration id.</param>
    /// <param name="options">Centre, machine, officer.</param>
    /// <param name="schemaJson">The schema that MOSIP files its fields by.</param>
    /// <param name="isFetched">Whether the record was fetched from OpenCRVS, which signed nothing then.</param>
    /// <param name="now">The present.</param>
    public JsonObject ToRequest(
        string id,
        PacketOptions options,
        string schemaJson,
        bool isFetched,
        DateTimeOffset now
    ) =>
        new()
        {
            ["id"] = id,
            ["refId"] = $"{options.CenterId}_{options.MachineId}",
            ["offlineMode"] = false,
            ["process"] = Process,
            ["source"] = Source,
            ["additionalInfoReqId"] = null,
            ["schemaVersion"] = options.SchemaVersion,
            ["schemaJson"] = schemaJson,
            ["fields"] = Fields.DeepClone(),
            ["metaInfo"] = MetaInfo(id, options, isFetched, now),
            ["audits"] = new JsonArray(Audit(id, now)),
        };

    /// <summary>The process and nothing of the person.</summary>
    public override string ToString() => $"{nameof(Packet)} {Process}";

    private JsonObject MetaInfo(string id, PacketOptions options, bool isFetched, DateTimeOffset now) =>
        new()
        {
            ["metaData"] = Labels([
                ("registrationType", Kind == RegistrationKind.Birth ? "NEW" : "UPDATE"),
                ("machineId", options.MachineId),
                ("centerId", options.CenterId),
                .. (isFetched ? [(SignatureLabel, EventOrigins.Unsigned)] : Array.Empty<(string, string?)>()),
            ]),
            ["registrationId"] = id,
            ["operationsData"] = Labels(
                ("officerId", options.OfficerId),
                ("supervisorId", null),
                ("officerPassword", "true")
            ),
            ["capturedRegisteredDevices"] = "[]",
            ["creationDate"] = now.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture),
        };

    private static string Labels(params (string Label, string? Value)[] labels) =>
        JsonSerializer.Serialize(labels.Select(one => new { label = one.Label, value = one.Value }));

    // NOTE: MOSIP writes nothing, and answers as if it had, where there is no audit.
    private static JsonObject Audit(string id, DateTimeOffset now) =>
        new()
        {
            ["uuid"] = Guid.NewGuid().ToString(),
            ["createdAt"] = MosipTime.Format(now),
            ["eventId"] = "REG-EVT-066",
            ["eventName"] = "PACKET_CREATION_SUCCESS",
            ["eventType"] = "USER",
            ["hostName"] = AuditUser,
            ["hostIp"] = "127.0.0.1",
            ["applicationId"] = "REG",
            ["applicationName"] = "REGISTRATION",
            ["sessionUserId"] = AuditUser,
            ["sessionUserName"] = AuditUser,
            ["id"] = id,
            ["idType"] = "REGISTRATION_ID",
            ["createdBy"] = AuditUser,
            ["moduleName"] = "Packet Handler",
            ["moduleId"] = "REG-MOD-117",
            ["description"] = "Packet Successfully Created",
            ["actionTimeStamp"] = MosipTime.Format(now),
        };
}
