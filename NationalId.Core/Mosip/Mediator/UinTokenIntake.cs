using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Takes the UIN tokens that MOSIP sends back.</summary>
/// <param name="reader">Reads and checks MOSIP's message.</param>
/// <param name="tokens">Checks OpenCRVS's bearer token.</param>
/// <param name="returns">Takes the number.</param>
/// <param name="answers">Answers what goes wrong.</param>
public sealed class UinTokenIntake(
    UinTokenReader reader,
    OpenCrvsTokens tokens,
    ReturnAcceptor returns,
    ReturnAnswers answers
)
{
    /// <summary>
    /// MOSIP's UIN token (docs/protocols.md, "MOSIP's mediator"): 200 when it is stored or was already, 400 when it
    /// can't be read, 401 without a valid OpenCRVS token or without MOSIP's signature, 404 for an unknown BRN and 409
    /// for a second token (both are kept for the operator), 503 while storage, secrets or OpenCRVS's auth service don't
    /// answer.
    /// </summary>
    /// <param name="request">MOSIP's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || header.Length is < 8 or > 8192
        )
        {
            return answers.Refuse("bearer", Problems.Unauthorized("A bearer token of OpenCRVS is needed."));
        }

        var stop = request.HttpContext.RequestAborted;
        return await answers.GuardAsync(
            request,
            async () =>
            {
                if (!await tokens.IsValidAsync(header[7..].Trim(), stop))
                {
                    return answers.Refuse("bearer", Problems.Unauthorized("OpenCRVS does not know this token."));
                }

                var body = await ReturnAnswers.ReadBodyAsync(request);
                var number = await reader.ReadAsync(body, checkSignature: true, stop);
                return await returns.TakeAsync(EventKinds.UinToken, body, number, stop);
            }
        );
    }
}
