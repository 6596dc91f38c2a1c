using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;

namespace NationalId.Tests.Sandbox;

/// <summary>The sandbox's IDA against requests built by Node.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class IdaTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    [Fact]
    public async Task Ida_knows_a_person_by_uin_and_vid_and_gives_the_same_token()
    {
        await using var sandbox = await StartAsync();
        var person = sandbox.Mosip.AddPerson("Þórdís D'Ávila", "female", "1980-02-29");
        foreach (var id in new[] { person.Uin, person.Vid })
        {
            var answer = await IdaCaller.CallAsync(sandbox, id, "þórdís  d'Ávila ", person.BirthDate);
            Assert.Equal("ok", IdaCaller.Code(answer));
            Assert.Equal(person.UinToken, answer.GetProperty("response").GetProperty("authToken").GetString());
            Assert.Equal("1234567890", answer.GetProperty("transactionID").GetString());
        }

        Assert.Equal(36, person.UinToken.Length);
    }

    [Fact]
    public async Task Ida_takes_the_certificate_as_the_token_seeder_writes_it()
    {
        await using var sandbox = await StartAsync();
        var person = sandbox.Mosip.AddPerson("Ada", "female", "1980-02-29");
        var pem = Convert.ToBase64String(
            Encoding.ASCII.GetBytes(shared.Keys.Partner.ExportCertificatePem()),
            Base64FormattingOptions.InsertLineBreaks
        );
        Assert.Equal(
            "ok",
            IdaCaller.Code(await IdaCaller.CallAsync(sandbox, person.Uin, "Ada", null, input => input["x5c"] = pem))
        );
    }

    [Fact]
    public async Task Ida_refuses_with_mosips_own_codes()
    {
        await using var sandbox = await StartAsync();
        var person = sandbox.Mosip.AddPerson("Ada", "female", "1980-02-29");
        var gone = sandbox.Mosip.AddPerson("Gone", "male", "1950-01-01");
        gone.Active = false;
        using var stranger = RSA.Create(2048);
        using var strangers = new CertificateRequest(
            "CN=opencrvs-partner",
            stranger,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Assert.Equal(
            "IDA-DEA-001",
            IdaCaller.Code(await IdaCaller.CallAsync(sandbox, person.Vid, "Eve", person.BirthDate))
        );
        Assert.Equal(
            "IDA-DEA-001",
            IdaCaller.Code(await IdaCaller.CallAsync(sandbox, person.Vid, "Ada", "1980-03-01"))
        );
        Assert.Equal("IDA-MLC-002", IdaCaller.Code(await IdaCaller.CallAsync(sandbox, Numbers.NewUin(), "Ada", null)));
        Assert.Equal("IDA-MLC-004", IdaCaller.Code(await IdaCaller.CallAsync(sandbox, Numbers.NewVid(), "Ada", null)));
        Assert.Equal("IDA-MLC-003", IdaCaller.Code(await IdaCaller.CallAsync(sandbox, gone.Uin, "Gone", null)));
        Assert.Equal("IDA-MLC-010", IdaCaller.Code(await IdaCaller.CallAsync(sandbox, gone.Vid, "Gone", null)));
        Assert.Equal(
            "IDA-MLC-001",
            IdaCaller.Code(
                await IdaCaller.CallAsync(
                    sandbox,
                    person.Uin,
                    "Ada",
                    null,
                    input => input["time"] = "2020-01-01T00:00:00.000Z"
                )
            )
        );
        Assert.Equal(
            "IDA-MPA-016",
            IdaCaller.Code(
                await IdaCaller.CallAsync(sandbox, person.Uin, "Ada", null, input => input["wrongHash"] = true)
            )
        );
        Assert.Equal(
            "IDA-MPA-001",
            IdaCaller.Code(await IdaCaller.CallAsync(sandbox, person.Uin, "Ada", null, input => input["tamper"] = true))
        );
        Assert.Equal(
            "IDA-MPA-001",
            IdaCaller.Code(
                await IdaCaller.CallAsync(
                    sandbox,
                    person.Uin,
                    "Ada",
                    null,
                    input => input["key"] = stranger.ExportPkcs8PrivateKeyPem()
                )
            )
        );
        Assert.Equal(
            "IDA-MPA-014",
            IdaCaller.Code(await IdaCaller.CallAsync(sandbox, person.Uin, "Ada", null, apiKey: "another"))
        );
        Assert.Equal(
            "IDA-MPA-021",
            IdaCaller.Code(
                await IdaCaller.CallAsync(
                    sandbox,
                    person.Uin,
                    "Ada",
                    null,
                    input =>
                    {
                        input["key"] = stranger.ExportPkcs8PrivateKeyPem();
                        input["x5c"] = Convert.ToBase64String(strangers.RawData);
                    }
                )
            )
        );
        // A request that is encrypted for another certificate than IDA's.
        Assert.Equal(
            "IDA-MPA-003",
            IdaCaller.Code(
                await IdaCaller.CallAsync(
                    sandbox,
                    person.Uin,
                    "Ada",
                    null,
                    input => input["encryptCertificate"] = strangers.ExportCertificatePem()
                )
            )
        );
        Assert.DoesNotContain("ok", sandbox.Mosip.Authentications);
    }

    private async Task<SandboxServer> StartAsync() =>
        await SandboxServer.StartAsync(new SandboxSettings { Keys = shared.Keys });
}
