using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.CountryConfig;
using NationalId.Core.Delivery;
using NationalId.Core.Events;
using NationalId.Core.Intake;
using NationalId.Core.Secrets;
using NationalId.Core.Storage;
using System.Globalization;
using System.Text.Json;

namespace NationalId.Core.Operations;

/// <summary>The operator's view of the ledger and what an operator can do: behind the admin key, in production behind Entra too.</summary>
public sealed partial class EventOperations
{
    private const int CountLimit = 10_000;
    private readonly Ledger ledger;
    private readonly Registrations registrations;
    private readonly EventQueues queues;
    private readonly DeliverySwitch pause;
    private readonly Circuits circuits;
    private readonly Quarantine quarantine;
    private readonly ISecretStore secrets;
    private readonly Subscriptions subscriptions;
    private readonly TimeProvider time;
    private readonly ILogger<EventOperations> logger;

    internal EventOperations(
        Ledger ledger, Registrations registrations, EventQueues queues, DeliverySwitch pause, Circuits circuits, Quarantine quarantine,
        ISecretStore secrets, Subscriptions subscriptions, TimeProvider time, ILogger<EventOperations> logger)
    {
        (this.ledger, this.registrations, this.queues, this.pause) = (ledger, registrations, queues, pause);
        (this.circuits, this.quarantine, this.secrets, this.subscriptions, this.time, this.logger) = (circuits, quarantine, secrets, subscriptions, time, logger);
    }

    /// <summary>
    /// Counts and ages per state, the last 24 hours by the hour, open circuits, whether delivery is paused. States that end a life are counted over
    /// the last 24 hours; a count stops at 10,000.
    /// </summary>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IResult> SummaryAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var day = now.AddHours(-24);
        var received = HoursAsync(ledger.ReceivedAsync(day, null, cancellationToken), day);
        var delivered = HoursAsync(ledger.InStateAsync(EventState.Delivered, day, null, cancellationToken), day);
        var states = Enum.GetValues<EventState>().Where(state => state != EventState.Delivered).Select(state => CountAsync(state, now, cancellationToken)).ToList();
        await Task.WhenAll([received, delivered, .. states]).ConfigureAwait(false);
        return Results.Json(
            new Summary(
                now, await pause.IsPausedAsync(cancellationToken).ConfigureAwait(false), [.. circuits.Open.Where(circuit => circuit.Value).Select(circuit => circuit.Key)],
                secrets.Status.State.ToString(), await quarantine.CountAsync(cancellationToken).ConfigureAwait(false),
                [.. states.Select(state => state.Result), new StateCount(nameof(EventState.Delivered), delivered.Result.Sum(), null, true)],
                [.. received.Result.Zip(delivered.Result, (came, went) => (came, went)).Select((hour, index) => new Hour(day.AddHours(index), hour.came, hour.went))],
                [.. (await subscriptions.StatesAsync(cancellationToken).ConfigureAwait(false)).Select(topic => new SubscriptionView(topic.Topic, topic.Status, topic.At, topic.Reason))]),
            OperationsJson.Default.Summary);
    }

    /// <summary>Lists events, oldest first: query <c>state</c>, <c>from</c>, <c>to</c> (ISO 8601), <c>limit</c> (100, at most 1000). 400 for others.</summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> ListAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (!TryTime("from", out var from) || !TryTime("to", out var to))
        {
            return Problems.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-23T00:00:00Z.");
        }

        if (!int.TryParse(Value("limit") ?? "100", NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > 1000)
        {
            return Problems.BadRequest("limit is a number from 1 to 1000.");
        }

        EventState? state = null;
        if (Value("state") is { } text)
        {
            if (!Enum.TryParse<EventState>(text, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed) || char.IsAsciiDigit(text[0]))
            {
                return Problems.BadRequest($"state is one of {string.Join(", ", Enum.GetNames<EventState>())}.");
            }

            state = parsed;
        }

        var keys = state is { } wanted ? ledger.InStateAsync(wanted, from, to, stop) : ledger.ReceivedAsync(from, to, stop);
        // Sixteen partitions, each in order: the oldest of all need a look at each partition's first ones.
        List<(string Key, DateTimeOffset At)> found = [];
        await foreach (var item in keys.ConfigureAwait(false))
        {
            found.Add(item);
            if (found.Count >= CountLimit)
            {
                break;
            }
        }

        var rows = await Task.WhenAll(found.OrderBy(item => item.At).Take(limit).Select(item => ledger.GetAsync(item.Key, stop))).ConfigureAwait(false);
        return Results.Json([.. rows.OfType<EventRow>().Select(row => EventView.Of(row))], OperationsJson.Default.ListEventView);

        string? Value(string name) => request.Query[name] is [{ Length: > 0 } one] ? one : null;

        bool TryTime(string name, out DateTimeOffset? at)
        {
            at = null;
            if (Value(name) is not { } value)
            {
                return true;
            }

            var good = DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed);
            at = good ? parsed : null;
            return good;
        }
    }

    /// <summary>The events of a registration number: POST, so that the number is in no address that a gateway logs. Body <c>{"registrationNumber"}</c>.</summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> SearchAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        SearchRequest? search;
        try
        {
            search = request.ContentLength > 10_000 ? null : await JsonSerializer.DeserializeAsync(request.Body, OperationsJson.Default.SearchRequest, stop).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is JsonException or BadHttpRequestException)
        {
            search = null;
        }

        if (search?.RegistrationNumber?.Trim() is not { Length: > 0 and <= 200 } number)
        {
            return Problems.BadRequest("A JSON object with registrationNumber is expected.");
        }

        var rows = await Task.WhenAll((await registrations.EventsOfAsync(number, stop).ConfigureAwait(false)).Select(key => ledger.GetAsync(key, stop))).ConfigureAwait(false);
        return Results.Json([.. rows.OfType<EventRow>().OrderBy(row => row.ReceivedAt).Select(row => EventView.Of(row))], OperationsJson.Default.ListEventView);
    }

    /// <summary>One event with its history and its registration's AID and times; 404 when there is none.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IResult> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsKey(key) || await ledger.GetAsync(key, cancellationToken).ConfigureAwait(false) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        var kind = row.Topic == Topics.Death ? RegistrationKind.Death : RegistrationKind.Birth;
        var registration = (row.RegistrationNumber ?? row.CompositionId) is { } number ? await registrations.GetAsync(kind, number, cancellationToken).ConfigureAwait(false) : null;
        return Results.Json(EventView.Of(row, registration), OperationsJson.Default.EventView);
    }

    /// <summary>Sends one event on its way again: 202; 404 when there is none, 409 when it is delivered or can't be delivered as it is.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> ReplayAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsKey(key) || await ledger.GetAsync(key, cancellationToken).ConfigureAwait(false) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        return Refusal(row) is { } refusal ? Problems.Conflict(refusal)
            : await ReplayAsync(row, cancellationToken).ConfigureAwait(false) ? Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202)
            : Problems.Conflict("The event is being delivered right now.");
    }

    /// <summary>Sends all poisoned events on their way again: 202 with their count.</summary>
    /// <param name="cancellationToken">Stops before the next event.</param>
    public async Task<IResult> ReplayPoisonedAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var (key, _) in ledger.InStateAsync(EventState.Poisoned, null, null, cancellationToken).ConfigureAwait(false))
        {
            if (await ledger.GetAsync(key, cancellationToken).ConfigureAwait(false) is { } row && Refusal(row) is null && await ReplayAsync(row, cancellationToken).ConfigureAwait(false))
            {
                count++;
            }
        }

        return Results.Json(new Replayed(count), OperationsJson.Default.Replayed, statusCode: 202);
    }

    /// <summary>Pauses or resumes delivery on all hosts. Intake goes on.</summary>
    /// <param name="paused">Whether it is paused.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    public async Task<IResult> PauseAsync(bool paused, CancellationToken cancellationToken)
    {
        await pause.SetAsync(paused, cancellationToken).ConfigureAwait(false);
        LogPaused(paused);
        return Results.NoContent();
    }

    private static string? Refusal(EventRow row) =>
        row.Current == EventState.Delivered ? "The event is delivered already."
        : row.Blob is null ? "The event's payload was removed."
        : row.Topic is not (Topics.Birth or Topics.Death or Topics.UinToken or Topics.NationalId) ? "An event of this topic is not delivered."
        : null;

    private async Task<bool> ReplayAsync(EventRow row, CancellationToken cancellationToken)
    {
        (row.Attempt, row.NextAt, row.Reason) = (0, time.GetUtcNow(), null);
        try
        {
            // The row first: a message of an event that is still poisoned would be dropped.
            await ledger.MoveAsync(row, EventState.Waiting, "replayed by an operator", cancellationToken).ConfigureAwait(false);
        }
        catch (Azure.RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }

        await queues.SendAsync(row.ToMessage(), null, cancellationToken).ConfigureAwait(false);
        LogReplayed(row.Key);
        return true;
    }

    private async Task<StateCount> CountAsync(EventState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (count, oldest) = (0, (DateTimeOffset?)null);
        await foreach (var (_, at) in ledger.InStateAsync(state, null, null, cancellationToken).ConfigureAwait(false))
        {
            oldest = oldest is null || at < oldest ? at : oldest;
            if (++count >= CountLimit)
            {
                break;
            }
        }

        return new StateCount(state.ToString(), count, oldest is { } since ? (now - since).TotalSeconds : null, false);
    }

    private static async Task<int[]> HoursAsync(IAsyncEnumerable<(string Key, DateTimeOffset At)> keys, DateTimeOffset begin)
    {
        var hours = new int[24];
        await foreach (var (_, at) in keys.ConfigureAwait(false))
        {
            hours[Math.Clamp((int)(at - begin).TotalHours, 0, 23)]++;
        }

        return hours;
    }

    private static bool IsKey(string key) => key.Length == 64 && key.All(char.IsAsciiHexDigitLower);

    [LoggerMessage(50, LogLevel.Warning, "Event {EventKey} was replayed by an operator")]
    private partial void LogReplayed(string eventKey);

    [LoggerMessage(51, LogLevel.Warning, "An operator set delivery's pause to {Paused}")]
    private partial void LogPaused(bool paused);
}
