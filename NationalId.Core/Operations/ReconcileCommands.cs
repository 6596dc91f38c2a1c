using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>
/// What an operator sees of reconciliation and can do with it: behind a key, in production behind Entra too.
/// </summary>
/// <param name="sources">The ways to list registrations.</param>
/// <param name="schedule">Begins runs.</param>
/// <param name="table">Remembers runs.</param>
/// <param name="batches">The batches.</param>
/// <param name="pace">Knows what is left of the day's quota.</param>
/// <param name="options">Whether there is a quota at all.</param>
public sealed class ReconcileCommands(
    IEnumerable<IRecordSource> sources,
    ReconcileSchedule schedule,
    ReconcileTable table,
    BackfillTable batches,
    SearchPace pace,
    ReconcileOptions options
)
{
    private const int MostUnreachable = 100;

    /// <summary>The last run of each source, what is left of the quota, and what OpenCRVS does not give us.</summary>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IResult> StatusAsync(CancellationToken cancellationToken)
    {
        List<ReconcileView> runs = [];
        foreach (var source in sources)
        {
            runs.Add(
                ReconcileView.Of(
                    source.Name,
                    await table.RunOfAsync(source.Name, cancellationToken) ?? new ReconcileRun()
                )
            );
        }

        List<UnreachableRecord> unreachable = [];
        await foreach (var record in table.UnreachableAsync(cancellationToken))
        {
            unreachable.Add(record);
            if (unreachable.Count == MostUnreachable)
            {
                break;
            }
        }

        List<BatchView> all = [];
        await foreach (var batch in batches.AllAsync(cancellationToken))
        {
            all.Add(BatchView.Of(batch));
        }

        int? left = options.HasRecordSearch ? await pace.LeftAsync(onDemand: false, cancellationToken) : null;
        return new UncachedResult(
            Results.Json(new ReconcileStatus(runs, left, unreachable, all), ReconcileJson.Default.ReconcileStatus)
        );
    }

    /// <summary>
    /// Begins a run: <c>source</c> (all where it is left out), <c>from</c> and <c>to</c> in ISO 8601, <c>deep</c>. 202
    /// with the sources; 409 when one is under way; 400 for other values.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> OrderAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var (asked, refusal) = await OperatorBody.ReadAsync(request, ReconcileJson.Default.ReconcileOrder);
        if (refusal is not null)
        {
            return refusal;
        }

        var order = asked ?? new ReconcileOrder(null, null, null, false);
        if (order.From >= order.To)
        {
            return Problems.BadRequest(
                "The body is an object with source, from, to (ISO 8601, from before to) and deep, or empty."
            );
        }

        var chosen = sources.Where(source => order.Source is null || source.Name == order.Source).ToList();
        if (chosen.Count == 0)
        {
            return Problems.BadRequest($"source is one of {string.Join(", ", sources.Select(source => source.Name))}.");
        }

        List<string> begun = [];
        foreach (var source in chosen)
        {
            if (await schedule.OrderAsync(source, order.From, order.To, order.Deep, stop))
            {
                begun.Add(source.Name);
            }
        }

        return begun.Count > 0
            ? Results.Json(new ReconcileBegun(begun), ReconcileJson.Default.ReconcileBegun, statusCode: 202)
            : Problems.Conflict("A run is under way already.");
    }
}

/// <summary>What an operator asks for.</summary>
internal sealed record ReconcileOrder(string? Source, DateTimeOffset? From, DateTimeOffset? To, bool Deep);

internal sealed record ReconcileBegun(IReadOnlyList<string> Sources);

/// <summary>How reconciliation stands.</summary>
internal sealed record ReconcileStatus(
    IReadOnlyList<ReconcileView> Runs,
    int? QuotaLeft,
    IReadOnlyList<UnreachableRecord> Unreachable,
    IReadOnlyList<BatchView> Batches
);

/// <summary>A source's run as the operator sees it.</summary>
internal sealed record ReconcileView(
    string Source,
    bool UnderWay,
    string Cause,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? CompleteAt,
    DateTimeOffset? From,
    DateTimeOffset? To,
    DateTimeOffset? Cursor,
    DateTimeOffset? NextAt,
    string? Trouble,
    int Listed,
    int Known,
    int Recovered,
    int RecoveredUp,
    int Kept,
    int Conflicts,
    int Unreachable,
    int Unnumbered
)
{
    public static ReconcileView Of(string source, ReconcileRun run) =>
        new(
            source,
            run.IsOpen,
            run.Cause,
            run.StartedAt,
            run.EndedAt,
            run.CompleteAt,
            run.StartedAt is null ? null : run.From,
            run.StartedAt is null ? null : run.To,
            run.Cursor,
            run.NextAt,
            run.Trouble,
            run.Listed,
            run.Known,
            run.Recovered,
            run.RecoveredUp,
            run.Kept,
            run.Conflicts,
            run.Unreachable,
            run.Unnumbered
        );
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ReconcileStatus))]
[JsonSerializable(typeof(ReconcileOrder))]
[JsonSerializable(typeof(ReconcileBegun))]
internal sealed partial class ReconcileJson : JsonSerializerContext;
