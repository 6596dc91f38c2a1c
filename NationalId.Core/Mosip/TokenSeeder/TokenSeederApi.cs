using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// The Token Seeder's HTTP side (docs/protocols.md, "Token Seeder"): OpenCRVS core's call at the point of death,
/// answered at once, and batches. What is refused is answered in the seeder's envelope under its codes.
/// </summary>
/// <param name="gate">Bounds callers.</param>
/// <param name="deceased">Asks about one person.</param>
/// <param name="submissions">Takes batches.</param>
/// <param name="store">Batches at rest.</param>
/// <param name="answers">What the seeder answers.</param>
/// <param name="options">The Token Seeder's variables.</param>
/// <param name="logger">Told of refusals.</param>
public sealed partial class TokenSeederApi(
    SeederGate gate,
    DeceasedAuthentication deceased,
    SeederSubmissions submissions,
    SeederStore store,
    SeederAnswers answers,
    TokenSeederOptions options,
    ILogger<TokenSeederApi> logger
)
{
    internal const int LongestJson = 16 * 1024 * 1024;
    internal const int LongestCsv = 50 * 1024 * 1024;

    /// <summary>
    /// <c>POST /authtoken/json</c>. One person (<c>authdata</c> is an object): IDA's own answer, byte for byte, within
    /// <see cref="TokenSeederOptions.SyncTimeout"/>, else an answer in IDA's shape. Several (an array): a batch's
    /// <c>request_identifier</c>.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    public Task<IResult> AuthenticateAsync(HttpRequest request) =>
        GuardAsync(
            request,
            async () =>
            {
                var stop = request.HttpContext.RequestAborted;
                using var box = deceased.Begin(stop);
                BoundedBody.Limit(request, LongestJson, () => SeederException.TooLarge(LongestJson));
                var id = SeederBatchId.New();
                await using var upload = new SeederUpload(store, SeederBatchId.KeyOf(id)!, stop);
                var read = SeederRequest.ReadJson(await SeederJson.ReadAsync(request.Body, upload.AddAsync, stop));
                if (!read.IsSync)
                {
                    return await submissions.SubmitJsonAsync(id, upload, read, stop);
                }

                if (!options.SyncOperationMode)
                {
                    throw SeederException.Unprocessable("value is not a valid list");
                }

                var line = read.Mapping.Take(
                    name => SeederMapping.FieldOf(read.AuthData, name),
                    read.Language,
                    options
                );
                return line.Person is null
                    ? throw new SeederException(400, line.ErrorCode!, line.ErrorMessage!)
                    : await deceased.AskAsync(line, box.Token);
            }
        );

    /// <summary>
    /// <c>POST /authtoken/csv</c>: a form with the file <c>csv_file</c> and the field <c>request</c>, JSON as above
    /// without <c>authdata</c>.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    public Task<IResult> UploadAsync(HttpRequest request) =>
        GuardAsync(
            request,
            async () =>
            {
                var stop = request.HttpContext.RequestAborted;
                BoundedBody.Limit(request, LongestCsv, () => SeederException.TooLarge(LongestCsv));
                var id = SeederBatchId.New();
                await using var upload = new SeederUpload(store, SeederBatchId.KeyOf(id)!, stop);
                var read = SeederRequest.ReadCsv(await SeederForm.ReadAsync(request, upload.AddFileAsync));
                return await submissions.SubmitCsvAsync(id, upload, read, stop);
            }
        );

    /// <summary>
    /// <c>GET /authtoken/status/{id}</c>: <c>submitted</c>, <c>processing</c>, <c>processed</c>, the first and last
    /// also <c>…_with_errors</c>.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="id">The batch's <c>request_identifier</c>.</param>
    public Task<IResult> GetStatusAsync(HttpRequest request, string id) =>
        GuardAsync(
            request,
            async () => answers.Ok("status", (await FindAsync(id, request.HttpContext.RequestAborted)).Status)
        );

    /// <summary>
    /// <c>GET /authtoken/file/{id}</c>: the results in the order of the lines; 202 while the batch is not processed.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="id">The batch's <c>request_identifier</c>.</param>
    public Task<IResult> GetFileAsync(HttpRequest request, string id) =>
        GuardAsync(
            request,
            async () =>
            {
                var row = await FindAsync(id, request.HttpContext.RequestAborted);
                if (!SeederStatus.IsFinal(row.Status))
                {
                    throw new SeederException(202, SeederCodes.NotProcessed, "Auth request not processed yet");
                }

                var file =
                    await store.OpenAsync(row.OutputBlob!, request.HttpContext.RequestAborted) ?? throw Unknown();
                request.HttpContext.Response.Headers.CacheControl = "no-store";
                return Results.Stream(file, row.Output == "csv" ? "text/csv; charset=utf-8" : "application/json");
            }
        );

    private async Task<SeederRequestRow> FindAsync(string id, CancellationToken stop) =>
        SeederBatchId.KeyOf(id) is { } key && await store.FindAsync(key, stop) is { } row ? row : throw Unknown();

    private static SeederException Unknown() =>
        new(404, SeederCodes.NotFound, "no auth request found for the given identifier");

    private async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> take)
    {
        try
        {
            await gate.EnterAsync(request);
            return await take();
        }
        catch (SeederException refused)
        {
            return Refuse(refused);
        }
        catch (InvalidDataException)
        {
            return Refuse(SeederException.Unprocessable("the form can't be read, or is too large"));
        }
        catch (IOException)
        {
            return Refuse(SeederException.Invalid("the body did not arrive completely"));
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            LogStorage(failure.GetType().Name);
            request.HttpContext.Response.Headers.RetryAfter = "30";
            return answers.Envelope(
                503,
                new SeederError(SeederCodes.Unknown, "storage does not answer, try again later"),
                null,
                null
            );
        }
    }

    private IResult Refuse(SeederException refused)
    {
        Instruments.Refused.Add(1, Instruments.Tag("reason", "seeder-" + refused.Code));
        LogRefused(refused.Code, refused.Status);
        return answers.Refused(refused);
    }

    [LoggerMessage(64, LogLevel.Warning, "A Token Seeder request was refused: {Code}, {Status}")]
    private partial void LogRefused(string code, int status);

    [LoggerMessage(65, LogLevel.Error, "A Token Seeder request was answered 503: {Failure}")]
    private partial void LogStorage(string failure);
}
