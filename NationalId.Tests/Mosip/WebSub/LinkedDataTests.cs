using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Mosip.WebSub;

[Trait(Tier.Name, Tier.Whole)]
public sealed class LinkedDataTests
{
    private const string Vocabulary = "https://api.example/mosip#";
    private const string Nowhere = "https://other.example/.well-known/public-key.json";
    private static readonly string[] Terms = new WebSubOptions().LinkedDataTerms.Names();

    [Fact]
    public async Task The_canonical_form_is_that_of_npm_s_jsonld()
    {
        var credentials = new[]
        {
            Credential(),
            Credential(credential => credential["credentialSubject"]!["VID"] = "9830872690593682"),
            Credential(credential => credential["credentialSubject"]!["email"] = "a\"b\\c \u00e9 \U0001F476 \uFF21"),
            Credential(credential => credential["expirationDate"] = "2036-06-25T09:00:00.000Z"),
            Credential(credential => credential["id"] = "urn:uuid:0b8a4a4e-7c8f-4e8e-9a0e-0d1a52f0f1a5"),
            Credential(credential => credential["type"] = new JsonArray("VerifiableCredential")),
        };
        var answers = await NodeScript.RunAsync(
            "credential.mjs",
            credentials.Select(credential => new { op = "canonical", credential })
        );
        Assert.All(
            credentials.Zip(answers),
            pair =>
            {
                using var document = JsonDocument.Parse(pair.First);
                var linkedData = new LinkedData(Vocabulary, Terms);
                Assert.Equal(
                    pair.Second.GetProperty("document").GetString(),
                    linkedData.CanonicalCredential(document.RootElement)
                );
                Assert.Equal(
                    pair.Second.GetProperty("proof").GetString(),
                    linkedData.CanonicalProof(document.RootElement.GetProperty("proof"))
                );
            }
        );
    }

    public static TheoryData<string> Strange =>
        [
            "{'credentialSubject':{'birthCertificateNumber':'2026B1'}}",
            "{'credentialSubject':{'UIN':4107457165}}",
            "{'credentialSubject':{'email':'a\\tb'}}",
            "{'credentialSubject':{'email':'a\\nb'}}",
            "{'credentialSubject':{'UIN':['4107457165']}}",
            "{'credentialSubject':{'fullName':[{'value':'Ada','lang':'eng'}]}}",
            "{'credentialSubject':{'id':'10001'}}",
            "{'credentialSubject':{'@id':'https://a.example/'}}",
            "{'credentialSubject':{'type':'VerifiableCredential'}}",
            "{'id':'sec:10001'}",
            "{'id':'https://a.example/> <https://b.example'}",
            "{'@context':['https://www.w3.org/2018/credentials/v1']}",
            "{'@context':['https://www.w3.org/2018/credentials/v1','https://m.example/.well-known/mosip-context.json',"
                + "{'sec':'https://w3id.org/security#','UIN':'sec:other'}]}",
            "{'type':['VerifiableCredential','Other']}",
            "{'type':'VerifiableCredential'}",
            "{'name':'Ada'}",
            "{'proof':{'type':'Ed25519Signature2018'}}",
            "{'proof':{'proofPurpose':'authentication'}}",
            "{'proof':{'challenge':'1'}}",
            "{'proof':{'jws':''}}",
            "{'issuer':'nobody'}",
            "{'credentialSubject':{'id':'http://credential.idrepo/credentials/41ac87d3-5999-421f-96a7-ab939fd4f272'}}",
            "{'proof':[]}",
        ];

    [Theory]
    [MemberData(nameof(Strange))]
    public void What_is_not_of_MOSIP_s_form_is_refused(string change)
    {
        var credential = JsonNode.Parse(Credential())!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(change.Replace('\'', '"'))!.AsObject().ToList())
        {
            if (value is JsonObject parts && credential[name] is JsonObject whole)
            {
                foreach (var (part, with) in parts.ToList())
                {
                    whole[part] = with?.DeepClone();
                }
            }
            else
            {
                credential[name] = value?.DeepClone();
            }
        }

        using var document = JsonDocument.Parse(credential.ToJsonString());
        Assert.Null(new LinkedData(Vocabulary, Terms).Hash(document.RootElement));
    }

    [Theory]
    [InlineData("type")]
    [InlineData("created")]
    [InlineData("proofPurpose")]
    [InlineData("verificationMethod")]
    public void A_proof_that_lacks_a_part_is_none(string part)
    {
        var credential = JsonNode.Parse(Credential())!;
        credential["proof"]!.AsObject().Remove(part);
        using var document = JsonDocument.Parse(credential.ToJsonString());
        Assert.Null(new LinkedData(Vocabulary, Terms).Hash(document.RootElement));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"proof":{"jws":7}}""")]
    public async Task What_is_no_credential_has_no_proof(string text)
    {
        await using var mosip = await LoopbackServer.StartAsync((200, "{}"));
        await WrongAsync(text, mosip);
        Assert.Empty(mosip.Seen);
    }

    [Fact]
    public async Task A_proof_that_Node_made_holds_and_no_other_does()
    {
        var answers = new[] { Published(TestKeys.Theirs) };
        await using var mosip = await LoopbackServer.StartAsync(
            (_, context) => context.Response.WriteAsync(Volatile.Read(ref answers[0]))
        );
        var issued = await IssuedAsync(mosip);
        await CheckAsync(issued, mosip);
        await CheckAsync("{}", mosip, type: "qrcode");
        // What the country's context lacks is not signed: with this list it lacks the number.
        await Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(issued, mosip, terms: "vcVer,VID"));
        await CheckAsync(issued, mosip, terms: "vcVer,UIN");

        await WrongAsync(issued.Replace("4107457165", "4107457166"), mosip);
        await WrongAsync(issued.Replace("09:00:00", "09:00:01"), mosip);
        await WrongAsync(Credential(method: mosip.Url + "/key.json"), mosip);
        await WrongAsync(issued.Replace("/key.json", "/other.json"), mosip);

        answers[0] = Published(TestKeys.Strangers);
        await WrongAsync(issued, mosip);
        foreach (var nonsense in new[] { "{\"publicKeyPem\":\"-\"}", "{}", "<html>" })
        {
            answers[0] = nonsense;
            await Assert.ThrowsAsync<TransientFailureException>(() => CheckAsync(issued, mosip));
        }
    }

    [Fact]
    public async Task The_published_key_is_fetched_once_an_hour_and_once_more_where_it_does_not_fit()
    {
        var answers = new[] { Published(TestKeys.Theirs) };
        await using var mosip = await LoopbackServer.StartAsync(
            (_, context) => context.Response.WriteAsync(Volatile.Read(ref answers[0]))
        );
        var issued = Encoding.UTF8.GetBytes(await IssuedAsync(mosip));
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var http = LoopbackServer.Client();
        var proof = new LinkedDataProof(http, Options(mosip), time);
        await proof.CheckAsync("vercred", issued, default);
        time.Advance(TimeSpan.FromMinutes(59));
        await proof.CheckAsync("VERCRED", issued, default);
        Assert.Single(mosip.Seen);
        time.Advance(TimeSpan.FromMinutes(1));
        await proof.CheckAsync("vercred", issued, default);
        Assert.Equal(2, mosip.Seen.Count);

        // MOSIP signs with another key since: what it signed with the one before holds no more.
        answers[0] = Published(TestKeys.Strangers);
        await proof.CheckAsync("vercred", issued, default);
        Assert.Equal(2, mosip.Seen.Count);
        time.Advance(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<FlaggedException>(() => proof.CheckAsync("vercred", issued, default));
        Assert.Equal(4, mosip.Seen.Count);

        // And back: the key at hand does not fit, the one of now does.
        answers[0] = Published(TestKeys.Theirs);
        await proof.CheckAsync("vercred", issued, default);
        Assert.Equal(5, mosip.Seen.Count);
    }

    private static async Task<string> IssuedAsync(LoopbackServer mosip) => (
            await NodeScript.RunAsync(
                "credential.mjs",
                [
                    new
                    {
                        op = "issue",
                        credential = Credential(method: mosip.Url + "/key.json"),
                        privateKey = TestKeys.PrivatePem(TestKeys.Theirs),
                    },
                ]
            )
        )[0].GetProperty("credential").GetString()!;

    private static string Published(X509Certificate2 certificate) =>
        JsonSerializer.Serialize(
            new
            {
                type = "RsaVerificationKey2018",
                publicKeyPem = TestKeys.Private(certificate).ExportSubjectPublicKeyInfoPem(),
            }
        );

    private static Task WrongAsync(string credential, LoopbackServer mosip) =>
        Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(credential, mosip));

    private static async Task CheckAsync(
        string credential,
        LoopbackServer mosip,
        string type = "vercred",
        string? terms = null
    )
    {
        using var http = LoopbackServer.Client();
        var options = Options(mosip);
        options.LinkedDataTerms = terms ?? options.LinkedDataTerms;
        var proof = new LinkedDataProof(http, options, TimeProvider.System);
        await proof.CheckAsync(type, Encoding.UTF8.GetBytes(credential), default);
    }

    private static WebSubOptions Options(LoopbackServer mosip) =>
        new()
        {
            LinkedDataProofTypes = "vercred",
            LinkedDataVocabulary = Vocabulary,
            VerificationMethods = mosip.Url + "/key.json",
        };

    private static string Credential(Action<JsonObject>? change = null, string? method = null)
    {
        var credential = new JsonObject
        {
            ["issuanceDate"] = "2026-06-25T09:00:00.000Z",
            ["credentialSubject"] = new JsonObject
            {
                ["UIN"] = "4107457165",
                ["id"] = "http://credential.idrepo/credentials/10001100010000120260625080000",
                ["vcVer"] = "VC-V1",
            },
            ["id"] = "http://credential.idrepo/credentials/41ac87d3-5999-421f-96a7-ab939fd4f272",
            ["type"] = new JsonArray("VerifiableCredential", "MOSIPVerifiableCredential"),
            ["@context"] = new JsonArray(
                "https://www.w3.org/2018/credentials/v1",
                "https://api.example/.well-known/mosip-context.json",
                new JsonObject { ["sec"] = "https://w3id.org/security#" }
            ),
            ["issuer"] = "https://api.example/.well-known/controller.json",
            ["proof"] = new JsonObject
            {
                ["type"] = "RsaSignature2018",
                ["created"] = "2026-06-25T09:00:00.000Z",
                ["proofPurpose"] = "assertionMethod",
                ["verificationMethod"] = method ?? Nowhere,
                ["jws"] = "a..b",
            },
        };
        change?.Invoke(credential);
        return credential.ToJsonString();
    }
}
