using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// The number of somebody who died. A mistyped one must not end a living person's identity: it counts only when the
/// registry has the same names and date of birth.
/// </summary>
/// <param name="verifier">Asks the registry who the deceased is.</param>
/// <param name="registry">The population registry.</param>
/// <param name="attributes">What people are matched by.</param>
/// <param name="registrations">Knows the births of numbers.</param>
/// <param name="options">Whether a deceased without a number is looked for.</param>
/// <param name="delivery">How long a death waits for its birth.</param>
/// <param name="time">The clock.</param>
public sealed class DeceasedPerson(
    IVerifier verifier,
    RegistryClient registry,
    OsiaAttributes attributes,
    Registrations registrations,
    OsiaOptions options,
    DeliveryOptions delivery,
    TimeProvider time
)
{
    // Nobody has more numbers. Each costs a call.
    private const int MostNumbers = 5;
    private const string Linked = "linked";

    /// <summary>The number by which the registry has the deceased.</summary>
    /// <param name="row">The death's row: it is told what was found.</param>
    /// <param name="deceased">The deceased.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">There is none: nothing may be told.</exception>
    /// <exception cref="TransientFailureException">The registry can't tell now.</exception>
    public async Task<string> FindAsync(EventRow row, Person deceased, CancellationToken cancellationToken)
    {
        var numbers = deceased
            .NationalIds.Select(verifier.NumberOf)
            .OfType<string>()
            .Distinct()
            .Take(MostNumbers)
            .ToList();
        if (numbers.Count == 0)
        {
            return await SeekAsync(row, deceased, cancellationToken);
        }

        List<string> reasons = [];
        TransientFailureException? undecided = null;
        foreach (var number in numbers)
        {
            try
            {
                var said = await verifier.VerifyAsync(deceased, number, cancellationToken);
                if (said.Recognised)
                {
                    return await LinkAsync(row, number, said.TokenHashes, cancellationToken);
                }

                if (said.IsUnknown)
                {
                    await WaitForBirthAsync(row, number, cancellationToken);
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

    /// <summary>
    /// A child of ours may have died before the registry has it. The registry is not asked once more: it may have got
    /// the child since it said that it knows nobody of this number.
    /// </summary>
    private async Task WaitForBirthAsync(EventRow row, string number, CancellationToken cancellationToken)
    {
        var hashes = await registrations.HashesAsync(number, cancellationToken);
        if (
            row.ReceivedAt + delivery.LinkPatience > time.GetUtcNow()
            && await registrations.BirthOfTokenAsync(hashes, cancellationToken) is not null
        )
        {
            throw new TransientFailureException("The registry does not have the deceased's birth yet.");
        }
    }

    /// <summary>Looks for a deceased without a number: one hit alone counts, and where the country allows it.</summary>
    private async Task<string> SeekAsync(EventRow row, Person deceased, CancellationToken cancellationToken)
    {
        if (!options.FindDeceased)
        {
            throw Unlinked(row, "the deceased has no number");
        }

        if (attributes.ToMatch(deceased) is not { } values || values.Count < attributes.Matched.Count)
        {
            throw Unlinked(row, "the deceased has no number, and the record too little to look for one");
        }

        IReadOnlyList<string> hits;
        try
        {
            hits = await registry.FindAsync(values, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            throw Unlinked(row, refused.Reason);
        }

        if (hits is not [var only])
        {
            throw Unlinked(row, "the deceased has no number, and the registry has not one person alone of these names");
        }

        var hashes = await registrations.HashesAsync(only, cancellationToken);
        return await LinkAsync(row, only, hashes, cancellationToken);
    }

    private async Task<string> LinkAsync(
        EventRow row,
        string number,
        IReadOnlyList<string> hashes,
        CancellationToken cancellationToken
    )
    {
        if (row.Link != Linked)
        {
            row.LinkedBrn = await registrations.BirthOfTokenAsync(hashes, cancellationToken);
            row.Link = Linked;
            await registrations.NoteDeceasedAsync(row.KnownBy!, number, row.LinkedBrn, cancellationToken);
            row.Note(time.GetUtcNow(), row.Current, "the registry recognised the deceased by names and date of birth");
        }

        return number;
    }
}
