using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>The birth that a death belongs to.</summary>
/// <param name="Brn">The birth's registration number.</param>
/// <param name="BirthPatientId">
/// OpenCRVS's id of the birth's Patient; null when the birth was delivered before this client kept it.
/// </param>
/// <param name="DeceasedPatientId">OpenCRVS's id of the deceased's Patient.</param>
public sealed record BirthLink(string Brn, string? BirthPatientId, string? DeceasedPatientId)
{
    /// <summary>What the ledger notes of a death that has a link.</summary>
    public const string Linked = "linked";
}

/// <summary>
/// Links a death to its birth, which <see cref="BirthSearch"/> finds. A death that can't be linked is delivered all the
/// same, with the reason.
/// </summary>
/// <param name="events">Reads the death.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="search">Finds the birth.</param>
/// <param name="options">How long a death waits for an answer.</param>
/// <param name="time">The clock.</param>
public sealed class DeathLink(
    StoredEvents events,
    Registrations registrations,
    EventLedger ledger,
    BirthSearch search,
    DeliveryOptions options,
    TimeProvider time
)
{
    /// <summary>Since when a death waits for IDA, which does not answer.</summary>
    private const string WaitsSince = "link-asked";

    /// <summary>
    /// Finds the birth, once: what was found is kept in the row. Not so what is given up because IDA does not answer:
    /// that is settled when the death is sent.
    /// </summary>
    /// <param name="row">The death's row.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The birth, null when the death stays unlinked; and why it does, when that is not settled yet.</returns>
    /// <exception cref="TransientFailureException">
    /// IDA does not answer, and has not for less than <see cref="DeliveryOptions.LinkPatience"/>.
    /// </exception>
    public async Task<(BirthLink? Birth, string? GivenUp)> FindAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.Link is not null && row.LinkedBrn is null)
        {
            return (null, null);
        }

        // The death goes on without what can't be read.
        var deceased = (await events.ReadAsync(row, cancellationToken))?.Subject;
        if (row.Link is null)
        {
            string? brn;
            string? reason;
            try
            {
                (brn, reason) = await search.FindAsync(deceased, cancellationToken);
            }
            catch (TransientFailureException failure)
            {
                if (!HasWaitedLongEnough(row))
                {
                    throw;
                }

                return (null, $"unlinked: {failure.Reason}");
            }

            row.LinkedBrn = brn;
            row.Link = brn is null ? $"unlinked: {reason}" : BirthLink.Linked;
            row.Note(time.GetUtcNow(), row.Current, row.Link);
            await ledger.SaveAsync(row, cancellationToken);
        }

        if (row.LinkedBrn is null)
        {
            return (null, null);
        }

        var birth = await registrations.GetAsync(RegistrationKind.Birth, row.LinkedBrn, cancellationToken);
        return (new BirthLink(row.LinkedBrn, birth?.PatientId, deceased?.PatientId), null);
    }

    /// <summary>
    /// Whether a death has waited for IDA as long as it may. It is then sent unlinked. Should MOSIP not take it now, it
    /// does not wait for IDA alone, and IDA may be back before MOSIP is: the waiting begins anew.
    /// </summary>
    private bool HasWaitedLongEnough(EventRow row)
    {
        var now = time.GetUtcNow();
        // A pause of delivery, in which nobody asked, is no time that IDA took: the last attempt was longer ago than
        // one waits for the next.
        var isGoingOn = now - row.StateAt < (2 * options.LongestDelay) + options.LeaseFor;
        var since = isGoingOn ? row.DoneAt(WaitsSince) ?? now : now;
        if (now - since < options.LinkPatience)
        {
            row.Done(WaitsSince, since);
            return false;
        }

        row.Undo(WaitsSince);
        return true;
    }
}
