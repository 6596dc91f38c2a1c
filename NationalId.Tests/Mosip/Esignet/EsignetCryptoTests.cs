using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.Platform.Keys;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.Esignet;

/// <summary>e-Signet's tokens against Node's cryptography.</summary>
public sealed class EsignetCryptoTests
{
    private static RSA Ours => World.Keys.Value.EsignetClient;

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task What_Node_encrypts_for_us_is_opened_by_our_key_alone()
    {
        (string Alg, string Enc)[] forms =
        [
            ("RSA-OAEP-256", "A256GCM"),
            ("RSA-OAEP-256", "A128GCM"),
            ("RSA-OAEP", "A256GCM"),
            ("RSA-OAEP", "A192GCM"),
        ];
        var tokens = await NodeScript.RunAsync(
            "esignet.mjs",
            forms.Select(form => new
            {
                seal = new
                {
                    plain = "a.b.ć",
                    publicKey = Ours.ExportSubjectPublicKeyInfoPem(),
                    alg = form.Alg,
                    enc = form.Enc,
                },
            })
        );
        Assert.Equal(forms.Length, tokens.Count);
        Assert.All(
            tokens.Select(token => token.GetProperty("token").GetString()!),
            token =>
            {
                Assert.True(CompactJwe.Is(token));
                Assert.Equal("a.b.ć", CompactJwe.Open(token, [World.Keys.Value.Client, Ours]));
                Assert.Null(CompactJwe.Open(token, [World.Keys.Value.Client]));
                Assert.Null(CompactJwe.Open(token[..^4] + (token[^4] == 'A' ? 'B' : 'A') + token[^3..], [Ours]));
                Assert.Null(CompactJwe.Open("e30" + token[token.IndexOf('.')..], [Ours]));
            }
        );
        Assert.Null(CompactJwe.Open("....", [Ours]));
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Our_proof_is_what_e_Signet_1_8_wants_and_never_the_same()
    {
        var secrets = new TestSecrets();
        secrets.Values[SecretNames.EsignetKey] = World.Keys.Value.EsignetClientJwk();
        await using var esignet = await LoopbackServer.StartAsync((200, """{"access_token":"t"}"""));
        using var http = LoopbackServer.Client();
        var client = new EsignetClient(
            http,
            new ClientKeys(secrets, NullLogger<ClientKeys>.Instance),
            new EsignetOptions { TokenUrl = new Uri(esignet.Address, "/oauth/v2/token") },
            TimeProvider.System
        );
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("t", (await client.TokensAsync("a code", "form", "https://page.example/x", default)).Access);
        }

        var forms = esignet
            .Seen.Select(request =>
                Encoding
                    .UTF8.GetString(request.Body)
                    .Split('&')
                    .Select(part => part.Split('='))
                    .ToDictionary(part => part[0], part => WebUtility.UrlDecode(part[1]))
            )
            .ToList();
        Assert.Equal("a code", forms[0]["code"]);
        Assert.Equal("https://page.example/x", forms[0]["redirect_uri"]);
        var proofs = await NodeScript.RunAsync(
            "esignet.mjs",
            forms.Select(form => new
            {
                verify = new { token = form["client_assertion"], publicKey = Ours.ExportSubjectPublicKeyInfoPem() },
            })
        );
        Assert.All(
            proofs,
            proof =>
            {
                Assert.True(proof.GetProperty("holds").GetBoolean());
                Assert.Equal("RS256", proof.GetProperty("header").GetProperty("alg").GetString());
                var claims = proof.GetProperty("claims");
                Assert.Equal("form", claims.GetProperty("iss").GetString());
                Assert.Equal("form", claims.GetProperty("sub").GetString());
                Assert.Equal(esignet.Url + "/oauth/v2/token", claims.GetProperty("aud").GetString());
                Assert.Equal(300, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
            }
        );
        Assert.Equal(
            2,
            proofs.Select(proof => proof.GetProperty("claims").GetProperty("jti").GetString()).Distinct().Count()
        );
    }

    [Fact]
    public void Our_key_may_be_a_JWK_its_base64_or_PEM_and_nothing_else()
    {
        var jwk = World.Keys.Value.EsignetClientJwk();
        var plain = Encoding.UTF8.GetString(Convert.FromBase64String(jwk));
        foreach (var text in new[] { jwk, plain, jwk + "\n", Ours.ExportPkcs8PrivateKeyPem() })
        {
            Assert.Equal(Ours.ExportSubjectPublicKeyInfo(), ClientKeys.Read(text).Rsa.ExportSubjectPublicKeyInfo());
        }

        var damaged = JsonSerializer.Deserialize<Dictionary<string, string>>(plain)!;
        damaged["d"] = "AAAA";
        foreach (var text in new[] { "", "{}", "{", "nonsense", JsonSerializer.Serialize(damaged) })
        {
            Assert.Throws<KeyProblemException>(() => ClientKeys.Read(text));
        }
    }
}
