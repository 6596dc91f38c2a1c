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
    public Task<IResult> AuthenticateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "authtoken/json")] HttpRequest request
    ) => seeder.AnswerAsync(api => api.AuthenticateAsync(request));

    [Function("SeedTokens")]
    public Task<IResult> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "authtoken/csv")] HttpRequest request
    ) => seeder.AnswerAsync(api => api.UploadAsync(request));

    [Function("GetSeederStatus")]
    public Task<IResult> GetStatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "authtoken/status/{id}")] HttpRequest request,
        string id
    ) => seeder.AnswerAsync(api => api.GetStatusAsync(request, id));

    [Function("GetSeederFile")]
    public Task<IResult> GetFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "authtoken/file/{id}")] HttpRequest request,
        string id
    ) => seeder.AnswerAsync(api => api.GetFileAsync(request, id));

    [Function("ProcessSeederBatch")]
    public Task ProcessAsync([QueueTrigger(SeederBatches.Queue)] string message, CancellationToken stop) =>
        batches.RunAsync(part => part.ProcessAsync(message, stop));
}
