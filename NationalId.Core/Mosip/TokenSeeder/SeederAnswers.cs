using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// A request that the seeder refuses, under one of its own codes (docs/protocols.md, "Token Seeder"). The message is a
/// fixed sentence.
/// </summary>
internal sealed class SeederException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The request's form is wrong: <c>ATS-REQ-102</c>, 400.</summary>
    public static SeederException Invalid(string what) => new(400, SeederCodes.InvalidInput, "invalid input. " + what);

    /// <summary>A field is missing or of another type: <c>ATS-REQ-102</c>, 422.</summary>
    public static SeederException Unprocessable(string what) =>
        new(422, SeederCodes.InvalidInput, "Invalid Input. " + what);

    public static SeederException TooLarge(long limit) =>
        new(413, SeederCodes.InvalidInput, $"invalid input. at most {limit} bytes are taken");

    public static SeederException LineTooLong(int limit) =>
        new(413, SeederCodes.InvalidInput, $"invalid input. a line has at most {limit} bytes");

    public static SeederException TooManyLines() =>
        new(413, SeederCodes.InvalidInput, $"invalid input. at most {SeederRequest.MostLines} lines are taken");
}

/// <summary>The seeder's error codes.</summary>
internal static class SeederCodes
{
    public const string Unknown = "ATS-REQ-100";
    public const string NoValidRecord = "ATS-REQ-101";
    public const string InvalidInput = "ATS-REQ-102";
    public const string SeveralErrors = "ATS-REQ-103";
    public const string InvalidVid = "ATS-REQ-002";
    public const string NotFound = "ATS-REQ-016";
    public const string NotProcessed = "ATS-REQ-017";
}

internal sealed record SeederError(string ErrorCode, string ErrorMessage);

internal sealed record SeederEnvelope(
    string Id,
    string Version,
    IReadOnlyDictionary<string, string> Metadata,
    string Responsetime,
    IReadOnlyList<SeederError>? Errors,
    IReadOnlyDictionary<string, string>? Response
);

internal sealed record IdaEnvelopeResponse(bool AuthStatus, string? AuthToken);

internal sealed record IdaEnvelopeError(string ErrorCode, string ErrorMessage, string ActionMessage);

internal sealed record IdaEnvelope(
    string Id,
    string Version,
    string ResponseTime,
    [property: JsonPropertyName("transactionID")] string TransactionId,
    IdaEnvelopeResponse Response,
    IReadOnlyList<IdaEnvelopeError> Errors
);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SeederEnvelope))]
[JsonSerializable(typeof(IdaEnvelope))]
internal sealed partial class SeederAnswerJson : JsonSerializerContext;

/// <summary>What the seeder answers: its envelope, and IDA's when IDA itself can't.</summary>
/// <param name="time">The clock.</param>
public sealed class SeederAnswers(TimeProvider time)
{
    private const string Version = "1.0.1";
    private static readonly Dictionary<string, string> Nothing = [];

    internal IResult Ok(string name, string value) => Envelope(200, null, name, value);

    internal IResult Refused(SeederException refused) =>
        Envelope(refused.Status, new SeederError(refused.Code, refused.Message), null, null);

    internal IResult Envelope(int status, SeederError? error, string? name, string? value) =>
        Results.Json(
            new SeederEnvelope(
                "mosip.token.seeder",
                Version,
                Nothing,
                MosipTime.Format(time.GetUtcNow()),
                error is null ? null : [error],
                name is null ? null : new Dictionary<string, string> { [name] = value! }
            ),
            SeederAnswerJson.Default.SeederEnvelope,
            statusCode: status
        );

    /// <summary>
    /// IDA's shape for an answer that IDA did not give. 200 as IDA's own refusals are: OpenCRVS reads <c>errors</c> and
    /// <c>response</c> and goes on.
    /// </summary>
    internal IResult IdaUnavailable(string message) =>
        Results.Json(
            new IdaEnvelope(
                "mosip.identity.auth",
                "1.0",
                MosipTime.Format(time.GetUtcNow()),
                RandomNumberGenerator.GetString("0123456789", 10),
                new IdaEnvelopeResponse(false, null),
                [new IdaEnvelopeError(SeederCodes.Unknown, message, "Please try again later")]
            ),
            SeederAnswerJson.Default.IdaEnvelope
        );
}
