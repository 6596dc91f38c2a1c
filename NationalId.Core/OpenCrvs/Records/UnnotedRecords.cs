using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Records of which nobody has noted that they wait for our acceptance: those of OpenCRVS 1.x, which the mediator
/// writes on, and those whose trigger was cut off by a crash when its payload was stored, and nothing else yet. The
/// country configuration has accepted such a registration by itself, or the record is stuck.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="mediator">Writes on records of OpenCRVS 1.x.</param>
/// <param name="actions">OpenCRVS's generation.</param>
public sealed class UnnotedRecords(
    EventLedger ledger,
    EventKinds kinds,
    MediatorClient mediator,
    ActionsOptions actions
)
{
    /// <summary>The record whose trigger told of a registration; null when none has.</summary>
    /// <param name="kind">A birth or a death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <exception cref="FlaggedException">There are several.</exception>
    internal async Task<string?> FindAsync(RegistrationKind kind, string number, CancellationToken cancellationToken)
    {
        HashSet<string> records = new(StringComparer.Ordinal);
        foreach (var key in await ledger.FindAsync(number, cancellationToken))
        {
            if (
                await ledger.GetAsync(key, cancellationToken)
                    is { Source: EventSources.Trigger or EventSources.MosipApi, CompositionId: { } record } row
                && row.RegistrationNumber == number
                && kinds.Find(row.Topic) is { Direction: EventDirection.Forward } told
                && told.Registration == kind
            )
            {
                records.Add(record);
            }
        }

        return records.Count > 1
            ? throw new ContradictionException("Two records have told of a registration with this number.")
            : records.SingleOrDefault();
    }

    /// <summary>Writes on a record that came by no trigger.</summary>
    /// <param name="kind">A birth or a death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="fields">The identifiers' types.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="DeliveryException">It was not written.</exception>
    internal Task SaveAsync(
        RegistrationKind kind,
        string number,
        IReadOnlyList<string> fields,
        string value,
        CancellationToken cancellationToken
    ) =>
        actions.HasWebhooks
            ? mediator.SaveAsync(kind, number, fields, value, cancellationToken)
            : throw new TransientFailureException("No trigger has told of a registration with this number.");
}
