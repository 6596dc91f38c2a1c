using System.Globalization;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Deactivates and activates numbers, in each of the ways that MOSIP has. Safe to repeat: what is so already is done.
/// </summary>
/// <param name="sender">Sends the packet of a resident who gives up the number, or takes it back.</param>
/// <param name="fields">Fills that packet.</param>
/// <param name="ids">Registration ids.</param>
/// <param name="mosip">The identity repository and the hotlist.</param>
/// <param name="mosipOptions">How numbers look.</param>
/// <param name="options">Addresses and the schema's version.</param>
public sealed class NumberStates(
    PacketSender sender,
    PacketFields fields,
    RegistrationIds ids,
    PacketClient mosip,
    MosipOptions mosipOptions,
    PacketOptions options
)
{
    internal const string Deactivated = "DEACTIVATED";
    internal const string Activated = "ACTIVATED";

    private const string ResidentSource = "RESIDENT";
    private const string RepositoryProcess = "IDREPO";

    /// <summary>Whether a number is a UIN, and no VID.</summary>
    /// <param name="number">The number.</param>
    public bool IsUin(string number) => mosipOptions.NationalIdFormat.Classify(number) == IdType.Uin;

    /// <summary>Has it done by the packet of a resident.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="number">The number.</param>
    /// <param name="active">Whether it is to be active.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">MOSIP did not take it.</exception>
    internal Task ByPacketAsync(EventRow row, string number, bool active, CancellationToken cancellationToken) =>
        sender.SendAsync(
            row,
            Packet.Beside(row, ResidentSource, active ? Activated : Deactivated, fields.OfNumber(number)),
            cancellationToken
        );

    /// <summary>Has it done in the identity repository, which knows UINs alone.</summary>
    /// <inheritdoc cref="ByPacketAsync"/>
    internal async Task InRepositoryAsync(EventRow row, string number, bool active, CancellationToken cancellationToken)
    {
        // The repository takes each registration id once: a call that worked, but whose answer was lost, is refused.
        var wanted = active ? Activated : Deactivated;
        var process = active ? $"{RepositoryProcess} {Activated}" : RepositoryProcess;
        var id = await ids.SettleAsync(row, row.Registration, Packet.KeyOf(row, process), cancellationToken);
        var request = mosip.Body(
            "mosip.id.update",
            "v1",
            new JsonObject
            {
                ["registrationId"] = id,
                ["status"] = wanted,
                ["identity"] = new JsonObject
                {
                    ["UIN"] = number,
                    ["IDSchemaVersion"] = double.Parse(options.SchemaVersion, CultureInfo.InvariantCulture),
                },
                ["documents"] = new JsonArray(),
            }
        );
        request["metadata"] = new JsonObject();
        var answer = await mosip.CallAsync("identity", HttpMethod.Patch, options.Identity, request, cancellationToken);
        if (answer.Text("status") == wanted)
        {
            return;
        }

        var state = await mosip.CallAsync(
            "identity",
            HttpMethod.Get,
            new Uri(options.Identity, "idvid/" + number),
            null,
            cancellationToken
        );
        if (state.Text("status") != wanted)
        {
            var what = active ? "activate" : "deactivate";
            throw new TransientFailureException($"MOSIP did not {what} the number: {answer.Code ?? "-"}.");
        }
    }

    /// <summary>Puts it on the hotlist, which stops authentication at once, or takes it off.</summary>
    /// <param name="number">The number.</param>
    /// <param name="active">Whether it is to be active.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">MOSIP did not do it.</exception>
    internal async Task OnHotlistAsync(string number, bool active, CancellationToken cancellationToken)
    {
        var (step, wanted) = active ? ("unblock", "UNBLOCKED") : ("block", "BLOCKED");
        var answer = await mosip.CallAsync(
            "hotlist",
            HttpMethod.Post,
            options.HotlistTo(step),
            mosip.Body(
                "mosip.hotlist." + step,
                "1.0",
                new JsonObject
                {
                    ["id"] = number,
                    ["idType"] = IsUin(number) ? "UIN" : "VID",
                    ["status"] = wanted,
                }
            ),
            cancellationToken
        );
        if (answer.Text("status") != wanted)
        {
            throw new TransientFailureException($"MOSIP did not {step} the number: {answer.Code ?? "-"}.");
        }
    }
}
