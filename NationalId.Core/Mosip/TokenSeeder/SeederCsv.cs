using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>The two files of a batch: the CSV that is uploaded, and the JSON or CSV that is downloaded.</summary>
internal static class SeederCsv
{
    private const int MostColumns = 1000;
    private static readonly string[] Columns = ["vid", "token", "status", "errorCode", "errorMessage"];

    /// <summary>
    /// Reads lines as they come. The first row names the columns, each once; each other has a field for each of them.
    /// Where one has not, or a quote is out of place, nobody can tell which lines are read wrongly: the whole file is
    /// refused, and the line named.
    /// </summary>
    /// <exception cref="SeederException">It is no such CSV, or not UTF-8.</exception>
    public static async IAsyncEnumerable<SeederLine> ReadAsync(
        Stream file,
        SeederRequest request,
        TokenSeederOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // Strict: a name in another encoding would be compared as something else.
        var text = new StreamReader(
            file,
            new UTF8Encoding(false, throwOnInvalidBytes: true),
            detectEncodingFromByteOrderMarks: true
        );
        var format = new CsvReaderOptions
        {
            Separator = request.Delimiter[0],
            HasHeader = false,
            SkipEmptyLines = true,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            MaxRecordSize = SeederJson.LongestLine,
            IncludeValuesInExceptions = false,
        };
        await using var reader = CsvReader.Create(text, format, leaveOpen: false);
        Dictionary<string, int>? header = null;
        while (await NextAsync(reader, cancellationToken))
        {
            if (header is null)
            {
                header = Header(reader);
                continue;
            }

            if (reader.FieldCount != header.Count)
            {
                throw SeederException.Invalid(
                    $"line {reader.LineNumber} of the CSV file has {reader.FieldCount} columns, not {header.Count}"
                );
            }

            yield return request.Mapping.Take(
                name => header.TryGetValue(name, out var column) ? reader.GetString(column) : null,
                request.Language,
                options
            );
        }
    }

    public static async Task WriteAsync(Stream file, string output, IAsyncEnumerable<SeederResult> results)
    {
        if (output == "csv")
        {
            await WriteCsvAsync(file, results);
        }
        else
        {
            await WriteJsonAsync(file, results);
        }
    }

    private static async Task WriteCsvAsync(Stream file, IAsyncEnumerable<SeederResult> results)
    {
        var csv = CsvWriter.Create(file, CsvWriterOptions.Default, leaveOpen: true);
        await using var written = csv;
        await csv.WriteRecordAsync(Columns);
        await foreach (var result in results)
        {
            await csv.WriteRecordAsync([
                result.Vid ?? "",
                result.Token ?? "",
                result.Status,
                result.ErrorCode ?? "",
                result.ErrorMessage ?? "",
            ]);
        }
    }

    private static async Task WriteJsonAsync(Stream file, IAsyncEnumerable<SeederResult> results)
    {
        var json = new Utf8JsonWriter(file);
        await using var written = json;
        json.WriteStartArray();
        await foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteString(Columns[0], result.Vid);
            json.WriteString(Columns[1], result.Token);
            json.WriteString(Columns[2], result.Status);
            json.WriteString(Columns[3], result.ErrorCode);
            json.WriteString(Columns[4], result.ErrorMessage);
            json.WriteEndObject();
            if (json.BytesPending > 64 * 1024)
            {
                await json.FlushAsync();
            }
        }

        json.WriteEndArray();
    }

    private static Dictionary<string, int> Header(CsvReader reader)
    {
        if (reader.FieldCount > MostColumns)
        {
            throw SeederException.Invalid($"the CSV file has more than {MostColumns} columns");
        }

        Dictionary<string, int> header = [];
        for (var column = 0; column < reader.FieldCount; column++)
        {
            if (!header.TryAdd(reader.GetString(column), column))
            {
                throw SeederException.Invalid(
                    $"line {reader.LineNumber} of the CSV file names column {column + 1} like an earlier one"
                );
            }
        }

        return header;
    }

    private static async Task<bool> NextAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            throw SeederException.Invalid("the CSV file is not UTF-8");
        }
        catch (CsvFormatException malformed) when (malformed.LineNumber > 0)
        {
            throw SeederException.Invalid(
                $"line {malformed.LineNumber} of the CSV file is not closed, is too long, or has a quote out of place"
            );
        }
        catch (Exception failure) when (failure is CsvFormatException or InvalidDataException)
        {
            throw SeederException.Invalid("the CSV file can't be read");
        }
    }
}
