using System.Text.Json;
using System.Text.RegularExpressions;
using NationalId.Core.Platform.Http;

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
    /// Anything else says nothing of the person: our request or its language, a clock that is off, IDA's own trouble, a
    /// token that is missing, a code that nobody knows. Ask again later.
    /// </summary>
    TryLater,
}

/// <summary>IDA's answer. HTTP 200 carries failures too: look at <see cref="Verdict"/>.</summary>
public sealed partial class IdaAnswer
{
    // What is kept of an answer goes into rows and files: an answer may hold thousands of errors.
    private const int MostErrors = 10;
    private const int LongestCode = 40;
    private const int LongestMessage = 300;
    private const int LongestToken = 200;

    private IdaAnswer(byte[] json) => Json = json;

    /// <summary>Whether IDA recognised the person.</summary>
    public bool AuthStatus { get; private init; }

    /// <summary>
    /// The UIN token, 36 digits, the same each time for the person and partner; null when not recognised. Never logged.
    /// </summary>
    public string? AuthToken { get; private init; }

    /// <summary>The first of IDA's errors, each cut to a length that fits a row; empty when there are none.</summary>
    public IReadOnlyList<IdaError> Errors { get; private init; } = [];

    /// <summary>The transaction's 10 digits; null when IDA does not repeat them.</summary>
    public string? TransactionId { get; private init; }

    /// <summary>When IDA answered, as it writes it.</summary>
    public string? ResponseTime { get; private init; }

    /// <summary>The answer's bytes as IDA sent them, for the token seeder's drop-in. Hold the token.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>What the answer means; all errors count for it, those that are not kept too.</summary>
    public IdaVerdict Verdict { get; private init; }

    /// <summary>
    /// The errors' codes, fit for the ledger and logs: what has not the form of a code may hold data, and is a question
    /// mark.
    /// </summary>
    internal string Codes =>
        Errors.Count > 0 ? string.Join(' ', Errors.Select(error => Known(error.Code) ?? "?").Distinct())
        : AuthStatus ? "recognised without a token"
        : "not recognised";

    /// <summary>What an answer that is no verdict is counted under.</summary>
    internal string CountedAs =>
        Errors.Count == 0 ? "none"
        : Errors.Select(error => error.Code).FirstOrDefault(code => IdaCodes.SubjectOf(code) is not IdaSubject.Person)
            is { } code
            ? IdaCodes.Documented(code) ? code
                : "other"
        : "none";

    /// <summary>The verdict and the errors' codes only.</summary>
    public override string ToString() => Errors.Count == 0 ? Verdict.ToString() : $"{Verdict} {Codes}";

    /// <summary>Reads an answer.</summary>
    /// <param name="json">The body.</param>
    /// <returns>Null when it is no answer of IDA: not JSON, or neither a response nor errors.</returns>
    internal static IdaAnswer? Read(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var response = Property(root, "response") is { ValueKind: JsonValueKind.Object } found ? found : default;
            var subjects = new HashSet<IdaSubject?>();
            List<IdaError> errors = [];
            foreach (var error in ErrorsOf(root))
            {
                var read = ReadError(error);
                subjects.Add(IdaCodes.SubjectOf(read.Code));
                if (errors.Count < MostErrors)
                {
                    errors.Add(read);
                }
            }

            if (response.ValueKind is not JsonValueKind.Object && errors.Count == 0)
            {
                return null;
            }

            var status = Property(response, "authStatus")?.ValueKind;
            var recognised = status is JsonValueKind.True;
            var token =
                recognised && Text(response, "authToken")?.Trim() is { Length: > 0 and <= LongestToken } text
                    ? text
                    : null;
            return new IdaAnswer(json)
            {
                AuthStatus = recognised,
                AuthToken = token,
                Errors = errors,
                Verdict = VerdictOf(status, token, subjects),
                TransactionId = Cut(Text(root, "transactionID"), LongestCode),
                ResponseTime = Cut(Text(root, "responseTime"), LongestCode),
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is not Unicode.
            return null;
        }
    }

    private static IdaVerdict VerdictOf(JsonValueKind? status, string? token, HashSet<IdaSubject?> subjects)
    {
        if (status is JsonValueKind.True)
        {
            // NOTE: recognised without a token says neither who it is nor that it is somebody else.
            return token is null ? IdaVerdict.TryLater : IdaVerdict.Recognised;
        }

        if (subjects.Contains(IdaSubject.Partner))
        {
            return IdaVerdict.PartnerRefused;
        }

        // One word about something else casts doubt on all the others. Without any word the plain no counts.
        var speaksOfPerson =
            subjects.Count == 0 ? status is JsonValueKind.False : subjects.All(subject => subject is IdaSubject.Person);
        return speaksOfPerson ? IdaVerdict.NotRecognised : IdaVerdict.TryLater;
    }

    // One error alone instead of a list of one, or something that is no error, is something that IDA said too.
    private static IEnumerable<JsonElement> ErrorsOf(JsonElement root) =>
        Property(root, "errors") switch
        {
            null or { ValueKind: JsonValueKind.Null } => [],
            { ValueKind: JsonValueKind.Array } array => array.EnumerateArray(),
            { } other => [other],
        };

    private static IdaError ReadError(JsonElement error) =>
        new(
            Cut(Text(error, "errorCode")?.Trim(), LongestCode) ?? "",
            Cut(Text(error, "errorMessage") ?? Text(error, "message"), LongestMessage) ?? "",
            Cut(Text(error, "actionMessage"), LongestMessage)
        );

    private static string? Known(string code) => CodeForm.IsMatch(code) ? code : null;

    [GeneratedRegex("^[A-Z]{2,5}[-_][A-Z]{2,5}[-_][0-9]{1,4}$")]
    private static partial Regex CodeForm { get; }

    private static string? Cut(string? text, int most) => text is null ? null : PartnerText.Cut(text, most);

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind is JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
}
