using System.Text.Json.Serialization;
using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline;

/// <summary>The 202's body. OpenCRVS never reads it; people who test their set-up do.</summary>
/// <param name="EventKey">The event's key in the ledger.</param>
/// <param name="Outcome"><c>new</c>, <c>again</c>, <c>flagged</c> or <c>kept</c>.</param>
/// <param name="Reason">Why it was kept without being delivered.</param>
internal sealed record Receipt(string EventKey, string Outcome, string? Reason)
{
    /// <summary>The receipt of what was accepted.</summary>
    /// <param name="info">What it is.</param>
    /// <param name="known">The row of the event as it was before; null when it is new.</param>
    public static Receipt Of(PayloadInfo info, EventRow? known) =>
        new(
            info.Key,
            known is not null ? "again"
                : info.FlagReason is not null ? "flagged"
                : info.KeptReason is not null ? "kept"
                : "new",
            known?.Reason ?? info.FlagReason ?? info.KeptReason
        );
}

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
