using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Core.Platform.Keys;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>What is pasted into the secrets of keys and certificates.</summary>
public sealed class KeyFormatsTests
{
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly ECDsa Curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 Certificate = P12Maker.Certificate(Key, "partner");
    private static readonly string Pem = Key.ExportPkcs8PrivateKeyPem();

    public static TheoryData<string, string> PrivateKeys =>
        new()
        {
            { "BOM", "\uFEFF" + Pem },
            { "BOM, Windows line ends, blank end", "\uFEFF" + Pem.ReplaceLineEndings("\r\n") + "\r\n \r\n" },
            { "line ends spelled out", Pem.ReplaceLineEndings("\\n") },
            { "Windows line ends spelled out", "\"" + Pem.ReplaceLineEndings("\\r\\n") + "\\r\\n\"" },
            { "indented", Pem.ReplaceLineEndings("\n    ") },
            { "PKCS#1", Key.ExportRSAPrivateKeyPem() },
            { "PKCS#1 in base64", Convert.ToBase64String(Key.ExportRSAPrivateKey()) },
            {
                "PKCS#8 in base64 lines",
                Convert.ToBase64String(Key.ExportPkcs8PrivateKey(), Base64FormattingOptions.InsertLineBreaks)
            },
            {
                "base64 of PEM with a BOM",
                Convert.ToBase64String([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Pem)])
            },
            {
                "base64 of PEM in UTF-16",
                Convert.ToBase64String([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Pem)])
            },
            { "its certificate before it", Certificate.ExportCertificatePem() + "\n" + Pem },
            {
                "OpenSSL's remarks before it",
                "Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + Pem
            },
        };

    [Theory]
    [MemberData(nameof(PrivateKeys))]
    public void A_private_key_is_read(string shape, string text)
    {
        using var read = KeyFormats.PrivateKey(text);
        Assert.True(Key.ExportRSAPublicKey().AsSpan().SequenceEqual(read.ExportRSAPublicKey()), shape);
    }

    public static TheoryData<string, string> NoPrivateKeys =>
        new()
        {
            { "", "it is empty" },
            { "\uFEFF \n", "it is empty" },
            { Curve.ExportPkcs8PrivateKeyPem(), "it is an EC private key, where an RSA key is needed" },
            { Curve.ExportECPrivateKeyPem(), "it is an EC private key, where an RSA key is needed" },
            {
                Convert.ToBase64String(Curve.ExportPkcs8PrivateKey()),
                "it is an EC private key, where an RSA key is needed"
            },
            { Key.ExportSubjectPublicKeyInfoPem(), "it is a bare public key, where a private key is needed" },
            {
                Convert.ToBase64String(Key.ExportRSAPublicKey()),
                "it is a bare public key, where a private key is needed"
            },
            { Certificate.ExportCertificatePem(), "it is a certificate, where a private key is needed" },
            {
                Key.ExportEncryptedPkcs8PrivateKeyPem("pw", Encryption),
                "it is encrypted by a password: store it without one"
            },
            {
                Convert.ToBase64String(Key.ExportEncryptedPkcs8PrivateKey("pw", Encryption)),
                "it is encrypted by a password: store it without one"
            },
            {
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                    + "-----END RSA PRIVATE KEY-----",
                "it is encrypted by a password: store it without one"
            },
            {
                "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
                "it is in OpenSSH's own form: store it as PKCS#8"
            },
            {
                Convert.ToBase64String(P12Maker.File("pw", [Key], [Certificate])),
                "it is a P12 file, where a private key is needed"
            },
            { Pem[..(Pem.Length / 2)], "its PEM is damaged or cut off" },
            { Convert.ToBase64String(Key.ExportPkcs8PrivateKey()[..600]), "it is damaged: it ends too early" },
            { "ask the ministry!", "it is neither PEM nor base64" },
        };

    [Theory]
    [MemberData(nameof(NoPrivateKeys))]
    public void What_is_no_RSA_private_key_is_named_for_what_it_is(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<KeyProblemException>(() => KeyFormats.PrivateKey(text)).Message);

    public static TheoryData<string, string> NoCertificates =>
        new()
        {
            { Key.ExportSubjectPublicKeyInfoPem(), "it is a bare public key, where a certificate is needed" },
            {
                Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo()),
                "it is a bare public key, where a certificate is needed"
            },
            { Pem, "it is a private key, where a certificate is needed" },
            { Convert.ToBase64String(Pkcs7), "it is a PKCS#7 bundle, where a certificate is needed" },
            { PemEncoding.WriteString("PKCS7", Pkcs7), "it is a PKCS#7 bundle, where a certificate is needed" },
            { Request.CreateSigningRequestPem(), "it is a certificate request, where a certificate is needed" },
            {
                Convert.ToBase64String(Request.CreateSigningRequest()),
                "it is a certificate request, where a certificate is needed"
            },
            { P12Maker.Certificate(Curve, "curve").ExportCertificatePem(), "its key is not RSA" },
            { PemEncoding.WriteString("CERTIFICATE", Certificate.RawData[..200]), "its certificate is damaged" },
            { Convert.ToBase64String(Certificate.RawData[..200]), "it is damaged: it ends too early" },
        };

    [Theory]
    [MemberData(nameof(NoCertificates))]
    public void What_is_no_certificate_is_named_for_what_it_is(string text, string problem) =>
        Assert.Equal(problem, Assert.Throws<KeyProblemException>(() => KeyFormats.Certificate(text)).Message);

    [Fact]
    public void A_certificate_with_a_BOM_or_with_its_key_is_read()
    {
        var pem = Certificate.ExportCertificatePem();
        foreach (
            var text in (string[])["\uFEFF" + pem, Pem + "\n" + pem, Convert.ToBase64String(Certificate.RawData) + "\n"]
        )
        {
            Assert.Equal(Certificate.Thumbprint, KeyFormats.Certificate(text).Thumbprint);
        }
    }

    private static PbeParameters Encryption => new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1);

    private static byte[] Pkcs7 => new X509Certificate2Collection(Certificate).Export(X509ContentType.Pkcs7)!;

    private static CertificateRequest Request =>
        new("CN=partner", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
