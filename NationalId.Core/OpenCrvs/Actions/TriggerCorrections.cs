using System.Diagnostics;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Approved corrections of registered records. They are accepted at once, when they are stored: OpenCRVS can't take
/// back an approval that is to be accepted later.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="store">Stores what is accepted.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="destinations">Knows whether the National ID system takes corrections.</param>
/// <param name="secrets">Our client's id, by which our own corrections are known.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class TriggerCorrections(
    PayloadStore payloads,
    TriggerStore store,
    IntakeStorage storage,
    Destinations destinations,
    ISecretStore secrets,
    EventKinds kinds,
    TimeProvider time
)
{
    private const string System = "system";

    /// <summary>Whether an action is one, and is of any use.</summary>
    /// <param name="action">The type, by the address.</param>
    /// <param name="kind">What it tells of.</param>
    internal bool Concerns(string action, RegistrationKind kind) =>
        action == EventAction.Approve && destinations.Has(TopicOf(kind));

    /// <summary>Takes one whose token is valid.</summary>
    /// <param name="call">The trigger.</param>
    /// <param name="body">Its body.</param>
    /// <param name="deadline">Until when its sender waits.</param>
    /// <returns>The verdict; null when the correction is our own.</returns>
    /// <exception cref="StorageGivenUpException">It could not be stored in time.</exception>
    internal async Task<TriggerVerdict?> TakeAsync(TriggerCall call, Stream body, TriggerDeadline deadline)
    {
        using var scanner = new DocumentScanner(new HashSet<string>());
        using var incoming = await IncomingBody.ReadAsync(
            body,
            call.Length,
            payloads,
            storage,
            scanner.Append,
            deadline.Passed
        );
        if (incoming is null)
        {
            return TriggerVerdict.TooLarge;
        }

        var document = scanner.Complete();
        var refusal = document.WhyNot is { } flaw
            ? new TriggerVerdict(null, "document", $"The event document can't be carried: {flaw}.")
            : TriggerAcceptor.WhyForeign(call, document, EventAction.Approve);
        if (refusal is not null || await IsOursAsync(document.Pending[0], deadline.Passed))
        {
            await incoming.DiscardAsync();
            return refusal;
        }

        var info = Describe(call, document);
        Activity.Current?.SetTag("nationalid.event", info.Key);
        var known = await store.StoreAsync(new TriggerEvent(info, null, call.Pass, null), incoming, deadline);
        var receipt = Receipt.Of(info, known);
        Instruments.CountReceived(kinds.LabelOf(info.Topic), receipt.Outcome);
        return new TriggerVerdict(receipt);
    }

    private static string TopicOf(RegistrationKind kind) =>
        kind == RegistrationKind.Birth ? EventKinds.BirthCorrected : EventKinds.DeathCorrected;

    private PayloadInfo Describe(TriggerCall call, EventDocument document)
    {
        var topic = TopicOf(call.Kind);
        var pending = document.Pending[0];
        return new PayloadInfo(
            kinds.Get(topic).KeyOf(document.Id, null, null, pending.Id),
            topic,
            time.GetUtcNow(),
            RegistrationNumber.Shorten(document.Id),
            RegistrationNumber.Shorten(RegistrationNumber.Normalise(document.RegistrationNumber)),
            RegistrationNumber.Shorten(document.TrackingId),
            null,
            Activity.Current?.Id
        )
        {
            Source = EventSources.Trigger,
            SignedAt = pending.CreatedAt,
        };
    }

    /// <summary>What we write on records comes back as a trigger: the National ID system has it from itself.</summary>
    private async Task<bool> IsOursAsync(EventAction pending, CancellationToken stop) =>
        pending.UserType == System
        && pending.CreatedBy == (await secrets.GetAsync(SecretNames.OpenCrvsClientId, stop)).Value;
}
