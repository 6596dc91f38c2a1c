using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// The operator's view of the ledger and what an operator can do: behind the admin key, in production behind Entra too.
/// </summary>
public sealed partial class EventOperations
{
    private const int CountLimit = 10_000;
    private const int SearchLimit = 10_000;
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];
    private readonly EventLedger ledger;
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
        EventLedger ledger,
        Registrations registrations,
        EventQueues queues,
        DeliverySwitch pause,
        Circuits circuits,
        Quarantine quarantine,
        ISecretStore secrets,
        Subscriptions subscriptions,
        TimeProvider time,
        ILogger<EventOperations> logger
    )
    {
        this.ledger = ledger;
        this.registrations = registrations;
        this.queues = queues;
        this.pause = pause;
        this.circuits = circuits;
        this.quarantine = quarantine;
        this.secrets = secrets;
        this.subscriptions = subscriptions;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>
    /// Counts and ages per state, the last 24 hours by the hour, open circuits, whether delivery is paused. States that
    /// end a life are counted over the last 24 hours; a count stops at 10,000.
    /// </summary>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IResult> SummaryAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var day = now.AddHours(-24);
        var received = HoursAsync(null, day, cancellationToken);
        var delivered = HoursAsync(EventState.Delivered, day, cancellationToken);
        var states = Enum.GetValues<EventState>()
            .Where(state => state != EventState.Delivered)
            .Select(state => CountAsync(state, now, cancellationToken))
            .ToList();
        var (paused, waiting) = (pause.ReadAsync(cancellationToken), quarantine.CountAsync(cancellationToken));
        await Task.WhenAll([received, delivered, paused, waiting, .. states]);
        return Private(
            Results.Json(
                new Summary(
                    ProductVersion.Text,
                    now,
                    paused.Result,
                    [.. circuits.Open.Where(circuit => circuit.Value).Select(circuit => circuit.Key)],
                    secrets.Status.State.ToString(),
                    waiting.Result,
                    [
                        .. states.Select(state => state.Result),
                        new StateCount(nameof(EventState.Delivered), delivered.Result.Sum(), null, true),
                    ],
                    [
                        .. received
                            .Result.Zip(delivered.Result, (came, went) => (came, went))
                            .Select((hour, index) => new Hour(day.AddHours(index), hour.came, hour.went)),
                    ],
                    [
                        .. (await subscriptions.StatesAsync(cancellationToken)).Select(topic => new SubscriptionView(
                            topic.Topic,
                            topic.Status,
                            topic.At,
                            topic.Reason
                        )),
                    ]
                ),
                OperationsJson.Default.Summary
            )
        );
    }

    /// <summary>
    /// Lists events, oldest first: query <c>state</c>, <c>from</c>, <c>to</c> (ISO 8601; when the event came, or with
    /// <c>state</c> since when it is in it), <c>limit</c> (100, at most 1000). 400 for other values.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> ListAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (
            ((string[])["state", "from", "to", "limit"]).FirstOrDefault(name => request.Query[name].Count > 1) is
            { } twice
        )
        {
            return Problems.BadRequest($"{twice} is given more than once.");
        }

        if (!TryTime("from", out var from) || !TryTime("to", out var to))
        {
            return Problems.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-23T00:00:00Z.");
        }

        if (from >= to)
        {
            return Problems.BadRequest("from has to be before to.");
        }

        if (
            !int.TryParse(Value("limit") ?? "100", NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            || limit is < 1 or > 1000
        )
        {
            return Problems.BadRequest("limit is a number from 1 to 1000.");
        }

        EventState? state = null;
        if (Value("state") is { } text)
        {
            // Not Enum.TryParse: it takes numbers and sums of names too.
            if (
                Array.FindIndex(
                    Enum.GetNames<EventState>(),
                    name => name.Equals(text, StringComparison.OrdinalIgnoreCase)
                )
                    is var index
                && index < 0
            )
            {
                return Problems.BadRequest($"state is one of {string.Join(", ", Enum.GetNames<EventState>())}.");
            }

            state = Enum.GetValues<EventState>()[index];
        }

        // Each partition is in order: the oldest of all are among each one's oldest.
        var found = await ledger.ByPartitionAsync(
            state,
            from,
            to,
            limit,
            keys => keys.Take(limit).ToListAsync(stop).AsTask(),
            stop
        );
        var rows = await RowsAsync(
            found.SelectMany(keys => keys).OrderBy(item => item.At).Take(limit).Select(item => item.Key),
            stop
        );
        // One that moved on while we read is not in the state any more.
        return View(rows.Where(row => state is null || row.Current == state));

        string? Value(string name) => request.Query[name] is [{ Length: > 0 } one] ? one : null;

        bool TryTime(string name, out DateTimeOffset? at)
        {
            at = null;
            if (Value(name) is not { } value)
            {
                return true;
            }

            var good = DateTimeOffset.TryParseExact(
                value,
                TimeFormats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var parsed
            );
            at = good ? parsed : null;
            return good;
        }
    }

    /// <summary>
    /// The events of a registration number: POST, so that the number is in no address that a gateway logs. Body
    /// <c>{"registrationNumber"}</c>.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> SearchAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        SearchRequest? search;
        try
        {
            var body = new byte[SearchLimit + 1];
            var length =
                request.ContentLength > SearchLimit
                    ? body.Length
                    : await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, stop);
            if (length > SearchLimit)
            {
                return Problems.TooLarge($"At most {SearchLimit} bytes are taken.");
            }

            search = JsonSerializer.Deserialize(body.AsSpan(0, length), OperationsJson.Default.SearchRequest);
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            search = null;
        }

        if (search?.RegistrationNumber?.Trim() is not { Length: > 0 and <= 200 } number)
        {
            return Problems.BadRequest("A JSON object with registrationNumber is expected.");
        }

        var rows = await RowsAsync(await registrations.EventsOfAsync(number, stop), stop);
        return View(rows.OrderBy(row => row.ReceivedAt));
    }

    /// <summary>One event with its history and its registration's AID and times; 404 when there is none.</summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IResult> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsKey(key) || await ledger.GetAsync(key, cancellationToken) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        var kind = row.Topic == Topics.Death ? RegistrationKind.Death : RegistrationKind.Birth;
        var registration = (row.RegistrationNumber ?? row.CompositionId) is { } number
            ? await registrations.GetAsync(kind, number, cancellationToken)
            : null;
        return Private(Results.Json(EventView.Of(row, registration), OperationsJson.Default.EventView));
    }

    /// <summary>
    /// Sends one event on its way again: 202; 404 when there is none, 409 when it is delivered or can't be delivered as
    /// it is.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> ReplayAsync(string key, CancellationToken cancellationToken)
    {
        if (!IsKey(key) || await ledger.GetAsync(key, cancellationToken) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        return Refusal(row) is { } refusal ? Problems.Conflict(refusal)
            : await ReplayAsync(row, cancellationToken)
                ? Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202)
            : Problems.Conflict("The event is being delivered right now.");
    }

    /// <summary>Sends all poisoned events on their way again: 202 with their count.</summary>
    /// <param name="cancellationToken">Stops before the next event.</param>
    public async Task<IResult> ReplayPoisonedAsync(CancellationToken cancellationToken)
    {
        var counts = await ledger.ByPartitionAsync(
            EventState.Poisoned,
            null,
            null,
            1000,
            ReplayAllAsync,
            cancellationToken
        );
        return Results.Json(new Replayed(counts.Sum()), OperationsJson.Default.Replayed, statusCode: 202);

        async Task<int> ReplayAllAsync(IAsyncEnumerable<(string Key, DateTimeOffset At)> keys)
        {
            var count = 0;
            await foreach (var (key, _) in keys)
            {
                if (
                    await ledger.GetAsync(key, cancellationToken) is { Current: EventState.Poisoned } row
                    && Refusal(row) is null
                    && await ReplayAsync(row, cancellationToken)
                )
                {
                    count++;
                }
            }

            return count;
        }
    }

    /// <summary>Pauses or resumes delivery on all hosts. Intake goes on.</summary>
    /// <param name="paused">Whether it is paused.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    public async Task<IResult> PauseAsync(bool paused, CancellationToken cancellationToken)
    {
        await pause.SetAsync(paused, cancellationToken);
        LogPaused(paused);
        return Results.NoContent();
    }

    private static string? Refusal(EventRow row) =>
        row.Current == EventState.Delivered ? "The event is delivered already."
        : row.Blob is null ? "The event's payload was removed."
        : row.Topic is not (Topics.Birth or Topics.Death or Topics.UinToken or Topics.NationalId)
            ? "An event of this topic is not delivered."
        : null;

    private async Task<bool> ReplayAsync(EventRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (row.LeaseUntil > now)
        {
            // A worker has it: its outcome must not be lost.
            return false;
        }

        row.Attempt = 0;
        row.NextAt = now;
        row.Reason = null;
        try
        {
            // The row first: a message of an event that is still poisoned would be dropped.
            await ledger.MoveAsync(row, EventState.Waiting, "replayed by an operator", cancellationToken);
        }
        catch (Azure.RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }

        await queues.SendAsync(row.ToMessage(), null, cancellationToken);
        LogReplayed(row.Key);
        return true;
    }

    private async Task<IEnumerable<EventRow>> RowsAsync(IEnumerable<string> keys, CancellationToken cancellationToken)
    {
        List<EventRow?> rows = [];
        foreach (var some in keys.Chunk(50))
        {
            rows.AddRange(await Task.WhenAll(some.Select(key => ledger.GetAsync(key, cancellationToken))));
        }

        return rows.OfType<EventRow>();
    }

    private static UncachedResult View(IEnumerable<EventRow> rows) =>
        Private(Results.Json([.. rows.Select(row => EventView.Of(row))], OperationsJson.Default.ListEventView));

    private async Task<StateCount> CountAsync(EventState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var count = 0;
        var oldest = await ledger.ByPartitionAsync(state, null, null, 1000, ReadAsync, cancellationToken);
        return new StateCount(
            state.ToString(),
            Math.Min(count, CountLimit),
            oldest.Min() is { } since ? (now - since).TotalSeconds : null,
            false
        );

        // Every partition tells its first, which is its oldest, even when the others reach the limit.
        async Task<DateTimeOffset?> ReadAsync(IAsyncEnumerable<(string Key, DateTimeOffset At)> keys)
        {
            DateTimeOffset? first = null;
            await foreach (var (_, at) in keys)
            {
                first ??= at;
                if (Interlocked.Increment(ref count) >= CountLimit)
                {
                    break;
                }
            }

            return first;
        }
    }

    private async Task<int[]> HoursAsync(EventState? state, DateTimeOffset begin, CancellationToken cancellationToken)
    {
        var hours = new int[24];
        await ledger.ByPartitionAsync(
            state,
            begin,
            null,
            1000,
            async keys =>
            {
                await foreach (var (_, at) in keys)
                {
                    Interlocked.Increment(ref hours[Math.Clamp((int)(at - begin).TotalHours, 0, 23)]);
                }

                return true;
            },
            cancellationToken
        );
        return hours;
    }

    private static UncachedResult Private(IResult result) => new(result);

    private static bool IsKey(string key) => key.Length == 64 && key.All(char.IsAsciiHexDigitLower);

    [LoggerMessage(50, LogLevel.Warning, "Event {EventKey} was replayed by an operator")]
    private partial void LogReplayed(string eventKey);

    [LoggerMessage(51, LogLevel.Warning, "An operator set delivery's pause to {Paused}")]
    private partial void LogPaused(bool paused);
}
