using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Asks MOSIP what became of packets, with growing gaps, unless its hub has told. One that it refused or failed is
/// flagged with the reason: an operator sends it again, under a new registration id.
/// </summary>
/// <param name="watch">The packets that MOSIP works on.</param>
/// <param name="mosip">Tells what became of them.</param>
/// <param name="ids">Which registration id counts.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="options">Whether MOSIP is asked.</param>
/// <param name="clock">The present, and how long a worker has an event.</param>
/// <param name="logger">Told of refusals, and when MOSIP does not answer.</param>
public sealed partial class PacketStatusChore(
    PacketWatch watch,
    PacketClient mosip,
    RegistrationIds ids,
    EventLedger ledger,
    PacketOptions options,
    ChoreClock clock,
    ILogger<PacketStatusChore> logger
) : IChore
{
    private const int Together = 50;

    /// <inheritdoc/>
    public string Name => "packets";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!options.IsWatched)
        {
            return;
        }

        await foreach (var page in watch.DueAsync(Together, cancellationToken))
        {
            if (page.Values.Count > 0)
            {
                await AskAsync(page.Values, cancellationToken);
            }
        }
    }

    private async Task AskAsync(IReadOnlyList<WatchedPacket> packets, CancellationToken cancellationToken)
    {
        var open = packets.Where(packet => packet.Told is null).ToList();
        Dictionary<string, string> known = [];
        try
        {
            if (options.AskStatus && open.Count > 0)
            {
                known = await StatusOfAsync(open, cancellationToken);
            }
        }
        catch (DeliveryException failure)
        {
            // Our client may lack the role. Nothing is lost: MOSIP works on the packets, and is asked again.
            LogUnanswered(failure.Reason);
        }

        foreach (var packet in packets)
        {
            await SettleAsync(packet, packet.Told ?? known.GetValueOrDefault(packet.RowKey), cancellationToken);
        }
    }

    private Task SettleAsync(WatchedPacket packet, string? status, CancellationToken cancellationToken) =>
        status switch
        {
            "PROCESSED" => ProcessedAsync(packet, cancellationToken),
            // RESEND: the packet did not arrive whole. It is written anew like one that was refused.
            // FAILED is the hub's word for it.
            "REJECTED" or "REREGISTER" or "REPROCESS_FAILED" or "RESEND" or "FAILED" => RefusedAsync(
                packet,
                status,
                cancellationToken
            ),
            _ => watch.LaterAsync(packet, cancellationToken),
        };

    private async Task<Dictionary<string, string>> StatusOfAsync(
        IReadOnlyList<WatchedPacket> packets,
        CancellationToken cancellationToken
    )
    {
        var asked = new JsonArray([
            .. packets.Select(packet => (JsonNode)new JsonObject { ["registrationId"] = packet.RowKey }),
        ]);
        var answer = await mosip.CallAsync(
            "status",
            HttpMethod.Post,
            options.Status,
            mosip.Body("mosip.registration.external.status", "1.0", asked),
            cancellationToken
        );
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        if (answer.Response is not { ValueKind: JsonValueKind.Array } statuses)
        {
            throw new TransientFailureException($"MOSIP told no status: {answer.Code ?? "-"}.");
        }

        foreach (var one in statuses.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.Object))
        {
            if (Text(one, "registrationId") is { } id && Text(one, "statusCode") is { } status)
            {
                known[id] = status;
            }
        }

        return known;

        static string? Text(JsonElement one, string name) =>
            one.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }

    private async Task ProcessedAsync(WatchedPacket packet, CancellationToken cancellationToken)
    {
        if (await ledger.GetAsync(packet.EventKey, cancellationToken) is { } row)
        {
            var isMain = IsMain(row, packet);
            row.Done(isMain ? PacketSteps.Processed : PacketSteps.ProcessedAs(packet.Process), clock.Now);
            row.Note(
                clock.Now,
                row.Current,
                isMain ? "MOSIP has processed the packet" : $"MOSIP has processed the packet of {packet.Process}"
            );
            if (
                clock.Options.IsLeased(row.LeaseUntil, clock.Now)
                || !await TrySaveAsync(() => ledger.SaveAsync(row, cancellationToken))
            )
            {
                await watch.LaterAsync(packet, cancellationToken);
                return;
            }
        }

        await watch.RemoveAsync(packet, cancellationToken);
    }

    private async Task RefusedAsync(WatchedPacket packet, string status, CancellationToken cancellationToken)
    {
        if (await ledger.GetAsync(packet.EventKey, cancellationToken) is { } row && await CountsAsync(row, packet))
        {
            if (clock.Options.IsLeased(row.LeaseUntil, clock.Now))
            {
                await watch.LaterAsync(packet, cancellationToken);
                return;
            }

            // Counted first: what is counted twice is looked at, what is not is missed.
            Instruments.PacketsRefused.Add(
                1,
                Instruments.Tag("process", packet.Process),
                Instruments.Tag("status", status)
            );
            var reason = $"MOSIP ended {packet.Process}: {status}.";
            row.Done(PacketSteps.Refused(packet.Process), clock.Now);
            row.Reason = reason;
            row.NextAt = null;
            if (!await TrySaveAsync(() => ledger.MoveAsync(row, EventState.Flagged, reason, cancellationToken)))
            {
                await watch.LaterAsync(packet, cancellationToken);
                return;
            }

            CrashPoint.Hit("packet.refused");
            LogRefused(row.Key, reason);
        }

        await watch.RemoveAsync(packet, cancellationToken);

        // An operator may have sent it again already, or the last run flagged it and died.
        async Task<bool> CountsAsync(EventRow row, WatchedPacket one) =>
            !row.IsDone(PacketSteps.Refused(one.Process))
            && await ids.FindAsync(row.Registration, KeyOf(row, one), cancellationToken) == one.RowKey;
    }

    private bool IsMain(EventRow row, WatchedPacket packet) =>
        row.Change == RegistrationChange.Registered && packet.Process == options.ProcessOf(row.Registration);

    private string KeyOf(EventRow row, WatchedPacket packet) =>
        IsMain(row, packet) ? row.KnownBy ?? "" : Packet.KeyOf(row, packet.Process);

    private static async Task<bool> TrySaveAsync(Func<Task> save)
    {
        try
        {
            await save();
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }
    }

    [LoggerMessage(100, LogLevel.Error, "Event {EventKey} is flagged: {Reason} An operator can send it again")]
    private partial void LogRefused(string eventKey, string reason);

    [LoggerMessage(101, LogLevel.Warning, "What became of packets can't be asked: {Reason}")]
    private partial void LogUnanswered(string reason);
}
