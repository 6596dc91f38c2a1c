using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.WebSub;

[Trait(Tier.Name, Tier.Whole)]
public sealed class CredentialProofTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("""{"credentialSubject":{"id":"1","UIN":"é"}}""");

    private static readonly X509Certificate2 Root = Issue("CN=ROOT", null, isAuthority: true);
    private static readonly X509Certificate2 Between = Issue("CN=www.mosip.io, OU=KERNEL", Root, isAuthority: true);
    private static readonly X509Certificate2 Signer = Issue("CN=SIGN, OU=MOSIP-TECH-CENTER", Between);
    private static readonly X509Certificate2 Other = Issue("CN=SIGN, OU=MOSIP-TECH-CENTER", null);

    [Theory]
    [InlineData("RS256", false)]
    [InlineData("PS256", false)]
    [InlineData("PS256", true)]
    [InlineData("RS256", true)]
    public async Task What_Node_signs_holds_and_a_changed_text_does_not(string alg, bool raw)
    {
        var jws = await SignAsync(TestKeys.Theirs, alg, raw, certificates: TestKeys.Theirs);
        await CheckAsync(jws, TestKeys.Theirs);
        await FailsAsync(CredentialFlags.WrongProof, jws, [.. Text, 32], TestKeys.Theirs);
        await FailsAsync(CredentialFlags.ForeignSigner, jws, Text, TestKeys.Strangers);

        var bare = await SignAsync(TestKeys.Theirs, alg, raw);
        await CheckAsync(bare, TestKeys.Theirs);
        await FailsAsync(CredentialFlags.WrongProof, bare, Text, TestKeys.Strangers);
    }

    [Fact]
    public async Task A_chain_leads_to_the_root_that_we_trust_or_proves_nothing()
    {
        var whole = await SignAsync(Signer, "RS256", raw: false, Signer, Between);
        await CheckAsync(whole, Root);
        await FailsAsync(CredentialFlags.ForeignSigner, whole, Text, Other);

        // The signer's own certificate may be the trusted one.
        await CheckAsync(await SignAsync(Signer, "RS256", raw: false, Signer), Signer);

        var cut = await SignAsync(Signer, "RS256", raw: false, Signer);
        await FailsAsync(CredentialFlags.ForeignSigner, cut, Text, Root);

        // Somebody else's key with MOSIP's certificate sent along.
        var borrowed = await SignAsync(Other, "RS256", raw: false, Signer, Between);
        await FailsAsync(CredentialFlags.WrongProof, borrowed, Text, Root);

        // The signer is issued by nobody, whatever chain comes along.
        var attached = await SignAsync(Other, "RS256", raw: false, Other, Between, Root);
        await FailsAsync(CredentialFlags.ForeignSigner, attached, Text, Root);
    }

    [Fact]
    public async Task A_partner_with_a_certificate_of_MOSIP_s_root_is_not_MOSIP()
    {
        var jws = await SignAsync(Signer, "RS256", raw: false, Signer, Between);
        await CheckAsync(jws, Root, subject: "OU=MOSIP-TECH-CENTER");
        await Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(jws, Root, subject: "OU=ID_REPO"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a..b")]
    [InlineData("eyJhbGciOiJub25lIn0..YQ")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9..YQ")]
    [InlineData("eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiZXhwIl19..YQ")]
    [InlineData("eyJhbGciOiJSUzI1NiIsImI2NCI6ZmFsc2V9..YQ")]
    [InlineData("eyJhbGciOiJSUzI1NiIsIng1YyI6WyJBQUFBIl19..YQ")]
    [InlineData("eyJhbGciOiJSUzI1NiIsIng1YyI6ImEifQ..YQ")]
    public async Task What_is_no_signature_that_we_know_is_flagged(string jws) =>
        await Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(jws, TestKeys.Theirs));

    private static async Task FailsAsync(string reason, string jws, byte[] text, X509Certificate2 trusted) =>
        Assert.Equal(
            reason,
            (await Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(jws, trusted, text: text))).Reason
        );

    private static Task CheckAsync(string jws, X509Certificate2 trusted, string subject = "", byte[]? text = null)
    {
        var secrets = new TestSecrets();
        secrets.Values[SecretNames.MosipCertificate] = trusted.ExportCertificatePem();
        var options = new WebSubOptions { SignerSubject = subject };
        return new CredentialProof(secrets.Keys(), secrets, options, TimeProvider.System).CheckAsync(
            jws,
            text ?? Text,
            default
        );
    }

    private static async Task<string> SignAsync(
        X509Certificate2 signer,
        string alg,
        bool raw,
        params X509Certificate2[] certificates
    ) => (
            await NodeScript.RunAsync(
                "credential.mjs",
                [
                    new
                    {
                        op = "signText",
                        text = Convert.ToBase64String(Text),
                        privateKey = TestKeys.PrivatePem(signer),
                        certificates = certificates.Select(one => Convert.ToBase64String(one.RawData)),
                        alg,
                        raw,
                    },
                ]
            )
        )[0].GetProperty("jws").GetString()!;

    private static X509Certificate2 Issue(string name, X509Certificate2? issuer, bool isAuthority = false)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        // An issued certificate ends no later than its issuer's.
        var from = issuer?.NotBefore ?? DateTimeOffset.UtcNow.AddDays(-1);
        var to = issuer?.NotAfter ?? DateTimeOffset.UtcNow.AddDays(20);
        if (issuer is null)
        {
            return request.CreateSelfSigned(from, to);
        }

        using var issued = request.Create(issuer, from, to, RandomNumberGenerator.GetBytes(12));
        return issued.CopyWithPrivateKey(key);
    }
}
