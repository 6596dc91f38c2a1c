using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Registrations of 1.2 to 1.9 in FHIR. The time by which they are listed moves when a record is certified, issued or
/// corrected, so that a run lists until now.
/// </summary>
/// <param name="client">The search.</param>
/// <param name="offices">The offices of the country.</param>
/// <param name="comparison">Compares with the ledger.</param>
/// <param name="records">Takes records in.</param>
/// <param name="options">The window, and whether searches answer five at most.</param>
public sealed class RecordSearchSource(
    RecordSearchClient client,
    RegistrationOffices offices,
    RecordComparison comparison,
    RecordRecovery records,
    ReconcileOptions options
) : IRecordSource
{
    private const int MostOfSplit = 5;

    private static readonly string[] Genders = ["male", "female", "other", "unknown"];
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private bool IsSplit => options.Has(ReconcileOptions.RecordSearchSplit);

    /// <inheritdoc/>
    public string Name => IsSplit ? ReconcileOptions.RecordSearchSplit : ReconcileOptions.RecordSearch;

    /// <inheritdoc/>
    public string EventSource => EventSources.Webhook;

    /// <inheritdoc/>
    /// <remarks>
    /// In 1.2 to 1.4 the registration itself does not move a record: it is listed by when it was sent for validation.
    /// </remarks>
    public TimeSpan Overlap =>
        options.Overlap > TimeSpan.Zero ? options.Overlap
        : IsSplit ? TimeSpan.FromDays(2)
        : TimeSpan.FromHours(1);

    /// <inheritdoc/>
    /// <remarks>What took longer to be validated is found by a run that goes back further.</remarks>
    public TimeSpan FarOverlap => IsSplit ? options.LongestValidation : TimeSpan.Zero;

    /// <inheritdoc/>
    public TimeSpan Every => options.Every > TimeSpan.Zero ? options.Every : TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public DateTimeOffset ListUntil(DateTimeOffset now) => now;

    /// <inheritdoc/>
    public async Task ProbeAsync(IReadOnlyList<KnownNumber> known, CancellationToken cancellationToken)
    {
        // 1. The version: a search that answers more than five ignores pages in the others.
        var schema = await client.SchemaAsync(cancellationToken);
        if (!schema.Has("BirthEventSearchSet", "registration"))
        {
            throw new TransientFailureException("OpenCRVS's gateway has no record search of 1.x.");
        }

        if (IsSplit != schema.IsEnum("IdentityType", "type") && !IsSplit)
        {
            throw new TransientFailureException(
                "OpenCRVS's gateway is older than 1.5: NationalId__Reconcile__Sources has to name record-search-split."
            );
        }

        // 2. Since 1.7 a wrong scope is no error but an empty list.
        if (known.Count > 0 && !await KnownNumber.FindsOneAsync(known, FindsAsync, cancellationToken))
        {
            throw new TransientFailureException(
                "OpenCRVS's search finds none of the registrations that we hold: nothing is concluded from it. "
                    + "Look at the search client's type."
            );
        }
    }

    private async Task<bool> FindsAsync(RegistrationKind kind, string number, CancellationToken cancellationToken) =>
        await FindAsync(kind, number, onDemand: false, cancellationToken) is not null;

    /// <summary>The registration of a number; null when the search finds none.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The number.</param>
    /// <param name="onDemand">Whether somebody waits for it.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached, or the quota is spent.</exception>
    public async Task<ListedRecord?> FindAsync(
        RegistrationKind kind,
        string number,
        bool onDemand,
        CancellationToken cancellationToken
    )
    {
        var found = await client.SearchAsync(
            kind,
            new JsonObject { ["registrationNumber"] = number },
            MostOfSplit,
            0,
            onDemand,
            cancellationToken
        );
        // The search finds similar ones too.
        return found.Rows?.FirstOrDefault(row => row.Number == number);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ListedPage> ListAsync(ListOrder order, CancellationToken cancellationToken) =>
        IsSplit ? SplitAsync(order, cancellationToken) : PagesAsync(order, cancellationToken);

    /// <inheritdoc/>
    public Task<Comparison> CompareAsync(ListedRecord record, CancellationToken cancellationToken) =>
        comparison.OfWebhookAsync(record, cancellationToken);

    /// <inheritdoc/>
    public Task<Recovered> TakeAsync(ListedRecord record, RecoveryOrder order, CancellationToken cancellationToken) =>
        records.TakeAsync(record, order, cancellationToken);

    private IAsyncEnumerable<ListedPage> PagesAsync(ListOrder order, CancellationToken cancellationToken) =>
        Keyset.ListAsync(
            order.From,
            options.PageSize,
            async (from, skip, stop) =>
            {
                var found = await SearchAsync(order, Window(from, order.To), options.PageSize, skip, stop);
                var rows =
                    found.Rows
                    ?? throw new TransientFailureException(
                        "OpenCRVS answers five registrations at most: NationalId__Reconcile__Sources has to name "
                            + "record-search-split."
                    );
                return (rows, found.Count);
            },
            cancellationToken
        );

    /// <summary>Windows that grow while little is found, and shrink when there is more than OpenCRVS answers.</summary>
    private async IAsyncEnumerable<ListedPage> SplitAsync(
        ListOrder order,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var from = order.From;
        var width = order.To - order.From;
        while (from <= order.To)
        {
            var end = from + width < order.To ? from + width : order.To;
            var found = await SearchAsync(order, Window(from, end), MostOfSplit, 0, cancellationToken);
            if (found.Rows is { } rows)
            {
                from = end + Instant;
                yield return new ListedPage(rows, from);
                width = found.Count <= MostOfSplit / 2 ? width * 2 : width;
            }
            else if (width > Instant)
            {
                // In whole milliseconds: the search knows no shorter time.
                width = TimeSpan.FromMilliseconds(Math.Floor(width.TotalMilliseconds / 2));
            }
            else
            {
                yield return await AtInstantAsync(order, from, cancellationToken);
                from = end + Instant;
            }

            width = width < Instant ? Instant : width;
        }
    }

    /// <summary>
    /// More than five within a millisecond: what was imported in one go. What can't be told apart is shown to an
    /// operator, and the list goes on.
    /// </summary>
    private async Task<ListedPage> AtInstantAsync(
        ListOrder order,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        Dictionary<string, ListedRecord> all = [];
        var isWhole = true;
        foreach (var gender in Genders)
        {
            var window = Window(at, at + Instant);
            window[order.Kind == RegistrationKind.Birth ? "childGender" : "deceasedGender"] = gender;
            await foreach (var part in PartsAsync(order, window, cancellationToken))
            {
                isWhole &= part.Rows is not null;
                foreach (var row in part.Rows ?? [])
                {
                    all[row.RecordId] = row;
                }
            }
        }

        // Where the parts are fewer than the whole, some have no gender or office that could be asked for.
        return new ListedPage([.. all.Values], at + Instant + Instant)
        {
            MoreAt = isWhole && all.Count > MostOfSplit ? null : at,
        };
    }

    /// <summary>What a search finds, at once or by the offices that declared it.</summary>
    private async IAsyncEnumerable<FoundRecords> PartsAsync(
        ListOrder order,
        JsonObject window,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var found = await SearchAsync(order, window, MostOfSplit, 0, cancellationToken);
        if (found.Rows is not null)
        {
            yield return found;
            yield break;
        }

        // An office's id is searched by its parts: another one that has one of them finds the same again.
        HashSet<string> seen = [];
        foreach (var office in await offices.ListAsync(cancellationToken))
        {
            var narrow = (JsonObject)window.DeepClone();
            narrow["declarationLocationId"] = office;
            var part = await SearchAsync(order, narrow, MostOfSplit, 0, cancellationToken);
            seen.UnionWith((part.Rows ?? []).Select(row => row.RecordId));
            yield return part;
        }

        if (seen.Count <= MostOfSplit)
        {
            yield return new FoundRecords(null, 0);
        }
    }

    private Task<FoundRecords> SearchAsync(
        ListOrder order,
        JsonObject parameters,
        int count,
        int skip,
        CancellationToken cancellationToken
    ) => client.SearchAsync(order.Kind, parameters, count, skip, order.OnDemand, cancellationToken);

    // Its name is wrong: it is the time of the last change that was indexed whole.
    private static JsonObject Window(DateTimeOffset from, DateTimeOffset to) =>
        new()
        {
            ["dateOfRegistrationStart"] = WrittenJson.Time(from),
            ["dateOfRegistrationEnd"] = WrittenJson.Time(to),
        };
}
