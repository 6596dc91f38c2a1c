using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>Whose signature a credential must have while MOSIP's certificate is rotated.</summary>
public sealed class CredentialSignerTests
{
    private static readonly byte[] Text = "{}"u8.ToArray();
    private readonly TestSecrets secrets = new();

    public CredentialSignerTests() => Trust(TestKeys.Strangers);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task A_credential_without_a_signature_proves_nothing(string? signature)
    {
        Assert.Equal(CredentialFlags.NoProof, await ReasonAsync(signature));
        Assert.Empty(secrets.Refreshed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_certificate_that_came_a_moment_ago_is_looked_for_once(bool named)
    {
        secrets.Fresh[SecretNames.MosipCertificate] = TestKeys.Theirs.ExportCertificatePem();
        await CheckAsync(Sign(named));
        Assert.Equal([SecretNames.MosipCertificate], secrets.Refreshed);
        await CheckAsync(Sign(named));
        Assert.Single(secrets.Refreshed);
    }

    [Theory]
    [InlineData(false, CredentialFlags.WrongProof)]
    [InlineData(true, CredentialFlags.ForeignSigner)]
    public async Task A_signature_of_somebody_else_is_refused_after_one_look_for_a_newer_certificate(
        bool named,
        string reason
    )
    {
        Assert.Equal(reason, await ReasonAsync(Sign(named)));
        Assert.Single(secrets.Refreshed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_certificate_of_MOSIP_s_that_is_enabled_may_have_signed(bool named)
    {
        secrets.Older[SecretNames.MosipCertificate] = TestKeys.Theirs.ExportCertificatePem();
        await CheckAsync(Sign(named));
        Assert.Empty(secrets.Refreshed);
    }

    private void Trust(X509Certificate2 certificate) =>
        secrets.Values[SecretNames.MosipCertificate] = certificate.ExportCertificatePem();

    private static string Sign(bool named)
    {
        var certificate = named ? $$""","x5c":["{{Convert.ToBase64String(TestKeys.Theirs.RawData)}}"]""" : "";
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"RS256"{{certificate}}}"""));
        var signed = Encoding.ASCII.GetBytes($"{header}.{Base64Url.EncodeToString(Text)}");
        var signature = TestKeys
            .Private(TestKeys.Theirs)
            .SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}..{Base64Url.EncodeToString(signature)}";
    }

    private async Task<string> ReasonAsync(string? signature) =>
        (await Assert.ThrowsAsync<FlaggedException>(() => CheckAsync(signature))).Reason;

    private Task CheckAsync(string? signature)
    {
        return new CredentialProof(secrets.Keys(), secrets, new WebSubOptions(), TimeProvider.System).CheckAsync(
            signature,
            Text,
            default
        );
    }
}
