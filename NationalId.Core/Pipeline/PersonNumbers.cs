using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Finds the number of somebody whose registration is changed. The ledger has only its keyed hash: what has that hash
/// is the number, wherever it stands; nothing else is, whoever says so.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="payloads">Opens what came back.</param>
/// <param name="events">Reads registrations.</param>
/// <param name="readers">Read what came back.</param>
/// <param name="kinds">The table of event kinds.</param>
public sealed class PersonNumbers(
    EventLedger ledger,
    Registrations registrations,
    PayloadSeals payloads,
    StoredEvents events,
    IEnumerable<IReturnReader> readers,
    EventKinds kinds
)
{
    /// <summary>The number of the person whom a registration is about.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="offered">The number by the sender of the change; null when he does not say.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">A birth has no number yet.</exception>
    /// <exception cref="FlaggedException">It can't be found any more.</exception>
    public async Task<string> FindAsync(
        RegistrationKind kind,
        string number,
        string? offered,
        CancellationToken cancellationToken
    )
    {
        var hash =
            (await registrations.GetAsync(kind, number, cancellationToken))?.TokenHash
            ?? throw (
                kind == RegistrationKind.Birth
                    ? new TransientFailureException("It waits for the person's number, which has not come back yet.")
                    : (DeliveryException)
                        new FlaggedException("The number of the deceased was never known: tell it by hand.")
            );
        if (offered is not null && await FitsAsync(offered, hash, cancellationToken))
        {
            return offered;
        }

        foreach (var key in await ledger.FindAsync(number, cancellationToken))
        {
            if (await ledger.GetAsync(key, cancellationToken) is { Blob: not null } row)
            {
                foreach (var candidate in await CandidatesAsync(kind, row, cancellationToken))
                {
                    if (await FitsAsync(candidate, hash, cancellationToken))
                    {
                        return candidate;
                    }
                }
            }
        }

        throw new FlaggedException(
            offered is null
                ? "The payload that had the person's number was removed: tell it by hand, or name the number."
                : "The number that was named is not the person's, and the payload that had it was removed."
        );
    }

    private async Task<bool> FitsAsync(string number, string hash, CancellationToken cancellationToken) =>
        (await registrations.HashesAsync(number, hash, cancellationToken)).Contains(hash);

    private async Task<IReadOnlyList<string>> CandidatesAsync(
        RegistrationKind kind,
        EventRow row,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (kinds.Find(row.Topic) is { Direction: EventDirection.Forward, IsRevocation: false } sent)
            {
                return sent.Registration == kind && await events.ReadAsync(row, cancellationToken) is { } record
                    ? [.. record.Subject.NationalIds.SelectMany(Spellings).Distinct(StringComparer.Ordinal)]
                    : [];
            }

            return
                kind == RegistrationKind.Birth
                && readers.FirstOrDefault(one => one.Kind == row.Topic) is { } reader
                && await reader.ReadAsync(
                    await payloads.ReadAsync(row.Key, row.Blob, cancellationToken),
                    cancellationToken
                )
                    is { } returned
                ? [returned.Number]
                : [];
        }
        catch (PayloadMissingException)
        {
            return [];
        }
        catch (Exception unreadable) when (unreadable is ReturnException or FlaggedException)
        {
            return [];
        }
    }

    // As it was typed, and as the National ID system has it: without blanks, dashes and other scripts' digits.
    private static IEnumerable<string> Spellings(string typed) => [typed, TypedText.Number(typed)];
}
