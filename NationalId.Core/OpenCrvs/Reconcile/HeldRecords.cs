using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Registrations that the ledger holds for certain. A search that finds none of them proves nothing by what else it
/// does not find.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class HeldRecords(EventLedger ledger, EventKinds kinds, TimeProvider time)
{
    private const int Enough = 3;
    private const int MostRead = 60;

    private static readonly RegistrationKind[] Kinds = [RegistrationKind.Birth, RegistrationKind.Death];

    // Recent ones first: some versions hide what was handed over.
    private static readonly TimeSpan[] LookBacks = [TimeSpan.FromDays(2), TimeSpan.FromDays(30)];

    // OpenCRVS's index may be behind by some minutes.
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(5);

    /// <summary>A few of them, of each kind where there are some.</summary>
    /// <param name="source">The way in by which they came.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<IReadOnlyList<KnownNumber>> SomeAsync(string source, CancellationToken cancellationToken)
    {
        foreach (var lookBack in LookBacks)
        {
            if (await SomeAsync(source, lookBack, cancellationToken) is { Count: > 0 } found)
            {
                return found;
            }
        }

        return [];
    }

    private async Task<IReadOnlyList<KnownNumber>> SomeAsync(
        string source,
        TimeSpan lookBack,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        List<KnownNumber> found = [];
        var read = 0;
        await foreach (
            var (key, _) in ledger.InStateAsync(EventState.Delivered, now - lookBack, now - Settled, cancellationToken)
        )
        {
            if (
                await ledger.GetAsync(key, cancellationToken) is { CompositionId: not null } row
                && row.Source == source
                && row.RegistrationNumber is { } number
                && kinds.Find(row.Topic) is { IsRegistration: true } kind
                && found.Count(one => one.Kind == kind.Registration) < Enough
            )
            {
                found.Add(new KnownNumber(kind.Registration, number));
            }

            if (found.Count == Enough * Kinds.Length || ++read == MostRead)
            {
                break;
            }
        }

        return found;
    }
}
