using System.Runtime.CompilerServices;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>Reads the registrations that reindexings brought.</summary>
/// <param name="parts">What passed by.</param>
/// <param name="documents">Reads records; null where OpenCRVS has none of the kind.</param>
public sealed class ReindexedRecords(ReindexParts parts, DocumentRecovery? documents = null)
{
    // Parts that were found to be ours; they are never changed.
    private string? ours;

    /// <summary>The parts of a batch that are not read yet.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="done">The last one that is; null: none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<string> PartsAsync(
        string batch,
        string? done,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (documents is null)
        {
            yield break;
        }

        await foreach (var part in parts.ListAsync(batch, cancellationToken))
        {
            if (string.CompareOrdinal(part, done) > 0)
            {
                yield return part;
            }
        }
    }

    /// <summary>The registrations of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="TransientFailureException">It is not as we stored it.</exception>
    public async IAsyncEnumerable<ListedRecord> ReadAsync(
        string part,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await NeedOursAsync(part, cancellationToken);
        var stream = await parts.OpenAsync(part, cancellationToken);
        await using var opened = stream;
        await foreach (var item in ArrayItems.ReadAsync(stream, cancellationToken))
        {
            if (documents!.Listed(new ReindexedDocument(part, item.From, item.End, item.Bytes)) is { } record)
            {
                yield return record;
            }
        }
    }

    /// <summary>A registration with its record, where a reindexing brought it.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">The part is not as we stored it.</exception>
    public async Task<ListedRecord> FillAsync(ListedRecord record, CancellationToken cancellationToken)
    {
        if (record.Document is not { } document)
        {
            return record;
        }

        await NeedOursAsync(document.Part, cancellationToken);
        var bytes = await parts.ReadAsync(document.Part, document.From, document.End, cancellationToken);
        return record with { Document = document with { Bytes = bytes } };
    }

    /// <summary>Removes the parts of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task RemoveAsync(string batch, CancellationToken cancellationToken)
    {
        await foreach (var part in parts.ListAsync(batch, cancellationToken))
        {
            await parts.RemoveAsync(part, cancellationToken);
        }
    }

    // What storage hands back is data, not authority.
    private async Task NeedOursAsync(string part, CancellationToken cancellationToken)
    {
        if (ours == part)
        {
            return;
        }

        ours = await parts.IsOursAsync(part, cancellationToken)
            ? part
            : throw new TransientFailureException("A part of the reindexing is not sealed with any ledger key.");
    }
}
