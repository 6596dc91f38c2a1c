using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Makes batches of uploads.</summary>
public sealed partial class SeederSubmissions(
    SeederStore store,
    SeederBatches batches,
    SeederAnswers answers,
    TokenSeederOptions options,
    TimeProvider time,
    ILogger<SeederSubmissions> logger
)
{
    // Taking one long line apart needs some megabytes. The uploads that wait here are in storage.
    private const int MostAtOnce = 4;
    private readonly SemaphoreSlim atOnce = new(MostAtOnce);

    /// <summary>Takes a batch as JSON: its lines are stored already.</summary>
    internal Task<IResult> SubmitJsonAsync(
        string id,
        SeederUpload upload,
        SeederRequest request,
        CancellationToken stop
    ) => SubmitAsync(id, upload, request, file => SeederLines.ReadAsync(file, request, options, stop), stop);

    /// <summary>Takes a batch as CSV: the file is stored already.</summary>
    internal Task<IResult> SubmitCsvAsync(
        string id,
        SeederUpload upload,
        SeederRequest request,
        CancellationToken stop
    ) => SubmitAsync(id, upload, request, file => SeederCsv.ReadAsync(file, request, options, stop), stop);

    private async Task<IResult> SubmitAsync(
        string id,
        SeederUpload upload,
        SeederRequest request,
        Func<Stream, IAsyncEnumerable<SeederLine>> linesOf,
        CancellationToken stop
    )
    {
        var (total, invalid) = await TakeLinesAsync(upload, linesOf, stop);
        await store.RemoveUploadAsync(upload.Batch, stop);
        upload.IsKept = true;
        await store.AddAsync(
            new SeederRequestRow
            {
                PartitionKey = upload.Batch,
                Status = total == invalid ? SeederStatus.SubmittedWithErrors : SeederStatus.Submitted,
                Output = request.Output!,
                Total = total,
                Invalid = invalid,
                CreatedAt = time.GetUtcNow(),
            },
            stop
        );
        await batches.EnqueueAsync(upload.Batch);
        LogSubmitted(upload.Batch, total, invalid);
        return total > invalid
            ? answers.Ok("request_identifier", id)
            : answers.Envelope(
                200,
                new SeederError(SeederCodes.NoValidRecord, "none of the record form a valid request"),
                "request_identifier",
                id
            );
    }

    private async Task<(int Total, int Invalid)> TakeLinesAsync(
        SeederUpload upload,
        Func<Stream, IAsyncEnumerable<SeederLine>> linesOf,
        CancellationToken stop
    )
    {
        await atOnce.WaitAsync(stop);
        try
        {
            var file = await upload.OpenAsync();
            await using (file)
            {
                return await store.PutLinesAsync(upload.Batch, linesOf(file), stop);
            }
        }
        finally
        {
            atOnce.Release();
        }
    }

    [LoggerMessage(
        63,
        LogLevel.Information,
        "Token Seeder batch {Batch} is submitted: {Lines} lines, {Invalid} of them invalid"
    )]
    private partial void LogSubmitted(string batch, int lines, int invalid);
}
