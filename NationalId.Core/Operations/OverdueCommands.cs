using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// The births that never got a number and the deaths that ended none, as an operator sees them: behind a key, in
/// production behind Entra too.
/// </summary>
/// <param name="table">The list.</param>
/// <param name="outcome">Asks the National ID system.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="time">The clock.</param>
public sealed class OverdueCommands(OverdueTable table, IOutcome outcome, EventLedger ledger, TimeProvider time)
{
    private const int MostListed = 1000;

    /// <summary>The list, the oldest first; at most 1,000.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IResult> ListAsync(CancellationToken cancellationToken) =>
        new UncachedResult(
            Results.Json(
                [
                    .. (await table.FirstAsync(MostListed, cancellationToken)).Select(row => new OverdueView(
                        row.Key,
                        row.PartitionKey,
                        row.Number,
                        row.Since,
                        row.AskedAt
                    )),
                ],
                OverdueJson.Default.ListOverdueView
            )
        );

    /// <summary>
    /// Asks the National ID system once more: 202; 404 when it is not on the list, 409 with the reason where the system
    /// can't be asked.
    /// </summary>
    /// <param name="key">The event's key.</param>
    /// <param name="cancellationToken">Stops before the next step.</param>
    public async Task<IResult> AskAsync(string key, CancellationToken cancellationToken)
    {
        if (
            !EventKey.IsKey(key)
            || await ledger.GetAsync(key, cancellationToken) is not { } row
            || await table.FindAsync(row, cancellationToken) is not { } overdue
        )
        {
            return Problems.NotFound("There is no such registration on the list.");
        }

        if (await outcome.AskAgainAsync(row, cancellationToken) is { } refusal)
        {
            return Problems.Conflict(refusal);
        }

        await table.NoteAskedAsync(overdue, time.GetUtcNow(), cancellationToken);
        return Results.Json(new Replayed(1), OperationsJson.Default.Replayed, statusCode: 202);
    }
}

/// <summary>A registration of which nothing was heard.</summary>
internal sealed record OverdueView(
    string Key,
    string Kind,
    string? RegistrationNumber,
    DateTimeOffset Since,
    DateTimeOffset? AskedAt
);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<OverdueView>))]
internal sealed partial class OverdueJson : JsonSerializerContext;
