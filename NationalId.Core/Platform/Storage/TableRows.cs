using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;

namespace NationalId.Core.Platform.Storage;

/// <summary>A row that one worker may have for itself.</summary>
internal interface ILeasedRow : ITableEntity
{
    /// <summary>Until when one worker has it for itself. By this each worker knows its own lease.</summary>
    DateTimeOffset? LeaseUntil { get; set; }
}

/// <summary>What all tables do with their rows.</summary>
internal static class TableRows
{
    /// <summary>A row; null when there is none.</summary>
    /// <param name="table">The table.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="row">The row's key.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public static async Task<T?> FindAsync<T>(
        this TableClient table,
        string partition,
        string row,
        CancellationToken cancellationToken
    )
        where T : class, ITableEntity
    {
        var answer = await table.GetEntityIfExistsAsync<T>(partition, row, cancellationToken: cancellationToken);
        return answer.HasValue ? answer.Value : null;
    }

    /// <summary>Adds a row that was never saved, or replaces the one that was read.</summary>
    /// <param name="table">The table.</param>
    /// <param name="row">The row; it can be saved again afterwards.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when somebody else changed it meanwhile.</returns>
    public static async Task<bool> TrySaveAsync<T>(this TableClient table, T row, CancellationToken cancellationToken)
        where T : class, ITableEntity
    {
        try
        {
            var answer =
                row.ETag == default
                    ? await table.AddEntityAsync(row, cancellationToken)
                    : await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
            row.ETag = answer.Headers.ETag ?? ETag.All;
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>The same for a worker that takes a row for itself.</summary>
    /// <param name="table">The table.</param>
    /// <param name="row">The row with the worker's lease; it can be saved again afterwards.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether the worker has it.</returns>
    public static async Task<bool> TryTakeAsync<T>(this TableClient table, T row, CancellationToken cancellationToken)
        where T : class, ILeasedRow
    {
        if (await table.TrySaveAsync(row, cancellationToken))
        {
            return true;
        }

        await table.LeaveAsync(row, cancellationToken);
        return false;
    }

    /// <summary>Gives a row back that storage refused to a worker, in case that it gave it all the same.</summary>
    /// <param name="table">The table.</param>
    /// <param name="row">The row with the worker's lease.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public static async Task LeaveAsync<T>(this TableClient table, T row, CancellationToken cancellationToken)
        where T : class, ILeasedRow
    {
        // NOTE: Storage may have done what it then refuses: its answer was lost, and the storage client wrote once
        // more. Nobody would use such a lease, and everybody would wait for its end. The worker does not go on with it:
        // the row may have changed since.
        if (
            await table.FindAsync<T>(row.PartitionKey, row.RowKey, cancellationToken) is { } saved
            && saved.LeaseUntil == row.LeaseUntil
        )
        {
            saved.LeaseUntil = null;
            await table.TrySaveAsync(saved, cancellationToken);
        }
    }

    /// <summary>
    /// A key that follows from a text: ids and numbers may hold characters that a table's key must not. 64 digits.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string KeyOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
