using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// The MOSIP path: one AID per registration number for ever, the event sealed and sent to MOSIP, the AID saved on the
/// OpenCRVS record; for a death the link to its birth first (docs/protocols.md). MOSIP and OpenCRVS don't wait
/// for each other.
/// </summary>
internal sealed class MosipDestination(
    Registrations registrations,
    MosipClient mosip,
    MosipSealer sealer,
    MediatorClient mediator,
    DeathLink deathLink,
    IOptions<NationalIdOptions> options,
    TimeProvider time
) : IDestination
{
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = row.Topic == Topics.Death ? RegistrationKind.Death : RegistrationKind.Birth;
        var number =
            row.RegistrationNumber
            ?? row.CompositionId
            ?? throw new PermanentFailureException("The event has neither registration number nor composition id.");

        var (link, givenUp) =
            kind == RegistrationKind.Death ? await deathLink.FindAsync(row, cancellationToken) : default;
        var registration = await WithAidAsync(row, kind, number, cancellationToken);
        var aid = registration.Aid!;
        var saves = kind == RegistrationKind.Birth || options.Value.OpenCrvs.SaveDeathAid;
        CrashPoint.Hit("deliver.aid");
        await Calls.AllAsync(
            row.SentAt is null
                ? SendAsync(row, kind, registration, link, givenUp, cancellationToken)
                : Task.CompletedTask,
            saves && row.SavedAt is null && row.RegistrationNumber is not null
                ? SaveAidAsync(row, kind, aid, cancellationToken)
                : Task.CompletedTask,
            link is not null && row.BirthToldAt is null
                ? deathLink.TellBirthAsync(row, link, cancellationToken)
                : Task.CompletedTask
        );
        if (!saves)
        {
            row.Note(time.GetUtcNow(), row.Current, "AID not saved: OpenCrvs__SaveDeathAid is false");
        }
    }

    private async Task<RegistrationRow> WithAidAsync(
        EventRow row,
        RegistrationKind kind,
        string number,
        CancellationToken cancellationToken
    )
    {
        var registration = await registrations.GetAsync(kind, number, cancellationToken);
        if (registration?.Aid is not null)
        {
            return registration;
        }

        // The record may have come before it had its number; its AID then stands under the composition's id.
        var drawn =
            row.CompositionId is { } composition && composition != number
                ? (await registrations.GetAsync(kind, composition, cancellationToken))?.Aid
                : null;
        drawn ??= await mosip.DrawAidAsync(cancellationToken);
        CrashPoint.Hit("deliver.draw");
        registration = await registrations.SettleAidAsync(kind, number, drawn, registration, cancellationToken);
        row.Note(time.GetUtcNow(), row.Current, "AID drawn");
        return registration;
    }

    private async Task SendAsync(
        EventRow row,
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

        var sealedEvent = await sealer.SealAsync(row, identifiers, cancellationToken);
        if (
            kind == RegistrationKind.Birth
            && row.RegistrationNumber is { } brn
            && sealedEvent.SubjectPatientId is { } patientId
            && registration.PatientId != patientId
        )
        {
            // A later death is linked to this birth's Patient. Before the row can say that this is done: it would not
            // be tried again.
            await registrations.ChangeAsync(
                kind,
                brn,
                registration,
                birth => birth.PatientId = patientId,
                cancellationToken
            );
        }

        await mosip.SendAsync(kind, sealedEvent.Create, cancellationToken);
        CrashPoint.Hit("deliver.sent");
        row.SentAt = time.GetUtcNow();
        row.Link = row.Link ?? givenUp;
    }

    private async Task SaveAidAsync(
        EventRow row,
        RegistrationKind kind,
        string aid,
        CancellationToken cancellationToken
    )
    {
        await mediator.SaveAsync(kind, row.RegistrationNumber!, ["MOSIP_AID"], aid, cancellationToken);
        CrashPoint.Hit("deliver.saved");
        row.SavedAt = time.GetUtcNow();
    }
}

/// <summary>Runs calls that don't wait for each other.</summary>
internal static class Calls
{
    /// <summary>
    /// Waits for all; then one failure speaks for all. A transient one goes first: while there is hope, nothing is
    /// poison.
    /// </summary>
    public static async Task AllAsync(params Task[] calls)
    {
        try
        {
            await Task.WhenAll(calls);
        }
        catch (Exception)
        {
            if (calls.Any(call => call.IsCanceled))
            {
                // Stopped half-way: nobody knows yet how it would have ended.
                throw new OperationCanceledException();
            }

            var failures = calls.Where(call => call.IsFaulted).Select(call => call.Exception!.InnerException!).ToList();
            throw failures.FirstOrDefault(failure => failure is not (PermanentFailureException or FlaggedException))
                ?? failures[0];
        }
    }
}
