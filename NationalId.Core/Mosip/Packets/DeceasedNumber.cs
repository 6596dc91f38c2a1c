using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// The number of somebody who died. A mistyped one must not end a living person's identity: it counts only when IDA
/// recognises the deceased by it, with name and date of birth.
/// </summary>
/// <param name="verifier">Asks MOSIP who the deceased is.</param>
/// <param name="registrations">Knows the births of numbers.</param>
/// <param name="mapping">Whether MOSIP has a code for the name's language.</param>
/// <param name="mosip">How numbers look, and how they end.</param>
/// <param name="options">Whether a VID will do.</param>
/// <param name="time">The clock.</param>
public sealed class DeceasedNumber(
    IVerifier verifier,
    Registrations registrations,
    IdaMapping mapping,
    MosipOptions mosip,
    PacketOptions options,
    TimeProvider time
)
{
    // Nobody has more numbers. Each may cost a call.
    private const int MostNumbers = 5;

    /// <summary>The number by which MOSIP recognises the deceased.</summary>
    /// <param name="row">The death's row: it is told what was found.</param>
    /// <param name="deceased">The deceased.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">There is none: nothing may be sent.</exception>
    /// <exception cref="TransientFailureException">MOSIP can't tell now.</exception>
    public async Task<string> FindAsync(EventRow row, Person deceased, CancellationToken cancellationToken)
    {
        if (mapping.Names(deceased.Names).Count == 0 || IdaMapping.Dob(deceased.BirthDate) is null)
        {
            throw Unlinked(row, "the record has not both a name and a whole date of birth to compare");
        }

        var numbers = deceased.NationalIds.Select(verifier.NumberOf).OfType<string>().Distinct().ToList();
        List<string> reasons = numbers.Count == 0 ? ["the deceased has no UIN or VID"] : [];
        TransientFailureException? undecided = null;
        foreach (var number in numbers.Take(MostNumbers))
        {
            if (!Takes(number))
            {
                reasons.Add("this MOSIP takes no VID for a UIN");
                continue;
            }

            try
            {
                var said =
                    await verifier.RecallAsync(deceased, number, cancellationToken)
                    ?? await verifier.VerifyAsync(deceased, number, cancellationToken);
                if (said.Recognised)
                {
                    await LinkAsync(row, number, said, cancellationToken);
                    return number;
                }

                reasons.Add(said.Reason ?? "not recognised");
            }
            catch (TransientFailureException later)
            {
                undecided ??= later;
            }
        }

        throw undecided ?? (DeliveryException)Unlinked(row, string.Join("; ", reasons.Distinct()));
    }

    private static FlaggedException Unlinked(EventRow row, string reason)
    {
        row.Link = $"unlinked: {reason}";
        return new FlaggedException(row.Link);
    }

    // The identity repository knows UINs alone.
    private bool Takes(string number) =>
        mosip.NationalIdFormat.Classify(number) == IdType.Uin
        || (options.AcceptsVid && mosip.Ending != NumberEnding.Repository);

    private async Task LinkAsync(EventRow row, string number, Verification said, CancellationToken cancellationToken)
    {
        if (row.Link == BirthLink.Linked)
        {
            return;
        }

        row.LinkedBrn =
            await registrations.BirthOfTokenAsync(said.TokenHashes, cancellationToken)
            ?? await registrations.BirthOfTokenAsync(
                await registrations.HashesAsync(number, cancellationToken),
                cancellationToken
            );
        row.Link = BirthLink.Linked;
        await registrations.NoteDeceasedAsync(row.KnownBy!, number, row.LinkedBrn, cancellationToken);
        row.Note(time.GetUtcNow(), row.Current, "MOSIP recognised the deceased by name and date of birth");
    }
}
