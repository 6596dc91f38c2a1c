using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Mosip.Ida;

/// <summary>
/// Asks MOSIP's IDA whether a person is who was said . The address of a call holds the licence and the API key: the
/// <see cref="HttpClient"/> given must not log or trace addresses, nor follow redirects.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">Licence and API key, read at each call.</param>
/// <param name="keys">Our partner certificate, and IDA's.</param>
/// <param name="options">Address, partner id, domain and environment.</param>
/// <param name="time">The clock.</param>
public sealed class IdaClient(
    [FromKeyedServices(MosipPartners.Ida)] HttpClient http,
    ISecretStore secrets,
    IIdaKeys keys,
    TokenSeederOptions options,
    TimeProvider time
)
{
    private const string Party = "IDA";
    private const int LongestAnswer = 1024 * 1024;

    /// <summary>
    /// Authenticates a person. Asking again for the same person is harmless: the token stays the same.
    /// </summary>
    /// <param name="data">Whom to recognise, and by what.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>IDA's answer, also when it does not recognise the person.</returns>
    /// <exception cref="TransientFailureException">IDA is down, slow or unreadable, or a secret or setting is
    /// missing.</exception>
    /// <exception cref="PermanentFailureException">IDA refuses the request as such.</exception>
    public async Task<IdaAnswer> AuthenticateAsync(IdaAuthData data, CancellationToken cancellationToken)
    {
        try
        {
            var (answer, failure, refused) = await AskAsync(data, cancellationToken);
            if (refused)
            {
                // A secret or certificate may have been rotated since it was cached: once more with fresh ones.
                secrets.Refresh(SecretNames.MispLicenceKey);
                secrets.Refresh(SecretNames.PartnerApiKey);
                keys.RefreshSigning();
                (answer, failure, _) = await AskAsync(data, cancellationToken);
            }

            if (answer is { Verdict: IdaVerdict.TryLater or IdaVerdict.PartnerRefused })
            {
                CountUndecided(answer.CountedAs);
            }
            else if (failure is PermanentFailureException)
            {
                CountUndecided("refused");
            }

            return answer ?? throw failure!;
        }
        catch (Exception e) when (Failures.Wrap(e, Party, cancellationToken) is { } wrapped)
        {
            throw wrapped;
        }
    }

    /// <summary>
    /// Counts what says nothing of the person: somebody has to look, since such an answer does not mend itself.
    /// </summary>
    /// <param name="code">A code that IDA documents, or one of a few words: never what a partner wrote.</param>
    internal static void CountUndecided(string code) => Instruments.IdaUndecided.Add(1, Instruments.Tag("code", code));

    /// <summary>One call: an answer or a failure, and whether it is us that IDA refuses.</summary>
    private async Task<(IdaAnswer? Answer, DeliveryException? Failure, bool Refused)> AskAsync(
        IdaAuthData data,
        CancellationToken cancellationToken
    )
    {
        var address = options.IdaAuthUrl ?? throw new TransientFailureException("IDA's address is not set.");
        var licence = await secrets.GetAsync(SecretNames.MispLicenceKey, cancellationToken);
        var apiKey = await secrets.GetAsync(SecretNames.PartnerApiKey, cancellationToken);
        var built = IdaRequestBuilder.Build(
            data,
            options.IdaAuthDomainUri,
            options.IdaAuthEnvironment,
            await keys.GetIdaEncryptCertificateAsync(cancellationToken),
            await keys.GetSigningCertificateAsync(cancellationToken),
            time.GetUtcNow()
        );

        string[] path =
        [
            address.AbsoluteUri.TrimEnd('/'),
            .. new[] { licence.Value, options.PartnerId, apiKey.Value }.Select(Uri.EscapeDataString),
        ];
        using var request = new HttpRequestMessage(HttpMethod.Post, string.Join('/', path))
        {
            Content = SizedJson.Of(built.Body),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Authorization");
        request.Headers.TryAddWithoutValidation("Signature", built.Jws);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            var refused = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            return (null, Failures.FromStatus(response, Party, time.GetUtcNow()), refused);
        }

        var body = await Failures.ReadBodyAsync(response, LongestAnswer, Party, cancellationToken);
        var answer = IdaAnswer.Read(body) ?? throw Failures.Unreadable(Party);
        return (answer, null, answer.Verdict is IdaVerdict.PartnerRefused);
    }
}
