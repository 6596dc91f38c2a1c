using System.Diagnostics;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>What came by mosip-api's routes, with a token that is good.</summary>
/// <param name="Body">The body.</param>
/// <param name="Notice">What it says.</param>
/// <param name="Pass">The token.</param>
/// <param name="EventId">The record: the token's, or since 2.1 the body's.</param>
/// <param name="Patience">How long a registration waits for its number.</param>
internal sealed record InteropCall(
    byte[] Body,
    InteropNotice Notice,
    TriggerPass Pass,
    string EventId,
    TimeSpan Patience
);

/// <summary>
/// Accepts what came by mosip-api's routes, as triggers are accepted: the same record and action are the same event,
/// whichever way they come.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="store">Stores what is accepted.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="destinations">Knows what the National ID system takes.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="actions">The country's types of events.</param>
/// <param name="time">The clock.</param>
public sealed class InteropAcceptor(
    PayloadStore payloads,
    TriggerStore store,
    IntakeStorage storage,
    Destinations destinations,
    EventKinds kinds,
    ActionsOptions actions,
    TimeProvider time
)
{
    /// <summary>Stores a registration, and what confirms it.</summary>
    /// <param name="call">What came.</param>
    /// <param name="deadline">Until when its sender waits.</param>
    /// <exception cref="StorageGivenUpException">It could not be stored in time.</exception>
    internal Task RegisterAsync(InteropCall call, TriggerDeadline deadline) => StoreAsync(call, Registration, deadline);

    /// <summary>Stores a correction. Nothing of it is confirmed.</summary>
    /// <inheritdoc cref="RegisterAsync"/>
    internal Task UpdateAsync(InteropCall call, TriggerDeadline deadline) => StoreAsync(call, Update, deadline);

    private async Task StoreAsync(
        InteropCall call,
        Func<InteropCall, IncomingBody, TriggerEvent> describe,
        TriggerDeadline deadline
    )
    {
        using var incoming = (
            await IncomingBody.ReadAsync(
                new MemoryStream(call.Body, writable: false),
                call.Body.Length,
                payloads,
                storage,
                _ => { },
                deadline.Passed
            )
        )!;
        var notice = describe(call, incoming);
        Activity.Current?.SetTag("nationalid.event", notice.Info.Key);
        var known = await store.StoreAsync(notice, incoming, deadline);
        Instruments.CountReceived(kinds.LabelOf(notice.Info.Topic), Receipt.Of(notice.Info, known).Outcome);
    }

    private TriggerEvent Registration(InteropCall call, IncomingBody body)
    {
        var kind = call.Notice.Kind;
        var number = call.Notice.BirthNumber ?? call.Notice.DeathNumber;
        var flag =
            kind is null ? InteropReasons.NotOneNumber
            : RegistrationNumber.IsTooLong(number) ? Fhir.FlagReasons.NumberTooLong
            : null;
        var topic = kind == RegistrationKind.Death ? EventKinds.Death : EventKinds.Birth;
        var info = Info(call, topic) with
        {
            // What is flagged must not stand in the way of the same action told rightly.
            Key = flag is null
                ? kinds.Get(topic).KeyOf(call.EventId, null, null, call.Pass.ActionId ?? number)
                : EventKey.ForUnreadable(body.ContentHash()),
            RegistrationNumber = flag is null ? number : null,
            FlagReason = flag,
        };
        var action = new PendingAction(
            info.Key,
            call.EventId,
            call.Pass.ActionId ?? "",
            "",
            flag is null ? actions.EventOf(kind!.Value) : "",
            EventAction.Register,
            info.TrackingId ?? "",
            info.ReceivedAt,
            BySystem: false,
            info.RegistrationNumber,
            null
        )
        {
            Patience = call.Patience,
        };
        return new TriggerEvent(
            info,
            action,
            call.Pass,
            flag is not null ? InteropReasons.Held
                : kind == RegistrationKind.Death ? ActionReasons.NothingForDeaths
                : null
        );
    }

    private TriggerEvent Update(InteropCall call, IncomingBody body)
    {
        var action = call.Pass.ActionId ?? Convert.ToHexStringLower(body.ContentHash());
        var info = Info(call, EventKinds.Update) with
        {
            Key = kinds.Get(EventKinds.Update).KeyOf(call.EventId, null, null, action),
            KeptReason = destinations.Has(EventKinds.Update) ? null : InteropReasons.NoUpdates,
        };
        return new TriggerEvent(info, null, call.Pass, null);
    }

    private PayloadInfo Info(InteropCall call, string topic) =>
        new(
            "",
            topic,
            time.GetUtcNow(),
            call.EventId,
            null,
            RegistrationNumber.Shorten(TypedText.Trimmed(call.Notice.TrackingId)),
            null,
            Activity.Current?.Id
        )
        {
            Source = EventSources.MosipApi,
        };
}
