using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>Reads what came by mosip-api's routes for the pipeline.</summary>
public sealed class InteropEventReader : IEventReader
{
    /// <inheritdoc/>
    public string Source => EventSources.MosipApi;

    /// <inheritdoc/>
    public async Task<VitalEvent> ReadAsync(Stream payload, CancellationToken cancellationToken)
    {
        using var whole = new MemoryStream();
        await payload.CopyToAsync(whole, cancellationToken);
        var notice =
            InteropNotice.Read(whole.ToArray()) ?? throw new InvalidDataException("The event is no JSON object.");
        var isUpdate = notice is { BirthNumber: null, DeathNumber: null, HasNationalId: true };
        var kind =
            notice.Kind
            ?? (isUpdate ? RegistrationKind.Birth : throw new InvalidDataException(InteropReasons.NotOneNumber));
        var people = new Dictionary<PersonRole, Person> { [PersonRole.Subject] = notice.Subject };
        if (notice.Recipient is { } informant)
        {
            people[PersonRole.Informant] = informant;
        }

        return new VitalEvent(
            kind,
            isUpdate ? EventKinds.Update
                : kind == RegistrationKind.Birth ? EventKinds.Birth
                : EventKinds.Death,
            null,
            // The ledger knows it: of the numbers that are offered for one record the first one counts.
            null,
            notice.TrackingId,
            people
        )
        {
            Sent = notice.Others,
        };
    }
}

/// <summary>Why a registration that came by mosip-api's routes is not carried: fixed sentences.</summary>
internal static class InteropReasons
{
    public const string NotOneNumber = "neither a birth's nor a death's certificate number, or both";
    public const string Held =
        "It came without exactly one certificate number. Reject it, so that the registrar registers it again.";
    public const string NoUpdates = "The National ID system that is served takes no corrections.";
}
