using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Takes a number that the National ID system sent back, once its own way in has checked it: stores and enqueues it,
/// unless it is known or contradicts what is known. Saving it on the OpenCRVS record is the queue's work.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="bodies">Stores and enqueues it.</param>
/// <param name="storage">Insists on storing.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class ReturnAcceptor(
    Registrations registrations,
    HeldBodies bodies,
    IntakeStorage storage,
    EventKinds kinds,
    TimeProvider time
)
{
    /// <summary>Takes a number.</summary>
    /// <param name="topic">The kind of event.</param>
    /// <param name="body">The message as it came.</param>
    /// <param name="returned">What it says.</param>
    /// <param name="cancellationToken">Stops the lookups. What is being stored is stored.</param>
    /// <returns>
    /// 200 when it is stored or was already, 404 for an unknown BRN and 409 for a second number: both are kept for an
    /// operator.
    /// </returns>
    public async Task<IResult> TakeAsync(
        string topic,
        byte[] body,
        ReturnedNumber returned,
        CancellationToken cancellationToken
    )
    {
        var (brn, number) = returned;
        var registration = await registrations.GetAsync(RegistrationKind.Birth, brn, cancellationToken);
        var hashes = await registrations.HashesAsync(number, registration?.TokenHash, cancellationToken);
        var owner = await registrations.BirthOfTokenAsync(hashes, cancellationToken);
        var conflict = ConflictOf(registration, hashes, owner, brn);
        if (conflict is null && owner is null)
        {
            // Before its delivery can begin: that takes it back where another number was first. A death may be
            // delivered before this number is: it is linked all the same. The delivery notes it again, should storage
            // refuse here.
            await storage.TryAsync(stop => registrations.SettleTokenAsync(hashes, brn, stop));
        }

        var key = kinds.Get(topic).KeyOf(conflict, brn, hashes[0]);
        var receipt = await bodies.AcceptAsync(
            new PayloadInfo(key, topic, time.GetUtcNow(), null, brn, null, conflict, Activity.Current?.Id),
            body,
            cancellationToken
        );
        return Answer(key, conflict, receipt.Outcome);
    }

    private static string? ConflictOf(
        RegistrationRow? registration,
        IReadOnlyList<string> hashes,
        string? owner,
        string brn
    ) =>
        registration is null ? ReturnConflicts.UnknownBrn
        : registration.TokenHash is { } other && !hashes.Contains(other) ? ReturnConflicts.OtherNumber
        : owner is not null && owner != brn ? ReturnConflicts.OtherBirth
        : null;

    private static IResult Answer(string key, string? conflict, string outcome) =>
        conflict switch
        {
            null => Results.Json(new Receipt(key, outcome, null), ReceiptJson.Default.Receipt),
            ReturnConflicts.UnknownBrn => Problems.NotFound(
                "The BRN is not known here. The message is kept for an operator."
            ),
            _ => Problems.Conflict(
                $"A conflict: {conflict}. The message is kept for an operator; nothing was overwritten."
            ),
        };
}
