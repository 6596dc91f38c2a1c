using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>The birth that a death belongs to.</summary>
/// <param name="Brn">The birth's registration number.</param>
/// <param name="BirthPatientId">OpenCRVS's id of the birth's Patient; null when the birth was delivered before this
/// client kept it.</param>
/// <param name="DeceasedPatientId">OpenCRVS's id of the deceased's Patient.</param>
internal sealed record BirthLink(string Brn, string? BirthPatientId, string? DeceasedPatientId)
{
    public const string Linked = "linked";
}

/// <summary>
/// Links a death to its birth by the UIN token (docs/protocols.md, "Deaths and their births"): the token in the record,
/// the one that the Token
/// Seeder's call got earlier, or one that IDA gives now for the deceased's own UIN or VID. A death that can't be linked
/// is delivered all the same, with the reason.
/// </summary>
internal sealed class DeathLink(
    PayloadStore payloads,
    Registrations registrations,
    EventLedger ledger,
    IdaClient ida,
    MediatorClient mediator,
    IOptions<IdaMapping> mapping,
    IOptions<NationalIdOptions> options,
    TimeProvider time
)
{
    /// <summary>
    /// Finds the birth, once: what was found is kept in the row. Not so what is given up because IDA does not answer:
    /// that is settled when the death is sent.
    /// </summary>
    /// <returns>The birth, null when the death stays unlinked; and why it does, when that is not settled yet.</returns>
    /// <exception cref="TransientFailureException">IDA does not answer, and has not for less than
    /// <see cref="DeliveryOptions.LinkPatience"/>.</exception>
    public async Task<(BirthLink? Birth, string? GivenUp)> FindAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.Link is not null && row.LinkedBrn is null)
        {
            return (null, null);
        }

        var deceased = await ReadAsync(row, cancellationToken);
        if (row.Link is null)
        {
            string? brn,
                reason;
            try
            {
                (brn, reason) = await SearchAsync(deceased, cancellationToken);
            }
            catch (TransientFailureException failure)
            {
                var now = time.GetUtcNow();
                var limits = options.Value.Delivery;
                // A pause of delivery, in which nobody asked, is no time that IDA took: the last attempt was longer ago
                // than one waits for the next.
                row.LinkWaitsSince =
                    now - row.StateAt < (2 * limits.LongestDelay) + limits.LeaseFor ? row.LinkWaitsSince ?? now : now;
                if (now - row.LinkWaitsSince < limits.LinkPatience)
                {
                    throw;
                }

                // A death waits for nothing for ever. Should MOSIP not take it now, it does not wait for IDA alone, and
                // IDA may be back before MOSIP is.
                row.LinkWaitsSince = null;
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

    /// <summary>Tells the birth's record of the death.</summary>
    public async Task TellBirthAsync(EventRow row, BirthLink link, CancellationToken cancellationToken)
    {
        if (options.Value.OpenCrvs.TellBirthOfDeath && link.DeceasedPatientId is { } deceased)
        {
            try
            {
                await mediator.SaveAsync(
                    RegistrationKind.Birth,
                    link.Brn,
                    ["DECEASED_PATIENT_ENTRY"],
                    deceased,
                    cancellationToken
                );
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
        row.BirthToldAt = time.GetUtcNow();
    }

    private async Task<Subject?> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        try
        {
            var payload = await payloads.OpenAsync(row.Blob ?? throw new PayloadMissingException(), cancellationToken);
            await using var opened = payload;
            return (await EventReader.ReadAsync(payload.Content, cancellationToken)).Subject;
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
        }
        catch (InvalidDataException)
        {
            // The death goes on without what can't be read.
            return null;
        }
    }

    private async Task<(string? Brn, string? Reason)> SearchAsync(
        Subject? deceased,
        CancellationToken cancellationToken
    )
    {
        if (deceased?.UinToken is { Length: > 0 } token)
        {
            return await BirthAsync(await registrations.HashesAsync(token, cancellationToken), cancellationToken);
        }

        if (deceased?.NationalId is not { Length: > 0 } typed)
        {
            return (null, "the deceased has no national id");
        }

        var nationalId = NationalIdNumber.Normalise(typed);
        if (NationalIdNumber.Classify(nationalId) is not { } idType)
        {
            return (null, "the deceased's national id is no UIN or VID");
        }

        var data = DataOf(deceased, nationalId, idType);
        if (
            await registrations.RecognisedAsync(data, cancellationToken) is { } known
            && await registrations.BirthOfTokenAsync([known], cancellationToken) is { } brn
        )
        {
            return (brn, null);
        }

        IdaAnswer answer;
        try
        {
            answer = await ida.AuthenticateAsync(data, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            return (null, refused.Reason);
        }

        switch (answer.Verdict)
        {
            case IdaVerdict.Recognised:
                await registrations.RememberAsync(data, answer.AuthToken!, cancellationToken);
                return await BirthAsync(
                    await registrations.HashesAsync(answer.AuthToken!, cancellationToken),
                    cancellationToken
                );
            case IdaVerdict.NotRecognised:
                return (null, $"IDA: {Codes(answer)}");
            default:
                throw new TransientFailureException($"IDA can't authenticate now: {Codes(answer)}");
        }
    }

    private async Task<(string? Brn, string? Reason)> BirthAsync(
        IReadOnlyList<string> tokenHashes,
        CancellationToken cancellationToken
    ) =>
        await registrations.BirthOfTokenAsync(tokenHashes, cancellationToken) is { } brn
            ? (brn, null)
            : (null, "no birth is known for the UIN token");

    // Only IDA's own codes reach the ledger: whatever else a partner writes there may hold data.
    private static string Codes(IdaAnswer answer) =>
        answer.Errors.Count == 0
            ? "not recognised"
            : string.Join(
                ' ',
                answer.Errors.Select(error =>
                    error.Code is { Length: <= 20 } code
                    && code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
                        ? code
                        : "?"
                )
            );

    private IdaAuthData DataOf(Subject deceased, string nationalId, IdType idType) =>
        new()
        {
            IndividualId = nationalId,
            IdType = idType,
            Names =
            [
                .. deceased.Names.SelectMany(name =>
                    mapping.Value.Text(name.Language, $"{string.Join(' ', name.Given)} {name.Family}")
                ),
            ],
            Genders = mapping.Value.Gender(deceased.Names.FirstOrDefault()?.Language, deceased.Gender),
            Dob = IdaMapping.Dob(deceased.BirthDate),
        };
}
