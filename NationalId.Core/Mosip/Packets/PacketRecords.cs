using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Reads what a packet tells: the registration, the names of its places, and for a death the number by which MOSIP
/// recognises the deceased.
/// </summary>
/// <param name="events">Reads the registration.</param>
/// <param name="places">Knows the names of places.</param>
/// <param name="deceased">Has MOSIP recognise the deceased.</param>
public sealed class PacketRecords(StoredEvents events, PlaceNames places, DeceasedNumber deceased)
{
    /// <summary>Reads it.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">It can't be read, or MOSIP does not recognise the deceased.</exception>
    /// <exception cref="TransientFailureException">OpenCRVS or MOSIP does not answer now.</exception>
    internal async Task<PacketContent> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        var record =
            await events.ReadAsync(row, cancellationToken)
            ?? throw new FlaggedException("The record can't be read: there is nothing to make a packet of.");
        var kind = row.Registration;
        var uin =
            kind == RegistrationKind.Death ? await deceased.FindAsync(row, record.Subject, cancellationToken) : null;
        // MOSIP takes no address of the dead.
        var named = kind == RegistrationKind.Birth ? await places.NameAsync(record, cancellationToken) : record;
        return new PacketContent(kind, row.RegistrationNumber, named, row.ReceivedAt, uin);
    }

    /// <summary>A record with the names of its places.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task<VitalEvent> NameAsync(VitalEvent record, CancellationToken cancellationToken) =>
        places.NameAsync(record, cancellationToken);

    /// <summary>Who died; null when the record can't be read.</summary>
    /// <param name="row">The death's row.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<Person?> DeceasedAsync(EventRow row, CancellationToken cancellationToken) =>
        (await events.ReadAsync(row, cancellationToken))?.Subject;
}
