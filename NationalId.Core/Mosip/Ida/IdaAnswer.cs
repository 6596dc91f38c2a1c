using System.Collections.Frozen;
using System.Text.Json;

namespace NationalId.Core.Mosip.Ida;

/// <summary>One of IDA's errors.</summary>
/// <param name="Code">Its code, e.g. <c>IDA-DEA-001</c>.</param>
/// <param name="Message">Its text; it may name fields, so it is for the caller's answer and not for logs.</param>
/// <param name="ActionMessage">What IDA advises; null when it does not.</param>
public sealed record IdaError(string Code, string Message, string? ActionMessage)
{
    /// <summary>The code only.</summary>
    public override string ToString() => Code;
}

/// <summary>What an answer of IDA means for the one who asked.</summary>
public enum IdaVerdict
{
    /// <summary>The person is who was said; there is a token.</summary>
    Recognised,

    /// <summary>
    /// IDA does not recognise the person by this data, or has no such id in force: asking again changes nothing.
    /// </summary>
    NotRecognised,

    /// <summary>
    /// IDA refuses us, not the person (<c>IDA-MPA-…</c>: licence, partner, certificate, policy): an operator has to
    /// repair that.
    /// </summary>
    PartnerRefused,

    /// <summary>
    /// Anything else says nothing of the person: IDA's own trouble, a clock that is off, a certificate or key that is
    /// missing, an id that has not reached IDA's database yet. Ask again later.
    /// </summary>
    TryLater,
}

/// <summary>
/// IDA's answer (docs/protocols.md, "IDA"). HTTP 200 carries failures too: look at <see cref="Verdict"/>.
/// </summary>
public sealed class IdaAnswer
{
    // Ids that are unknown, malformed, expired, deactivated, blocked or locked (MOSIP's
    // IdAuthenticationErrorConstants); IDA-DEA- is the match itself.
    private static readonly FrozenSet<string> OfThePerson = FrozenSet.ToFrozenSet([
        "IDA-MLC-002",
        "IDA-MLC-003",
        "IDA-MLC-004",
        "IDA-MLC-005",
        "IDA-MLC-010",
        "IDA-MLC-019",
        "IDA-MLC-022",
        "IDA-MLC-023",
        "IDA-MLC-026",
        "IDA-MLC-027",
        "IDA-MLC-028",
        "IDA-MLC-029",
    ]);

    private IdaAnswer(byte[] json) => Json = json;

    /// <summary>Whether IDA recognised the person.</summary>
    public bool AuthStatus { get; private init; }

    /// <summary>
    /// The UIN token, 36 digits, the same each time for the person and partner; null when not recognised. Never logged.
    /// </summary>
    public string? AuthToken { get; private init; }

    /// <summary>IDA's errors; empty when there are none.</summary>
    public IReadOnlyList<IdaError> Errors { get; private init; } = [];

    /// <summary>The transaction's 10 digits; null when IDA does not repeat them.</summary>
    public string? TransactionId { get; private init; }

    /// <summary>When IDA answered, as it writes it.</summary>
    public string? ResponseTime { get; private init; }

    /// <summary>The answer's bytes as IDA sent them, for the token seeder's drop-in. Hold the token.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>What the answer means.</summary>
    public IdaVerdict Verdict =>
        AuthStatus && AuthToken is not null ? IdaVerdict.Recognised
        : Errors.Any(error => error.Code.StartsWith("IDA-MPA-", StringComparison.Ordinal)) ? IdaVerdict.PartnerRefused
        : Errors.All(error =>
            error.Code.StartsWith("IDA-DEA-", StringComparison.Ordinal) || OfThePerson.Contains(error.Code)
        )
            ? IdaVerdict.NotRecognised
        : IdaVerdict.TryLater;

    /// <summary>The verdict and the errors' codes only.</summary>
    public override string ToString() => string.Join(' ', [Verdict.ToString(), .. Errors.Select(error => error.Code)]);

    /// <summary>Reads an answer.</summary>
    /// <param name="json">The body.</param>
    /// <returns>Null when it is no answer of IDA: not JSON, or neither a response nor errors.</returns>
    internal static IdaAnswer? Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var response = Property(root, "response");
            var errors = Property(root, "errors") is { ValueKind: JsonValueKind.Array } array
                ? array
                    .EnumerateArray()
                    .Where(error => error.ValueKind is JsonValueKind.Object)
                    .Select(ReadError)
                    .ToArray()
                : [];
            if (response is not { ValueKind: JsonValueKind.Object } && errors.Length == 0)
            {
                return null;
            }

            var status = response is { } found && Property(found, "authStatus") is { ValueKind: JsonValueKind.True };
            return new IdaAnswer(json)
            {
                AuthStatus = status,
                AuthToken =
                    status && response is { } recognised && Text(recognised, "authToken") is { Length: > 0 } token
                        ? token
                        : null,
                Errors = errors,
                TransactionId = Text(root, "transactionID"),
                ResponseTime = Text(root, "responseTime"),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IdaError ReadError(JsonElement error) =>
        new(
            Text(error, "errorCode") ?? "",
            Text(error, "errorMessage") ?? Text(error, "message") ?? "",
            Text(error, "actionMessage")
        );

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
