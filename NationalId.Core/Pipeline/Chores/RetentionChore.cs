using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>Removes payloads of delivered and closed events after their time. The row stays.</summary>
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
        foreach (var state in (EventState[])[EventState.Delivered, EventState.Closed])
        {
            await foreach (var (key, _) in ledger.InStateAsync(state, from, until, cancellationToken))
            {
                if (await ledger.GetAsync(key, cancellationToken) is { Blob: not null } row && row.Current == state)
                {
                    await RemoveAsync(row, cancellationToken);
                }
            }
        }

        await watermarks.SetAsync(Name, until, cancellationToken);
    }

    private async Task RemoveAsync(EventRow row, CancellationToken cancellationToken)
    {
        await payloads.DeleteAsync(row.Blob!, cancellationToken);
        if (row.RecoveredAt is not null)
        {
            await payloads.DeleteAsync(PayloadStore.AnswerOf(row.Blob!), cancellationToken);
        }

        if (row.LateBlob is { } late)
        {
            await payloads.DeleteAsync(late, cancellationToken);
        }

        row.Blob = null;
        row.LateBlob = null;
        await ledger.SaveAsync(row, cancellationToken);
    }
}
