using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// What an operator does with batches of registrations from before the client was there: behind a key, in
/// production behind Entra too.
/// </summary>
/// <param name="sources">The ways to list and fetch registrations.</param>
/// <param name="table">The batches.</param>
/// <param name="backfill">Has them go on.</param>
/// <param name="held">Registrations by which a list is tried.</param>
/// <param name="time">The clock.</param>
public sealed class BackfillCommands(
    IEnumerable<IRecordSource> sources,
    BackfillTable table,
    Backfill backfill,
    HeldRecords held,
    TimeProvider time
)
{
    private const int Tries = 5;

    /// <summary>All batches, the oldest first.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IResult> ListAsync(CancellationToken cancellationToken)
    {
        List<BatchView> batches = [];
        await foreach (var batch in table.AllAsync(cancellationToken))
        {
            batches.Add(BatchView.Of(batch));
        }

        return new UncachedResult(Results.Json(batches, BackfillJson.Default.ListBatchView));
    }

    /// <summary>
    /// Begins a batch over a window: <c>source</c>, <c>from</c>, <c>to</c>, <c>probe</c>. 202; 400 for other values;
    /// 409 when neither the ledger nor <c>probe</c> has a number by which the list can be tried.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> BeginAsync(HttpRequest request)
    {
        var now = time.GetUtcNow();
        var (order, refusal) = await OperatorBody.ReadAsync(request, BackfillJson.Default.BatchOrder);
        if (refusal is not null)
        {
            return refusal;
        }

        if (
            order is not { From: { } from }
            || from >= (order.To ?? now)
            || RegistrationNumber.IsTooLong(order.Probe)
            || sources.FirstOrDefault(source => order.Source is null || source.Name == order.Source) is not { } chosen
        )
        {
            return Problems.BadRequest(
                "The body is an object with from, to (ISO 8601, from before to), probe (the number of a registration "
                    + "that OpenCRVS holds) and source, one of "
                    + $"{string.Join(", ", sources.Select(source => source.Name))}."
            );
        }

        var stop = request.HttpContext.RequestAborted;
        var probe = RegistrationNumber.Normalise(order.Probe);
        if (probe is null && (await held.SomeAsync(chosen.EventSource, stop)).Count == 0)
        {
            return Problems.Conflict(
                "The ledger holds no registration yet by which the search could be tried, and an empty list proves "
                    + "nothing. Give as probe the number of a registration that OpenCRVS holds."
            );
        }

        var batch = new BackfillBatch
        {
            RowKey = BackfillBatch.NewId(now),
            Source = chosen.Name,
            BegunAt = now,
            From = from,
            To = order.To ?? now,
            Probe = probe,
        };
        await table.TrySaveAsync(batch, stop);
        await backfill.SendAsync(batch.RowKey, null, CancellationToken.None);
        return Results.Json(BatchView.Of(batch), BackfillJson.Default.BatchView, statusCode: 202);
    }

    /// <summary>
    /// Begins a batch over a list: the body is a file of JSON lines. 202; 400 when no line can be read, 409 when
    /// nothing can fetch a registration.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    public async Task<IResult> ImportAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (sources.FirstOrDefault(source => source.EventSource == EventSources.Webhook) is not { } chosen)
        {
            return Problems.Conflict("Only registrations of OpenCRVS 1.x are imported: name a record search.");
        }

        var batch = new BackfillBatch
        {
            RowKey = BackfillBatch.NewId(time.GetUtcNow()),
            Source = chosen.Name,
            Origin = EventOrigins.Import,
            State = BatchStates.Filling,
            BegunAt = time.GetUtcNow(),
        };
        IResult? refusal = null;
        try
        {
            IncomingBody.RaiseLimit(request);
            BoundedBody.Limit(request, IncomingBody.MaxLength, () => new InvalidDataException());
            await table.TrySaveAsync(batch, stop);
            var (read, unreadable) = await FileImport.ReadAsync(
                request.Body,
                record => table.PutAsync(batch.RowKey, record, BackfillItem.Listed, stop),
                stop
            );
            batch.Unreachable = unreadable;
            if (read == 0)
            {
                refusal = Problems.BadRequest("No line of the body is a JSON object with composition and ids.");
            }
        }
        catch (InvalidDataException)
        {
            refusal = Problems.TooLarge($"The body is longer than {IncomingBody.MaxLength} bytes: split the file.");
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException)
        {
            refusal = Problems.BadRequest("The file did not come whole.");
        }

        // What came of a file that is refused is given up with its batch: it is sent again as another.
        batch.State = refusal is null ? BatchStates.Planning : BatchStates.Cancelled;
        await table.TrySaveAsync(batch, CancellationToken.None);
        if (refusal is not null)
        {
            return refusal;
        }

        await backfill.SendAsync(batch.RowKey, null, CancellationToken.None);
        return Results.Json(BatchView.Of(batch), BackfillJson.Default.BatchView, statusCode: 202);
    }

    /// <summary>Releases a batch that is held: 202; 404 when there is none, 409 when it is not held.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops before the change.</param>
    public Task<IResult> ReleaseAsync(string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            batch =>
            {
                if (batch.State != BatchStates.Held)
                {
                    return false;
                }

                batch.State = BatchStates.Released;
                batch.ReleasedAt = time.GetUtcNow();
                return true;
            },
            cancellationToken
        );

    /// <summary>Gives a batch up: what is on its way stays there.</summary>
    /// <param name="id">The batch.</param>
    /// <param name="cancellationToken">Stops before the change.</param>
    public Task<IResult> CancelAsync(string id, CancellationToken cancellationToken) =>
        ChangeAsync(
            id,
            batch =>
            {
                if (batch.State is BatchStates.Done or BatchStates.Cancelled)
                {
                    return false;
                }

                batch.State = BatchStates.Cancelled;
                batch.EndedAt = time.GetUtcNow();
                return true;
            },
            cancellationToken
        );

    private async Task<IResult> ChangeAsync(
        string id,
        Func<BackfillBatch, bool> change,
        CancellationToken cancellationToken
    )
    {
        for (var round = 0; round < Tries; round++)
        {
            if (id.Length > RegistrationNumber.Longest || await table.GetAsync(id, cancellationToken) is not { } batch)
            {
                return Problems.NotFound("There is no such batch.");
            }

            if (!change(batch))
            {
                return Problems.Conflict($"The batch is {batch.State}.");
            }

            // A worker may be saving how far it is.
            if (await table.TrySaveAsync(batch, cancellationToken))
            {
                await backfill.SendAsync(id, null, CancellationToken.None);
                return Results.Json(BatchView.Of(batch), BackfillJson.Default.BatchView, statusCode: 202);
            }
        }

        return Problems.Conflict("The batch is being worked on: try again.");
    }
}

/// <summary>What an operator asks for.</summary>
internal sealed record BatchOrder(string? Source, DateTimeOffset? From, DateTimeOffset? To, string? Probe);

/// <summary>A batch as the operator sees it.</summary>
internal sealed record BatchView(
    string Id,
    string Source,
    string Origin,
    string State,
    DateTimeOffset BegunAt,
    DateTimeOffset? From,
    DateTimeOffset? To,
    DateTimeOffset? Cursor,
    DateTimeOffset? ReleasedAt,
    DateTimeOffset? EndedAt,
    DateTimeOffset? NextAt,
    string? Trouble,
    bool IsIncomplete,
    int Listed,
    int Known,
    int Missing,
    int Unreachable,
    int Identified,
    int TooOld,
    int Conflicts,
    int Sent,
    int Dropped
)
{
    public static BatchView Of(BackfillBatch batch) =>
        new(
            batch.RowKey,
            batch.Source,
            batch.Origin,
            batch.State,
            batch.BegunAt,
            batch.From,
            batch.To,
            batch.Cursor,
            batch.ReleasedAt,
            batch.EndedAt,
            batch.NextAt,
            batch.Trouble,
            batch.IsIncomplete,
            batch.Listed,
            batch.Known,
            batch.Missing,
            batch.Unreachable,
            batch.Identified,
            batch.TooOld,
            batch.Conflicts,
            batch.Sent,
            batch.Dropped
        );
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<BatchView>))]
[JsonSerializable(typeof(BatchView))]
[JsonSerializable(typeof(BatchOrder))]
internal sealed partial class BackfillJson : JsonSerializerContext;
