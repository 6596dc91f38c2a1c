using System.Text.Json;
using System.Text.Json.Serialization;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>What IDA compares of one person, as it was sent. In blobs only, never in a table or a log.</summary>
internal sealed record SeederPerson(
    string? Name,
    string? Gender,
    string? Dob,
    string? Phone,
    string? Email,
    string? Address,
    string? Language
)
{
    public override string ToString() => nameof(SeederPerson);
}

/// <summary>A line of a request, taken by its mapping: a person whom IDA can be asked about, or why not.</summary>
internal sealed record SeederLine(string? Vid, SeederPerson? Person, string? ErrorCode, string? ErrorMessage)
{
    /// <summary>What the id is; null when it is none.</summary>
    public IdType? Type { get; init; }

    public static SeederLine Invalid(string? vid, string code, string message) => new(vid, null, code, message);

    public IdaAuthData ToAuthData(IdaMapping mapping)
    {
        var person = Person!;
        return new IdaAuthData
        {
            IndividualId = Vid!,
            IdType = Type!.Value,
            Names = mapping.Text(person.Language, person.Name),
            Genders = mapping.Gender(person.Language, person.Gender),
            // What is no date is left to IDA's own judgement, as the seeder does.
            Dob = IdaMapping.Dob(person.Dob) ?? (TypedText.Word(person.Dob)),
            Phone = TypedText.Word(person.Phone),
            Email = TypedText.Word(person.Email),
            FullAddress = mapping.Text(person.Language, person.Address),
        };
    }

    public override string ToString() => nameof(SeederLine);
}

/// <summary>What became of a line: a row of the file that is downloaded.</summary>
internal sealed record SeederResult(
    int Line,
    string? Vid,
    string? Token,
    string Status,
    string? ErrorCode,
    string? ErrorMessage
)
{
    public const string Processed = "processed";

    public static SeederResult Of(int line, SeederLine invalid) =>
        new(line, invalid.Vid, null, "invalid", invalid.ErrorCode, invalid.ErrorMessage);

    public static SeederResult Failed(int line, string? vid, string code, string? message) =>
        new(line, vid, null, "error", code, message);

    public static SeederResult Of(int line, string? vid, IdaAnswer answer) =>
        (answer.AuthToken, answer.Errors) switch
        {
            ({ } token, _) => new(line, vid, token, Processed, null, null),
            (_, [var error]) => Failed(line, vid, error.Code, error.Message),
            (_, []) => Failed(line, vid, SeederCodes.Unknown, null),
            _ => Failed(
                line,
                vid,
                SeederCodes.SeveralErrors,
                string.Join(',', answer.Errors.Select(error => $"{error.Code}::{error.Message}"))
            ),
        };

    public override string ToString() => $"line {Line}: {Status}";
}

/// <summary>
/// A part of a batch on its way through the queue: which lines, and where they are in the batch's blob. Without lines:
/// divide the batch into parts.
/// </summary>
internal sealed record SeederMessage(string Request, int First, int Count, int Attempt, int Undecided = 0)
{
    public bool IsPlan => Count == 0;

    public static SeederMessage? Read(string text)
    {
        try
        {
            return
                JsonSerializer.Deserialize(text, SeederLineJson.Default.SeederMessage)
                    is { Request: { } id, First: >= 0, Count: >= 0 } message
                && Guid.TryParseExact(id, "D", out _)
                ? message
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, SeederLineJson.Default.SeederMessage);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SeederLine))]
[JsonSerializable(typeof(SeederResult))]
[JsonSerializable(typeof(SeederMessage))]
internal sealed partial class SeederLineJson : JsonSerializerContext;
