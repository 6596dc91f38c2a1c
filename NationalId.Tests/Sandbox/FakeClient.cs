using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NationalId.Tests.Sandbox;

/// <summary>A National ID client of a few lines, to try the sandbox by itself.</summary>
internal sealed class FakeClient : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeClient(WebApplication app) => this.app = app;

    public List<(string Path, byte[] Body, Dictionary<string, string> Headers)> Posts { get; } = [];

    public Uri Url => new(app.Urls.First());

    /// <summary>What the client does with a post after its 202.</summary>
    public Func<string, byte[], Task> Work { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What the client answers to a post.</summary>
    public Func<string, byte[], Task<IResult>> Answer { get; set; } =
        (_, _) => Task.FromResult(Results.StatusCode(202));

    /// <summary>Changes the challenge before it is answered.</summary>
    public Func<string, string> Challenge { get; set; } = challenge => challenge;

    public static async Task<FakeClient> StartAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var client = new FakeClient(app);
        app.MapGet(
            "/api/webhooks",
            (string mode, string challenge, string topic) =>
                mode == "subscribe" && topic.Length > 0
                    ? Results.Json(new { challenge = client.Challenge(challenge) })
                    : Results.BadRequest()
        );
        app.MapPost(
            "/{**path}",
            async (HttpContext context) =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                lock (client.Posts)
                {
                    client.Posts.Add(
                        (
                            context.Request.Path,
                            body.ToArray(),
                            context.Request.Headers.ToDictionary(
                                header => header.Key,
                                header => header.Value.ToString()
                            )
                        )
                    );
                }

                _ = client.Work(context.Request.Path, body.ToArray());
                return await client.Answer(context.Request.Path, body.ToArray());
            }
        );
        await app.StartAsync();
        return client;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    /// <summary>Puts a MOSIP_AID on the subject, by its registration number, as a client must.</summary>
    public static byte[] WithAid(byte[] body, string registrationNumber, params string[] aids)
    {
        using var document = JsonDocument.Parse(body);
        var json = WithoutDuplicates(document.RootElement)!;
        var patient = json["event"]!["context"]![0]!["entry"]!
            .AsArray()
            .Select(entry => entry!["resource"]!)
            .Single(resource =>
                resource["identifier"] is JsonArray ids
                && (string?)resource["resourceType"] == "Patient"
                && ids.Any(id => (string?)id!["value"] == registrationNumber)
            );
        foreach (var aid in aids)
        {
            patient["identifier"]!
                .AsArray()
                .Add(
                    JsonNode.Parse(
                        $$"""
                        {"type":{"coding":[{"system":"http://opencrvs.org/specs/identifier-type","code":"MOSIP_AID"}]},
                         "value":"{{aid}}"}
                        """
                    )
                );
        }

        PutFirst(json["event"]!["context"]![0]!["entry"]!.AsArray(), patient);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    // MOSIP's receiver reads the first Patient as the subject and wants its own types.
    private static void PutFirst(JsonArray entries, JsonNode subject)
    {
        foreach (var resource in entries.Select(entry => entry!["resource"]!.AsObject()))
        {
            if ((string?)resource["resourceType"] == "Composition")
            {
                resource.Remove("identifier");
            }

            if (resource["name"] is JsonValue)
            {
                resource.Remove("name");
            }

            foreach (var name in resource["name"] as JsonArray ?? [])
            {
                if (name!["family"] is JsonValue family)
                {
                    name["family"] = new JsonArray(family.DeepClone());
                }
            }

            foreach (var identifier in resource["identifier"] as JsonArray ?? [])
            {
                if (identifier!["type"] is JsonValue type)
                {
                    identifier["type"] = new JsonObject
                    {
                        ["coding"] = new JsonArray(new JsonObject { ["code"] = type.DeepClone() }),
                    };
                }
            }
        }

        var first = entries.Single(entry => entry!["resource"] == subject);
        entries.Remove(first);
        entries.Insert(0, first);
    }

    /// <summary>
    /// OpenCRVS writes a property twice at times, which a JsonNode does not bear: the last one counts, as in
    /// JavaScript.
    /// </summary>
    private static JsonNode? WithoutDuplicates(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => new JsonObject(
                element
                    .EnumerateObject()
                    .GroupBy(property => property.Name)
                    .Select(same => KeyValuePair.Create(same.Key, WithoutDuplicates(same.Last().Value)))
            ),
            JsonValueKind.Array => new JsonArray([.. element.EnumerateArray().Select(WithoutDuplicates)]),
            _ => JsonValue.Create(element.Clone()),
        };

    /// <summary>The mediator's message, the envelope written here once more from the protocol.</summary>
    public static JsonObject Message(
        IReadOnlyDictionary<string, string> settings,
        string compositionId,
        byte[] plain,
        bool wrongThumbprint = false,
        bool wrongSignature = false
    )
    {
        using var mosip = X509Certificate2.CreateFromPem(settings["MOSIP_PUBLIC_KEY"]);
        using var own = RSA.Create();
        own.ImportFromPem(settings["OPENCRVS_PRIV_KEY"]);
        var key = RandomNumberGenerator.GetBytes(32);
        var aad = RandomNumberGenerator.GetBytes(32);
        byte[] cipher = new byte[plain.Length],
            tag = new byte[16];
        using (var aes = new AesGcm(key, 16))
        {
            aes.Encrypt(aad.AsSpan(0, 12), plain, cipher, tag, aad);
        }

        var thumbprint = wrongThumbprint ? RandomNumberGenerator.GetBytes(32) : SHA256.HashData(mosip.RawData);
        byte[] data =
        [
            .. "VER_R2"u8,
            .. thumbprint,
            .. mosip.GetRSAPublicKey()!.Encrypt(key, RSAEncryptionPadding.OaepSHA256),
            .. "#KEY_SPLITTER#"u8,
            .. aad,
            .. cipher,
            .. tag,
        ];
        var signature = own.SignData(
            wrongSignature ? data[1..] : data,
            HashAlgorithmName.SHA512,
            RSASignaturePadding.Pkcs1
        );
        return new JsonObject
        {
            ["id"] = compositionId,
            ["requestTime"] = "2025-03-14T13:38:40.099Z",
            ["data"] = Convert.ToBase64String(data),
            ["signature"] = Convert.ToBase64String(signature),
        };
    }

    public static async Task<string> MosipTokenAsync(HttpClient http, IReadOnlyDictionary<string, string> settings)
    {
        using var answer = await http.PostAsync(
            settings["NationalId:Mosip:AuthUrl"],
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["client_id"] = settings["MOSIP_AUTH_CLIENT_ID"],
                    ["client_secret"] = settings["MOSIP_AUTH_CLIENT_SECRET"],
                    ["username"] = settings["MOSIP_AUTH_USER"],
                    ["password"] = settings["MOSIP_AUTH_PASS"],
                    ["grant_type"] = "password",
                }
            )
        );
        return JsonDocument
            .Parse(await answer.Content.ReadAsStringAsync())
            .RootElement.GetProperty("access_token")
            .GetString()!;
    }
}
