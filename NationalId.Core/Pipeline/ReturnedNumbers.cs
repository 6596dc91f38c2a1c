using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Brings what the National ID system sent back (a UIN token, a national id) onto the birth's record. The first number
/// of a BRN stays for ever: another one is a conflict, kept and flagged for an operator.
/// </summary>
/// <param name="payloads">Opens payloads that are sealed.</param>
/// <param name="readers">Read what came back.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="overdue">The births that have waited long for their number.</param>
/// <param name="records">Writes onto the OpenCRVS record.</param>
/// <param name="time">The clock.</param>
public sealed class ReturnedNumbers(
    PayloadSeals payloads,
    IEnumerable<IReturnReader> readers,
    Registrations registrations,
    OverdueTable overdue,
    IRecordWriter records,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => readers.Any(reader => reader.Kind == kind.Name);

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var reader = readers.Single(reader => reader.Kind == row.Topic);
        if (await ReadAsync(reader, row, cancellationToken) is not (var brn, var number))
        {
            row.Note(time.GetUtcNow(), row.Current, "there is no number in it to save");
            return;
        }

        await SettleAsync(brn, number, cancellationToken);
        CrashPoint.Hit("return.ledger");
        if (!row.IsDone(EventSteps.Saved))
        {
            await records.SaveAsync(RegistrationKind.Birth, brn, reader.Fields, number, cancellationToken);
            CrashPoint.Hit("return.saved");
            var saved = time.GetUtcNow();
            row.Done(EventSteps.Saved, saved);
            await registrations.ChangeAsync(
                RegistrationKind.Birth,
                brn,
                birth => birth.TokenSavedAt ??= saved,
                cancellationToken
            );
        }
    }

    /// <summary>Notes in the ledger whose number it is, before anybody is told.</summary>
    /// <exception cref="FlaggedException">It contradicts what is noted.</exception>
    private async Task SettleAsync(string brn, string number, CancellationToken cancellationToken)
    {
        var registration = await registrations.GetAsync(RegistrationKind.Birth, brn, cancellationToken);
        var hashes = await registrations.HashesAsync(number, registration?.TokenHash, cancellationToken);
        if (registration?.TokenHash is null || hashes.Contains(registration.TokenHash))
        {
            if (await registrations.SettleTokenAsync(hashes, brn, cancellationToken) is var owner && owner != brn)
            {
                throw new FlaggedException(ReturnConflicts.OtherBirth);
            }

            registration = await registrations.ChangeAsync(
                RegistrationKind.Birth,
                brn,
                registration,
                birth =>
                {
                    birth.TokenHash ??= hashes[0];
                    birth.TokenAt ??= time.GetUtcNow();
                },
                cancellationToken
            );
        }

        if (!hashes.Contains(registration.TokenHash))
        {
            // It may be noted as this BRN's all the same, when two came at once. Its own BRN must still get it.
            await registrations.ForgetTokenAsync(hashes, brn, cancellationToken);
            throw new FlaggedException(ReturnConflicts.OtherNumber);
        }

        if (registration.OverdueAs is { } place)
        {
            await overdue.RemoveAsync(RegistrationKind.Birth, place, cancellationToken);
        }
    }

    private async Task<ReturnedNumber?> ReadAsync(
        IReturnReader reader,
        EventRow row,
        CancellationToken cancellationToken
    )
    {
        var body = await payloads.ReadAsync(row.Key, row.Blob, cancellationToken);
        try
        {
            return await reader.ReadAsync(body, cancellationToken);
        }
        catch (ReturnException unreadable)
        {
            // It could be read when it came: the key that opened it was disabled since. It can be enabled again.
            throw new TransientFailureException(unreadable.Message);
        }
    }
}

/// <summary>Why a returning number is kept but not saved.</summary>
internal static class ReturnConflicts
{
    public const string OtherNumber = "the BRN has another number already";
    public const string OtherBirth = "the number belongs to another BRN already";
    public const string UnknownBrn = "the BRN is not known";
}
