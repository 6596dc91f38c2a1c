using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// The operator's view of the ledger: behind a key, in production behind Entra too. Nothing of it may be kept
/// by a proxy or browser.
/// </summary>
/// <param name="ledger">The ledger of events.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="confirmations">What OpenCRVS holds until we accept it.</param>
/// <param name="actions">Whether OpenCRVS holds anything.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="orders">Says what can be done with an event.</param>
public sealed class EventSearch(
    EventLedger ledger,
    Registrations registrations,
    ConfirmationTable confirmations,
    ActionsOptions actions,
    EventKinds kinds,
    EventOrders orders
)
{
    private const int LongestSearch = 200;
    private const int MostFound = 200;

    /// <summary>
    /// Lists events, oldest first: query <c>state</c>, <c>from</c>, <c>to</c> (ISO 8601; when the event came, or with a
    /// <c>state</c> of delivered or closed since when it is that), <c>reason</c> (with a state that is open: only those
    /// that stand for it, as the summary has it), <c>limit</c> (100, at most 1000), <c>after</c>. 400 for other values.
    /// Where there are more, the header <c>Link</c> (RFC 8288) has the next page's address.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> ListAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (!EventQuery.TryRead(request, out var query, out var refusal))
        {
            return refusal;
        }

        // One more than is wanted says whether there are more.
        var page = await ledger.PageAsync(query.Range, query.Limit + 1, stop);
        if (page.Count > query.Limit)
        {
            page = [.. page.Take(query.Limit)];
            var next = QueryHelpers.AddQueryString(
                "events",
                request
                    .Query.Where(part => part.Key != "after")
                    .Select(part => KeyValuePair.Create(part.Key, part.Value))
                    .Append(new KeyValuePair<string, StringValues>("after", page[^1].Cursor))
            );
            request.HttpContext.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        }

        var rows = await RowsAsync(page.Select(entry => entry.Key), stop);
        // One that moved on while we read is not in the state any more.
        return View(rows.Where(row => query.Range.State is not { } state || row.Current == state));
    }

    /// <summary>
    /// The events that a text leads to, in whatever state: a registration number, tracking id, record id or packet's
    /// registration id, whatever its letters' case and white space, or an event's key. POST, so that it is in no
    /// address that a gateway logs. Body <c>{"text"}</c>.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> SearchAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var (text, refusal) = await TextAsync(request);
        return refusal ?? View(await FindAsync(text!, stop));
    }

    /// <summary>
    /// A whole life: all that is known of the registrations that a text leads to (as <see cref="SearchAsync"/> has it)
    /// and of what is linked to them. Body <c>{"text"}</c>.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> LifeAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var (text, refusal) = await TextAsync(request);
        if (refusal is not null)
        {
            return refusal;
        }

        // 1. The events, those of the birth that a death among them is linked to, and the deaths that are linked to a
        // birth among them.
        var rows = await FindAsync(text!, stop);
        foreach (var number in rows.Select(row => row.RegistrationNumber).OfType<string>().Distinct().ToList())
        {
            rows.AddRange(await RowsAsync(await ledger.LinkedAsync(number, stop), stop));
        }

        foreach (var birth in rows.Select(row => row.LinkedBrn).OfType<string>().Distinct().ToList())
        {
            rows.AddRange(await FindAsync(birth, stop));
        }

        rows = [.. rows.DistinctBy(row => row.Key).OrderBy(row => row.ReceivedAt)];

        // 2. Their registrations.
        var known = rows.Where(row => row.KnownBy is not null)
            .Select(row => (KindOf(row), row.KnownBy!))
            .Distinct()
            .Take(MostFound);
        var registered = await Task.WhenAll(known.Select(one => registrations.GetAsync(one.Item1, one.Item2, stop)));

        // 3. What OpenCRVS holds of them.
        var held = actions.HasTriggers
            ? await Task.WhenAll(rows.Select(row => confirmations.GetAsync(row.Key, stop)))
            : new ConfirmationRow?[rows.Count];
        return new UncachedResult(
            Results.Json(
                new LifeView(
                    [.. registered.OfType<RegistrationRow>().Select(RegistrationView.Of)],
                    [.. rows.Select((row, index) => EventView.Of(row, orders, null, held[index]?.State))]
                ),
                OperationsJson.Default.LifeView
            )
        );
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

        var registration = row.KnownBy is { } number
            ? await registrations.GetAsync(KindOf(row), number, cancellationToken)
            : null;
        var held = actions.HasTriggers ? await confirmations.GetAsync(key, cancellationToken) : null;
        return new UncachedResult(
            Results.Json(EventView.Of(row, orders, registration, held?.State), OperationsJson.Default.EventView)
        );
    }

    private RegistrationKind KindOf(EventRow row) => kinds.Find(row.Topic)?.Registration ?? RegistrationKind.Birth;

    private static async Task<(string? Text, IResult? Refusal)> TextAsync(HttpRequest request)
    {
        var (search, refusal) = await OperatorBody.ReadAsync(request, OperationsJson.Default.SearchRequest);
        return refusal is not null ? (null, refusal)
            : (search?.Text ?? search?.RegistrationNumber)?.Trim() is { Length: > 0 and <= LongestSearch } text
                ? (text, null)
            : (
                null,
                Problems.BadRequest($"A JSON object with text is expected, of {LongestSearch} characters at most.")
            );
    }

    private async Task<List<EventRow>> FindAsync(string text, CancellationToken cancellationToken)
    {
        var keys = await ledger.FindAsync(text, cancellationToken);
        if (keys.Count == 0 && EventKey.IsKey(text.ToLowerInvariant()))
        {
            keys = [text.ToLowerInvariant()];
        }
        else if (keys.Count == 0 && await registrations.FindByAidAsync(text, cancellationToken) is { } registration)
        {
            keys = await ledger.FindAsync(registration.Number, cancellationToken);
        }

        return [.. (await RowsAsync(keys.Take(MostFound), cancellationToken)).OrderBy(row => row.ReceivedAt)];
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

    private UncachedResult View(IEnumerable<EventRow> rows) =>
        new UncachedResult(
            Results.Json([.. rows.Select(row => EventView.Of(row, orders))], OperationsJson.Default.ListEventView)
        );
}
