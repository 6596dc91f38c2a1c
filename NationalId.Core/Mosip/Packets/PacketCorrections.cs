using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Corrections of births, where MOSIP has a process for them: a packet of its own, under the number of the person.
/// Those of fields that MOSIP does not have are not sent.
/// </summary>
/// <param name="records">Reads the record.</param>
/// <param name="numbers">Finds the number.</param>
/// <param name="states">Knows UINs.</param>
/// <param name="fields">Fills the packet.</param>
/// <param name="sender">Brings it to MOSIP.</param>
/// <param name="options">The process.</param>
/// <param name="time">The clock.</param>
public sealed class PacketCorrections(
    PacketRecords records,
    PersonNumbers numbers,
    NumberStates states,
    PacketFields fields,
    PacketSender sender,
    PacketOptions options,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) =>
        options.CorrectionProcess.Length > 0
        && kind.Change == RegistrationChange.Corrected
        && kind.Direction == EventDirection.Forward
        && kind.Registration == RegistrationKind.Birth;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        // 1. What was corrected.
        var content = await records.ReadAsync(row, cancellationToken);
        var offered = content.Record.Subject.NationalId;
        var number = await numbers.FindAsync(row.Registration, row.RegistrationNumber!, offered, cancellationToken);
        if (!states.IsUin(number) && !options.AcceptsVid)
        {
            throw new FlaggedException("The person's number is a VID, and this MOSIP takes no VID for a UIN.");
        }

        content = content with { Uin = number };
        var before = content.Record.Before is { } people
            ? content with
            {
                Record = await records.NameAsync(content.Record with { People = people }, cancellationToken),
            }
            : null;
        var corrected =
            fields.OfCorrection(content, before)
            ?? throw new KeptException("Nothing that MOSIP has of the person was corrected.");

        // 2. MOSIP.
        var packet = Packet.Beside(row, options.Source, options.CorrectionProcess, corrected);
        await sender.SendAsync(row, packet, cancellationToken);
        row.Done(EventSteps.Sent, time.GetUtcNow());
    }
}
