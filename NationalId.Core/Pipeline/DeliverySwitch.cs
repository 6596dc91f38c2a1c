using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Pipeline;

/// <summary>
/// The operator's switch that pauses delivery for all hosts; a host notices within five seconds. Intake goes on.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="time">The clock.</param>
public sealed class DeliverySwitch(StorageClients storage, TimeProvider time)
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);
    private Seen? seen;

    private TableClient Table => field ??= storage.Tables.GetTableClient(EventLedger.TableName);

    /// <summary>Whether delivery is paused, as far as this host has noticed.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    public async ValueTask<bool> IsPausedAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref seen) is { } last && last.Until > time.GetUtcNow()
            ? last.Paused
            : (await ReadAsync(cancellationToken)).Paused;

    /// <summary>Asks storage: another host may have set it a moment ago.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<PauseState> ReadAsync(CancellationToken cancellationToken)
    {
        var before = Volatile.Read(ref seen);
        await storage.ReadyAsync();
        var row = await Table.FindAsync<TableEntity>("control", "pause", cancellationToken);
        var paused = row?.GetBoolean("Paused") == true;
        // What was set while we read is newer than what we read.
        Interlocked.CompareExchange(ref seen, new Seen(paused, time.GetUtcNow() + Notice), before);
        return new PauseState(paused, row?.GetString("By"), row?.GetDateTimeOffset("At"));
    }

    /// <summary>Pauses or resumes delivery.</summary>
    /// <param name="paused">Whether it is paused.</param>
    /// <param name="by">Who sets it.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task SetAsync(bool paused, string by, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Table.UpsertEntityAsync(
            new TableEntity("control", "pause")
            {
                ["Paused"] = paused,
                ["By"] = by,
                ["At"] = time.GetUtcNow(),
            },
            TableUpdateMode.Replace,
            cancellationToken
        );
        Volatile.Write(ref seen, new Seen(paused, time.GetUtcNow() + Notice));
    }

    private sealed record Seen(bool Paused, DateTimeOffset Until);
}

/// <summary>How the operator's switch stands.</summary>
/// <param name="Paused">Whether delivery is paused.</param>
/// <param name="By">Who set it last; null when nobody has.</param>
/// <param name="At">When that was.</param>
public sealed record PauseState(bool Paused, string? By, DateTimeOffset? At);
