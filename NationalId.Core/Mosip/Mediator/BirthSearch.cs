using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Finds the birth of somebody who died by the UIN token: the tokens on the record, the one that the Token Seeder's
/// call got earlier, or one that MOSIP gives now for one of the deceased's numbers. Each hint is tried until one leads
/// to a birth: a placeholder or an old paper id that stands first hides nothing.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="verifier">Asks MOSIP who the deceased is.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
public sealed class BirthSearch(
    Registrations registrations,
    IVerifier verifier,
    DeliveryOptions options,
    TimeProvider time
)
{
    // Nobody has more numbers. Each may cost a call.
    private const int MostNumbers = 5;
    private const string NoBirth = "no birth is known for the UIN token";

    /// <summary>Finds the birth.</summary>
    /// <param name="deceased">The deceased; null when the record can't be read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The birth's registration number; null when there is none to find, with the reason.</returns>
    /// <exception cref="TransientFailureException">
    /// No hint leads to a birth, and about one of them nothing is known yet: MOSIP did not answer, or said nothing of
    /// the person.
    /// </exception>
    public async Task<(string? Brn, string? Reason)> FindAsync(Person? deceased, CancellationToken cancellationToken)
    {
        if (deceased is null)
        {
            return (null, "the deceased has no national id");
        }

        // 1. The tokens on the record.
        List<string> reasons = [];
        foreach (var token in deceased.UinTokens)
        {
            if (await BirthOfAsync(token, cancellationToken) is { } brn)
            {
                return (brn, null);
            }

            reasons.Add(NoBirth);
        }

        List<string> numbers =
        [
            .. deceased.NationalIds.Select(verifier.NumberOf).OfType<string>().Distinct().Take(MostNumbers),
        ];
        if (numbers.Count == 0)
        {
            AddWhyThereIsNoNumber(deceased, reasons);
            return (null, string.Join("; ", reasons.Distinct()));
        }

        // 2. What MOSIP said earlier, which costs no call; then what it says now.
        return await RecallAsync(deceased, numbers, cancellationToken) is { } recalled
            ? (recalled, null)
            : await AskAsync(deceased, numbers, reasons, cancellationToken);
    }

    private static void AddWhyThereIsNoNumber(Person deceased, List<string> reasons)
    {
        if (deceased.NationalIds.Any())
        {
            reasons.Add("the deceased's national id is no UIN or VID");
        }
        else if (reasons.Count == 0)
        {
            reasons.Add("the deceased has no national id");
        }
    }

    private async Task<string?> RecallAsync(Person deceased, List<string> numbers, CancellationToken cancellationToken)
    {
        foreach (var number in numbers)
        {
            if (
                await verifier.RecallAsync(deceased, number, cancellationToken) is { } known
                && await registrations.BirthOfTokenAsync(known.TokenHashes, cancellationToken) is { } brn
            )
            {
                return brn;
            }
        }

        return null;
    }

    private async Task<(string? Brn, string? Reason)> AskAsync(
        Person deceased,
        List<string> numbers,
        List<string> reasons,
        CancellationToken cancellationToken
    )
    {
        // A partner that is slow to fail must not hold the event for longer than it is this worker's.
        var end = time.GetUtcNow() + (options.LeaseFor / 4);
        TransientFailureException? undecided = null;
        foreach (var number in numbers.TakeWhile(_ => undecided is null || time.GetUtcNow() < end))
        {
            try
            {
                var verification = await verifier.VerifyAsync(deceased, number, cancellationToken);
                if (!verification.Recognised)
                {
                    reasons.Add(verification.Reason ?? "not recognised");
                }
                else if (await registrations.BirthOfTokenAsync(verification.TokenHashes, cancellationToken) is { } brn)
                {
                    return (brn, null);
                }
                else
                {
                    reasons.Add(NoBirth);
                }
            }
            catch (TransientFailureException later)
            {
                undecided ??= later;
            }
        }

        return undecided is null ? (null, string.Join("; ", reasons.Distinct())) : throw undecided;
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
}
