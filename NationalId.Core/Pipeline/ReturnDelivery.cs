using Microsoft.Extensions.Options;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Brings what the National ID system sent back (a UIN token, a national id) onto the birth's record. The first number
/// of a BRN stays for ever: another one is a conflict, kept and flagged for an operator.
/// </summary>
internal sealed class ReturnDelivery(
    PayloadStore payloads,
    ReturnReader reader,
    Registrations registrations,
    MediatorClient mediator,
    IOptions<NationalIdOptions> options,
    TimeProvider time
) : IDestination
{
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var (brn, number) = await ReadAsync(row, cancellationToken);
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

        CrashPoint.Hit("return.ledger");
        if (row.SavedAt is null)
        {
            var fields =
                row.Topic == EventKinds.NationalId
                    ? [options.Value.DefaultSystem.NationalIdField]
                    : options.Value.OpenCrvs.TokenFields;
            await mediator.SaveAsync(RegistrationKind.Birth, brn, fields, number, cancellationToken);
            CrashPoint.Hit("return.saved");
            row.SavedAt = time.GetUtcNow();
            await registrations.ChangeAsync(
                RegistrationKind.Birth,
                brn,
                birth => birth.TokenSavedAt ??= row.SavedAt,
                cancellationToken
            );
        }
    }

    private async Task<ReturnedNumber> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        try
        {
            var payload = await payloads.OpenAsync(row.Blob ?? throw new PayloadMissingException(), cancellationToken);
            await using var opened = payload;
            using var body = new MemoryStream();
            await payload.Content.CopyToAsync(body, cancellationToken);
            return await reader.ReadAsync(row.Topic, body.ToArray(), checkSignature: false, cancellationToken);
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
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
