using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>An IDA on the loopback that opens requests with its own key and answers what the test wants.</summary>
internal sealed class TestIda : IAsyncDisposable
{
    public const string Licence = "licence-5up3rsecret";
    public const string ApiKey = "apikey-5up3rsecret";

    private readonly WebApplication app;
    private readonly X509Certificate2 certificate = Certificate("test IDA");

    private TestIda()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/idauthentication/v1/auth/{licence}/{partner}/{key}", AnswerAsync);
    }

    public ConcurrentQueue<(string Id, string Type, JsonElement Demographics)> Calls { get; } = new();

    public Func<string, HttpContext, Task<string>> Answer { get; set; } = (id, _) => Task.FromResult(Recognised(id));

    public Uri Address => new(app.Urls.First() + "/idauthentication/v1/auth");

    public string CertificatePem => certificate.ExportCertificatePem();

    public static async Task<TestIda> StartAsync()
    {
        var ida = new TestIda();
        await ida.app.StartAsync();
        return ida;
    }

    public static string TokenOf(string id) => id.PadLeft(36, '7');

    public static string Recognised(string id) =>
        $$$"""
            { "transactionID":"1234567890","version":"1.0", "id":"mosip.identity.auth","errors":null,
              "responseTime":"2025-02-03T04:05:06.007Z","response":{"authStatus":true,"authToken":"{{{TokenOf(id)}}}"}}
            """;

    public static string Refused(params string[] codes) =>
        $$"""
            {"id":"mosip.identity.auth","version":"1.0","transactionID":"1234567890",
             "responseTime":"2025-02-03T04:05:06.007Z","response":{"authStatus":false,"authToken":null},
             "errors":[{{string.Join(',', codes.Select(Error))}}]}
            """;

    private static string Error(string code) =>
        $$"""{"errorCode":"{{code}}","errorMessage":"message of {{code}}","actionMessage":"act"}""";

    public static X509Certificate2 Certificate(string name)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var root = body.RootElement;
        using var key = certificate.GetRSAPrivateKey()!;
        var session = key.Decrypt(Bytes(root, "requestSessionKey"), RSAEncryptionPadding.OaepSHA256);
        using var plain = JsonDocument.Parse(Open(session, Bytes(root, "request")));
        var id = root.GetProperty("individualId").GetString()!;
        Calls.Enqueue(
            (
                id,
                root.GetProperty("individualIdType").GetString()!,
                plain.RootElement.GetProperty("demographics").Clone()
            )
        );
        var answer = await Answer(id, context);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer);
    }

    private static byte[] Bytes(JsonElement root, string name) =>
        Convert.FromBase64String(root.GetProperty(name).GetString()!.Replace('-', '+').Replace('_', '/'));

    private static byte[] Open(byte[] key, byte[] sealedPart)
    {
        var cipher = new GcmBlockCipher(new AesEngine());
        cipher.Init(false, new AeadParameters(new KeyParameter(key), 128, sealedPart[^16..]));
        var plain = new byte[cipher.GetOutputSize(sealedPart.Length - 16)];
        var length = cipher.ProcessBytes(sealedPart, 0, sealedPart.Length - 16, plain, 0);
        length += cipher.DoFinal(plain, length);
        return plain[..length];
    }
}
