using System.Text;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>Reads the numbers that the National ID system sends back.</summary>
/// <param name="options">The name of the number's field on the record.</param>
public sealed class NationalIdReader(AnySystemOptions options) : IReturnReader
{
    /// <inheritdoc/>
    public string Kind => EventKinds.NationalId;

    /// <inheritdoc/>
    public IReadOnlyList<string> Fields => [options.NationalIdField];

    /// <inheritdoc/>
    public Task<ReturnedNumber> ReadAsync(byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult(ReturnFields.ReadNumber(body, "BRN", "nationalId"));
}

/// <summary>Takes the numbers that the National ID system sends back, signed as OpenCRVS signs its webhooks.</summary>
/// <param name="reader">Reads the message.</param>
/// <param name="secrets">The secret of call-backs.</param>
/// <param name="returns">Takes the number.</param>
/// <param name="answers">Answers what goes wrong.</param>
public sealed class NationalIdIntake(
    NationalIdReader reader,
    ISecretStore secrets,
    ReturnAcceptor returns,
    ReturnAnswers answers
)
{
    /// <summary>
    /// A number for a BRN: 200 when it is stored or was already, 400 when it can't be read, 401 without a right
    /// signature, 404 for an unknown BRN and 409 for a second number (both are kept for the operator), 503 while
    /// storage or secrets don't answer.
    /// </summary>
    /// <param name="request">The system's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        if (
            request.Headers[WebhookSignature.HeaderName] is not [{ } header]
            || !WebhookSignature.TryParse(header, out var signature)
        )
        {
            return answers.Refuse(
                "signature-header",
                Problems.Unauthorized("X-Hub-Signature must be given once, as sha256= and 64 hexadecimal digits.")
            );
        }

        var stop = request.HttpContext.RequestAborted;
        return await answers.GuardAsync(
            request,
            async () =>
            {
                var body = await ReturnAnswers.ReadBodyAsync(request);
                var versions = await secrets.GetVersionsAsync(SecretNames.CallbackSecret, stop);
                using var hmac = new JsUriHmac(versions.Select(version => Encoding.UTF8.GetBytes(version.Value)));
                hmac.Append(body);
                if (hmac.Verify(signature) < 0)
                {
                    // A secret added in the portal a moment ago counts with the next call.
                    secrets.Refresh(SecretNames.CallbackSecret);
                    return answers.Refuse("signature", Problems.Unauthorized("X-Hub-Signature does not fit the body."));
                }

                var number = await reader.ReadAsync(body, stop);
                return await returns.TakeAsync(EventKinds.NationalId, body, number, stop);
            }
        );
    }
}
