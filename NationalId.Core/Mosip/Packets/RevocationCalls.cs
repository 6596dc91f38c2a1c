using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>Tells MOSIP what a number is to be, in the way that the country has chosen.</summary>
/// <param name="states">Deactivates and activates numbers.</param>
/// <param name="sender">Sends the packet of a process for it.</param>
/// <param name="fields">Fills that packet.</param>
/// <param name="told">Finds the registration.</param>
/// <param name="mosip">The way.</param>
/// <param name="options">How packets are made.</param>
public sealed class RevocationCalls(
    NumberStates states,
    PacketSender sender,
    PacketFields fields,
    RegistrationEvents told,
    MosipOptions mosip,
    PacketOptions options
)
{
    /// <summary>What a human has to do, where MOSIP can't be told by us; null where it can.</summary>
    /// <param name="row">The revocation's row.</param>
    /// <param name="state">What is known of the person.</param>
    internal string? WhyByHand(EventRow row, PersonState state) =>
        mosip.Revocation switch
        {
            RevocationWay.Human => HumanWords.Of(row.Registration, row.Change, state),
            // MOSIP's processes know one way each: a revocation. Nothing takes one back.
            RevocationWay.Process when row.Change != RegistrationChange.Revoked || !IsAsRevoked(row, state) =>
                HumanWords.Of(row.Registration, row.Change, state),
            RevocationWay.Process => null,
            // The death's packet deactivated nothing, and noted the death: that is all there is to take back.
            _ when row.Registration == RegistrationKind.Death && mosip.Ending == NumberEnding.None => HumanWords.Of(
                row.Registration,
                row.Change,
                state
            ),
            _ => null,
        };

    /// <summary>Tells MOSIP.</summary>
    /// <param name="row">The revocation's row.</param>
    /// <param name="notice">What was said.</param>
    /// <param name="number">The person's number.</param>
    /// <param name="state">What is known of the person.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">The number is of a kind that this way does not know.</exception>
    /// <exception cref="TransientFailureException">MOSIP did not take it.</exception>
    internal async Task TellAsync(
        EventRow row,
        RevocationNotice notice,
        string number,
        PersonState state,
        CancellationToken cancellationToken
    )
    {
        if (!states.IsUin(number) && (mosip.Revocation == RevocationWay.Repository || !TakesVid))
        {
            throw new FlaggedException("The person's number is a VID, and this MOSIP takes no VID for a UIN.");
        }

        var active = state.IsNumberInUse;
        await (
            mosip.Revocation switch
            {
                RevocationWay.Resident => states.ByPacketAsync(row, number, active, cancellationToken),
                RevocationWay.Repository => states.InRepositoryAsync(row, number, active, cancellationToken),
                RevocationWay.Hotlist => states.OnHotlistAsync(number, active, cancellationToken),
                _ => ByProcessAsync(row, notice, number, cancellationToken),
            }
        );
    }

    // The hotlist knows VIDs as well.
    private bool TakesVid => options.AcceptsVid || mosip.Revocation == RevocationWay.Hotlist;

    /// <summary>Whether the number is to be as the revocation alone would have it.</summary>
    private static bool IsAsRevoked(EventRow row, PersonState state) =>
        state.IsNumberInUse == (row.Registration == RegistrationKind.Death);

    private async Task ByProcessAsync(
        EventRow row,
        RevocationNotice notice,
        string number,
        CancellationToken cancellationToken
    )
    {
        var registration = await told.RegistrationOfAsync(row, cancellationToken);
        var record = new VitalEvent(
            row.Registration,
            row.Topic,
            null,
            row.RegistrationNumber,
            null,
            // What is told is the number and the reason: the record may be gone.
            new Dictionary<PersonRole, Person> { [PersonRole.Subject] = new(null, [], null, null, null, []) }
        );
        var content = new PacketContent(
            row.Registration,
            row.RegistrationNumber,
            record,
            registration?.ReceivedAt ?? row.ReceivedAt,
            number
        )
        {
            Reason = notice.Reason,
        };
        await sender.SendAsync(
            row,
            Packet.Beside(
                row,
                options.Source,
                options.RevokedProcessOf(row.Registration),
                fields.OfRevocation(content)
            ),
            cancellationToken
        );
    }
}
