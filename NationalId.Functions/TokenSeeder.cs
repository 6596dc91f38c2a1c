using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>
/// The Token Seeder's drop-in. Open to who can reach it, as the seeder is: keep it inside the network.
/// </summary>
public sealed class TokenSeeder(Configured<TokenSeederApi> seeder, Configured<SeederBatches> batches)
{
    [Function("AuthenticateDeceased")]
    [Operation(ApiTags.TokenSeeder, "Who is this? One person at once, several as a batch.")]
    [Takes("application/json", "The Token Seeder's request.")]
    [Answers(200, "IDA's answer, or the batch's request_identifier.", ContentType = "application/json")]
    [Refuses(400, 401, 413, 422, 429, 503, Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(404)]
    public Task<IResult> AuthenticateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authtoken/json")] HttpRequest request
    ) => seeder.AnswerAsync(api => api.AuthenticateAsync(request));

    [Function("SeedTokens")]
    [Operation(ApiTags.TokenSeeder, "A batch, as a file.")]
    [Takes("multipart/form-data", "The file csv_file and the field request.")]
    [Answers(200, "The batch's request_identifier.", Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(400, 401, 413, 422, 429, 503, Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(404)]
    public Task<IResult> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/authtoken/csv")] HttpRequest request
    ) => seeder.AnswerAsync(api => api.UploadAsync(request));

    [Function("GetSeederStatus")]
    [Operation(ApiTags.TokenSeeder, "How far a batch is.")]
    [Answers(200, "The status.", Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(401, 404, 429, 503, Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(404)]
    public Task<IResult> GetStatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authtoken/status/{id}")] HttpRequest request,
        string id
    ) => seeder.AnswerAsync(api => api.GetStatusAsync(request, id));

    [Function("GetSeederFile")]
    [Operation(ApiTags.TokenSeeder, "A batch's results.")]
    [Answers(200, "The results.", ContentType = "text/csv")]
    [Answers(200, "The results.", ContentType = "application/json")]
    [Answers(202, "It is not processed yet.", Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(401, 404, 429, 503, Schema = ApiSchemas.SeederEnvelope)]
    [Refuses(404)]
    public Task<IResult> GetFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/authtoken/file/{id}")] HttpRequest request,
        string id
    ) => seeder.AnswerAsync(api => api.GetFileAsync(request, id));

    [Function("ProcessSeederBatch")]
    public Task ProcessAsync([QueueTrigger(SeederBatches.Queue)] string message, CancellationToken stop) =>
        batches.RunAsync(part => part.ProcessAsync(message, stop));
}
