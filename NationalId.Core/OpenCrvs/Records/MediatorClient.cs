using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// The country configuration's mediator: saves AIDs, tokens, numbers and links on the OpenCRVS record
/// (docs/protocols.md, "Country configuration's mediator").
/// </summary>
/// <param name="http">The mediator's client.</param>
/// <param name="tokens">Our bearer token.</param>
/// <param name="options">The mediator's address.</param>
/// <param name="time">The clock.</param>
public sealed class MediatorClient(
    [FromKeyedServices(OpenCrvsPartners.Mediator)] HttpClient http,
    OpenCrvsTokens tokens,
    OpenCrvsOptions options,
    TimeProvider time
) : IRecordWriter
{
    private const string Party = "country configuration mediator";
    private const int AnswerStart = 1024;

    /// <inheritdoc/>
    /// <exception cref="TransientFailureException">
    /// The mediator can't be reached, refuses our token, or does not find the record yet; a gateway answers for it.
    /// </exception>
    /// <exception cref="PermanentFailureException">The mediator says that it will never take this.</exception>
    public Task SaveAsync(
        RegistrationKind kind,
        string number,
        IReadOnlyList<string> fields,
        string value,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    var token = await tokens.GetAsync(cancellationToken);
                    using var request = new HttpRequestMessage(
                        HttpMethod.Post,
                        options.MediatorUrl
                            ?? throw new TransientFailureException("NationalId:OpenCrvs:MediatorUrl is not set")
                    );
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                    request.SetKind(kind == RegistrationKind.Birth ? "birth" : "death");
                    var body = new JsonObject { [kind == RegistrationKind.Birth ? "BRN" : "DRN"] = number };
                    foreach (var field in fields)
                    {
                        body[field] = value;
                    }

                    request.Content = SizedJson.Of(body);
                    using var answer = await http.SendAsync(
                        request,
                        HttpCompletionOption.ResponseHeadersRead,
                        cancellationToken
                    );
                    if (answer.StatusCode == HttpStatusCode.Unauthorized && attempt == 0)
                    {
                        tokens.Invalidate(token);
                        continue;
                    }

                    Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                    // Mediators answer what they like, however long: only a page comes from somebody else.
                    var start = await Failures.ReadStartAsync(answer, AnswerStart, cancellationToken);
                    return Failures.IsPage(start) ? throw Failures.Unreadable(Party) : true;
                }
            },
            cancellationToken
        );
}
