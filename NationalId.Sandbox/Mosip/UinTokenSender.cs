using System.Net.Http.Headers;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Sandbox.Mosip;

/// <summary>How to send a UIN token; the default is what the client must accept.</summary>
public sealed record UinTokenOptions
{
    public EnvelopeShape Shape { get; init; }

    public bool Base64Url { get; init; }

    /// <summary>Signs with a key that is not MOSIP's.</summary>
    public bool SignWithAnotherKey { get; init; }

    /// <summary>Signs the JSON that is sealed, as MOSIP's mediator for OpenCRVS does, and not the envelope.</summary>
    public bool SignPlainText { get; init; }

    /// <summary>Another token than the person's.</summary>
    public string? UinToken { get; init; }

    /// <summary>Another bearer than a good one of OpenCRVS; empty: none.</summary>
    public string? Bearer { get; init; }
}

/// <summary>The client's answer to a UIN token.</summary>
public sealed record TokenAnswer(int Status, string Body);

/// <summary>MOSIP's way back: the UIN token to the client's <c>/api/birthReceiveNid</c>.</summary>
internal sealed class UinTokenSender(
    SandboxSettings settings,
    MosipSandbox mosip,
    OpenCrvsSandbox openCrvs,
    HttpClient http,
    CancellationToken stopping
)
{
    public async Task<TokenAnswer> SendAsync(
        string birthRegistrationNumber,
        UinTokenOptions options,
        CancellationToken ct
    )
    {
        var token =
            options.UinToken
            ?? mosip.FindByBirth(birthRegistrationNumber)?.UinToken
            ?? throw new InvalidOperationException("MOSIP knows no such birth and no other token was given");
        var (data, signature) = mosip.SealToken(birthRegistrationNumber, token, options);
        return await PostAsync(
            JsonContent.Create(new { data, signature }),
            options.Bearer ?? openCrvs.IssueToken(),
            ct
        );
    }

    public async Task<TokenAnswer> PostAsync(HttpContent content, string bearer, CancellationToken ct)
    {
        var client = settings.ClientUrl ?? throw new InvalidOperationException("ClientUrl is not set");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(client, "/api/birthReceiveNid"))
        {
            Content = content,
        };
        // A known length, as MOSIP sends it: no chunks.
        await content.LoadIntoBufferAsync(ct);
        if (bearer.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        using var response = await http.SendAsync(request, ct);
        return new TokenAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(ct));
    }

    /// <summary>
    /// Sends by itself after the delay, again each second until it is taken, for ten minutes at most.
    /// </summary>
    public async Task SendLaterAsync(Person person, TimeSpan delay)
    {
        if (person.BirthRegistrationNumber is not { } number)
        {
            return;
        }

        try
        {
            await Task.Delay(delay, settings.TimeProvider, stopping);
            for (var i = 0; i < 600; i++)
            {
                try
                {
                    if ((await SendAsync(number, new UinTokenOptions(), stopping)).Status is >= 200 and < 300)
                    {
                        return;
                    }
                }
                catch (Exception e)
                    when (e is HttpRequestException or InvalidOperationException
                        || (e is TaskCanceledException && !stopping.IsCancellationRequested)
                    )
                {
                    // The client is away. The next try may find it.
                }

                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // The sandbox ends.
        }
    }
}
