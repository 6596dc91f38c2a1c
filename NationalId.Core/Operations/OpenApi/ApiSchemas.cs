using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Osia;
using NationalId.Core.Pipeline;

namespace NationalId.Core.Operations.OpenApi;

/// <summary>
/// The shapes of bodies and answers, by the name that <see cref="AnswersAttribute"/> and the others give. Those of ours
/// are made from the types that the code writes and reads.
/// </summary>
public static class ApiSchemas
{
    /// <summary>RFC 9457.</summary>
    public const string Problem = nameof(Problem);

    /// <summary>What became of an event.</summary>
    public const string Receipt = nameof(Receipt);

    /// <summary>The echo of a subscription's challenge.</summary>
    public const string Challenge = nameof(Challenge);

    /// <summary>Our subscriptions.</summary>
    public const string Subscriptions = nameof(Subscriptions);

    /// <summary>What the client needs, and how it does.</summary>
    public const string Health = nameof(Health);

    /// <summary>The operator's summary.</summary>
    public const string Summary = nameof(Summary);

    /// <summary>An event.</summary>
    public const string Event = nameof(Event);

    /// <summary>Events.</summary>
    public const string Events = nameof(Events);

    /// <summary>What is looked for.</summary>
    public const string Search = nameof(Search);

    /// <summary>A life.</summary>
    public const string Life = nameof(Life);

    /// <summary>As what an event is closed, and why.</summary>
    public const string CloseOrder = nameof(CloseOrder);

    /// <summary>What is done with many events.</summary>
    public const string BulkOrder = nameof(BulkOrder);

    /// <summary>What was done with a slice of them.</summary>
    public const string BulkDone = nameof(BulkDone);

    /// <summary>How many were sent on their way again.</summary>
    public const string Replayed = nameof(Replayed);

    /// <summary>What OpenCRVS holds until we accept it.</summary>
    public const string Confirmations = nameof(Confirmations);

    /// <summary>Why an operator rejects.</summary>
    public const string Rejection = nameof(Rejection);

    /// <summary>How reconciliation does.</summary>
    public const string Reconciliation = nameof(Reconciliation);

    /// <summary>What is to be compared.</summary>
    public const string ReconcileOrder = nameof(ReconcileOrder);

    /// <summary>What is compared now.</summary>
    public const string ReconcileBegun = nameof(ReconcileBegun);

    /// <summary>Births without a number, and deaths that ended none.</summary>
    public const string Overdue = nameof(Overdue);

    /// <summary>A batch of a backfill.</summary>
    public const string Batch = nameof(Batch);

    /// <summary>Batches of a backfill.</summary>
    public const string Batches = nameof(Batches);

    /// <summary>What a batch is to hold.</summary>
    public const string BatchOrder = nameof(BatchOrder);

    /// <summary>What was revoked or reinstated.</summary>
    public const string Revocation = nameof(Revocation);

    /// <summary>OSIA's errors.</summary>
    public const string OsiaError = nameof(OsiaError);

    /// <summary>The Token Seeder's envelope.</summary>
    public const string SeederEnvelope = nameof(SeederEnvelope);

    /// <summary>What mosip-api says of errors.</summary>
    public const string MosipApiError = nameof(MosipApiError);

    /// <summary>A sealed and signed message of MOSIP.</summary>
    public const string MosipMessage = nameof(MosipMessage);

    /// <summary>A number of any National ID system.</summary>
    public const string NationalIdNotice = nameof(NationalIdNotice);

    /// <summary>An answer to a trigger that needs nothing of us.</summary>
    public const string TriggerAnswer = nameof(TriggerAnswer);

    /// <summary>An object that another party's document describes.</summary>
    public const string Foreign = nameof(Foreign);

    private static readonly Dictionary<string, JsonTypeInfo> Ours = new(StringComparer.Ordinal)
    {
        [Receipt] = ReceiptJson.Default.Receipt,
        [Challenge] = ChallengeJson.Default.Challenge,
        [Subscriptions] = SubscriptionJson.Default.ListTopicAnswer,
        [Health] = HealthJson.Default.Health,
        [Summary] = OperationsJson.Default.Summary,
        [Event] = OperationsJson.Default.EventView,
        [Events] = OperationsJson.Default.ListEventView,
        [Search] = OperationsJson.Default.SearchRequest,
        [Life] = OperationsJson.Default.LifeView,
        [CloseOrder] = OrdersJson.Default.CloseOrder,
        [BulkOrder] = OrdersJson.Default.BulkOrder,
        [BulkDone] = OrdersJson.Default.BulkDone,
        [Replayed] = OperationsJson.Default.Replayed,
        [Confirmations] = ConfirmationJson.Default.ListConfirmationView,
        [Rejection] = ConfirmationJson.Default.Rejection,
        [Reconciliation] = ReconcileJson.Default.ReconcileStatus,
        [ReconcileOrder] = ReconcileJson.Default.ReconcileOrder,
        [ReconcileBegun] = ReconcileJson.Default.ReconcileBegun,
        [Overdue] = OverdueJson.Default.ListOverdueView,
        [Batch] = BackfillJson.Default.BatchView,
        [Batches] = BackfillJson.Default.ListBatchView,
        [BatchOrder] = BackfillJson.Default.BatchOrder,
        [Revocation] = RevocationJson.Default.RevocationOrder,
        [OsiaError] = OsiaJson.Default.OsiaError,
        [SeederEnvelope] = SeederAnswerJson.Default.SeederEnvelope,
    };

    // What is written by hand in the code, or another party's.
    private static readonly Dictionary<string, string> Written = new(StringComparer.Ordinal)
    {
        [Problem] = """
            {"type":"object","description":"RFC 9457. Tells no data.","required":["type","title","status","detail"],
            "properties":{"type":{"type":"string","format":"uri"},"title":{"type":"string"},
            "status":{"type":"integer"},"detail":{"type":"string"}}}
            """,
        [MosipApiError] = """
            {"type":"object","required":["error"],"properties":{"error":{"type":"string"}}}
            """,
        [MosipMessage] = """
            {"type":"object","required":["data","signature"],"properties":{
            "data":{"type":"string","contentEncoding":"base64","description":"The envelope: docs/protocols.md"},
            "signature":{"type":"string","contentEncoding":"base64","description":"SHA-512 with RSA over it"}}}
            """,
        [NationalIdNotice] = """
            {"type":"object","required":["BRN","nationalId"],
            "properties":{"BRN":{"type":"string"},"nationalId":{"type":"string"}}}
            """,
        [TriggerAnswer] = """
            {"type":"object","properties":{"registrationNumber":{"type":"string"}}}
            """,
        [Foreign] = "{}",
    };

    /// <summary>The names that there are.</summary>
    public static IEnumerable<string> Names => Ours.Keys.Concat(Written.Keys);

    /// <summary>The JSON Schema of a name.</summary>
    /// <param name="name">One of the names above.</param>
    /// <exception cref="KeyNotFoundException">It is none.</exception>
    internal static JsonNode Of(string name)
    {
        if (Written.TryGetValue(name, out var text))
        {
            return JsonNode.Parse(text)!;
        }

        var schema = Ours[name]
            .GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        Adjust(schema, $"#/components/schemas/{name}");
        return schema;
    }

    /// <summary>
    /// A type that occurs twice refers to its first place, counted from the schema's top: that is not the document's.
    /// And what may be null is left out of answers.
    /// </summary>
    private static void Adjust(JsonNode? node, string top)
    {
        if (node is JsonArray list)
        {
            foreach (var one in list)
            {
                Adjust(one, top);
            }
        }
        else if (node is JsonObject parts)
        {
            if (parts["$ref"] is JsonValue reference)
            {
                parts["$ref"] = top + reference.GetValue<string>()[1..];
            }

            if (parts["required"] is JsonArray required && parts["properties"] is JsonObject properties)
            {
                required.RemoveAll(one => properties[one!.GetValue<string>()]?["type"] is not JsonValue);
            }

            foreach (var (_, part) in parts)
            {
                Adjust(part, top);
            }
        }
    }
}
