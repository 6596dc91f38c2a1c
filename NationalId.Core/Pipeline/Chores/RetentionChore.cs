using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>Removes payloads of delivered events after their time. The row stays.</summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="watermarks">Remembers up to when was looked.</param>
/// <param name="clock">The clock, and how long payloads are kept.</param>
public sealed class RetentionChore(PayloadStore payloads, EventLedger ledger, Watermarks watermarks, ChoreClock clock)
    : IChore
{
    /// <inheritdoc/>
    public string Name => "retention";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var until = clock.Now - clock.Options.PayloadRetention;
        var from = await watermarks.GetAsync(Name, cancellationToken);
        await foreach (var (key, _) in ledger.InStateAsync(EventState.Delivered, from, until, cancellationToken))
        {
            if (await ledger.GetAsync(key, cancellationToken) is { Blob: { } blob } row)
            {
                await payloads.DeleteAsync(blob, cancellationToken);
                row.Blob = null;
                await ledger.SaveAsync(row, cancellationToken);
            }
        }

        await watermarks.SetAsync(Name, until, cancellationToken);
    }
}
