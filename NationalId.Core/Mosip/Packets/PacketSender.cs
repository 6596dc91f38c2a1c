using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Brings one packet to MOSIP: its registration id, the packet itself, the start of its work. Each is noted before the
/// next, since a packet must not be written again once MOSIP works on it.
/// </summary>
/// <param name="ids">Registration ids.</param>
/// <param name="fields">Has the schema.</param>
/// <param name="mosip">Takes the packet.</param>
/// <param name="watch">Keeps an eye on what becomes of it.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="options">Centre, machine, officer.</param>
/// <param name="time">The clock.</param>
public sealed class PacketSender(
    RegistrationIds ids,
    PacketFields fields,
    PacketClient mosip,
    PacketWatch watch,
    EventLedger ledger,
    PacketOptions options,
    TimeProvider time
)
{
    private const string AlreadyPresent = "RPR-WIS-001";
    private const string NoProvider = "KER-PUT-006";

    /// <summary>Brings a packet to MOSIP, as far as that isn't done.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">MOSIP did not take it.</exception>
    internal async Task SendAsync(EventRow row, Packet packet, CancellationToken cancellationToken)
    {
        // 1. What MOSIP refused goes again under another id. It is delivered again only since an operator said so.
        if (row.DoneAt(PacketSteps.Refused(packet.Process)) is { } refusedAt)
        {
            await ids.ReplaceAsync(row, packet.Kind, packet.Key, refusedAt, cancellationToken);
            row.Undo(PacketSteps.Written(packet.Process));
            row.Undo(PacketSteps.Started(packet));
            row.Undo(PacketSteps.Refused(packet.Process));
            await ledger.SaveAsync(row, cancellationToken);
        }

        if (row.IsDone(PacketSteps.Started(packet)))
        {
            return;
        }

        // 2. The id is in the ledger before anybody is told of it.
        if (await ids.SettleAsync(row, packet, cancellationToken) is not { } id)
        {
            row.Note(time.GetUtcNow(), row.Current, "MOSIP has this record's packet from an earlier registration");
            row.Done(PacketSteps.Started(packet), time.GetUtcNow());
            return;
        }

        CrashPoint.Hit("deliver.aid");

        // 3. The packet. Until MOSIP works on it, writing it again does no harm.
        if (!row.IsDone(PacketSteps.Written(packet.Process)))
        {
            await WriteAsync(packet, id, row.IsFetched, cancellationToken);
            CrashPoint.Hit("packet.written");
            row.Done(PacketSteps.Written(packet.Process), time.GetUtcNow());
            await ledger.SaveAsync(row, cancellationToken);
        }

        // 4. Watched first: a packet that MOSIP refuses must be missed by nobody.
        if (options.IsWatched)
        {
            await watch.AddAsync(id, row.Key, packet.Process, cancellationToken);
        }

        await StartAsync(packet, id, cancellationToken);
        CrashPoint.Hit("deliver.sent");
        row.Done(PacketSteps.Started(packet), time.GetUtcNow());
    }

    private async Task WriteAsync(Packet packet, string id, bool isFetched, CancellationToken cancellationToken)
    {
        var request = mosip.Body(
            "string",
            "string",
            packet.ToRequest(id, options, fields.SchemaJson, isFetched, time.GetUtcNow())
        );
        request["metadata"] = new JsonObject();
        var answer = await mosip.CallAsync("packet", HttpMethod.Put, options.Packets, request, cancellationToken);
        if (answer.Response is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() > 0)
        {
            return;
        }

        // NOTE: the packet manager swallows its exceptions. An answer without parts says that nothing was written, and
        // no error says why.
        throw new TransientFailureException(
            answer.Code switch
            {
                null => "MOSIP wrote no packet and says not why: its packet manager's log does.",
                NoProvider => $"MOSIP has no provider for source {packet.Source} and process {packet.Process}.",
                var code => $"MOSIP wrote no packet: {code}.",
            }
        );
    }

    private async Task StartAsync(Packet packet, string id, CancellationToken cancellationToken)
    {
        var request = mosip.Body(
            "mosip.registration.processor.workflow.instance",
            "v1",
            new JsonObject
            {
                ["registrationId"] = id,
                ["process"] = packet.Process,
                ["source"] = packet.Source,
                ["additionalInfoReqId"] = "",
                // Whom MOSIP would write to. What became of the packet is told by us.
                ["notificationInfo"] = new JsonObject
                {
                    ["name"] = "",
                    ["phone"] = "",
                    ["email"] = "",
                },
            }
        );
        var answer = await mosip.CallAsync("workflow", HttpMethod.Post, options.Workflow, request, cancellationToken);
        if (answer.Code != AlreadyPresent && (answer.Code is not null || answer.Text("workflowInstanceId") is null))
        {
            throw new TransientFailureException($"MOSIP did not start its work on the packet: {answer.Code ?? "-"}.");
        }
    }
}
