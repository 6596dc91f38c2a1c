using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// The Token Seeder's HTTP side (docs/protocols.md, "Token Seeder"): OpenCRVS core's call at the point of death,
/// answered at once, and batches. What is refused is answered in the seeder's envelope under its codes.
/// </summary>
public sealed partial class TokenSeederApi
{
    internal const int LongestSync = 1024 * 1024;
    internal const int LongestJson = 16 * 1024 * 1024;
    internal const int LongestCsv = 50 * 1024 * 1024;

    private readonly IdaClient ida;
    private readonly Registrations registrations;
    private readonly SeederStore store;
    private readonly SeederBatches batches;
    private readonly SeederAnswers answers;
    private readonly IdaMapping mapping;
    private readonly TokenSeederOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<TokenSeederApi> logger;

    /// <summary>Makes the HTTP side of the Token Seeder.</summary>
    public TokenSeederApi(
        IdaClient ida,
        Registrations registrations,
        SeederStore store,
        SeederBatches batches,
        IdaMapping mapping,
        TokenSeederOptions options,
        TimeProvider time,
        ILogger<TokenSeederApi> logger
    )
    {
        this.ida = ida;
        this.registrations = registrations;
        this.store = store;
        this.batches = batches;
        answers = new SeederAnswers(time);
        this.mapping = mapping;
        this.options = options;
        this.time = time;
        this.logger = logger;
    }

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
                using var box = new CancellationTokenSource(options.SyncTimeout, time);
                var body = await BoundedBody.ReadAsync(
                    request,
                    LongestJson,
                    () => SeederException.TooLarge(LongestJson)
                );
                var read = SeederRequest.Read(body, csv: false);
                if (!read.IsSync)
                {
                    return await SubmitAsync(
                        read,
                        read.AuthData.EnumerateArray().Select(line => Take(read, line)).ToAsyncEnumerable(),
                        request.HttpContext.RequestAborted
                    );
                }

                if (!options.SyncOperationMode)
                {
                    throw SeederException.Unprocessable("value is not a valid list");
                }

                using var stop = CancellationTokenSource.CreateLinkedTokenSource(
                    box.Token,
                    request.HttpContext.RequestAborted
                );
                var line =
                    body.Length > LongestSync ? throw SeederException.TooLarge(LongestSync) : Take(read, read.AuthData);
                return line.Person is null
                    ? throw new SeederException(400, line.ErrorCode!, line.ErrorMessage!)
                    : await AskAsync(line, stop.Token);
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
                BoundedBody.Limit(request, LongestCsv, () => SeederException.TooLarge(LongestCsv));
                if (!request.HasFormContentType)
                {
                    throw SeederException.Invalid("missing request body");
                }

                var stop = request.HttpContext.RequestAborted;
                var form = await request.ReadFormAsync(
                    new FormOptions
                    {
                        MultipartBodyLengthLimit = LongestCsv,
                        ValueLengthLimit = LongestSync,
                        ValueCountLimit = 16,
                    },
                    stop
                );
                var read = SeederRequest.Read(Encoding.UTF8.GetBytes(form["request"].ToString()), csv: true);
                using var file = (
                    form.Files.GetFile("csv_file") ?? throw SeederException.Invalid("requires CSV file")
                ).OpenReadStream();
                return await SubmitAsync(read, SeederCsv.ReadAsync(file, read, options, stop), stop);
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

    private async Task<IResult> AskAsync(SeederLine line, CancellationToken stop)
    {
        var data = line.ToAuthData(mapping);
        IdaAnswer answer;
        try
        {
            // WaitAsync: the box holds even where something below does not hear the token.
            answer = await ida.AuthenticateAsync(data, stop).WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogUnavailable("no answer in time");
            return answers.IdaUnavailable("MOSIP did not answer in time");
        }
        catch (Exception failure)
        {
            // OpenCRVS must get an answer it can read, whatever it is.
            LogUnavailable((failure as DeliveryException)?.Reason ?? failure.GetType().Name);
            return answers.IdaUnavailable("MOSIP can't be asked now");
        }

        if (answer.AuthToken is { } token)
        {
            await RememberAsync(data, token, stop);
        }

        LogAnswered(answer.Verdict);
        return Results.Bytes(answer.Json, "application/json");
    }

    /// <summary>Saves the death's delivery its own call of IDA. Best effort: the answer goes out either way.</summary>
    private async Task RememberAsync(IdaAuthData data, string token, CancellationToken stop)
    {
        try
        {
            await registrations.RememberAsync(data.Claims.First(), token, stop).WaitAsync(stop);
        }
        catch (Exception failure)
        {
            LogNotRemembered(failure.GetType().Name);
        }
    }

    private SeederLine Take(SeederRequest read, System.Text.Json.JsonElement line) =>
        read.Mapping.Take(name => SeederMapping.FieldOf(line, name), read.Language, options);

    private async Task<IResult> SubmitAsync(
        SeederRequest read,
        IAsyncEnumerable<SeederLine> lines,
        CancellationToken stop
    )
    {
        var id = Guid.NewGuid().ToString("D");
        try
        {
            var (total, invalid) = await store.PutLinesAsync(id, lines, stop);
            var status = total == invalid ? SeederStatus.SubmittedWithErrors : SeederStatus.Submitted;
            await store.AddAsync(
                new SeederRequestRow
                {
                    PartitionKey = id,
                    Status = status,
                    Output = read.Output!,
                    Total = total,
                    Invalid = invalid,
                    CreatedAt = time.GetUtcNow(),
                },
                stop
            );
            await batches.EnqueueAsync(id);
            LogSubmitted(id, total, invalid);
            return total > invalid
                ? answers.Ok("request_identifier", id)
                : answers.Envelope(
                    200,
                    new SeederError(SeederCodes.NoValidRecord, "none of the record form a valid request"),
                    "request_identifier",
                    id
                );
        }
        catch (SeederException)
        {
            await store.RemoveBlobsAsync(id, stop);
            throw;
        }
    }

    private async Task<SeederRequestRow> FindAsync(string id, CancellationToken stop) =>
        Guid.TryParseExact(id, "D", out var known) && await store.FindAsync(known.ToString("D"), stop) is { } row
            ? row
            : throw Unknown();

    private static SeederException Unknown() =>
        new(404, SeederCodes.NotFound, "no auth request found for the given identifier");

    private async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> take)
    {
        try
        {
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

    [LoggerMessage(60, LogLevel.Information, "OpenCRVS's authentication was answered by IDA: {Verdict}")]
    private partial void LogAnswered(IdaVerdict verdict);

    [LoggerMessage(61, LogLevel.Error, "OpenCRVS's authentication was answered without IDA: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(62, LogLevel.Warning, "A token was not remembered for the death's delivery: {Failure}")]
    private partial void LogNotRemembered(string failure);

    [LoggerMessage(
        63,
        LogLevel.Information,
        "Token Seeder batch {Request} is submitted: {Lines} lines, {Invalid} of them invalid"
    )]
    private partial void LogSubmitted(string request, int lines, int invalid);

    [LoggerMessage(64, LogLevel.Warning, "A Token Seeder request was refused: {Code}, {Status}")]
    private partial void LogRefused(string code, int status);

    [LoggerMessage(65, LogLevel.Error, "A Token Seeder request was answered 503: {Failure}")]
    private partial void LogStorage(string failure);
}
