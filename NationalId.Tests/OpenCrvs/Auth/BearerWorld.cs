using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Auth;

namespace NationalId.Tests.OpenCrvs.Auth;

/// <summary>
/// OpenCRVS's auth service without a network, a clock that a test turns, and what checks bearer tokens by them.
/// </summary>
internal sealed class BearerWorld : HttpMessageHandler, IHttpClientFactory
{
    public static readonly BearerWants MosipWants = new(BearerWants.CountryConfig, ["nationalId"]);

    // Drawing RSA keys takes long: the worlds share them.
    private static readonly Lazy<RSA> FirstKey = new(() => RSA.Create(2048));
    private static readonly Lazy<RSA> SecondKey = new(() => RSA.Create(2048));

    private int underWay;

    public BearerWorld(string? publicKey = null, Uri? publicKeyUrl = null)
    {
        var options = new OpenCrvsOptions();
        options.AuthUrl = new Uri("http://auth.crvs.example/");
        options.PublicKey = publicKey;
        options.PublicKeyUrl = publicKeyUrl;
        Keys = new OpenCrvsKeys(this, options, Time, NullLogger<OpenCrvsKeys>.Instance);
        Bearers = new OpenCrvsBearers(Keys, Time);
        LoggedOut = new LoggedOutTokens(this, options, Time);
        Answer = _ => Text(Pem(First));
    }

    public static RSA First => FirstKey.Value;

    public static RSA Second => SecondKey.Value;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public OpenCrvsKeys Keys { get; }

    public OpenCrvsBearers Bearers { get; }

    public LoggedOutTokens LoggedOut { get; }

    /// <summary>What the auth service answers; null never comes.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?> Answer { get; set; }

    public List<Uri> Asked { get; } = [];

    /// <summary>The last question's form.</summary>
    public string? Form { get; private set; }

    public int MostAtOnce { get; private set; }

    public static string Pem(RSA key) => key.ExportSubjectPublicKeyInfoPem();

    public static HttpResponseMessage Text(string text, int status = 200) =>
        new((HttpStatusCode)status) { Content = new StringContent(text) };

    /// <summary>A token as OpenCRVS issues it, changed as a test says.</summary>
    public string Token(Action<JsonObject>? change = null, RSA? key = null, string algorithm = "RS256")
    {
        var now = Time.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["scope"] = new JsonArray("nationalId"),
            ["userType"] = "system",
            ["iat"] = now,
            ["exp"] = now + 600,
            ["aud"] = new JsonArray("opencrvs:auth-user", "opencrvs:countryconfig-user", "opencrvs:webhooks-user"),
            ["iss"] = "opencrvs:auth-service",
            ["sub"] = "63b1a8f1",
        };
        change?.Invoke(claims);
        var signed =
            Part(new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" }.ToJsonString())
            + "."
            + Part(claims.ToJsonString());
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = algorithm switch
        {
            "none" => [],
            // The attack by which a public key becomes a shared secret.
            "HS256" => HMACSHA256.HashData(Encoding.ASCII.GetBytes(Pem(key ?? First)), bytes),
            "RS512" => (key ?? First).SignData(bytes, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            _ => (key ?? First).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        };
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    public static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public async Task<(BearerVerdict Verdict, string Reason)> CheckAsync(string token, BearerWants? wants = null)
    {
        var check = await Bearers.CheckAsync(token, wants ?? MosipWants, default);
        return (check.Verdict, check.Reason);
    }

    public HttpClient CreateClient(string name) => new(this, disposeHandler: false);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        lock (Asked)
        {
            Asked.Add(request.RequestUri!);
            MostAtOnce = Math.Max(MostAtOnce, ++underWay);
        }

        try
        {
            Form = request.Content is { } content ? await content.ReadAsStringAsync(cancellationToken) : null;
            if (Answer(request) is { } answer)
            {
                return answer;
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("The wait has no end of its own.");
        }
        finally
        {
            lock (Asked)
            {
                underWay--;
            }
        }
    }
}
