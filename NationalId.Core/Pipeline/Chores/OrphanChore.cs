using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>
/// Enqueues committed payloads that have neither message nor row, since intake died between the steps. Each blob is
/// looked at once: a watermark remembers up to when.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="acceptor">Takes responsibility for events.</param>
/// <param name="watermarks">Remembers up to when was looked.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="clock">The clock, and how old an orphan must be.</param>
/// <param name="logger">Told of what was found.</param>
public sealed partial class OrphanChore(
    PayloadStore payloads,
    EventLedger ledger,
    EventAcceptor acceptor,
    Watermarks watermarks,
    EventKinds kinds,
    ChoreClock clock,
    ILogger<OrphanChore> logger
) : IChore
{
    private static readonly TimeSpan FirstLookBack = TimeSpan.FromDays(30);
    private static readonly TimeSpan StagedFor = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public string Name => "orphans";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now;
        var orphanAfter = clock.Options.OrphanAfter;
        var until = now - orphanAfter;
        var from = await watermarks.GetAsync(Name, cancellationToken) ?? now - FirstLookBack;
        var last = DateOnly.FromDateTime(now.UtcDateTime);
        for (var day = DateOnly.FromDateTime(from.UtcDateTime.AddDays(-1)); day <= last; day = day.AddDays(1))
        {
            await foreach (var item in payloads.ListDay(day, cancellationToken))
            {
                if (PayloadInfo.FromMetadata(item.Metadata) is { } info)
                {
                    if (
                        item.Properties.LastModified is { } modified
                        && modified <= until
                        && modified >= from - orphanAfter
                    )
                    {
                        await AdoptAsync(item.Name, info, cancellationToken);
                    }
                }
                else if (PayloadStore.CameAt(item.Name) < now - StagedFor)
                {
                    await payloads.DiscardStagedAsync(item.Name, cancellationToken);
                }
            }
        }

        await watermarks.SetAsync(Name, until, cancellationToken);
    }

    private async Task AdoptAsync(string blob, PayloadInfo info, CancellationToken cancellationToken)
    {
        var row = await ledger.GetAsync(info.Key, cancellationToken);
        if (row is null)
        {
            await acceptor.EnqueueAsync(info, blob);
            Instruments.CountReceived(kinds.LabelOf(info.Topic), info.FlagReason is null ? "new" : "flagged");
            LogAdopted(info.Key);
        }
        else if (row.Blob != blob && await payloads.GetInfoAsync(blob, cancellationToken) is not null)
        {
            // Intake died before it could say so: a second copy, or one that was sent again because it is repaired.
            await acceptor.AgainAsync(info, blob, row);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "Event {EventKey} had a payload but no message; enqueued")]
    private partial void LogAdopted(string eventKey);
}
