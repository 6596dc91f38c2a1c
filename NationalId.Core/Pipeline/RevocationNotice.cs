using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// The word that a registration counts no more, or counts again: as it comes by its own route, and as it is stored
/// whichever way it came (docs/protocols.md, "Revocations").
/// </summary>
/// <param name="Id">The sender's id of it: what comes again under the same id is the same.</param>
/// <param name="At">When it was said. The newest word counts.</param>
/// <param name="Number">The BRN or DRN.</param>
/// <param name="Kind">Birth or death.</param>
/// <param name="Change">Revoked or reinstated.</param>
public sealed record RevocationNotice(
    string Id,
    DateTimeOffset At,
    string Number,
    RegistrationKind Kind,
    RegistrationChange Change
)
{
    /// <summary>How long a reason may be.</summary>
    public const int LongestReason = 500;

    private const string Revoke = "revoke";
    private const string Reinstate = "reinstate";

    // RFC 3339, with its zone: without one nobody knows which word is the newer.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>Why, in people's words; null when it was not said.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The person's number, where the sender has it: the registration's own payload may be removed. It counts only if
    /// it is the number that the ledger has a hash of.
    /// </summary>
    public string? NationalId { get; init; }

    /// <summary>What is done, as it is written.</summary>
    public string Action => ActionOf(Change);

    /// <summary>A change's name, as it is written.</summary>
    /// <param name="change">The change.</param>
    public static string ActionOf(RegistrationChange change) =>
        change switch
        {
            RegistrationChange.Revoked => Revoke,
            RegistrationChange.Reinstated => Reinstate,
            RegistrationChange.Corrected => "correct",
            _ => "register",
        };

    /// <summary>Reads one.</summary>
    /// <param name="json">The body.</param>
    /// <param name="problem">What is wrong with it: a fixed sentence.</param>
    /// <returns>Null when something is.</returns>
    public static RevocationNotice? Read(byte[] json, out string problem)
    {
        problem = "A JSON object is expected.";
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(json);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        try
        {
            return Read(root, out problem);
        }
        catch (InvalidOperationException)
        {
            problem = "A text in it is not Unicode.";
            return null;
        }
    }

    /// <summary>Writes it, as <see cref="Read(byte[], out string)"/> reads it.</summary>
    public byte[] Write()
    {
        var body = new JsonObject
        {
            ["id"] = Id,
            ["timestamp"] = At.ToUniversalTime()
                .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
            ["registrationNumber"] = Number,
            ["kind"] = Kind == RegistrationKind.Birth ? "birth" : "death",
            ["action"] = Action,
        };
        if (Reason is not null)
        {
            body["reason"] = Reason;
        }

        if (NationalId is not null)
        {
            body["nationalId"] = NationalId;
        }

        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    /// <summary>The action alone.</summary>
    public override string ToString() => $"{nameof(RevocationNotice)} {Action}";

    private static RevocationNotice? Read(JsonElement root, out string problem)
    {
        var (id, number) = (
            TypedText.Trimmed(Text(root, "id")),
            RegistrationNumber.Normalise(Text(root, "registrationNumber"))
        );
        RegistrationKind? kind = Text(root, "kind") switch
        {
            "birth" => RegistrationKind.Birth,
            "death" => RegistrationKind.Death,
            _ => null,
        };
        RegistrationChange? change = Text(root, "action") switch
        {
            Revoke => RegistrationChange.Revoked,
            Reinstate => RegistrationChange.Reinstated,
            _ => null,
        };
        var hasTime = DateTimeOffset.TryParseExact(
            Text(root, "timestamp"),
            TimeFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.RoundtripKind,
            out var at
        );
        var (reason, nationalId) = (TypedText.Word(Text(root, "reason")), TypedText.Trimmed(Text(root, "nationalId")));
        problem =
            id is null || RegistrationNumber.IsTooLong(id) ? "id must be a text of at most 200 characters."
            : !hasTime || !HasZone(Text(root, "timestamp")!)
                ? "timestamp must be a time with its zone, e.g. 2026-11-25T02:46:01Z."
            : number is null || RegistrationNumber.IsTooLong(number)
                ? "registrationNumber must be a text of at most 200 characters."
            : kind is null ? "kind must be birth or death."
            : change is null ? "action must be revoke or reinstate."
            : reason?.Length > LongestReason ? $"reason has at most {LongestReason} characters."
            : RegistrationNumber.IsTooLong(nationalId) ? "nationalId has at most 200 characters."
            : "";
        return problem.Length > 0
            ? null
            : new RevocationNotice(id!, at, number!, kind!.Value, change!.Value)
            {
                Reason = reason,
                NationalId = nationalId,
            };
    }

    private static bool HasZone(string time) => time[^1] == 'Z' || time.LastIndexOfAny(['+', '-']) > time.IndexOf('T');

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
