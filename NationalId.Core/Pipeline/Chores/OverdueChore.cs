using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>How many registrations were sent long ago without a word since. A count stops at 10,000.</summary>
/// <param name="Births">Births without a number.</param>
/// <param name="Deaths">Deaths whose number was not ended.</param>
public sealed record OverdueCounts(int Births, int Deaths);

/// <summary>
/// Looks for births that were sent and never got a number, and for deaths that never ended one, where that can be
/// known. A number that comes takes its birth off the list at once; of what else settles one (the end of a number, a
/// revocation) the sweeps learn slice by slice. However much stands there, a sweep looks at a bounded part of it.
/// </summary>
/// <param name="outcome">Says what was heard.</param>
/// <param name="table">The list.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="told">Finds the registration that was reinstated.</param>
/// <param name="watermarks">Remembers up to when was looked.</param>
/// <param name="clock">The clock, and how long one waits.</param>
public sealed class OverdueChore(
    IOutcome outcome,
    OverdueTable table,
    EventLedger ledger,
    EventKinds kinds,
    RegistrationEvents told,
    Watermarks watermarks,
    ChoreClock clock
) : IChore
{
    // In a day 144,000 new ones, and 57,600 of those that stand there.
    private const int MostNew = 500;
    private const int MostAgain = 200;
    private const int CountLimit = 10_000;

    // What was sent before there was this list, as far as somebody may still ask about it.
    private static readonly TimeSpan FirstLook = TimeSpan.FromDays(7);

    private readonly LastCount<OverdueCounts> last = new();

    /// <summary>
    /// The last count; null when another host has taken over, none was made yet, or nothing is heard.
    /// </summary>
    public OverdueCounts? Current => last.At(clock.Now);

    /// <inheritdoc/>
    public string Name => "overdue";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var heard = Enum.GetValues<RegistrationKind>().Where(outcome.IsHeard).ToList();
        if (clock.Options.NumberOverdueAfter == TimeSpan.Zero || heard.Count == 0)
        {
            return;
        }

        await AddAsync(cancellationToken);
        foreach (var kind in heard)
        {
            await RemoveAsync(kind, cancellationToken);
        }

        last.Set(
            new OverdueCounts(
                await table.CountAsync(RegistrationKind.Birth, CountLimit, cancellationToken),
                await table.CountAsync(RegistrationKind.Death, CountLimit, cancellationToken)
            ),
            clock.Now
        );
    }

    /// <summary>What has waited long enough since the last run.</summary>
    private async Task AddAsync(CancellationToken cancellationToken)
    {
        var until = clock.Now - clock.Options.NumberOverdueAfter;
        var from = await watermarks.GetAsync(Name, cancellationToken) ?? until - FirstLook;
        if (from >= until)
        {
            // One waits longer than before, or a clock that was wrong has noted it: it must not be believed for ever.
            await watermarks.SetAsync(Name, until, cancellationToken);
            return;
        }

        var range = new EventRange(EventState.Delivered, from, until);
        var page = await ledger.PageAsync(range, MostNew, cancellationToken);
        foreach (var entry in page)
        {
            if (await ledger.GetAsync(entry.Key, cancellationToken) is { } row)
            {
                await LookAsync(row, cancellationToken);
            }
        }

        // The last of a full page is looked at once more: another may have come at the same moment.
        await watermarks.SetAsync(Name, page.Count < MostNew ? until : page[^1].At, cancellationToken);
    }

    private async Task LookAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = kinds.Find(row.Topic);
        if (kind is { IsRegistration: true } && row.IsDone(EventSteps.Sent) && outcome.IsHeard(kind.Registration))
        {
            if (!await outcome.IsSettledAsync(row, cancellationToken))
            {
                await table.PutAsync(row, cancellationToken);
            }
        }
        else if (kind is { Change: RegistrationChange.Reinstated } && row.RegistrationNumber is { } number)
        {
            // It counts again, and nobody has looked at its registration while it didn't.
            var rows = await told.OfAsync(number, cancellationToken);
            foreach (var one in rows.Where(one => told.IsOf(one, kind.Registration, RegistrationChange.Registered)))
            {
                await LookAsync(one, cancellationToken);
            }
        }
    }

    /// <summary>Takes off the list of what something was heard meanwhile, or what counts no more.</summary>
    private async Task RemoveAsync(RegistrationKind kind, CancellationToken cancellationToken)
    {
        var mark = $"{Name} {kind}";
        var from = await watermarks.GetAsync(mark, cancellationToken);
        var slice = await table.SliceAsync(kind, from, MostAgain, cancellationToken);
        var until = clock.Now - clock.Options.NumberOverdueAfter;
        foreach (var overdue in slice)
        {
            if (
                // Where one waits longer than before, it is not overdue yet, and comes again when it is.
                overdue.Since > until
                || await ledger.GetAsync(overdue.Key, cancellationToken) is not { } row
                || await outcome.IsSettledAsync(row, cancellationToken)
            )
            {
                await table.RemoveAsync(kind, overdue.RowKey, cancellationToken);
            }
        }

        // The next run goes on where this one ended, and behind the last begins with the first.
        if (slice.Count == MostAgain)
        {
            await watermarks.SetAsync(mark, slice[^1].ReceivedAt, cancellationToken);
        }
        else if (from is not null)
        {
            await watermarks.RemoveAsync(mark, cancellationToken);
        }
    }
}
