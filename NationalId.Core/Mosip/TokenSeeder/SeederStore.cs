using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// Batches at rest: lines and results in blobs (<c>{request}/lines</c>, <c>{request}/results/{part}</c>,
/// <c>{request}/output-…</c>), progress in a table. An upload that is still being taken is <c>{request}/upload</c>.
/// All are written and read in small pieces, since many callers may do so at once.
/// </summary>
/// <param name="storage">The storage account.</param>
public sealed class SeederStore(StorageClients storage)
{
    /// <summary>The container of lines and results.</summary>
    public const string ContainerName = "seeder-files";

    /// <summary>The table of progress.</summary>
    public const string TableName = "seeder";

    private const int PieceLength = 256 * 1024;

    private BlobContainerClient Container => field ??= storage.Blobs.GetBlobContainerClient(ContainerName);

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>Stores the lines as they are read, so that a long file is never in memory.</summary>
    /// <returns>How many lines there are, and how many of them are invalid.</returns>
    internal async Task<(int Total, int Invalid)> PutLinesAsync(
        string request,
        IAsyncEnumerable<SeederLine> lines,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var (total, invalid) = (0, 0);
        var stream = await OpenForWritingAsync(request + "/lines", cancellationToken);
        await using (stream)
        {
            await foreach (var line in lines.WithCancellation(cancellationToken))
            {
                if (++total > SeederRequest.MostLines)
                {
                    throw SeederException.TooManyLines();
                }

                invalid = line.Person is null ? invalid + 1 : invalid;
                await stream.WriteAsync(Serialize(line), cancellationToken);
            }
        }

        return (total, invalid);

        static byte[] Serialize(SeederLine line) =>
            [.. JsonSerializer.SerializeToUtf8Bytes(line, SeederLineJson.Default.SeederLine), (byte)'\n'];
    }

    /// <summary>Begins to store what a caller sends.</summary>
    internal async Task<Stream> OpenUploadForWritingAsync(string request, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await OpenForWritingAsync(UploadOf(request), cancellationToken);
    }

    /// <summary>Reads what a caller sent.</summary>
    internal async Task<Stream> OpenUploadAsync(string request, CancellationToken cancellationToken) =>
        (await Container.GetBlobClient(UploadOf(request)).DownloadStreamingAsync(cancellationToken: cancellationToken))
            .Value
            .Content;

    /// <summary>Removes what a caller sent: its lines are taken out.</summary>
    internal Task RemoveUploadAsync(string request, CancellationToken cancellationToken) =>
        Container
            .GetBlobClient(UploadOf(request))
            .DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);

    internal Task AddAsync(SeederRequestRow row, CancellationToken cancellationToken) =>
        Table.AddEntityAsync(row, cancellationToken);

    internal Task<SeederRequestRow?> FindAsync(string request, CancellationToken cancellationToken) =>
        FindAsync<SeederRequestRow>(request, SeederRequestRow.Row, cancellationToken);

    internal Task<SeederPartRow?> FindPartAsync(string request, int first, CancellationToken cancellationToken) =>
        FindAsync<SeederPartRow>(request, SeederPartRow.KeyOf(first), cancellationToken);

    /// <summary>Saves a part that a worker takes for itself, unless somebody else has it.</summary>
    internal async Task<bool> TryTakeAsync(SeederPartRow part, CancellationToken cancellationToken)
    {
        if (await TrySaveAsync(part, cancellationToken))
        {
            return true;
        }

        await Table.LeaveAsync(part, cancellationToken);
        return false;
    }

    /// <summary>Saves a row unless somebody else changed it since it was read.</summary>
    internal async Task<bool> TrySaveAsync<T>(T row, CancellationToken cancellationToken)
        where T : ITableEntity
    {
        try
        {
            row.ETag = (await Table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken))
                .Headers
                .ETag!
                .Value;
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status is 412 or 404)
        {
            return false;
        }
    }

    /// <summary>
    /// Divides a batch into parts of so many lines and bytes at most, but for a line that alone is longer. Parts that
    /// are there already stay as they are.
    /// </summary>
    internal async Task PlanAsync(
        string request,
        int linesPerPart,
        int bytesPerPart,
        CancellationToken cancellationToken
    )
    {
        List<SeederPartRow> parts = [];
        var (line, first, offset, begin, whole) = (0, 0, 0L, 0L, 0L);
        var stream = (
            await Container
                .GetBlobClient(request + "/lines")
                .DownloadStreamingAsync(cancellationToken: cancellationToken)
        )
            .Value
            .Content;
        await using (stream)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            {
                for (var i = 0; i < read; i++)
                {
                    offset++;
                    if (buffer[i] != '\n')
                    {
                        continue;
                    }

                    if (offset - begin > bytesPerPart)
                    {
                        // Without this line, which may be the part's only one.
                        Close();
                    }

                    line++;
                    whole = offset;
                    if (line - first == linesPerPart)
                    {
                        Close();
                    }
                }
            }
        }

        Close();
        foreach (var hundred in parts.Chunk(100))
        {
            await AddPartsAsync(hundred, cancellationToken);
        }

        return;

        void Close()
        {
            if (whole > begin)
            {
                parts.Add(
                    new SeederPartRow
                    {
                        PartitionKey = request,
                        RowKey = SeederPartRow.KeyOf(first),
                        First = first,
                        Count = line - first,
                        Offset = begin,
                        Length = whole - begin,
                    }
                );
                first = line;
                begin = whole;
            }
        }
    }

    /// <summary>A batch's parts in the order of their lines.</summary>
    internal AsyncPageable<SeederPartRow> PartsAsync(
        string request,
        bool openOnly,
        CancellationToken cancellationToken
    ) =>
        Table.QueryAsync<SeederPartRow>(
            TableClient.CreateQueryFilter(
                $"PartitionKey eq {request} and RowKey ge {SeederPartRow.Prefix} and RowKey lt {"q"}"
            ) + (openOnly ? " and Done eq false" : ""),
            cancellationToken: cancellationToken
        );

    internal async Task<IReadOnlyList<SeederLine>> LinesAsync(SeederPartRow part, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions { Range = new HttpRange(part.Offset, part.Length) };
        var content = (
            await Container.GetBlobClient(part.PartitionKey + "/lines").DownloadContentAsync(options, cancellationToken)
        )
            .Value
            .Content;
        return
        [
            .. Lines(content).Select(line => JsonSerializer.Deserialize(line.Span, SeederLineJson.Default.SeederLine)!),
        ];
    }

    /// <summary>What is known of a part's lines, in any order.</summary>
    internal async Task<IReadOnlyList<SeederResult>> ResultsAsync(
        SeederPartRow part,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var content = (await Results(part).DownloadContentAsync(cancellationToken)).Value.Content;
            return
            [
                .. Lines(content)
                    .Select(line => JsonSerializer.Deserialize(line.Span, SeederLineJson.Default.SeederResult)!),
            ];
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return [];
        }
    }

    /// <summary>Makes sure that results can be appended.</summary>
    internal Task OpenResultsAsync(SeederPartRow part, CancellationToken cancellationToken) =>
        Results(part).CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Adds results: all or none of them is stored, whenever this process dies.</summary>
    internal Task AppendAsync(SeederPartRow part, IEnumerable<SeederResult> results)
    {
        var text = string.Concat(
            results.Select(result => JsonSerializer.Serialize(result, SeederLineJson.Default.SeederResult) + "\n")
        );
        // Not cancelled: the call that this is the result of must not be made again.
        return Results(part)
            .AppendBlockAsync(
                new MemoryStream(Encoding.UTF8.GetBytes(text)),
                cancellationToken: CancellationToken.None
            );
    }

    /// <summary>All results of a batch in the order of its lines.</summary>
    internal async IAsyncEnumerable<SeederResult> AllResultsAsync(
        string request,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var part in PartsAsync(request, openOnly: false, cancellationToken))
        {
            // By number: a line whose append was answered too late to be seen may be there twice.
            foreach (
                var result in (await ResultsAsync(part, cancellationToken))
                    .DistinctBy(result => result.Line)
                    .OrderBy(result => result.Line)
            )
            {
                yield return result;
            }
        }
    }

    internal async Task WriteAsync(string blob, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var stream = await OpenForWritingAsync(blob, cancellationToken);
        await using (stream)
        {
            await write(stream);
        }
    }

    internal async Task<Stream?> OpenAsync(string blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await Container.GetBlobClient(blob).DownloadStreamingAsync(cancellationToken: cancellationToken))
                .Value
                .Content;
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return null;
        }
    }

    /// <summary>
    /// Removes what was uploaded before a time. The request's row goes last: if this breaks off, the next time finds it
    /// again.
    /// </summary>
    internal async Task RemoveBeforeAsync(DateTimeOffset limit, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var expired = Table.QueryAsync<SeederRequestRow>(
            TableClient.CreateQueryFilter($"RowKey eq {SeederRequestRow.Row} and CreatedAt lt {limit}"),
            cancellationToken: cancellationToken
        );
        await foreach (var request in expired)
        {
            List<ITableEntity> rows = [];
            await foreach (var part in PartsAsync(request.PartitionKey, openOnly: false, cancellationToken))
            {
                rows.Add(part);
            }

            await RemoveBlobsAsync(request.PartitionKey + "/", null, cancellationToken);
            foreach (var hundred in rows.Append(request).Chunk(100))
            {
                await Table.SubmitTransactionAsync(
                    hundred.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, row, ETag.All)),
                    cancellationToken
                );
            }
        }

        // And what an upload that broke off, or a worker that came too late, left without a row.
        await RemoveBlobsAsync(null, limit - TimeSpan.FromHours(1), cancellationToken);
    }

    internal Task RemoveBlobsAsync(string request, CancellationToken cancellationToken) =>
        RemoveBlobsAsync(request + "/", null, cancellationToken);

    private async Task RemoveBlobsAsync(string? prefix, DateTimeOffset? before, CancellationToken cancellationToken)
    {
        await foreach (var blob in Container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken))
        {
            if (before is null || blob.Properties.LastModified < before)
            {
                await Container.DeleteBlobIfExistsAsync(
                    blob.Name,
                    DeleteSnapshotsOption.IncludeSnapshots,
                    cancellationToken: cancellationToken
                );
            }
        }
    }

    private async Task AddPartsAsync(IReadOnlyList<SeederPartRow> parts, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(
                parts.Select(part => new TableTransactionAction(TableTransactionActionType.Add, part)),
                cancellationToken
            );
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409 && parts.Count == 1)
        {
            // It was planned before.
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            foreach (var part in parts)
            {
                await AddPartsAsync([part], cancellationToken);
            }
        }
    }

    private AppendBlobClient Results(SeederPartRow part) =>
        Container.GetAppendBlobClient($"{part.PartitionKey}/results/{part.RowKey}");

    private static string UploadOf(string request) => request + "/upload";

    private Task<Stream> OpenForWritingAsync(string blob, CancellationToken cancellationToken) =>
        Container
            .GetBlockBlobClient(blob)
            .OpenWriteAsync(
                overwrite: true,
                new BlockBlobOpenWriteOptions { BufferSize = PieceLength },
                cancellationToken
            );

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(BinaryData content)
    {
        var left = content.ToMemory();
        while (!left.IsEmpty)
        {
            var end = left.Span.IndexOf((byte)'\n');
            var line = end < 0 ? left : left[..end];
            if (!line.IsEmpty)
            {
                yield return line;
            }

            left = end < 0 ? default : left[(end + 1)..];
        }
    }

    private async Task<T?> FindAsync<T>(string partition, string row, CancellationToken cancellationToken)
        where T : class, ITableEntity
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<T>(partition, row, cancellationToken);
    }
}
