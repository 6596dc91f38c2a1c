using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>
/// Enqueues committed payloads that have neither message nor row, since intake died between the steps. Each blob is
/// looked at once: a watermark remembers up to when. What is not sealed with a key that is known is looked at again
/// when the keys change: a second watermark remembers since when there is such a payload.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="adoption">Brings them on their way.</param>
/// <param name="seals">Says which keys count.</param>
/// <param name="watermarks">Remembers up to when was looked.</param>
/// <param name="clock">The clock, and how old an orphan must be.</param>
public sealed class OrphanChore(
    PayloadStore payloads,
    OrphanAdoption adoption,
    PayloadSeals seals,
    Watermarks watermarks,
    ChoreClock clock
) : IChore
{
    private const string Unsealed = "unsealed";
    private static readonly TimeSpan FirstLookBack = TimeSpan.FromDays(30);
    private static readonly TimeSpan StagedFor = TimeSpan.FromDays(1);
    private string? lookedWith;

    /// <inheritdoc/>
    public string Name => "orphans";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now;
        if (await seals.KeysAsync(cancellationToken) is not { } keys)
        {
            // Nothing can be told from a forgery.
            return;
        }

        // 1. Since the last look; since the first payload that fitted no key, where there are other keys now.
        var until = now - clock.Options.OrphanAfter;
        var from = await watermarks.GetAsync(Name, cancellationToken) ?? now - FirstLookBack;
        var since = await watermarks.GetAsync(Unsealed, cancellationToken);
        var again = since < from && lookedWith != keys;
        if (again)
        {
            from = since!.Value > now - FirstLookBack ? since.Value : now - FirstLookBack;
        }

        // 2. Each payload of those days.
        var left = await LookAsync(from - clock.Options.OrphanAfter, until, cancellationToken);

        // 3. What was not adopted is remembered by its time.
        if (left is { } first)
        {
            await watermarks.SetAsync(Unsealed, since < first && !again ? since.Value : first, cancellationToken);
        }
        else if (again)
        {
            await watermarks.RemoveAsync(Unsealed, cancellationToken);
        }

        await watermarks.SetAsync(Name, until, cancellationToken);
        lookedWith = keys;
    }

    /// <returns>When the first payload was stored that fits no key; null when there is none.</returns>
    private async Task<DateTimeOffset?> LookAsync(
        DateTimeOffset from,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        DateTimeOffset? first = null;
        var last = DateOnly.FromDateTime(clock.Now.UtcDateTime);
        for (var day = DateOnly.FromDateTime(from.UtcDateTime.AddDays(-1)); day <= last; day = day.AddDays(1))
        {
            await foreach (var item in payloads.ListDay(day, cancellationToken))
            {
                if (PayloadInfo.FromMetadata(item.Metadata) is not { } info)
                {
                    if (PayloadStore.CameAt(item.Name) < clock.Now - StagedFor)
                    {
                        await payloads.DiscardStagedAsync(item.Name, cancellationToken);
                    }
                }
                else if (
                    item.Properties.LastModified is { } modified
                    && modified >= from
                    && modified <= until
                    && !await adoption.AdoptAsync(item.Name, info, cancellationToken)
                )
                {
                    first = first < modified ? first : modified;
                }
            }
        }

        return first;
    }
}
