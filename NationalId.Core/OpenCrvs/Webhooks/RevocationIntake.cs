using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// Takes the word of the country configuration that a registration was revoked or reinstated, signed as OpenCRVS signs
/// its webhooks: no version of OpenCRVS tells us of it by itself (docs/protocols.md, "Revocations").
/// </summary>
/// <param name="bodies">Checks its signature.</param>
/// <param name="revocations">Takes it.</param>
/// <param name="time">The clock.</param>
public sealed class RevocationIntake(SignedBodies bodies, Revocations revocations, TimeProvider time)
{
    // A word of the year after next would count against every later one.
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(10);

    /// <summary>
    /// One revocation or reinstatement: 202 when it is stored or was already, 400 when it can't be read, 401 without a
    /// right signature, 409 when its id was used for another, 413 when it is too long, 503 while storage or secrets
    /// don't answer. This caller reads answers.
    /// </summary>
    /// <param name="request">The country configuration's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var activity = Instruments.Activities.StartActivity("receive revocation", ActivityKind.Server);
        return await bodies.ReceiveAsync(
            request,
            SecretNames.WebhookSecret,
            async body =>
            {
                var notice =
                    RevocationNotice.Read(body, out var problem) ?? throw new ReturnException(400, problem, "body");
                if (notice.At > time.GetUtcNow() + MostAhead)
                {
                    throw new ReturnException(400, "timestamp lies in the future.", "body");
                }

                return Answer(await revocations.TakeAsync(notice, null, null, request.HttpContext.RequestAborted));
            },
            "revocation"
        );
    }

    /// <summary>What whoever sends a revocation is answered.</summary>
    /// <param name="receipt">The receipt; null when its id was used for another.</param>
    internal static IResult Answer(Receipt? receipt) =>
        receipt is null
            ? Problems.Conflict("This id was used for another revocation. Nothing was changed.")
            : Results.Json(receipt, ReceiptJson.Default.Receipt, statusCode: StatusCodes.Status202Accepted);
}
