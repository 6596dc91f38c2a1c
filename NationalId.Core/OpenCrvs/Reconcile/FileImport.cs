using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Reads the list of registrations that an operator exports from OpenCRVS 1.x where its search can't list them
/// (docs/reconcile.md, "A list from a file"): a JSON object a line, with composition, ids and lastModified.
/// </summary>
internal static class FileImport
{
    private const string BirthNumber = "/birth-registration-number";
    private const string DeathNumber = "/death-registration-number";
    private const int LongestLine = 64 * 1024;

    /// <summary>Reads one line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>Null when it is no registration.</returns>
    public static ListedRecord? Read(string line)
    {
        var row = line.Length > LongestLine ? null : WrittenJson.Parse(Encoding.UTF8.GetBytes(line));
        if (
            WrittenJson.Text(row, "composition") is not { } composition
            || composition.Split('/')[^1] is not { Length: > 0 and <= RegistrationNumber.Longest } id
        )
        {
            return null;
        }

        foreach (var one in (row!["ids"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var system = WrittenJson.Text(one, "system") ?? "";
            var number = RegistrationNumber.Normalise(WrittenJson.Text(one, "value"));
            RegistrationKind? kind =
                system.EndsWith(BirthNumber, StringComparison.Ordinal) ? RegistrationKind.Birth
                : system.EndsWith(DeathNumber, StringComparison.Ordinal) ? RegistrationKind.Death
                : null;
            if (kind is { } known && number is not null && !RegistrationNumber.IsTooLong(number))
            {
                var at = WrittenJson.TimeAt(row, "lastModified");
                return new ListedRecord(known, id, number, at, at ?? DateTimeOffset.UnixEpoch);
            }
        }

        return null;
    }

    /// <summary>Reads a file line by line, in bounded memory.</summary>
    /// <param name="file">The file.</param>
    /// <param name="take">Takes a registration.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>How many lines were registrations, and how many were not.</returns>
    public static async Task<(int Read, int Unreadable)> ReadAsync(
        Stream file,
        Func<ListedRecord, Task> take,
        CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(leaveOpen: true));
        var read = 0;
        var unreadable = 0;
        var isSkipping = false;
        while (true)
        {
            var got = await reader.ReadAsync(cancellationToken);
            var buffer = got.Buffer;
            while (NextLine(ref buffer, got.IsCompleted) is { } line)
            {
                if (isSkipping || string.IsNullOrWhiteSpace(line))
                {
                    isSkipping = false;
                }
                else if (Read(line) is { } record)
                {
                    await take(record);
                    read++;
                }
                else
                {
                    unreadable++;
                }
            }

            if (buffer.Length > LongestLine)
            {
                // No registration is that long: the rest of the line goes too.
                unreadable += isSkipping ? 0 : 1;
                isSkipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (got.IsCompleted)
            {
                await reader.CompleteAsync();
                return (read, unreadable);
            }
        }
    }

    private static string? NextLine(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            var line = Encoding.UTF8.GetString(buffer.Slice(0, end));
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return line;
        }

        if (!isLast || buffer.IsEmpty)
        {
            return null;
        }

        var rest = Encoding.UTF8.GetString(buffer);
        buffer = buffer.Slice(buffer.End);
        return rest;
    }
}
