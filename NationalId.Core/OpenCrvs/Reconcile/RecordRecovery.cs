using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Takes in registrations of 1.x whose webhook never came, under the same event key as the webhook: should it come
/// after all, it is known. What the gateway answered stays beside what is rebuilt of it.
/// </summary>
/// <param name="client">Fetches a record.</param>
/// <param name="store">Stores it.</param>
/// <param name="rules">Which are sent.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class RecordRecovery(
    RecordSearchClient client,
    FetchedPayloads store,
    RecoveryRules rules,
    EventKinds kinds,
    TimeProvider time
)
{
    private const string NotShown = "OpenCRVS's gateway shows nothing of the record: look at it in OpenCRVS.";

    /// <summary>Fetches one and takes it in.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="order">Why.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<Recovered> TakeAsync(
        ListedRecord record,
        RecoveryOrder order,
        CancellationToken cancellationToken
    )
    {
        // 1. The record as it is now.
        if (await client.FetchAsync(record.Kind, record.RecordId, cancellationToken) is not { } fetched)
        {
            return new Recovered(Recovery.Unreachable, NotShown);
        }

        if (fetched.Number is not { } number)
        {
            return new Recovered(Recovery.Unregistered);
        }

        if (
            RegistrationNumber.IsTooLong(number)
            || RegistrationNumber.IsTooLong(record.RecordId)
            || RegistrationNumber.IsTooLong(fetched.TrackingId)
        )
        {
            return new Recovered(Recovery.Unreachable, FlagReasons.NumberTooLong);
        }

        // 2. In the shape of its webhook, read by what reads webhooks.
        var topic = RecordComparison.TopicOf(record.Kind);
        var body = RebuiltBundle.Write(fetched, topic, time.GetUtcNow());
        var flag =
            order.Conflict
            ?? (record.Number is { } listed && listed != number ? RecordComparison.AnotherNumber : null)
            ?? await rules.WhyFlaggedAsync(record.Kind, number, cancellationToken);
        var kept = (string?)null;
        try
        {
            var read = await EventReader.ReadAsync(new MemoryStream(body, writable: false), kinds, cancellationToken);
            kept = rules.WhyNot(record.Kind, read.Subject);
        }
        catch (InvalidDataException unreadable)
        {
            flag ??= unreadable.Message;
        }

        // 3. Stored, and on its way.
        var result =
            flag is not null ? new Recovered(Recovery.Conflict, flag)
            : kept is not null ? new Recovered(Recovery.Kept, kept)
            : new Recovered(Recovery.Taken);
        if (order.DryRun)
        {
            return result;
        }

        var info = new PayloadInfo(
            kinds.Get(topic).KeyOf(record.RecordId, number, null),
            topic,
            time.GetUtcNow(),
            record.RecordId,
            number,
            fetched.TrackingId,
            flag,
            null
        )
        {
            Source = EventSources.Webhook,
            Origin = order.Origin,
            KeptReason = kept,
            RegisteredAt = fetched.RegisteredAt ?? record.RegisteredAt,
        };
        return await store.StoreAsync(info, body, fetched.Content, cancellationToken) is null
            ? result
            : new Recovered(Recovery.Known);
    }
}
