using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>The two files of a batch: the CSV that is uploaded, and the JSON or CSV that is downloaded.</summary>
internal static class SeederCsv
{
    private const int LongestRow = 256 * 1024;
    private static readonly string[] Columns = ["vid", "token", "status", "errorCode", "errorMessage"];

    /// <summary>
    /// Reads lines as they come. The first row names the columns; a row that is too short lacks the last ones.
    /// </summary>
    /// <exception cref="SeederException">It is no CSV in UTF-8.</exception>
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
            MaxRecordSize = LongestRow,
            IncludeValuesInExceptions = false,
        };
        await using var reader = CsvReader.Create(text, format, leaveOpen: false);
        Dictionary<string, int>? header = null;
        while (await NextAsync(reader, cancellationToken) is { } row)
        {
            if (header is not null)
            {
                yield return request.Mapping.Take(
                    name => header.TryGetValue(name, out var column) && column < row.Length ? row[column] : null,
                    request.Language,
                    options
                );
                continue;
            }

            header = [];
            for (var column = 0; column < row.Length; column++)
            {
                header[row[column]] = column;
            }
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

    private static async Task<string[]?> NextAsync(CsvReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken)
                ? [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]
                : null;
        }
        catch (DecoderFallbackException)
        {
            throw SeederException.Invalid("the CSV file is not UTF-8");
        }
        catch (Exception failure) when (failure is CsvFormatException or InvalidDataException)
        {
            throw SeederException.Invalid("the CSV file can't be read");
        }
    }
}
