using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip;

public sealed class PartnerKeysTests : IAsyncLifetime
{
    private static readonly X509Certificate2 First = SelfSigned("first partner");
    private static readonly X509Certificate2 Second = SelfSigned("second partner");

    private TestVault vault = null!;
    private KeyVaultSecretStore store = null!;
    private PartnerKeys keys = null!;

    public async Task InitializeAsync()
    {
        vault = await TestVault.StartAsync();
        store = vault.Store();
        keys = Keys(new TokenSeederOptions());
    }

    public async Task DisposeAsync() => await vault.DisposeAsync();

    [Fact]
    public async Task The_p12_opens_and_signs_and_is_parsed_once()
    {
        PutP12(First, "pw");
        PutPassword("pw");
        var certificate = await keys.GetSigningCertificateAsync(default);
        using var key = certificate.GetRSAPrivateKey()!;
        using var theirs = First.GetRSAPublicKey()!;
        Assert.True(
            theirs.VerifyData(
                "x"u8,
                key.SignData("x"u8, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
        );

        vault.Time.Advance(TimeSpan.FromMinutes(6));
        Assert.Same(certificate, await keys.GetSigningCertificateAsync(default));
        Assert.False(keys.SigningAlert);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rotation_in_either_order_signs_with_the_old_pair_until_the_new_is_whole(bool passwordFirst)
    {
        PutP12(First, "old");
        PutPassword("old");
        await AssertSignsAsync(First, alert: false);

        Put(passwordFirst);
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        await AssertSignsAsync(First, alert: true);

        // The other half is seen well before the TTL is over: while they don't fit, the store is asked more often.
        Put(!passwordFirst);
        vault.Time.Advance(KeyVaultSecretStore.RefreshEvery);
        await AssertSignsAsync(Second, alert: false);
        Assert.Contains(vault.Log.Lines, line => line is { Level: LogLevel.Error, Event: "SigningKeyPairMismatch" });

        void Put(bool password)
        {
            if (password)
            {
                PutPassword("new");
            }
            else
            {
                PutP12(Second, "new");
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pair_that_does_not_fit_keeps_the_last_good_pair_even_when_its_versions_are_disabled(
        bool passwordFirst
    )
    {
        var oldP12 = PutP12(First, "old");
        var oldPassword = PutPassword("old");
        await AssertSignsAsync(First, alert: false);

        if (passwordFirst)
        {
            PutPassword("new");
            vault.Enable(SecretNames.SignP12Password, oldPassword, false);
        }
        else
        {
            PutP12(Second, "new");
            vault.Enable(SecretNames.SignP12, oldP12, false);
        }

        vault.Time.Advance(TimeSpan.FromMinutes(5));
        await AssertSignsAsync(First, alert: true);

        if (passwordFirst)
        {
            PutP12(Second, "new");
        }
        else
        {
            PutPassword("new");
        }

        vault.Time.Advance(KeyVaultSecretStore.RefreshEvery);
        await AssertSignsAsync(Second, alert: false);
    }

    [Fact]
    public async Task A_mismatch_is_told_once_and_does_not_flood_the_vault()
    {
        PutP12(First, "right");
        PutPassword("wrong");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(
                SecretNames.SignP12,
                (
                    await Assert.ThrowsAsync<SecretUnusableException>(() =>
                        keys.GetSigningCertificateAsync(default).AsTask()
                    )
                ).Name
            );
        }

        Assert.True(keys.SigningAlert);
        Assert.Single(vault.Log.Lines, line => line.Event == "SigningKeyPairMismatch");
        Assert.True(vault.Lists(SecretNames.SignP12) <= 2, "asked too often");

        PutPassword("right");
        vault.Time.Advance(KeyVaultSecretStore.RefreshEvery);
        await AssertSignsAsync(First, alert: false);
    }

    [Fact]
    public async Task RefreshSigning_takes_a_whole_new_pair_at_once()
    {
        PutP12(First, "old");
        PutPassword("old");
        await AssertSignsAsync(First, alert: false);
        PutP12(Second, "new");
        PutPassword("new");
        await AssertSignsAsync(First, alert: false);

        keys.RefreshSigning();
        await AssertSignsAsync(Second, alert: false);
    }

    [Fact]
    public async Task The_vault_going_away_changes_nothing_for_keys_in_use()
    {
        PutP12(First, "pw");
        PutPassword("pw");
        await AssertSignsAsync(First, alert: false);
        vault.Fault = 0;
        vault.Time.Advance(TimeSpan.FromHours(9));
        await AssertSignsAsync(First, alert: false);
    }

    [Fact]
    public async Task A_p12_without_a_password_needs_no_password_secret()
    {
        PutP12(First, "");
        await AssertSignsAsync(First, alert: false);
    }

    [Fact]
    public async Task Missing_secrets_are_named()
    {
        Assert.Equal(
            SecretNames.SignP12,
            (
                await Assert.ThrowsAsync<SecretMissingException>(() =>
                    keys.GetSigningCertificateAsync(default).AsTask()
                )
            ).Name
        );
        Assert.Equal(
            SecretNames.IdaEncryptCertificate,
            (
                await Assert.ThrowsAsync<SecretMissingException>(() =>
                    keys.GetIdaEncryptCertificateAsync(default).AsTask()
                )
            ).Name
        );
        Assert.Equal(
            SecretNames.OpenCrvsPrivateKey,
            (
                await Assert.ThrowsAsync<SecretMissingException>(() =>
                    keys.GetEnvelopePrivateKeysAsync(default).AsTask()
                )
            ).Name
        );
        Assert.Equal(
            SecretNames.MosipCertificate,
            (
                await Assert.ThrowsAsync<SecretMissingException>(() => keys.GetMosipCertificatesAsync(default).AsTask())
            ).Name
        );
    }

    [Fact]
    public async Task A_mounted_p12_is_read_again_when_the_file_is_replaced_also_behind_a_symbolic_link()
    {
        var folder = Directory.CreateTempSubdirectory("p12");
        try
        {
            var link = Path.Combine(folder.FullName, "sign.p12");
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "one"), P12(First, "pw"));
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "two"), P12(Second, "pw"));
            File.SetLastWriteTimeUtc(Path.Combine(folder.FullName, "two"), DateTime.UtcNow.AddMinutes(1));
            File.CreateSymbolicLink(link, Path.Combine(folder.FullName, "one"));
            keys = Keys(new TokenSeederOptions { SignP12Path = link });
            PutPassword("pw");
            await AssertSignsAsync(First, alert: false);

            File.Delete(link);
            vault.Time.Advance(TimeSpan.FromSeconds(5));
            await AssertSignsAsync(First, alert: false);

            File.CreateSymbolicLink(link, Path.Combine(folder.FullName, "two"));
            vault.Time.Advance(TimeSpan.FromSeconds(5));
            await AssertSignsAsync(Second, alert: false);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_mounted_p12_that_is_not_there_is_a_missing_secret()
    {
        keys = Keys(new TokenSeederOptions { SignP12Path = "/nowhere/sign.p12" });
        await Assert.ThrowsAsync<SecretMissingException>(() => keys.GetSigningCertificateAsync(default).AsTask());
    }

    [Fact]
    public async Task Idas_certificate_comes_from_a_mounted_file_too_pem_or_der()
    {
        var file = Path.GetTempFileName();
        try
        {
            keys = Keys(new TokenSeederOptions { EncryptCertificatePath = file });
            await File.WriteAllTextAsync(file, First.ExportCertificatePem());
            Assert.Equal(First.Thumbprint, (await keys.GetIdaEncryptCertificateAsync(default)).Thumbprint);

            await File.WriteAllBytesAsync(file, Second.RawData);
            vault.Time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(Second.Thumbprint, (await keys.GetIdaEncryptCertificateAsync(default)).Thumbprint);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Certificates_and_keys_are_read_in_every_shape_that_arrives(string shape)
    {
        using var rsa = Second.GetRSAPrivateKey()!;
        vault.Put(SecretNames.MosipCertificate, Shape(shape, First.ExportCertificatePem(), First.RawData));
        vault.Put(SecretNames.IdaEncryptCertificate, Shape(shape, First.ExportCertificatePem(), First.RawData));
        vault.Put(
            SecretNames.OpenCrvsPrivateKey,
            Shape(shape, rsa.ExportRSAPrivateKeyPem(), rsa.ExportPkcs8PrivateKey())
        );
        vault.Put(
            SecretNames.OpenCrvsPrivateKey,
            Shape(shape, rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKey())
        );

        Assert.Equal(First.Thumbprint, Assert.Single(await keys.GetMosipCertificatesAsync(default)).Thumbprint);
        Assert.Equal(First.Thumbprint, (await keys.GetIdaEncryptCertificateAsync(default)).Thumbprint);
        var read = await keys.GetEnvelopePrivateKeysAsync(default);
        Assert.Equal(2, read.Count);
        Assert.All(read, key => Assert.Equal(rsa.ExportRSAPublicKey(), key.ExportRSAPublicKey()));
    }

    public static TheoryData<string> Shapes =>
        [
            "pem",
            "pem with \\n spelled out",
            "pem on one line",
            "base64 of pem",
            "base64 of der",
            "pem in quotes, Windows line ends",
        ];

    [Fact]
    public async Task Old_and_new_keys_serve_newest_first_and_what_was_parsed_stays()
    {
        using var one = First.GetRSAPrivateKey()!;
        using var two = Second.GetRSAPrivateKey()!;
        vault.Put(SecretNames.OpenCrvsPrivateKey, one.ExportPkcs8PrivateKeyPem());
        var before = Assert.Single(await keys.GetEnvelopePrivateKeysAsync(default));

        vault.Put(SecretNames.OpenCrvsPrivateKey, two.ExportPkcs8PrivateKeyPem());
        store.Refresh(SecretNames.OpenCrvsPrivateKey);
        var after = await keys.GetEnvelopePrivateKeysAsync(default);
        Assert.Equal(2, after.Count);
        Assert.Equal(two.ExportRSAPublicKey(), after[0].ExportRSAPublicKey());
        Assert.Same(before, after[1]);
        Assert.Same(after, await keys.GetEnvelopePrivateKeysAsync(default));
    }

    [Fact]
    public async Task A_newest_version_that_is_no_key_is_passed_over_and_logged_without_its_content()
    {
        vault.Put(SecretNames.MosipCertificate, First.ExportCertificatePem());
        vault.Put(SecretNames.MosipCertificate, "oops: pasted-by-mistake");
        Assert.Equal(First.Thumbprint, Assert.Single(await keys.GetMosipCertificatesAsync(default)).Thumbprint);
        Assert.Contains(vault.Log.Lines, line => line is { Level: LogLevel.Error, Event: "SecretVersionUnusable" });
        Assert.All(vault.Log.Lines, line => Assert.DoesNotContain("pasted-by-mistake", line.Text));
    }

    [Theory]
    [InlineData("not a key at all")]
    [InlineData("bm90IGEga2V5")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("public")]
    [InlineData("short")]
    [InlineData("elliptic")]
    public async Task What_is_no_rsa_private_key_of_2048_bits_is_refused_without_repeating_it(string text)
    {
        using var small = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var publicKey = First.GetRSAPublicKey()!;
        var secret = text switch
        {
            "public" => publicKey.ExportSubjectPublicKeyInfoPem(),
            "short" => small.ExportPkcs8PrivateKeyPem(),
            "elliptic" => curve.ExportPkcs8PrivateKeyPem(),
            _ => text,
        };
        vault.Put(SecretNames.OpenCrvsPrivateKey, secret);
        var unusable = await Assert.ThrowsAsync<SecretUnusableException>(() =>
            keys.GetEnvelopePrivateKeysAsync(default).AsTask()
        );
        Assert.Equal(SecretNames.OpenCrvsPrivateKey, unusable.Name);
        Assert.DoesNotContain(secret, unusable.ToString());
    }

    [Fact]
    public async Task A_p12_with_a_short_key_or_none_is_refused()
    {
        PutPassword("pw");
        using var small = SelfSigned("small", 1024);
        vault.Put(SecretNames.SignP12, Convert.ToBase64String(P12(small, "pw")));
        using var bare = X509CertificateLoader.LoadCertificate(First.RawData);
        vault.Put(SecretNames.SignP12, Convert.ToBase64String(P12(bare, "pw")));
        await Assert.ThrowsAsync<SecretUnusableException>(() => keys.GetSigningCertificateAsync(default).AsTask());
    }

    [Fact]
    public async Task Keys_from_configuration_follow_its_changes_too()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        configuration["MOSIP_PUBLIC_KEY"] = First.ExportCertificatePem();
        var local = new PartnerKeys(
            new ConfigurationSecretStore(configuration),
            new TokenSeederOptions(),
            vault.Time,
            vault.Log.For<PartnerKeys>()
        );
        Assert.Equal(First.Thumbprint, (await local.GetMosipCertificatesAsync(default))[0].Thumbprint);

        configuration["MOSIP_PUBLIC_KEY"] = Second.ExportCertificatePem();
        Assert.Equal(Second.Thumbprint, (await local.GetMosipCertificatesAsync(default))[0].Thumbprint);
    }

    private PartnerKeys Keys(TokenSeederOptions options) =>
        new(store, options, vault.Time, vault.Log.For<PartnerKeys>());

    private async Task AssertSignsAsync(X509Certificate2 expected, bool alert)
    {
        var certificate = await keys.GetSigningCertificateAsync(default);
        Assert.Equal(expected.Thumbprint, certificate.Thumbprint);
        Assert.Equal(alert, keys.SigningAlert);
        using var key = certificate.GetRSAPrivateKey()!;
        key.SignData("x"u8, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private string PutP12(X509Certificate2 certificate, string password) =>
        vault.Put(SecretNames.SignP12, Convert.ToBase64String(P12(certificate, password)));

    private string PutPassword(string password) => vault.Put(SecretNames.SignP12Password, password);

    private static byte[] P12(X509Certificate2 certificate, string password) =>
        certificate.Export(X509ContentType.Pkcs12, password);

    private static string Shape(string shape, string pem, byte[] der) =>
        shape switch
        {
            "pem" => pem,
            "pem with \\n spelled out" => pem.ReplaceLineEndings("\\n"),
            "pem on one line" => pem.ReplaceLineEndings(" "),
            "base64 of pem" => Convert.ToBase64String(
                Encoding.UTF8.GetBytes(pem),
                Base64FormattingOptions.InsertLineBreaks
            ),
            "base64 of der" => Convert.ToBase64String(der),
            _ => $"\"{pem.ReplaceLineEndings("\r\n")}\"",
        };

    private static X509Certificate2 SelfSigned(string name, int bits = 2048)
    {
        using var key = RSA.Create(bits);
        return new CertificateRequest(
            $"CN={name}",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(1));
    }
}
