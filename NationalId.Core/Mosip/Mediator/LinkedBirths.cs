using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Tells a birth's record of the death that is linked to it.</summary>
/// <param name="records">Writes onto the OpenCRVS record.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="options">Whether the record is told.</param>
/// <param name="time">The clock.</param>
public sealed class LinkedBirths(
    IRecordWriter records,
    Registrations registrations,
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
        if (options.TellBirthOfDeath && link.DeceasedPatientId is { } deceased)
        {
            try
            {
                await records.SaveAsync(RegistrationKind.Birth, link.Brn, Fields, deceased, cancellationToken);
            }
            catch (PermanentFailureException refused)
            {
                // A mediator that does not know the field: the death itself must not end as poison for it.
                row.Note(time.GetUtcNow(), row.Current, $"birth not told: {refused.Reason}");
            }
        }

        await registrations.ChangeAsync(
            RegistrationKind.Birth,
            link.Brn,
            birth => birth.DeceasedAt ??= time.GetUtcNow(),
            cancellationToken
        );
        row.Done(EventSteps.BirthTold, time.GetUtcNow());
    }
}
