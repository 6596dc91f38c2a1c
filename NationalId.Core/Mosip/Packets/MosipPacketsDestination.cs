using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// MOSIP through its packet manager: a birth or death becomes a packet with a registration id of its own, on which
/// MOSIP then works. What MOSIP would fail silently is flagged before it is sent.
/// </summary>
/// <param name="records">Reads what a packet tells.</param>
/// <param name="fields">Fills the packet.</param>
/// <param name="sender">Brings it to MOSIP.</param>
/// <param name="endings">Ends the number of the deceased.</param>
/// <param name="saver">Saves the registration id on the OpenCRVS record.</param>
/// <param name="births">Tells births of deaths.</param>
/// <param name="options">How packets are made.</param>
public sealed class MosipPacketsDestination(
    PacketRecords records,
    PacketFields fields,
    PacketSender sender,
    NumberEndings endings,
    RegistrationIdSaver saver,
    LinkedBirths births,
    PacketOptions options
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.Name is EventKinds.Birth or EventKinds.Death;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = row.Registration;
        var number = IDestination.NumberOf(row);
        var process = options.ProcessOf(kind);

        // 1. The packet, and for a death what ends the number.
        PacketContent? content = null;
        if (!IsDone(row, process))
        {
            content = await records.ReadAsync(row, cancellationToken);
            var packet = Packet.Of(row, options.Source, process, fields.Of(content));
            await sender.SendAsync(row, packet, cancellationToken);
            if (kind == RegistrationKind.Death)
            {
                await endings.EndAsync(row, content.Uin!, cancellationToken);
            }
        }

        // 2. OpenCRVS's records: the registration id where the country wants it, and the birth of somebody who died.
        List<Task> calls = [saver.SaveAsync(row, kind, number, cancellationToken)];
        if (row.LinkedBrn is { } birth && !row.IsDone(EventSteps.BirthTold))
        {
            var deceased = content?.Record.Subject ?? await records.DeceasedAsync(row, cancellationToken);
            calls.Add(births.TellAsync(row, new BirthLink(birth, null, deceased?.PatientId), cancellationToken));
        }

        await Calls.AllAsync(calls);
    }

    private bool IsDone(EventRow row, string process) =>
        row.IsDone(EventSteps.Sent)
        && !row.IsDone(PacketSteps.Refused(process))
        && !row.IsDone(PacketSteps.Refused(NumberStates.Deactivated))
        && (row.Topic != EventKinds.Death || endings.IsDone(row));
}
