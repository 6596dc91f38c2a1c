using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// One application id (AID) per registration number for ever: the ledger decides which draw is used. A birth that
/// brings one along keeps it.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="claims">Knows which record has which number.</param>
/// <param name="mosip">Draws application ids.</param>
/// <param name="time">The clock.</param>
public sealed class ApplicationIds(
    Registrations registrations,
    RecordClaims claims,
    MosipClient mosip,
    TimeProvider time
)
{
    /// <summary>The registration of an event, with its AID. It is drawn where there is none.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">What the registration is known by.</param>
    /// <param name="read">What was read of the event; null when it is sent already.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="FlaggedException">The record brings another one along than the ledger has, or record and number
    /// contradict what is known.</exception>
    /// <exception cref="KeptException">The same registration came another way.</exception>
    /// <exception cref="DeliveryException">MOSIP gave none.</exception>
    internal async Task<RegistrationRow> SettleAsync(
        EventRow row,
        RegistrationKind kind,
        string number,
        ReadEvent? read,
        CancellationToken cancellationToken
    )
    {
        var brought = kind == RegistrationKind.Birth ? read?.BroughtAid : null;
        var registration = claims.IsLeft(row)
            ? null
            : row.Claimed ?? await registrations.GetAsync(kind, number, cancellationToken);
        if (registration?.Aid is not null)
        {
            return Checked(registration, brought);
        }

        // The record may have come before it had its number; its AID then stands under the record's id.
        var drawn =
            row.CompositionId is { } record && record != number && !row.IsFirstOfRecord
                ? (await registrations.GetAsync(kind, record, cancellationToken))?.Aid
                : null;
        var adopted = drawn is null && brought is not null;
        drawn ??= brought ?? await mosip.DrawAidAsync(cancellationToken);
        CrashPoint.Hit("deliver.draw");
        var patient = PatientOf(row, kind, read);
        if (claims.IsLeft(row))
        {
            // A registration that is new is written once. Of two that come at once the second finds the first's AID.
            await claims.ClaimAsync(row, cancellationToken, IsNew);
            registration = row.Claimed;
        }

        if (registration?.Aid is null)
        {
            registration = await registrations.SettleAidAsync(
                kind,
                number,
                drawn,
                registration,
                cancellationToken,
                also: settled => settled.PatientId ??= patient
            );
        }

        row.Note(time.GetUtcNow(), row.Current, adopted ? "AID taken from the record" : "AID drawn");
        return Checked(registration, brought);

        void IsNew(RegistrationRow fresh)
        {
            fresh.SetAid(drawn, time.GetUtcNow(), null);
            fresh.PatientId = patient;
        }
    }

    /// <summary>
    /// The birth's Patient, to which a later death is linked; null for what is no birth with a number.
    /// </summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="read">What was read of the event.</param>
    internal static string? PatientOf(EventRow row, RegistrationKind kind, ReadEvent? read) =>
        kind == RegistrationKind.Birth && row.RegistrationNumber is not null ? read?.Scan.SubjectPatientId : null;

    // A certificate may be printed with it: it is never replaced by another one.
    private static RegistrationRow Checked(RegistrationRow registration, string? brought) =>
        brought is null || brought == registration.Aid
            ? registration
            : throw new ContradictionException("The record has another application id than the ledger.");
}
