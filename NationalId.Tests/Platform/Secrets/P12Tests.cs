using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>
/// Whatever P12 an operator has: the right certificate of it signs, or the reason why none can is told.
/// </summary>
public sealed class P12Tests
{
    private const string Password = "secret12";
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSA Other = RSA.Create(2048);
    private static readonly ECDsa Curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly X509Certificate2 Right = P12Maker.Certificate(Key, "right");

    private readonly LogKeeper log = new();
    private readonly FakeTimeProvider time = new(P12Maker.Now);

    public static TheoryData<string> Usable =>
        [
            "one",
            "renewed with the same key",
            "renewed with the same key, new one first",
            "EC beside RSA",
            "EC after RSA",
            "expired first",
            "expired last",
            "older first",
            "not valid yet",
            "a short key beside it",
            "with its issuers",
            "issuers first",
            "no check value",
            "base64 in lines",
            "base64 after a BOM",
            "base64 with blanks around",
            "base64 of base64",
            "base64 for addresses",
            "with line ends spelled out",
            "as PEM",
            "bytes behind its end",
        ];

    [Theory]
    [MemberData(nameof(Usable))]
    public async Task The_newest_valid_certificate_with_an_RSA_key_signs(string shape)
    {
        using var small = RSA.Create(1024);
        var root = P12Maker.Certificate(Other, "issuer", from: -1, until: 3000);
        byte[] P12(params X509Certificate2[] certificates) =>
            P12Maker.File(Password, [Key], certificates, idOfFirst: [1]);
        byte[] Two(AsymmetricAlgorithm first, AsymmetricAlgorithm second, params X509Certificate2[] certificates) =>
            P12Maker.File(Password, [first, second], certificates);
        var one = P12(Right);
        var file = shape switch
        {
            "renewed with the same key" => P12(P12Maker.Certificate(Key, "before", -300, 5), Right),
            "renewed with the same key, new one first" => P12(Right, P12Maker.Certificate(Key, "before", -300, 5)),
            "EC beside RSA" => Two(Curve, Key, P12Maker.Certificate(Curve, "curve", from: -1), Right),
            "EC after RSA" => Two(Key, Curve, Right, P12Maker.Certificate(Curve, "curve", from: -1)),
            "expired first" => Two(Other, Key, P12Maker.Certificate(Other, "expired", -400, -1), Right),
            "expired last" => Two(Key, Other, Right, P12Maker.Certificate(Other, "expired", -5, -1)),
            "older first" => Two(Other, Key, P12Maker.Certificate(Other, "older", -11, 900), Right),
            "not valid yet" => Two(Other, Key, P12Maker.Certificate(Other, "later", 1, 900), Right),
            "a short key beside it" => Two(small, Key, P12Maker.Certificate(small, "short", from: -1), Right),
            "with its issuers" => P12(Right, root),
            "issuers first" => P12(root, Right),
            "no check value" => P12Maker.File(Password, [Key], [Right], sealedWithMac: false),
            "bytes behind its end" => [.. one, 10, 0],
            _ => one,
        };
        var text = shape switch
        {
            "base64 in lines" => Convert.ToBase64String(file, Base64FormattingOptions.InsertLineBreaks) + "\r\n",
            "base64 after a BOM" => "\uFEFF" + Convert.ToBase64String(file),
            "base64 with blanks around" => " \u00A0\u200B" + Convert.ToBase64String(file) + "\u2060\t\n",
            "base64 of base64" => Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToBase64String(file))),
            "base64 for addresses" => System.Buffers.Text.Base64Url.EncodeToString(file),
            "with line ends spelled out" => Convert
                .ToBase64String(file, Base64FormattingOptions.InsertLineBreaks)
                .ReplaceLineEndings("\\n"),
            "as PEM" => PemEncoding.WriteString("PKCS12", file),
            _ => Convert.ToBase64String(file),
        };

        var keys = Keys(text, Password);
        await AssertSignsAsync(keys, Right);
        Assert.False(keys.SigningAlert);
    }

    [Fact]
    public async Task A_certificate_that_becomes_valid_takes_over_and_what_is_not_used_is_named_by_thumbprint()
    {
        var later = P12Maker.Certificate(Other, "secret-name-later", 1, 900);
        var expired = P12Maker.Certificate(Curve, "secret-name-expired", -50, -1);
        var file = P12Maker.File(Password, [Key, Other, Curve], [Right, later, expired]);
        var keys = Keys(Convert.ToBase64String(file), Password);
        await AssertSignsAsync(keys, Right);
        var line = Assert.Single(log.Lines, line => line.Event == "CertificateChosen").Text;
        Assert.Contains($"certificate {Right.Thumbprint[..8]} is used", line);
        Assert.Contains($"{later.Thumbprint[..8]} (not valid before 2026-06-02)", line);
        Assert.Contains($"{expired.Thumbprint[..8]} (not RSA)", line);
        Assert.DoesNotContain("secret-name", line);

        time.Advance(TimeSpan.FromDays(2));
        await AssertSignsAsync(keys, later);
        time.Advance(TimeSpan.FromHours(1));
        await AssertSignsAsync(keys, later);
        Assert.Equal(2, log.Lines.Count(one => one.Event == "CertificateChosen"));
    }

    [Fact]
    public async Task Where_all_have_expired_the_newest_goes_on_signing()
    {
        var last = P12Maker.Certificate(Key, "last", -100, -1);
        var file = P12Maker.File(Password, [Other, Key], [P12Maker.Certificate(Other, "first", -900, -2), last]);
        await AssertSignsAsync(Keys(Convert.ToBase64String(file), Password), last);
    }

    [Trait(Tier.Name, Tier.Whole)]
    [Fact]
    public async Task A_P12_of_OpenSSL_in_its_old_form_and_with_an_empty_password_is_read()
    {
        var folder = Directory.CreateTempSubdirectory("p12");
        try
        {
            string In(string name) => Path.Combine(folder.FullName, name);
            await File.WriteAllTextAsync(In("key.pem"), Key.ExportPkcs8PrivateKeyPem());
            await File.WriteAllTextAsync(In("cert.pem"), Right.ExportCertificatePem());
            foreach (
                var (password, form) in (IEnumerable<(string, string[])>)[("pw", ["-legacy"]), ("", []), ("pw", [])]
            )
            {
                string[] arguments = ["pkcs12", "-export", .. form, "-inkey", In("key.pem"), "-in", In("cert.pem")];
                using var openssl = Process.Start(
                    "openssl",
                    [.. arguments, "-out", In("made.p12"), "-passout", "pass:" + password]
                );
                await openssl.WaitForExitAsync();
                Assert.Equal(0, openssl.ExitCode);
                var text = Convert.ToBase64String(await File.ReadAllBytesAsync(In("made.p12")));
                await AssertSignsAsync(Keys(text, password), Right);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static TheoryData<string, string> Unusable =>
        new()
        {
            { "wrong password", "the password doesn't open it, or it was changed" },
            { "wrong password, no check value", "the password doesn't open it, or it was changed" },
            { "no password given", "it has a password, and none is given" },
            { "no private key", "it holds no private key" },
            { "no certificate", "it holds no certificate" },
            { "another's key", "its private key fits none of its certificates" },
            { "EC", "its private key is not RSA" },
            { "short", "its RSA key is shorter than 2048 bits" },
            { "cut off", "it is damaged: it ends too early" },
            { "damaged", "it is damaged, or of a form that is not known here" },
            { "a text", "it is neither PEM nor base64" },
            { "a picture", "it is not a P12 but nothing that is known here, or damaged" },
            { "a certificate", "it is not a P12 but a certificate" },
            { "a certificate in PEM", "it is not a P12 but a certificate" },
            { "a private key", "it is not a P12 but a private key" },
            { "PKCS#7", "it is not a P12 but a PKCS#7 bundle" },
            { "JKS", "it is not a P12 but a Java keystore (JKS)" },
        };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task Each_failure_says_its_own_cause(string shape, string cause)
    {
        using var small = RSA.Create(1024);
        var good = P12Maker.File(Password, [Key], [Right]);
        byte[] file = shape switch
        {
            "wrong password, no check value" => P12Maker.File(Password, [Key], [Right], sealedWithMac: false),
            "no private key" => P12Maker.File(Password, [], [Right]),
            "no certificate" => P12Maker.File(Password, [Key], []),
            "another's key" => P12Maker.File(Password, [Other], [Right]),
            "EC" => P12Maker.File(Password, [Curve], [P12Maker.Certificate(Curve, "curve")]),
            "short" => P12Maker.File(Password, [small], [P12Maker.Certificate(small, "short")]),
            "cut off" => good[..(good.Length * 2 / 3)],
            "damaged" => [.. good[..20], 0xFF, 0xFF, .. good[22..]],
            "a picture" => [0x89, 0x50, 0x4E, 0x47, .. new byte[40]],
            "a certificate" => Right.RawData,
            "a private key" => Key.ExportPkcs8PrivateKey(),
            "PKCS#7" => new X509Certificate2Collection(Right).Export(X509ContentType.Pkcs7)!,
            "JKS" => [0xFE, 0xED, 0xFE, 0xED, .. new byte[40]],
            _ => good,
        };
        var text = shape switch
        {
            "a text" => "please ask Abebe for the file: she has it!",
            "a certificate in PEM" => Right.ExportCertificatePem(),
            _ => Convert.ToBase64String(file),
        };
        var password =
            shape.StartsWith("wrong", StringComparison.Ordinal) ? "another-password"
            : shape == "no password given" ? null
            : Password;
        var keys = Keys(text, password);

        var failure = await Assert.ThrowsAsync<SecretUnusableException>(() =>
            keys.GetSigningCertificateAsync(default).AsTask()
        );
        Assert.Equal((SecretNames.SignP12, cause), (failure.Name, failure.Problem));
        Assert.True(keys.SigningAlert);
        Assert.All(
            log.Lines,
            line => Assert.False(line.Text.Contains(Password) || line.Text.Contains("another-password"), line.Text)
        );
    }

    private static async Task AssertSignsAsync(PartnerKeys keys, X509Certificate2 expected)
    {
        var certificate = await keys.GetSigningCertificateAsync(default);
        Assert.Equal(expected.Thumbprint, certificate.Thumbprint);
        using var key = certificate.GetRSAPrivateKey()!;
        using var theirs = expected.GetRSAPublicKey()!;
        var signature = key.SignData("x"u8, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.True(theirs.VerifyData("x"u8, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private PartnerKeys Keys(string p12, string? password)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        configuration["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE"] = p12;
        configuration["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PASSWORD"] = password;
        return new PartnerKeys(
            new ConfigurationSecretStore(configuration),
            new TokenSeederOptions(),
            time,
            log.For<PartnerKeys>()
        );
    }
}
