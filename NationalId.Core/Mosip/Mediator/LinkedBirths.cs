using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Tells a birth's record of the death that is linked to it, and that it is linked no more once the death is revoked.
/// </summary>
/// <param name="records">Writes onto the OpenCRVS record.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="changes">Knows whether the person counts as dead.</param>
/// <param name="told">Finds the death of a revocation.</param>
/// <param name="events">Reads the death.</param>
/// <param name="options">Whether the record is told.</param>
/// <param name="time">The clock.</param>
public sealed class LinkedBirths(
    IRecordWriter records,
    Registrations registrations,
    RegistrationChanges changes,
    RegistrationEvents told,
    StoredEvents events,
    OpenCrvsOptions options,
    TimeProvider time
)
{
    private static readonly string[] Fields = ["DECEASED_PATIENT_ENTRY"];

    /// <summary>Tells the birth's record.</summary>
    /// <param name="row">The death's row.</param>
    /// <param name="link">The birth.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">Try again later.</exception>
    public async Task TellAsync(EventRow row, BirthLink link, CancellationToken cancellationToken)
    {
        await SaveAsync(row, link.Brn, link.DeceasedPatientId, cancellationToken);
        await registrations.NoteDeathAsync(row.KnownBy!, link.Brn, cancellationToken);
        row.Done(EventSteps.BirthTold, time.GetUtcNow());
    }

    /// <summary>Tells the birth's record that its death was revoked or reinstated.</summary>
    /// <param name="row">The row of that.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">Try again later.</exception>
    public async Task TellOfRevocationAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.Registration != RegistrationKind.Death || row.LinkedBrn is not { } birth)
        {
            return;
        }

        if (!row.IsDone(EventSteps.BirthTold))
        {
            var state = await changes.StateAsync(row, cancellationToken);
            var isRevoked = row.Change == RegistrationChange.Revoked;
            if (!isRevoked || !state.IsDead)
            {
                var deceased = isRevoked ? "" : await DeceasedAsync(row, cancellationToken);
                await SaveAsync(row, birth, deceased, cancellationToken);
            }

            row.Done(EventSteps.BirthTold, time.GetUtcNow());
        }
    }

    private async Task SaveAsync(EventRow row, string birth, string? deceased, CancellationToken cancellationToken)
    {
        if (!options.TellBirthOfDeath || deceased is null)
        {
            return;
        }

        try
        {
            await records.SaveAsync(RegistrationKind.Birth, birth, Fields, deceased, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            // A mediator that does not know the field: the death itself must not end as poison for it.
            row.Note(time.GetUtcNow(), row.Current, $"birth not told: {refused.Reason}");
        }
    }

    /// <summary>OpenCRVS's id of the deceased; null once the death's payload is removed.</summary>
    private async Task<string?> DeceasedAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (await told.RegistrationOfAsync(row, cancellationToken) is not { Blob: not null } death)
        {
            return null;
        }

        try
        {
            return (await events.ReadAsync(death, cancellationToken))?.Subject.PatientId;
        }
        catch (PayloadMissingException)
        {
            return null;
        }
    }
}
