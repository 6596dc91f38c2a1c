using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Registrations of 1.9's new events, 2.0 and 2.1. The time of a registration never moves there, so that a window that
/// was looked at is done with.
/// </summary>
/// <param name="client">The search.</param>
/// <param name="comparison">Compares with the ledger.</param>
/// <param name="documents">Takes records in.</param>
/// <param name="rules">Which are sent.</param>
/// <param name="actions">The country's types of events.</param>
/// <param name="options">The window.</param>
public sealed class EventsSearchSource(
    EventsSearchClient client,
    RecordComparison comparison,
    DocumentRecovery documents,
    RecoveryRules rules,
    ActionsOptions actions,
    ReconcileOptions options
) : IRecordSource
{
    private const string AcceptedAt = "legalStatuses.REGISTERED.acceptedAt";
    private const string Number = "legalStatuses.REGISTERED.registrationNumber";
    private const string UpdatedAt = "updatedAt";
    private const int PageSize = 100;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public string Name => ReconcileOptions.EventsSearch;

    /// <inheritdoc/>
    public string EventSource => EventSources.Trigger;

    /// <inheritdoc/>
    public TimeSpan Overlap => options.Overlap > TimeSpan.Zero ? options.Overlap : Hour;

    /// <inheritdoc/>
    /// <remarks>A registration never moves.</remarks>
    public TimeSpan FarOverlap => TimeSpan.Zero;

    /// <inheritdoc/>
    public TimeSpan Every => options.Every > TimeSpan.Zero ? options.Every : Hour;

    /// <inheritdoc/>
    public DateTimeOffset ListUntil(DateTimeOffset now) => now - options.Grace;

    /// <inheritdoc/>
    public async Task ProbeAsync(IReadOnlyList<KnownNumber> known, CancellationToken cancellationToken)
    {
        if (known.Count == 0)
        {
            // Nothing is held yet: at least it must understand us.
            await client.SearchAsync(Query(Clause(RegistrationKind.Birth), AcceptedAt, 0), cancellationToken);
        }

        // A scope names types of events: a client may see births and no deaths.
        foreach (var kind in known.GroupBy(one => one.Kind))
        {
            if (!await KnownNumber.FindsOneAsync(kind, FindsAsync, cancellationToken))
            {
                throw new TransientFailureException(
                    "OpenCRVS's search finds none of the registrations that we hold: nothing is concluded from it. "
                        + "Look at the search client's scopes: it needs record.search for births and for deaths."
                );
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ListedPage> ListAsync(
        ListOrder order,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // 1. What OpenCRVS says it waits for: it got our answer, or nobody's.
        var flagged = Clause(order.Kind);
        flagged["flags"] = new JsonObject { ["anyOf"] = new JsonArray("register:requested") };
        await foreach (var page in ListOpenAsync(order, flagged, cancellationToken))
        {
            yield return page;
        }

        // 2. On demand what it does not know that it waits for: each is opened.
        if (order.Deep)
        {
            var declared = Clause(order.Kind);
            declared["status"] = new JsonObject { ["type"] = "exact", ["term"] = "DECLARED" };
            await foreach (var page in ListOpenAsync(order, declared, cancellationToken))
            {
                yield return page;
            }
        }

        // 3. What is registered.
        await foreach (
            var page in Keyset.ListAsync(
                order.From,
                PageSize,
                async (from, skip, stop) =>
                {
                    var clause = Clause(order.Kind);
                    clause[AcceptedAt] = Range(from, order.To);
                    var rows = await client.SearchAsync(Query(clause, AcceptedAt, skip), stop);
                    return ([.. rows.Select(row => Registered(order.Kind, row)).OfType<ListedRecord>()], rows.Count);
                },
                cancellationToken
            )
        )
        {
            yield return page;
        }
    }

    /// <inheritdoc/>
    public Task<Comparison> CompareAsync(ListedRecord record, CancellationToken cancellationToken) =>
        comparison.OfTriggerAsync(record, cancellationToken);

    /// <inheritdoc/>
    public async Task<Recovered> TakeAsync(
        ListedRecord record,
        RecoveryOrder order,
        CancellationToken cancellationToken
    )
    {
        if (record.Document is { Bytes: { } passedBy })
        {
            return await documents.TakeAsync(record.Kind, passedBy, order, cancellationToken);
        }

        if (order.DryRun && !record.IsOpen)
        {
            // To open a record leaves a trace on it: the list tells enough.
            return record.WhyNot is { } whyNot ? new Recovered(Recovery.Kept, whyNot) : new Recovered(Recovery.Taken);
        }

        return await client.ReadAsync(record.RecordId, cancellationToken) is { } document
            ? await documents.TakeAsync(record.Kind, document, order, cancellationToken)
            : new Recovered(
                Recovery.Unreachable,
                "OpenCRVS does not give the record to our client: have it reindexed, or give the client record.read."
            );
    }

    private async Task<bool> FindsAsync(RegistrationKind kind, string number, CancellationToken cancellationToken)
    {
        var clause = Clause(kind);
        clause[Number] = new JsonObject { ["type"] = "exact", ["term"] = number };
        var rows = await client.SearchAsync(Query(clause, AcceptedAt, 0), cancellationToken);
        return rows.Any(row => Text(row, "REGISTERED", "registrationNumber") == number);
    }

    /// <summary>Open records have no time that would not move: they are listed anew at each run.</summary>
    private async IAsyncEnumerable<ListedPage> ListOpenAsync(
        ListOrder order,
        JsonObject clause,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var pages = Keyset.ListAsync(
            DateTimeOffset.UnixEpoch,
            PageSize,
            async (from, skip, stop) =>
            {
                var window = (JsonObject)clause.DeepClone();
                window[UpdatedAt] = Range(from, order.To);
                var rows = await client.SearchAsync(Query(window, UpdatedAt, skip), stop);
                return ([.. rows.Select(row => Open(order.Kind, row)).OfType<ListedRecord>()], rows.Count);
            },
            cancellationToken
        );
        await foreach (var page in pages)
        {
            yield return page with
            {
                Cursor = order.From,
            };
        }
    }

    private ListedRecord? Registered(RegistrationKind kind, JsonObject row) =>
        WrittenJson.Text(row, "id") is { } id
        && WrittenJson.TimeAt(row, "legalStatuses", "REGISTERED", "acceptedAt") is { } at
            ? new ListedRecord(
                kind,
                id,
                RegistrationNumber.Normalise(Text(row, "REGISTERED", "registrationNumber")),
                at,
                at
            )
            {
                WhyNot = rules.WhyNot(kind, row["declaration"] as JsonObject ?? []),
            }
            : null;

    private static ListedRecord? Open(RegistrationKind kind, JsonObject row) =>
        WrittenJson.Text(row, "id") is { } id && WrittenJson.TimeAt(row, UpdatedAt) is { } at
            ? new ListedRecord(kind, id, null, null, at) { IsOpen = true }
            : null;

    private static string? Text(JsonObject row, string status, string name) =>
        WrittenJson.Text(row, "legalStatuses", status, name);

    private JsonObject Clause(RegistrationKind kind) => new() { ["eventType"] = actions.EventOf(kind) };

    private static JsonObject Range(DateTimeOffset from, DateTimeOffset to) =>
        new()
        {
            ["type"] = "range",
            ["gte"] = WrittenJson.Time(from),
            ["lte"] = WrittenJson.Time(to),
        };

    private static JsonObject Query(JsonObject clause, string sortedBy, int skip) =>
        new()
        {
            ["query"] = new JsonObject { ["type"] = "and", ["clauses"] = new JsonArray(clause) },
            ["limit"] = PageSize,
            ["offset"] = skip,
            ["sort"] = new JsonArray(Ascending(sortedBy), Ascending("id")),
        };

    private static JsonObject Ascending(string field) => new() { ["field"] = field, ["direction"] = "asc" };
}
