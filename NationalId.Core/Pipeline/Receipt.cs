using System.Text.Json.Serialization;

namespace NationalId.Core.Pipeline;

/// <summary>The 202's body. OpenCRVS never reads it; people who test their set-up do.</summary>
/// <param name="EventKey">The event's key in the ledger.</param>
/// <param name="Outcome"><c>new</c>, <c>again</c>, or <c>flagged</c>.</param>
/// <param name="Reason">Why it was kept without being delivered.</param>
internal sealed record Receipt(string EventKey, string Outcome, string? Reason);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
