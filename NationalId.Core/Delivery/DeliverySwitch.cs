using Azure.Data.Tables;
using NationalId.Core.Storage;

namespace NationalId.Core.Delivery;

/// <summary>The operator's switch that pauses delivery for all hosts; a host notices within five seconds. Intake goes on.</summary>
internal sealed class DeliverySwitch(StorageClients storage, TimeProvider time)
{
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(5);
    private Seen? seen;

    private TableClient Table => field ??= storage.Tables.GetTableClient(StorageClients.EventTable);

    public async ValueTask<bool> IsPausedAsync(CancellationToken cancellationToken)
    {
        if (seen is { } last && last.Until > time.GetUtcNow())
        {
            return last.Paused;
        }

        await storage.ReadyAsync().ConfigureAwait(false);
        var row = await Table.GetEntityIfExistsAsync<TableEntity>("control", "pause", cancellationToken: cancellationToken).ConfigureAwait(false);
        var paused = row.HasValue && row.Value!.GetBoolean("Paused") == true;
        seen = new Seen(paused, time.GetUtcNow() + Notice);
        return paused;
    }

    public async Task SetAsync(bool paused, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync().ConfigureAwait(false);
        await Table.UpsertEntityAsync(new TableEntity("control", "pause") { ["Paused"] = paused }, TableUpdateMode.Replace, cancellationToken).ConfigureAwait(false);
        seen = null;
    }

    // One reference: what many workers read at once is never half of each.
    private sealed record Seen(bool Paused, DateTimeOffset Until);
}
