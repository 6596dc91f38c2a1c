using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// What an operator sees of registrations that OpenCRVS holds until we accept them, and what can be done with them:
/// behind a key, in production behind Entra too.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="queue">Has it accepted.</param>
/// <param name="confirmer">Rejects it.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="actions">Whether OpenCRVS has such registrations at all.</param>
/// <param name="orders">Notes what was done in the event's history.</param>
/// <param name="time">The clock.</param>
public sealed class ConfirmationCommands(
    ConfirmationTable table,
    ConfirmQueue queue,
    Confirmer confirmer,
    EventLedger ledger,
    ActionsOptions actions,
    EventOrders orders,
    TimeProvider time
)
{
    private const int MostListed = 1000;
    private const int LongestReason = 500;
    private const int LongestBody = 10_000;
    private const string Rejected = "An operator rejected the registration at OpenCRVS.";

    /// <summary>What waits, the oldest first; at most 1,000. 204 where OpenCRVS holds none at any time.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IResult> ListAsync(CancellationToken cancellationToken)
    {
        if (!actions.HasTriggers)
        {
            return Results.NoContent();
        }

        List<ConfirmationRow> rows = [];
        await foreach (var row in table.OpenAsync(cancellationToken))
        {
            if (row.IsOpen)
            {
                rows.Add(row);
            }
        }

        return new UncachedResult(
            Results.Json(
                [.. rows.OrderBy(row => row.OpenedAt).Take(MostListed).Select(ConfirmationView.Of)],
                ConfirmationJson.Default.ListConfirmationView
            )
        );
    }

    /// <summary>
    /// Has a registration accepted now, with or without its number: 202; 404 when there is none, 409 when it is
    /// settled.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> ConfirmAsync(string key, string by, CancellationToken cancellationToken)
    {
        var (row, refusal) = await FindAsync(key, cancellationToken);
        if (row is null)
        {
            return refusal!;
        }

        if (row.IsHeld)
        {
            return Problems.Conflict("It came without one registration number. Reject it, so that it is made again.");
        }

        if (row.ScheduledAt is null)
        {
            // Accepted without its event, nobody would tell the National ID system of it.
            return Problems.Conflict(
                "Its trigger was not answered, and may not be stored. The sweep sees to it within minutes."
            );
        }

        var now = time.GetUtcNow();
        await table.MergeAsync(
            key,
            new Dictionary<string, object?>
            {
                [nameof(ConfirmationRow.DueAt)] = row.DueAt ?? now,
                [nameof(ConfirmationRow.NextAt)] = now,
            },
            cancellationToken
        );
        await queue.SendAsync(key, row.Attempt, TimeSpan.Zero, cancellationToken);
        await orders.NoteAsync(key, $"its acceptance at OpenCRVS was ordered by {by}", cancellationToken);
        return Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202);
    }

    /// <summary>
    /// Rejects a registration, so that the registrar may register again. Body <c>{"reason"}</c>: what the registrar
    /// must do. OpenCRVS takes no reason, so it stays in our ledger. 204; 404 and 409 as above, 409 also when OpenCRVS
    /// does not take it.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="request">The operator's request.</param>
    /// <param name="by">Who asks for it.</param>
    public async Task<IResult> RejectAsync(string key, HttpRequest request, string by)
    {
        var stop = request.HttpContext.RequestAborted;
        if (await ReasonAsync(request, stop) is not { } reason)
        {
            return Problems.BadRequest(
                $"A JSON object with reason is expected: what the registrar must do, in {LongestReason} characters."
            );
        }

        var (row, refusal) = await FindAsync(key, stop);
        if (row is null)
        {
            return refusal!;
        }

        row = await confirmer.WaitAsync(row, stop);
        if (!row.IsOpen || !await confirmer.TakeAsync(row, stop))
        {
            return Problems.Conflict("The registration is being confirmed right now.");
        }

        try
        {
            await confirmer.RejectAsync(row, reason, stop);
        }
        catch (DeliveryException failure)
        {
            await confirmer.GiveBackAsync(row, failure.Reason);
            return Problems.Conflict($"It is not rejected. {failure.Reason}");
        }
        catch (Exception)
        {
            await confirmer.GiveBackAsync(row, row.Trouble);
            throw;
        }

        if (row.State != ConfirmationStates.Rejected)
        {
            return Problems.Conflict("The registration was accepted before.");
        }

        await orders.NoteAsync(key, $"rejected at OpenCRVS by {by}: {reason}", stop);
        await SettleAsync(key, stop);
        return Results.NoContent();
    }

    /// <summary>
    /// What stands flagged or poisoned is settled: the registrar registers the record again, or never. An event that is
    /// under way finds out by itself that there is nothing to write on.
    /// </summary>
    private async Task SettleAsync(string key, CancellationToken stop)
    {
        if (await ledger.GetAsync(key, stop) is not { Current: EventState.Flagged or EventState.Poisoned } row)
        {
            return;
        }

        row.NextAt = null;
        row.Reason = Rejected;
        try
        {
            await ledger.MoveAsync(row, EventState.Delivered, Rejected, stop);
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            // Somebody replays it at this moment: it is for them to see what becomes of it.
        }
    }

    private async Task<(ConfirmationRow? Row, IResult? Refusal)> FindAsync(string key, CancellationToken stop) =>
        !actions.HasTriggers || !EventKey.IsKey(key) || await table.GetAsync(key, stop) is not { } row
            ? (null, Problems.NotFound("There is no such registration."))
        : !row.IsOpen ? (null, Problems.Conflict($"The registration is {row.State} already."))
        : (row, null);

    private static async Task<string?> ReasonAsync(HttpRequest request, CancellationToken stop)
    {
        try
        {
            var body = await BoundedBody.ReadAsync(request, LongestBody, () => new IOException());
            var given = JsonSerializer.Deserialize(body, ConfirmationJson.Default.Rejection)?.Reason?.Trim();
            return given is { Length: > 0 and <= LongestReason } ? given : null;
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            return null;
        }
    }
}

/// <summary>A registration that waits for our acceptance, as the operator sees it.</summary>
internal sealed record ConfirmationView(
    string Key,
    string EventType,
    string Action,
    string? RegistrationNumber,
    string TrackingId,
    string RecordId,
    DateTimeOffset Since,
    DateTimeOffset? DueAt,
    DateTimeOffset? NextAt,
    int Attempt,
    DateTimeOffset? TokenExpiresAt,
    string Reason
)
{
    public static ConfirmationView Of(ConfirmationRow row) =>
        new(
            row.EventKey,
            row.EventType,
            row.ActionType,
            row.RegistrationNumber,
            row.TrackingId,
            row.EventId,
            row.OpenedAt,
            row.DueAt,
            row.NextAt,
            row.Attempt,
            row.TokenExpiresAt,
            row.Trouble
                ?? row.Reason
                ?? (
                    row.ScheduledAt is null
                        ? "Its trigger was not answered."
                        : "It waits for what the National ID system gives."
                )
        );
}

internal sealed record Rejection(string? Reason);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<ConfirmationView>))]
[JsonSerializable(typeof(Rejection))]
internal sealed partial class ConfirmationJson : JsonSerializerContext;
