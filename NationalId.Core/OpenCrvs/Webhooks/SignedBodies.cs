using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// Takes short messages that are signed as OpenCRVS signs its webhooks, from callers who read answers.
/// </summary>
/// <param name="secrets">What they are signed with.</param>
/// <param name="answers">Answers what goes wrong.</param>
public sealed class SignedBodies(ISecretStore secrets, ReturnAnswers answers)
{
    /// <summary>
    /// Checks a message's signature and has it taken: 401 without a right signature, 413 when it is too long, 503 while
    /// storage or secrets don't answer.
    /// </summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="secret">The name of the secret; every enabled version counts.</param>
    /// <param name="take">Takes the body.</param>
    /// <param name="caller">What metrics and logs call what is sent.</param>
    internal async Task<IResult> ReceiveAsync(
        HttpRequest request,
        string secret,
        Func<byte[], Task<IResult>> take,
        string caller = ReturnAnswers.Number
    )
    {
        if (
            request.Headers[WebhookSignature.HeaderName] is not [{ } header]
            || !WebhookSignature.TryParse(header, out var signature)
        )
        {
            return answers.Refuse(
                "signature-header",
                Problems.Unauthorized("X-Hub-Signature must be given once, as sha256= and 64 hexadecimal digits."),
                caller
            );
        }

        return await answers.GuardAsync(
            request,
            async () =>
            {
                var body = await ReturnAnswers.ReadBodyAsync(request);
                var versions = await secrets.GetVersionsAsync(secret, request.HttpContext.RequestAborted);
                using var hmac = new JsUriHmac(versions.Select(version => Encoding.UTF8.GetBytes(version.Value)));
                hmac.Append(body);
                if (hmac.Verify(signature) < 0)
                {
                    // A secret added in the portal a moment ago counts with the next call.
                    secrets.Refresh(secret);
                    return answers.Refuse(
                        "signature",
                        Problems.Unauthorized("X-Hub-Signature does not fit the body."),
                        caller
                    );
                }

                return await take(body);
            },
            caller
        );
    }
}
