using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// The operator's view of the ledger: behind the admin key, in production behind Entra too. Nothing of it may be kept
/// by a proxy or browser.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="kinds">The table of event kinds.</param>
public sealed class EventSearch(EventLedger ledger, Registrations registrations, EventKinds kinds)
{
    private const int SearchLimit = 10_000;

    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

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
        if (!EventKey.IsKey(key) || await ledger.GetAsync(key, cancellationToken) is not { } row)
        {
            return Problems.NotFound("There is no such event.");
        }

        var kind = kinds.Find(row.Topic)?.Registration ?? RegistrationKind.Birth;
        var registration = (row.RegistrationNumber ?? row.CompositionId) is { } number
            ? await registrations.GetAsync(kind, number, cancellationToken)
            : null;
        return new UncachedResult(Results.Json(EventView.Of(row, registration), OperationsJson.Default.EventView));
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
        new UncachedResult(
            Results.Json([.. rows.Select(row => EventView.Of(row))], OperationsJson.Default.ListEventView)
        );
}
