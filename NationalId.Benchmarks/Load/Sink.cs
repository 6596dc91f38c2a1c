using System.Buffers;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.Benchmarks.Load;

/// <summary>What the webhook is measured against: the same server, which reads the body and answers 202.</summary>
public sealed class Sink
{
    [Function("Sink")]
    public async Task<IResult> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/webhooks")] HttpRequest request
    )
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) > 0) { }

        ArrayPool<byte>.Shared.Return(buffer);
        return Results.StatusCode(StatusCodes.Status202Accepted);
    }
}
