using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>How a registration that OpenCRVS holds compares with the ledger.</summary>
public enum Comparison
{
    /// <summary>The ledger has it.</summary>
    Known,

    /// <summary>The ledger has nothing of it.</summary>
    Missing,

    /// <summary>It has no registration number yet.</summary>
    Unnumbered,

    /// <summary>The ledger has the number with another record.</summary>
    NumberOfAnother,

    /// <summary>The ledger has the record with another number.</summary>
    AnotherNumber,
}

/// <summary>
/// Compares registrations with the ledger: by the record, then by the number, never by a name or a date.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="records">The numbers of records.</param>
/// <param name="confirmations">The registrations of 1.9 and later.</param>
/// <param name="kinds">The table of event kinds.</param>
public sealed class RecordComparison(
    EventLedger ledger,
    RecordNumbers records,
    ConfirmationTable confirmations,
    EventKinds kinds
)
{
    /// <summary>The topic of a registration.</summary>
    /// <param name="kind">Birth or death.</param>
    internal static string TopicOf(RegistrationKind kind) =>
        kind == RegistrationKind.Birth ? EventKinds.Birth : EventKinds.Death;

    /// <summary>What of a registration contradicts the ledger; null when nothing does.</summary>
    /// <param name="verdict">How it compares.</param>
    internal static string? ConflictOf(Comparison verdict) =>
        verdict switch
        {
            Comparison.NumberOfAnother => "Another record has this registration number.",
            Comparison.AnotherNumber => AnotherNumber,
            _ => null,
        };

    /// <summary>The reason of a record whose number is another than the ledger has.</summary>
    internal const string AnotherNumber = "The record has another registration number.";

    /// <summary>Compares a registration of 1.x. Its event's key follows from what is listed.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<Comparison> OfWebhookAsync(ListedRecord record, CancellationToken cancellationToken)
    {
        if (record.Number is not { } number)
        {
            return Comparison.Unnumbered;
        }

        var key = kinds.Get(TopicOf(record.Kind)).KeyOf(record.RecordId, number, null);
        return await ledger.GetAsync(key, cancellationToken) is not null
            ? Comparison.Known
            : await ByNumberAsync(record, number, EventSources.Webhook, cancellationToken);
    }

    /// <summary>Compares a record of 1.9's new events or later: a list does not tell the action in its key.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<Comparison> OfTriggerAsync(ListedRecord record, CancellationToken cancellationToken)
    {
        var fixedNumber = await confirmations.NumberOfAsync(record.RecordId, cancellationToken);
        if (record.IsOpen)
        {
            // What waits has no number of OpenCRVS's. Ours is fixed when its trigger comes, before it is stored.
            return
                fixedNumber is not null
                && await ByNumberAsync(record, fixedNumber, EventSources.Trigger, cancellationToken) == Comparison.Known
                ? Comparison.Known
                : Comparison.Missing;
        }

        return record.Number is not { } number ? Comparison.Unnumbered
            : fixedNumber is not null && fixedNumber != number ? Comparison.AnotherNumber
            : await ByNumberAsync(record, number, EventSources.Trigger, cancellationToken);
    }

    private async Task<Comparison> ByNumberAsync(
        ListedRecord record,
        string number,
        string source,
        CancellationToken cancellationToken
    )
    {
        // 1. Events under the number, delivered or not: of this record first, since nearly all are known so.
        var row =
            await FindAsync(record, number, record.RecordId, cancellationToken)
            ?? await FindAsync(record, number, null, cancellationToken);
        if (row is not null)
        {
            // A registration may come by two ways in, where records have other ids.
            return row.CompositionId == record.RecordId || row.Source != source
                ? Comparison.Known
                : Comparison.NumberOfAnother;
        }

        // 2. The number under the record.
        var known = await records.FindAsync(record.Kind, record.RecordId, cancellationToken);
        return known is not null && known != number ? Comparison.AnotherNumber : Comparison.Missing;
    }

    /// <summary>The registration that was told under a number; other events of the number tell nothing here.</summary>
    private async Task<EventRow?> FindAsync(
        ListedRecord record,
        string number,
        string? among,
        CancellationToken cancellationToken
    )
    {
        foreach (var key in await ledger.FindAsync(number, cancellationToken, among))
        {
            if (
                await ledger.GetAsync(key, cancellationToken) is { } row
                && row.Topic == TopicOf(record.Kind)
                && row.RegistrationNumber == number
            )
            {
                return row;
            }
        }

        return null;
    }
}
