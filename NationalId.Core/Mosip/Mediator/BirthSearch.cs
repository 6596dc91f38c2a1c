using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Finds the birth of somebody who died by the UIN token: the tokens on the record, the one that the Token Seeder's
/// call got earlier, or one that IDA gives now for one of the deceased's numbers. Each hint is tried until one leads to
/// a birth: a placeholder or an old paper id that stands first hides nothing.
/// </summary>
internal sealed class BirthSearch(
    Registrations registrations,
    IdaClient ida,
    IOptions<IdaMapping> mapping,
    IOptions<NationalIdOptions> options,
    TimeProvider time
)
{
    // Nobody has more numbers. Each may cost a call.
    private const int MostNumbers = 5;
    private const string NoBirth = "no birth is known for the UIN token";

    private readonly NationalIdFormat format = options.Value.Mosip.NationalIdFormat;

    /// <summary>Finds the birth.</summary>
    /// <param name="deceased">The deceased; null when the record can't be read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The birth's registration number; null when there is none to find, with the reason.</returns>
    /// <exception cref="TransientFailureException">
    /// No hint leads to a birth, and about one of them nothing is known yet: IDA did not answer, or said nothing of the
    /// person.
    /// </exception>
    public async Task<(string? Brn, string? Reason)> FindAsync(Person? deceased, CancellationToken cancellationToken)
    {
        List<string> reasons = [];
        foreach (var token in deceased?.UinTokens ?? [])
        {
            if (await BirthOfAsync(token, cancellationToken) is { } brn)
            {
                return (brn, null);
            }

            reasons.Add(NoBirth);
        }

        var people = deceased is null ? [] : PeopleOf(deceased);
        if (people.Count == 0 && (reasons.Count == 0 || deceased!.NationalIds.Any()))
        {
            reasons.Add(
                deceased?.NationalIds.Any() == true
                    ? "the deceased's national id is no UIN or VID"
                    : "the deceased has no national id"
            );
        }

        // What IDA said earlier costs no call.
        foreach (var person in people)
        {
            if (
                await registrations.RecognisedAsync(person, cancellationToken) is { } known
                && await registrations.BirthOfTokenAsync([known], cancellationToken) is { } brn
            )
            {
                return (brn, null);
            }
        }

        // A partner that is slow to fail must not hold the event for longer than it is this worker's.
        var end = time.GetUtcNow() + (options.Value.Delivery.LeaseFor / 4);
        TransientFailureException? undecided = null;
        foreach (var person in people.TakeWhile(_ => undecided is null || time.GetUtcNow() < end))
        {
            try
            {
                var (brn, reason) = await AskAsync(deceased!, person, cancellationToken);
                if (brn is not null)
                {
                    return (brn, null);
                }

                reasons.Add(reason!);
            }
            catch (TransientFailureException later)
            {
                undecided ??= later;
            }
        }

        return undecided is null ? (null, string.Join("; ", reasons.Distinct())) : throw undecided;
    }

    private async Task<(string? Brn, string? Reason)> AskAsync(
        Person deceased,
        IdaAuthData person,
        CancellationToken cancellationToken
    )
    {
        if (person is { Names: [], Dob: null })
        {
            if (deceased.Names.Count == 0)
            {
                return (null, "the record has neither name nor date of birth to compare");
            }

            // The settings can name the language yet.
            IdaClient.CountUndecided("language");
            throw new TransientFailureException("The deceased's name is in no language that MOSIP has a code for.");
        }

        IdaAnswer answer;
        try
        {
            answer = await ida.AuthenticateAsync(person, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            // IDA refuses the request: that says nothing of the person.
            throw new TransientFailureException(refused.Reason);
        }

        switch (answer.Verdict)
        {
            case IdaVerdict.Recognised:
                await registrations.RememberAsync(person, answer.AuthToken!, cancellationToken);
                return await BirthOfAsync(answer.AuthToken!, cancellationToken) is { } brn
                    ? (brn, null)
                    : (null, NoBirth);
            case IdaVerdict.NotRecognised:
                return (null, $"IDA: {answer.Codes}");
            default:
                throw new TransientFailureException($"IDA can't authenticate now: {answer.Codes}");
        }
    }

    private async Task<string?> BirthOfAsync(string token, CancellationToken cancellationToken)
    {
        // MOSIP's token is noted as it came; on the record it may be as somebody typed it.
        foreach (var spelling in new[] { token, NationalIdNumber.Normalise(token) }.Distinct())
        {
            var hashes = await registrations.HashesAsync(spelling, cancellationToken);
            if (await registrations.BirthOfTokenAsync(hashes, cancellationToken) is { } brn)
            {
                return brn;
            }
        }

        return null;
    }

    /// <summary>Whom IDA can be asked about: the deceased, under each number that is a UIN or VID.</summary>
    private List<IdaAuthData> PeopleOf(Person deceased)
    {
        var names = mapping.Value.Names(deceased.Names);
        return
        [
            .. deceased
                .NationalIds.Select(NationalIdNumber.Normalise)
                .Distinct()
                .Where(number => format.Classify(number) is not null)
                .Take(MostNumbers)
                .Select(number => new IdaAuthData
                {
                    IndividualId = number,
                    IdType = format.Classify(number)!.Value,
                    Names = names,
                    Genders = mapping.Value.Gender(names, deceased.Gender),
                    Dob = IdaMapping.Dob(deceased.BirthDate),
                }),
        ];
    }
}
