using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Sends one event to MOSIP, with the identifiers that belong to it.</summary>
/// <param name="sealer">Makes MOSIP's message.</param>
/// <param name="mosip">Takes it.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="time">The clock.</param>
public sealed class MosipSender(MosipSealer sealer, MosipClient mosip, Registrations registrations, TimeProvider time)
{
    /// <summary>Reads an event that is to be sent.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DeliveryException">It can't be read.</exception>
    internal Task<ReadEvent> ReadAsync(EventRow row, CancellationToken cancellationToken) =>
        sealer.ReadAsync(row, cancellationToken);

    /// <summary>Sends the event.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="read">What was read of it.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="registration">Its registration, with the AID.</param>
    /// <param name="link">The birth of a death.</param>
    /// <param name="givenUp">Why a death is sent unlinked, when that is not in its row yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">MOSIP did not take it.</exception>
    internal async Task SendAsync(
        EventRow row,
        ReadEvent read,
        RegistrationKind kind,
        RegistrationRow registration,
        BirthLink? link,
        string? givenUp,
        CancellationToken cancellationToken
    )
    {
        List<(string Code, string Value)> identifiers = [("MOSIP_AID", registration.Aid!)];
        if (link?.BirthPatientId is { } birthPatient)
        {
            identifiers.Add(("BIRTH_PATIENT_ENTRY", birthPatient));
        }

        var create = await sealer.SealAsync(row, read, identifiers, cancellationToken);
        if (ApplicationIds.PatientOf(row, kind, read) is { } patientId && registration.PatientId != patientId)
        {
            // A payload that was replaced has another. Before the row can say that this is done: it would not be tried
            // again.
            await registrations.ChangeAsync(
                kind,
                row.RegistrationNumber!,
                registration,
                birth => birth.PatientId = patientId,
                cancellationToken
            );
        }

        await mosip.SendAsync(kind, FetchedHeader.Mark(row, create), cancellationToken);
        CrashPoint.Hit("deliver.sent");
        row.Done(EventSteps.Sent, time.GetUtcNow());
        row.Link ??= givenUp;
    }
}
