using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Registry;
using NationalId.Tests.Registry;

namespace NationalId.Tests.Mosip.Ida;

public sealed class IdaRequestTests
{
    private static readonly DateTimeOffset Now = new(2024, 2, 29, 12, 11, 12, 345, TimeSpan.FromHours(2));

    internal static readonly IdaAuthData Data = new()
    {
        IndividualId = NationalIdNumberTests.Number(3, 16),
        IdType = IdType.Vid,
        Names = [new("eng", "Zoë O'Invented \"Z\""), new("fra", "Zoé d’Inventée")],
        Genders = [new("eng", "Female")],
        Dob = "1990/01/02",
        Phone = "0700000000",
    };

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Node_reads_our_requests_as_ida_does()
    {
        var requests = Enumerable.Range(0, 20).Select(_ => Build()).ToArray();
        var answers = await NodeScript.RunAsync(
            "ida.mjs",
            requests.Select(request => new
            {
                body = Encoding.UTF8.GetString(request.Body),
                jws = request.Jws,
                privateKey = TestKeys.PrivatePem(TestKeys.Theirs),
                receiver = TestKeys.Theirs.ExportCertificatePem(),
            })
        );
        Assert.Equal(requests.Length, answers.Count);
        foreach (var answer in answers)
        {
            foreach (var check in new[] { "detached", "signature", "hmac", "ownNonces", "thumbprint", "padded" })
            {
                Assert.True(answer.GetProperty(check).GetBoolean(), check);
            }

            Assert.Equal("RS256", answer.GetProperty("alg").GetString());
            Assert.Equal(
                TestKeys.Ours.GetCertHashString(HashAlgorithmName.SHA256),
                answer.GetProperty("leaf").GetString()
            );
            AssertJson(
                """
                {"timestamp":"2024-02-29T10:11:12.345Z","demographics":{
                  "name":[{"language":"eng","value":"Zoë O'Invented \"Z\""},
                          {"language":"fra","value":"Zoé d’Inventée"}],
                  "gender":[{"language":"eng","value":"Female"}],
                  "dob":"1990/01/02","phoneNumber":"0700000000"},"biometrics":[]}
                """,
                answer.GetProperty("plain").GetString()!
            );
        }
    }

    [Fact]
    public void The_body_has_every_field_of_the_seed()
    {
        var request = Build();
        var body = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(Data.IndividualId, body.GetProperty("individualId").GetString());
        Assert.Matches("^[0-9]{10}$", body.GetProperty("transactionID").GetString());
        Assert.Equal(request.TransactionId, body.GetProperty("transactionID").GetString());
        var fields = body.EnumerateObject()
            .Where(field =>
                field.Name
                    is not (
                        "individualId"
                        or "transactionID"
                        or "thumbprint"
                        or "request"
                        or "requestSessionKey"
                        or "requestHMAC"
                    )
            )
            .ToDictionary(field => field.Name, field => field.Value);
        AssertJson(
            """
            {"id":"mosip.identity.auth","version":"1.0","specVersion":"1.0","individualIdType":"VID",
             "requestTime":"2024-02-29T10:11:12.345Z",
             "domainUri":"https://ida.example","env":"Staging",
             "requestedAuth":{"demo":true,"pin":false,"otp":false,"bio":false},
             "consentObtained":true,"metadata":{}}
            """,
            JsonSerializer.Serialize(fields)
        );
        Assert.Equal(
            "UIN",
            JsonDocument
                .Parse(Build(Data with { IdType = IdType.Uin }).Body)
                .RootElement.GetProperty("individualIdType")
                .GetString()
        );
    }

    [Fact]
    public void Many_threads_build_with_the_same_certificates()
    {
        var transactions = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(
            0,
            400,
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            _ =>
            {
                var request = Build();
                var parts = request.Jws.Split('.');
                var signed = Encoding.ASCII.GetBytes(
                    $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(request.Body)}"
                );
                var signature = System.Buffers.Text.Base64Url.DecodeFromChars(parts[2]);
                using var own = TestKeys.Ours.GetRSAPublicKey()!;
                Assert.True(own.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
                transactions.Add(request.TransactionId);
            }
        );
        Assert.InRange(transactions.Distinct().Count(), 398, 400);
    }

    [Fact]
    public void Nothing_of_the_person_is_in_what_prints()
    {
        Assert.DoesNotContain(Data.IndividualId, $"{Data} {Build()} {Data.Names[0]}", StringComparison.Ordinal);
        Assert.DoesNotContain("Invented", $"{Data} {Build()} {Data.Names[0]}", StringComparison.Ordinal);
    }

    [Fact]
    public void Languages_and_genders_are_mapped_by_configuration()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["NationalId:Ida:Language"] = "fra",
                    ["NationalId:Ida:Languages:sw"] = "swa",
                    ["NationalId:Ida:Genders:MALE"] = "Homme",
                }
            )
            .Build();
        var mapping = configuration.GetSection(IdaMapping.Section).Get<IdaMapping>()!;
        Assert.Equal(
            ("eng", "swa", "fra", "eng", "deu", "fra"),
            (
                mapping.LanguageOf("en"),
                mapping.LanguageOf("sw"),
                mapping.LanguageOf(null),
                mapping.LanguageOf("en-GB"),
                mapping.LanguageOf("deu"),
                mapping.LanguageOf("xx")
            )
        );
        Assert.Equal("Homme", Assert.Single(mapping.Gender("fr", "male")).Value);
        Assert.Equal("Female", Assert.Single(mapping.Gender("fr", "female")).Value);
        Assert.Equal("Hijra", Assert.Single(mapping.Gender("fr", "Hijra")).Value);
        Assert.Empty(mapping.Gender("fr", "unknown"));
        Assert.Empty(mapping.Gender("fr", null));
        Assert.Equal("eng", new IdaMapping().LanguageOf(""));
    }

    [Theory]
    [InlineData("1990-01-02", "1990/01/02")]
    [InlineData("1990/01/02", "1990/01/02")]
    [InlineData("1990-01-02T00:00:00Z", "1990/01/02")]
    [InlineData("1990-13-02", null)]
    [InlineData("1990-01", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_whole_dates_of_birth_are_sent(string? date, string? expected) =>
        Assert.Equal(expected, IdaMapping.Dob(date));

    private static IdaRequest Build(IdaAuthData? data = null) =>
        IdaRequestBuilder.Build(data ?? Data, "https://ida.example", "Staging", TestKeys.Theirs, TestKeys.Ours, Now);

    private static void AssertJson(string expected, string actual) =>
        Assert.True(
            JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, JsonDocument.Parse(actual).RootElement),
            actual
        );
}
