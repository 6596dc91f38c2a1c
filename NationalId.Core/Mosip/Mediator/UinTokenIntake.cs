using Microsoft.AspNetCore.Http;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Takes the UIN tokens that MOSIP sends back.</summary>
/// <param name="gate">Decides which ones are let in.</param>
/// <param name="returns">Takes the number.</param>
/// <param name="answers">Answers what goes wrong.</param>
public sealed class UinTokenIntake(UinTokenGate gate, ReturnAcceptor returns, ReturnAnswers answers)
{
    /// <summary>
    /// MOSIP's UIN token (docs/protocols.md, "MOSIP's mediator"): 200 when it is stored or was already, 400 when nobody
    /// can ever read it, 401 without MOSIP's signature or with a bearer token that is not a good one of OpenCRVS, 404
    /// for an unknown BRN and 409 for a second token (both are kept for the operator), 503 while storage or secrets
    /// don't answer, or the key that it was sealed for is not here.
    /// </summary>
    /// <param name="request">MOSIP's request.</param>
    public Task<IResult> ReceiveAsync(HttpRequest request) =>
        answers.GuardAsync(
            request,
            async () =>
            {
                var stop = request.HttpContext.RequestAborted;
                var bearer = await gate.BearerOfAsync(request);
                var body = await ReturnAnswers.ReadBodyAsync(request);
                var number = await gate.AdmitAsync(bearer, body, stop);
                return await returns.TakeAsync(EventKinds.UinToken, body, number, stop);
            }
        );
}
