using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.TokenSeeder;

namespace NationalId.Functions;

/// <summary>
/// The Token Seeder's drop-in. Open to who can reach it, as the seeder is: keep it inside the network.
/// </summary>
public sealed class TokenSeeder(TokenSeederApi api, SeederBatches batches)
{
    [Function("AuthenticateDeceased")]
    public Task<IResult> AuthenticateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "authtoken/json")] HttpRequest request
    ) => api.AuthenticateAsync(request);

    [Function("SeedTokens")]
    public Task<IResult> UploadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "authtoken/csv")] HttpRequest request
    ) => api.UploadAsync(request);

    [Function("GetSeederStatus")]
    public Task<IResult> GetStatusAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "authtoken/status/{id}")] HttpRequest request,
        string id
    ) => api.GetStatusAsync(request, id);

    [Function("GetSeederFile")]
    public Task<IResult> GetFileAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "authtoken/file/{id}")] HttpRequest request,
        string id
    ) => api.GetFileAsync(request, id);

    [Function("ProcessSeederBatch")]
    public Task ProcessAsync([QueueTrigger(SeederBatches.Queue)] string message, CancellationToken stop) =>
        batches.ProcessAsync(message, stop);
}
