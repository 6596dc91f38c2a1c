using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Core.Platform.Keys;

/// <summary>
/// Opens a P12 as it is, whoever wrote it: OpenSSL, keytool, Windows, Key Vault.
/// NOTE: X509CertificateLoader is not used. It fails on two certificates of one key, which is what a renewal leaves in
/// a keystore, and gives most failures the same words.
/// </summary>
internal static class Pkcs12File
{
    private const string RsaEncryption = "1.2.840.113549.1.1.1";
    private const string EcPublicKey = "1.2.840.10045.2.1";

    /// <summary>The certificates of a P12 with the private keys that fit them.</summary>
    /// <param name="text">The P12's bytes in base64.</param>
    /// <param name="password">Its password; null or empty for none.</param>
    /// <param name="rsaOnly">Only RSA keys of enough bits can be used.</param>
    /// <exception cref="KeyProblemException">It isn't a P12, the password doesn't open it, or nothing in it can be
    /// used.</exception>
    public static Pkcs12Entries Open(string text, string? password, bool rsaOnly)
    {
        var block = KeyText.Read(text)[0];
        if (block.Kind != KeyKind.Pkcs12)
        {
            throw new KeyProblemException(
                block.Kind == KeyKind.CutOff
                    ? $"it is {block.Kind.Words()}"
                    : $"it is not a P12 but {block.Kind.Words()}"
            );
        }

        var found = new Found();
        try
        {
            var info = Pkcs12Info.Decode(block.Der, out _);
            var fitting = FittingPassword(info, password);
            foreach (var contents in info.AuthenticatedSafe)
            {
                Read(contents, fitting, found);
            }
        }
        catch (CryptographicException exception) when (exception is not KeyProblemException)
        {
            throw new KeyProblemException("it is damaged, or of a form that is not known here");
        }

        return new Pkcs12Entries(found.Pair(), rsaOnly);
    }

    /// <summary>
    /// The password that the file's check value fits. "No password" is written in two ways, and both occur.
    /// </summary>
    private static string? FittingPassword(Pkcs12Info info, string? password)
    {
        var isNone = string.IsNullOrEmpty(password);
        switch (info.IntegrityMode)
        {
            case Pkcs12IntegrityMode.None:
                return password;
            case Pkcs12IntegrityMode.Password when info.VerifyMac(password ?? ""):
                return password ?? "";
            case Pkcs12IntegrityMode.Password when isNone && info.VerifyMac((string?)null):
                return null;
            case Pkcs12IntegrityMode.Password:
                throw WrongPassword(isNone);
            default:
                throw new KeyProblemException("it is protected by a certificate instead of a password");
        }
    }

    private static void Read(Pkcs12SafeContents contents, string? password, Found found)
    {
        if (contents.ConfidentialityMode == Pkcs12ConfidentialityMode.PublicKey)
        {
            return;
        }

        if (contents.ConfidentialityMode == Pkcs12ConfidentialityMode.Password)
        {
            Decrypt(() => contents.Decrypt(password), password);
        }

        foreach (var bag in contents.GetBags())
        {
            switch (bag)
            {
                case Pkcs12SafeContentsBag { SafeContents: { } nested }:
                    Read(nested, password, found);
                    break;
                case Pkcs12CertBag { IsX509Certificate: true } certificate:
                    found.Certificates.Add(certificate.GetCertificate());
                    break;
                case Pkcs12KeyBag key:
                    found.Add(Pkcs8PrivateKeyInfo.Decode(key.Pkcs8PrivateKey, out _, skipCopy: true));
                    break;
                case Pkcs12ShroudedKeyBag key:
                    Pkcs8PrivateKeyInfo? opened = null;
                    Decrypt(
                        () =>
                            opened = Pkcs8PrivateKeyInfo.DecryptAndDecode(
                                password.AsSpan(),
                                key.EncryptedPkcs8PrivateKey,
                                out _
                            ),
                        password
                    );
                    found.Add(opened!);
                    break;
            }
        }
    }

    private static void Decrypt(Action decrypt, string? password)
    {
        try
        {
            decrypt();
        }
        catch (CryptographicException)
        {
            // A file without a check value shows a wrong password only here. So does one whose keys have another
            // password than the file itself.
            throw WrongPassword(string.IsNullOrEmpty(password));
        }
    }

    private static KeyProblemException WrongPassword(bool isNone) =>
        new(
            isNone ? "it has a password, and none is given" : "the password doesn't open it, or it was changed",
            wrongPassword: true
        );

    /// <summary>What the file holds before certificates and keys are brought together.</summary>
    private sealed class Found
    {
        private readonly List<AsymmetricAlgorithm> keys = [];
        private int unknownKeys;

        public List<X509Certificate2> Certificates { get; } = [];

        public void Add(Pkcs8PrivateKeyInfo info)
        {
            AsymmetricAlgorithm? key = info.AlgorithmId.Value switch
            {
                RsaEncryption => RSA.Create(),
                EcPublicKey => ECDsa.Create(),
                _ => null,
            };
            if (key is null)
            {
                unknownKeys++;
                return;
            }

            key.ImportPkcs8PrivateKey(info.Encode(), out _);
            keys.Add(key);
        }

        /// <summary>
        /// Each certificate with the key that has its public key. The file's own ids are not asked: a renewed
        /// certificate often has none, or the id of the one before.
        /// </summary>
        public IReadOnlyList<Pkcs12Entry> Pair()
        {
            if (keys.Count + unknownKeys == 0)
            {
                throw new KeyProblemException("it holds no private key");
            }

            if (Certificates.Count == 0)
            {
                throw new KeyProblemException("it holds no certificate");
            }

            var byPublicKey = keys.DistinctBy(key => Convert.ToHexString(key.ExportSubjectPublicKeyInfo()))
                .ToDictionary(key => Convert.ToHexString(key.ExportSubjectPublicKeyInfo()));
            return [.. Certificates.Select(certificate => With(certificate, byPublicKey))];
        }

        private static Pkcs12Entry With(
            X509Certificate2 certificate,
            Dictionary<string, AsymmetricAlgorithm> byPublicKey
        )
        {
            using var rsa = certificate.GetRSAPublicKey();
            using var ec = rsa is null ? certificate.GetECDsaPublicKey() : null;
            var publicKey = ((AsymmetricAlgorithm?)rsa ?? ec)?.ExportSubjectPublicKeyInfo();
            return publicKey is null ? new Pkcs12Entry(certificate, HasKey: false, RsaBits: null)
                : !byPublicKey.TryGetValue(Convert.ToHexString(publicKey), out var key)
                    ? new Pkcs12Entry(certificate, HasKey: false, rsa?.KeySize)
                : key is RSA rsaKey
                    ? new Pkcs12Entry(certificate.CopyWithPrivateKey(rsaKey), HasKey: true, rsaKey.KeySize)
                : new Pkcs12Entry(certificate.CopyWithPrivateKey((ECDsa)key), HasKey: true, RsaBits: null);
        }
    }
}
