using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>A registration that is missing and that OpenCRVS does not give to our client.</summary>
/// <param name="Source">How it was listed.</param>
/// <param name="Kind">Birth or death.</param>
/// <param name="RecordId">The record's id.</param>
/// <param name="Number">Its registration number.</param>
/// <param name="At">When it was missed first.</param>
/// <param name="Reason">Why, and what is to be done: fixed words.</param>
public sealed record UnreachableRecord(
    string Source,
    RegistrationKind Kind,
    string RecordId,
    string? Number,
    DateTimeOffset At,
    string? Reason
);

/// <summary>
/// What reconciliation remembers: table <c>reconcile</c>. A row for each source's run, one for each day's searches, and
/// one for each registration that can't be fetched.
/// </summary>
/// <param name="storage">The storage account.</param>
public sealed class ReconcileTable(StorageClients storage)
{
    /// <summary>The table's name.</summary>
    public const string Name = "reconcile";

    private const string Calls = "Calls";
    private const string ControlPartition = "control";
    private const string Alive = "alive";
    private const string QuotaPartition = "quota";
    private const string UnreachablePartition = "unreachable";

    private TableClient Table => field ??= storage.Tables.GetTableClient(Name);

    /// <summary>A source's run; null when there was none.</summary>
    /// <param name="source">The source.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<ReconcileRun?> RunOfAsync(string source, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<ReconcileRun>(ReconcileRun.Partition, source, cancellationToken);
    }

    /// <summary>Saves a run.</summary>
    /// <param name="run">The run, as it was read and then changed.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>False when somebody else changed it meanwhile.</returns>
    public async Task<bool> TrySaveAsync(ReconcileRun run, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.TrySaveAsync(run, cancellationToken);
    }

    /// <summary>The same for a worker that takes a run for itself.</summary>
    /// <param name="run">The run with the worker's lease.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether the worker has it.</returns>
    public Task<bool> TryTakeAsync(ReconcileRun run, CancellationToken cancellationToken) =>
        Table.TryTakeAsync(run, cancellationToken);

    /// <summary>How many searches of a day were counted.</summary>
    /// <param name="day">The day, in UTC.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<int> CallsAsync(DateOnly day, CancellationToken cancellationToken) =>
        (await FindAsync(QuotaPartition, Row(day), cancellationToken))?.GetInt32(Calls) ?? 0;

    /// <summary>Counts a search.</summary>
    /// <param name="day">The day, in UTC.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task CountCallAsync(DateOnly day, CancellationToken cancellationToken)
    {
        bool isCounted;
        do
        {
            // Another worker may count one at the same moment: then once more.
            var row =
                await FindAsync(QuotaPartition, Row(day), cancellationToken)
                ?? new TableEntity(QuotaPartition, Row(day));
            row[Calls] = (row.GetInt32(Calls) ?? 0) + 1;
            isCounted = await Table.TrySaveAsync(row, cancellationToken);
        } while (!isCounted);
    }

    /// <summary>When the client was seen alive last; null when it never was.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<DateTimeOffset?> AliveAsync(CancellationToken cancellationToken) =>
        (await FindAsync(ControlPartition, Alive, cancellationToken))?.GetDateTimeOffset("At");

    /// <summary>Notes that the client is alive.</summary>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SetAliveAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        Table.UpsertEntityAsync(
            new TableEntity(ControlPartition, Alive) { ["At"] = now },
            TableUpdateMode.Replace,
            cancellationToken
        );

    /// <summary>Notes a registration that OpenCRVS does not give to our client.</summary>
    /// <param name="source">How it was listed.</param>
    /// <param name="record">The registration.</param>
    /// <param name="now">The present.</param>
    /// <param name="reason">Why: fixed words.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task NoteUnreachableAsync(
        string source,
        ListedRecord record,
        DateTimeOffset now,
        string? reason,
        CancellationToken cancellationToken
    ) =>
        Table.UpsertEntityAsync(
            new TableEntity(UnreachablePartition, RowOf(source, record.Kind, record.RecordId))
            {
                [nameof(UnreachableRecord.Source)] = source,
                [nameof(UnreachableRecord.Kind)] = record.Kind.ToString(),
                [nameof(UnreachableRecord.RecordId)] = record.RecordId,
                [nameof(UnreachableRecord.Number)] = record.Number,
                [nameof(UnreachableRecord.At)] = now,
                [nameof(UnreachableRecord.Reason)] = reason,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );

    /// <summary>Forgets one that was fetched after all.</summary>
    /// <param name="source">How it was listed.</param>
    /// <param name="record">The registration.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task ForgetUnreachableAsync(string source, ListedRecord record, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(
            UnreachablePartition,
            RowOf(source, record.Kind, record.RecordId),
            ETag.All,
            cancellationToken
        );

    /// <summary>The registrations that OpenCRVS does not give to our client.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async IAsyncEnumerable<UnreachableRecord> UnreachableAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {UnreachablePartition}"),
                cancellationToken: cancellationToken
            )
        )
        {
            yield return new UnreachableRecord(
                row.GetString(nameof(UnreachableRecord.Source)),
                Enum.Parse<RegistrationKind>(row.GetString(nameof(UnreachableRecord.Kind))),
                row.GetString(nameof(UnreachableRecord.RecordId)),
                row.GetString(nameof(UnreachableRecord.Number)),
                row.GetDateTimeOffset(nameof(UnreachableRecord.At)) ?? DateTimeOffset.MinValue,
                row.GetString(nameof(UnreachableRecord.Reason))
            );
        }
    }

    private async Task<TableEntity?> FindAsync(string partition, string row, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<TableEntity>(partition, row, cancellationToken);
    }

    private static string Row(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string RowOf(string source, RegistrationKind kind, string record) =>
        TableRows.KeyOf($"{source}\n{kind}\n{record}");
}
