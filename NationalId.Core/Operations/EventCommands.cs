using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>What an operator can do with events: behind a key, in production behind Entra too.</summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="orders">Does it with one event.</param>
/// <param name="pause">The operator's switch.</param>
/// <param name="options">How many go on their way again at once.</param>
public sealed class EventCommands(
    EventLedger ledger,
    EventOrders orders,
    DeliverySwitch pause,
    OperationsOptions options
)
{
    private const int LongestReason = 500;
    private const int LargestSlice = 200;
    private const string Busy = "The event is being delivered right now.";
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(6);

    /// <summary>
    /// Sends one event on its way again, a closed one too: 202; 404 when there is none, 409 when it is delivered or
    /// can't be delivered as it is.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> ReplayAsync(string key, string by, CancellationToken cancellationToken) =>
        await FindAsync(key, cancellationToken) is not { } row ? Problems.NotFound("There is no such event.")
        : orders.ReplayRefusal(row) is { } refusal ? Problems.Conflict(refusal)
        : await orders.ReplayAsync(row, by, TimeSpan.Zero, cancellationToken)
            ? Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202)
        : Problems.Conflict(Busy);

    /// <summary>
    /// Closes one event. Body <c>{"as":"acknowledged"|"discarded","reason"}</c>. 204; 404 when there is none, 409 when
    /// it is under way, delivered or closed, 400 for another body.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="request">The operator's request.</param>
    /// <param name="by">Who asks for it.</param>
    public async Task<IResult> CloseAsync(string key, HttpRequest request, string by)
    {
        var stop = request.HttpContext.RequestAborted;
        var (order, bad) = await OperatorBody.ReadAsync(request, OrdersJson.Default.CloseOrder);
        if (bad is not null)
        {
            return bad;
        }

        if (Closing(order?.As) is not { } closing || Reason(order?.Reason) is not { } reason)
        {
            return Problems.BadRequest(
                $"as is acknowledged or discarded, and reason says why, in {LongestReason} characters."
            );
        }

        return await FindAsync(key, stop) is not { } row ? Problems.NotFound("There is no such event.")
            : EventOrders.CloseRefusal(row, closing) is { } refusal ? Problems.Conflict(refusal)
            : await orders.CloseAsync(row, closing, reason, by, stop) ? Results.NoContent()
            : Problems.Conflict(Busy);
    }

    /// <summary>
    /// Does the same with many open events, a slice at a time, so that neither the request nor the National ID system
    /// is overwhelmed. Body <c>{"state","reason","do","why","after","delaySeconds","max"}</c>: <c>do</c> is
    /// <c>replay</c>, <c>acknowledged</c> or <c>discarded</c> (those two with <c>why</c>), <c>reason</c> chooses those
    /// that stand for one reason. 202 with how many were done and left out, and with <c>after</c> and
    /// <c>delaySeconds</c> for the next slice; no <c>after</c>: that was the last. 400 for another body.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="by">Who asks for it.</param>
    public async Task<IResult> BulkAsync(HttpRequest request, string by)
    {
        var stop = request.HttpContext.RequestAborted;
        var (order, bad) = await OperatorBody.ReadAsync(request, OrdersJson.Default.BulkOrder);
        if (bad is not null)
        {
            return bad;
        }

        if (
            order is not { Max: null or (>= 1 and <= LargestSlice) }
            || !(order.DelaySeconds is null or (>= 0 and < 1e6))
            || EventQuery.StateOf(order.State) is not (EventState.Waiting or EventState.Flagged or EventState.Poisoned)
            || (order.Do != "replay" && (Closing(order.Do) is null || Reason(order.Why) is null))
            || !EventQuery.IsCursor(order.After)
        )
        {
            return Problems.BadRequest(
                "state is Waiting, Flagged or Poisoned; do is replay, acknowledged or discarded, those two with why; "
                    + $"max is a number from 1 to {LargestSlice}; after and delaySeconds are what the last answer said."
            );
        }

        var range = new EventRange(EventQuery.StateOf(order.State), Reason: order.Reason, After: order.After);
        var max = order.Max ?? 100;
        var slice = await ledger.PageAsync(range, max, stop);
        var (count, delay) = (0, TimeSpan.FromSeconds(order.DelaySeconds ?? 0));
        foreach (var entry in slice)
        {
            if (await DoAsync(entry.Key, delay))
            {
                count++;
                delay += TimeSpan.FromMinutes(1) / options.ReplayPerMinute;
                delay = delay > LongestDelay ? LongestDelay : delay;
            }
        }

        return Results.Json(
            new BulkDone(
                count,
                slice.Count - count,
                slice.Count == max ? slice[^1].Cursor : null,
                order.Do == "replay" ? delay.TotalSeconds : 0
            ),
            OrdersJson.Default.BulkDone,
            statusCode: 202
        );

        async Task<bool> DoAsync(string key, TimeSpan later)
        {
            if (await ledger.GetAsync(key, stop) is not { } row || row.Current != range.State)
            {
                return false;
            }

            if (Closing(order.Do) is { } closing)
            {
                return EventOrders.CloseRefusal(row, closing) is null
                    && await orders.CloseAsync(row, closing, Reason(order.Why)!, by, stop);
            }

            return orders.ReplayRefusal(row) is null && await orders.ReplayAsync(row, by, later, stop);
        }
    }

    /// <summary>Pauses or resumes delivery on all hosts. Intake goes on.</summary>
    /// <param name="paused">Whether it is paused.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    public async Task<IResult> PauseAsync(bool paused, string by, CancellationToken cancellationToken)
    {
        await pause.SetAsync(paused, by, cancellationToken);
        return Results.NoContent();
    }

    private async Task<EventRow?> FindAsync(string key, CancellationToken cancellationToken) =>
        EventKey.IsKey(key) ? await ledger.GetAsync(key, cancellationToken) : null;

    private static string? Closing(string? closing) =>
        closing is EventClosings.Acknowledged or EventClosings.Discarded ? closing : null;

    private static string? Reason(string? reason) =>
        reason?.Trim() is { Length: > 0 and <= LongestReason } given ? given : null;
}

/// <summary>How an event is to be closed.</summary>
internal sealed record CloseOrder(string? As, string? Reason);

/// <summary>What is to be done with many events.</summary>
internal sealed record BulkOrder(
    string? State,
    string? Reason,
    string? Do,
    string? Why,
    string? After,
    double? DelaySeconds,
    int? Max
);

/// <param name="Count">With how many it was done.</param>
/// <param name="LeftOut">
/// How many it could not be done with: they moved, a worker has them, or they can't be sent.
/// </param>
/// <param name="After">Where the next slice begins; null: this was the last.</param>
/// <param name="DelaySeconds">When the first event of the next slice goes.</param>
internal sealed record BulkDone(int Count, int LeftOut, string? After, double DelaySeconds);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CloseOrder))]
[JsonSerializable(typeof(BulkOrder))]
[JsonSerializable(typeof(BulkDone))]
internal sealed partial class OrdersJson : JsonSerializerContext;
