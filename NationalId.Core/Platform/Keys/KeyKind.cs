using System.Formats.Asn1;

namespace NationalId.Core.Platform.Keys;

/// <summary>What a file of keys turns out to be.</summary>
internal enum KeyKind
{
    Unknown,
    CutOff,
    Certificate,
    CertificateRequest,
    PublicKey,
    Pkcs8PrivateKey,
    RsaPrivateKey,
    EcPrivateKey,
    EncryptedPrivateKey,
    OpenSshPrivateKey,
    Pkcs7,
    Pkcs12,
    JavaKeystore,
}

/// <summary>
/// Recognises the kind by a PEM label or by the first members of the DER, so that an operator who pasted the wrong file
/// is told which file it is.
/// </summary>
internal static class KeyKinds
{
    private const string EcPublicKey = "1.2.840.10045.2.1";

    /// <summary>The kind in words that follow "it is".</summary>
    public static string Words(this KeyKind kind) =>
        kind switch
        {
            KeyKind.CutOff => "damaged: it ends too early",
            KeyKind.Certificate => "a certificate",
            KeyKind.CertificateRequest => "a certificate request",
            KeyKind.PublicKey => "a bare public key",
            KeyKind.Pkcs8PrivateKey or KeyKind.RsaPrivateKey => "a private key",
            KeyKind.EcPrivateKey => "an EC private key",
            KeyKind.EncryptedPrivateKey => "an encrypted private key",
            KeyKind.OpenSshPrivateKey => "a private key in OpenSSH's own form",
            KeyKind.Pkcs7 => "a PKCS#7 bundle",
            KeyKind.Pkcs12 => "a P12 file",
            KeyKind.JavaKeystore => "a Java keystore (JKS)",
            _ => "nothing that is known here, or damaged",
        };

    /// <summary>The kind by a PEM label; <see cref="KeyKind.Unknown"/> when the label names none.</summary>
    public static KeyKind OfPem(ReadOnlySpan<char> label, byte[] der) =>
        label switch
        {
            "CERTIFICATE" or "X509 CERTIFICATE" => KeyKind.Certificate,
            "CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST" => KeyKind.CertificateRequest,
            "PUBLIC KEY" or "RSA PUBLIC KEY" or "EC PUBLIC KEY" => KeyKind.PublicKey,
            // What is inside says whether it is RSA or EC.
            "PRIVATE KEY" => OfDer(der),
            "RSA PRIVATE KEY" => KeyKind.RsaPrivateKey,
            "EC PRIVATE KEY" => KeyKind.EcPrivateKey,
            "ENCRYPTED PRIVATE KEY" => KeyKind.EncryptedPrivateKey,
            "OPENSSH PRIVATE KEY" => KeyKind.OpenSshPrivateKey,
            "PKCS7" or "CMS" => KeyKind.Pkcs7,
            "PKCS12" => KeyKind.Pkcs12,
            _ => KeyKind.Unknown,
        };

    /// <summary>The kind by the content.</summary>
    public static KeyKind OfDer(byte[] bytes)
    {
        if (bytes is [0xFE, 0xED, 0xFE, 0xED, ..] or [0xCE, 0xCE, 0xCE, 0xCE, ..])
        {
            return KeyKind.JavaKeystore;
        }

        if (bytes is not [0x30, ..])
        {
            return KeyKind.Unknown;
        }

        try
        {
            return OfMembers(new AsnReader(bytes, AsnEncodingRules.BER, new() { SkipSetSortOrderVerification = true }));
        }
        catch (AsnContentException)
        {
            return IsCutOff(bytes) ? KeyKind.CutOff : KeyKind.Unknown;
        }
    }

    private static KeyKind OfMembers(AsnReader outer)
    {
        var members = outer.ReadSequence();
        var first = members.PeekTag();
        if (first == Asn1Tag.ObjectIdentifier)
        {
            return members.ReadObjectIdentifier().StartsWith("1.2.840.113549.1.7.", StringComparison.Ordinal)
                ? KeyKind.Pkcs7
                : KeyKind.Unknown;
        }

        if (first == Asn1Tag.Integer)
        {
            var version = members.ReadInteger();
            var second = members.PeekTag();
            if (version == 3 && second == Asn1Tag.Sequence)
            {
                return KeyKind.Pkcs12;
            }

            if (version == 1 && second == Asn1Tag.PrimitiveOctetString)
            {
                return KeyKind.EcPrivateKey;
            }

            if (second == Asn1Tag.Sequence)
            {
                return members.ReadSequence().ReadObjectIdentifier() == EcPublicKey
                    ? KeyKind.EcPrivateKey
                    : KeyKind.Pkcs8PrivateKey;
            }

            return version == 0 ? KeyKind.RsaPrivateKey : KeyKind.PublicKey;
        }

        var head = members.ReadSequence();
        var after = members.PeekTag();
        if (after == Asn1Tag.PrimitiveBitString)
        {
            return KeyKind.PublicKey;
        }

        if (after == Asn1Tag.PrimitiveOctetString)
        {
            return KeyKind.EncryptedPrivateKey;
        }

        // A request's version is 0. A certificate begins with a tagged version or, at version 1, with its serial
        // number.
        return head.PeekTag() == Asn1Tag.Integer && head.ReadInteger() == 0
            ? KeyKind.CertificateRequest
            : KeyKind.Certificate;
    }

    /// <summary>The outermost length says more bytes than there are.</summary>
    private static bool IsCutOff(byte[] bytes) =>
        !AsnDecoder.TryReadEncodedValue(bytes, AsnEncodingRules.BER, out _, out _, out _, out _)
        && bytes.Length > 1
        && (
            bytes[1] < 0x80 ? bytes[1] > bytes.Length - 2
            : bytes[1] == 0x80 ? bytes is not [.., 0, 0]
            : bytes[1] is <= 0x84 && Length(bytes, bytes[1] & 0x7F) > bytes.Length - 2 - (bytes[1] & 0x7F)
        );

    private static long Length(byte[] bytes, int count)
    {
        long length = 0;
        for (var i = 2; i < 2 + count && i < bytes.Length; i++)
        {
            length = (length << 8) | bytes[i];
        }

        return length;
    }
}
