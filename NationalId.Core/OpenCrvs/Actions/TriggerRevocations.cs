using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// What OpenCRVS tells of registered records: the country's custom actions by which a registration is revoked or
/// reinstated. They are accepted at once, when they are stored.
/// </summary>
/// <param name="revocations">Takes revocations.</param>
/// <param name="options">The names of the custom actions.</param>
/// <param name="fields">The fields of the forms.</param>
/// <param name="records">Knows the numbers of records.</param>
public sealed class TriggerRevocations(
    Revocations revocations,
    ActionsOptions options,
    FieldOptions fields,
    RecordNumbers records
)
{
    private const string Custom = "CUSTOM";

    /// <summary>Whether actions of a type may be ours.</summary>
    /// <param name="action">The type, by the address.</param>
    internal static bool Concerns(string action) => action == Custom;

    /// <summary>Takes one whose token is valid.</summary>
    /// <param name="call">The trigger.</param>
    /// <param name="body">Its body.</param>
    /// <param name="deadline">Until when its sender waits.</param>
    /// <returns>The verdict; null when the action is none of ours.</returns>
    /// <exception cref="StorageGivenUpException">It could not be stored in time.</exception>
    internal async Task<TriggerVerdict?> TakeAsync(TriggerCall call, Stream body, TriggerDeadline deadline)
    {
        var numberField = fields.People(call.Kind)[PersonRole.Subject].NationalId;
        if (await ReadAsync(body, [numberField], deadline.Passed) is not { } document)
        {
            return TriggerVerdict.TooLarge;
        }

        if (document.WhyNot is { } flaw)
        {
            return new TriggerVerdict(null, "document", $"The event document can't be carried: {flaw}.");
        }

        var pending = document.Pending[0];
        if (TriggerAcceptor.WhyForeign(call, document, Custom) is { } foreign)
        {
            return foreign;
        }

        if (options.ChangeBy(pending.CustomType) is not { } change)
        {
            return null;
        }

        var number =
            RegistrationNumber.Normalise(document.RegistrationNumber)
            ?? await records.FindAsync(call.Kind, document.Id!, deadline.Passed);
        if (number is null || RegistrationNumber.IsTooLong(number) || pending.CreatedAt is not { } at)
        {
            return new TriggerVerdict(
                null,
                "document",
                "The record has no registration number, or the action no time."
            );
        }

        var notice = new RevocationNotice($"{document.Id}/{pending.Id}", at, number, call.Kind, change)
        {
            NationalId = TypedText.Trimmed(ActionEventReader.Text(document.Current(), numberField)),
        };
        var receipt = await revocations.TakeAsync(notice, null, document.Id, deadline.Passed, deadline.Passed);
        // An action's id, number and time never change: what differs is not from OpenCRVS.
        return receipt is null
            ? new TriggerVerdict(null, "record", "The action is known already, and says something else now.")
            : new TriggerVerdict(receipt);
    }

    /// <summary>Reads a document without keeping it; null when it is too long.</summary>
    private static async Task<EventDocument?> ReadAsync(
        Stream body,
        IReadOnlyList<string> wanted,
        CancellationToken stop
    )
    {
        using var scanner = new DocumentScanner(wanted.ToHashSet(StringComparer.Ordinal));
        return await body.ReadChunksAsync(scanner.Append, stop, IncomingBody.MaxLength) ? scanner.Complete() : null;
    }
}
