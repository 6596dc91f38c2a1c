using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>Reads an event document as another National ID system does that gets it.</summary>
internal static class DocumentFacts
{
    /// <summary>What a document tells; null when it is none.</summary>
    /// <exception cref="FormatException">It tells of no registration.</exception>
    public static EventFacts? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("actions", out _))
        {
            return null;
        }

        var document =
            root.Deserialize<EventDocument>(EventJson.Options) ?? throw new FormatException("there is no document");
        if (document.Type is not ("birth" or "death"))
        {
            throw new FormatException("the event is neither birth nor death");
        }

        var data = RecordState.Of(document).Declaration;
        foreach (var pending in document.Pending)
        {
            EventJson.Merge(data, pending.Declaration);
        }

        var (isBirth, who) = document.Type == "birth" ? (true, "child") : (false, "deceased");
        var name = data[who + ".name"] as JsonObject;
        return new EventFacts(
            isBirth,
            document.Id,
            NumberOf(document.Type, document.CreatedAt, document.TrackingId),
            document.Id,
            string.Join(
                ' ',
                new[] { "firstname", "middlename", "surname" }.Select(part => (string?)name?[part]).OfType<string>()
            ),
            (string?)data[who + ".gender"],
            (string?)data[who + ".dob"],
            (string?)data[who + ".nid"] is { Length: > 0 } nid ? [("NATIONAL_ID", nid)] : [],
            []
        );
    }

    /// <summary>
    /// The country's rule for registration numbers: from the record alone, so that all make the same.
    /// </summary>
    public static string NumberOf(string type, string createdAt, string trackingId) =>
        createdAt[..4] + (type == "death" ? 'D' : 'B') + trackingId;
}
