using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// A request in the seeder's form (docs/protocols.md, "Token Seeder"). Fields that are not known are ignored.
/// </summary>
internal sealed record SeederRequest(
    SeederMapping Mapping,
    string? Language,
    string? Output,
    string Delimiter,
    JsonElement AuthData,
    int? Lines
)
{
    /// <summary>How many lines a batch has at most, as JSON or CSV.</summary>
    internal const int MostLines = 100_000;

    private static readonly string[] TimeFormats =
    [
        .. Enumerable.Range(1, 6).Select(digits => $"yyyy-MM-dd'T'HH:mm:ss.{new string('f', digits)}'Z'"),
    ];
    private static readonly string[] Required = ["id", "version", "metadata", "requesttime", "request"];
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    /// <summary>
    /// OpenCRVS's own form: one person, answered at once. The object tells, whatever <c>deliverytype</c> says.
    /// </summary>
    public bool IsSync => AuthData.ValueKind is JsonValueKind.Object;

    /// <summary>Reads and checks a request as the seeder does.</summary>
    /// <param name="text">The request, without its lines.</param>
    /// <exception cref="SeederException">It is refused.</exception>
    public static SeederRequest ReadJson(SeederEnvelopeText text) => Read(text.Json, csv: false, text.Lines);

    /// <summary>Reads and checks a request whose lines come as a file of their own.</summary>
    /// <param name="body">UTF-8 JSON, with or without a byte order mark.</param>
    /// <exception cref="SeederException">It is refused.</exception>
    public static SeederRequest ReadCsv(ReadOnlyMemory<byte> body) => Read(body, csv: true, null);

    private static SeederRequest Read(ReadOnlyMemory<byte> body, bool csv, int? lines)
    {
        body = body.Span.StartsWith("\uFEFF"u8) ? body[3..] : body;
        if (body.Span.Trim(" \t\r\n"u8).IsEmpty || body.Span.Trim(" \t\r\n"u8).SequenceEqual("null"u8))
        {
            throw SeederException.Invalid("missing request body");
        }

        try
        {
            return Utf8.IsValid(body.Span)
                ? Read(JsonDocument.Parse(body, Options).RootElement, csv, lines)
                : throw SeederException.Unprocessable("the body is not UTF-8");
        }
        catch (JsonException)
        {
            throw SeederException.Unprocessable("the body is not valid JSON");
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: JSON by its grammar, but no text.
            throw SeederException.Unprocessable("a text is not valid Unicode");
        }
    }

    private static SeederRequest Read(JsonElement root, bool csv, int? lines)
    {
        if (root.ValueKind is not JsonValueKind.Object)
        {
            throw SeederException.Unprocessable("value is not a valid dict");
        }

        if (root.TryGetProperty("requesttime", out var time) && !IsTime(time))
        {
            throw SeederException.Invalid("requesttime is not in valid format");
        }

        if (Required.Any(name => !root.TryGetProperty(name, out _)))
        {
            throw SeederException.Unprocessable("field required");
        }

        var request = root.GetProperty("request");
        if (request.ValueKind is not JsonValueKind.Object)
        {
            throw SeederException.Unprocessable("value is not a valid dict");
        }

        var read = new SeederRequest(
            SeederMapping.Read(Property(request, "mapping")),
            Text(request, "lang"),
            Text(request, "output"),
            Text(request, "csvDelimiter") ?? ",",
            Property(request, "authdata") ?? default,
            lines
        );
        if (csv || !read.IsSync)
        {
            read.CheckBatch(request, csv);
        }

        return read;
    }

    private void CheckBatch(JsonElement request, bool csv)
    {
        Check(Output, "output", "output type", ["json", "csv"]);
        Check(Text(request, "deliverytype"), "deliverytype", "delivery type", ["download"]);
        if (Text(request, "outputFormat") is { Length: > 0 } format && format != ".output")
        {
            throw new SeederException(400, SeederCodes.SeveralErrors, "outputFormat is not supported");
        }

        if (csv && (Delimiter.Length != 1 || Delimiter[0] is '"' or (< ' ' and not '\t') or > '~'))
        {
            throw SeederException.Invalid("csvDelimiter is not valid");
        }

        if (!csv)
        {
            CheckLines();
        }

        void Check(string? value, string field, string name, string[] supported)
        {
            if (string.IsNullOrEmpty(value))
            {
                throw request.TryGetProperty(field, out _)
                    ? SeederException.Invalid(name + " is not mentioned")
                    : SeederException.Unprocessable("field required");
            }

            if (!supported.Contains(value))
            {
                throw SeederException.Invalid(name + " is not supported");
            }
        }
    }

    private void CheckLines()
    {
        if (AuthData.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null || Lines == 0)
        {
            throw SeederException.Invalid("authdata missing");
        }

        if (Lines is null)
        {
            throw SeederException.Unprocessable("value is not a valid list");
        }
    }

    private static bool IsTime(JsonElement time) =>
        time.ValueKind is JsonValueKind.String
        && DateTime.TryParseExact(
            time.GetString(),
            TimeFormats,
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out _
        );

    private static JsonElement? Property(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Property(element, name) is not { } value
            ? null
            : value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Null => null,
                _ => throw SeederException.Unprocessable("str type expected"),
            };
}
