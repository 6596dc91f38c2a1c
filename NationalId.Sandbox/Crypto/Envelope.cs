using System.Security.Cryptography;
using System.Text;

namespace NationalId.Sandbox.Crypto;

/// <summary>The forms in which MOSIP's envelope occurs.</summary>
public enum EnvelopeShape
{
    /// <summary>With the version prefix, thumbprint and AAD.</summary>
    VerR2,

    /// <summary>With the version prefix and AAD but no thumbprint.</summary>
    VerR2WithoutThumbprint,

    /// <summary>Before versions, with the receiver's thumbprint in front.</summary>
    LegacyWithThumbprint,

    /// <summary>Before versions, without a thumbprint.</summary>
    Legacy,

    /// <summary>The same with the nonce behind the tag, as MOSIP's own library wrote it.</summary>
    LegacyNonceLast,
}

/// <summary>Why an envelope was refused.</summary>
public sealed class EnvelopeException(string reason) : Exception(reason);

/// <summary>
/// MOSIP's hybrid envelope, written from docs/protocols.md, "MOSIP's mediator" and not shared with the client on
/// purpose.
/// </summary>
public static class Envelope
{
    private const int Nonce = 12;
    private const int Aad = 32;
    private const int Tag = 16;
    private const int LegacyNonce = 16;
    private static ReadOnlySpan<byte> Version => "VER_R2"u8;

    private static ReadOnlySpan<byte> Splitter => "#KEY_SPLITTER#"u8;

    /// <summary>Opens the VER_R2 form, the only one that MOSIP takes.</summary>
    /// <exception cref="EnvelopeException">It is not one, or not for this key.</exception>
    public static byte[] Open(ReadOnlySpan<byte> data, RSA key, ReadOnlySpan<byte> thumbprint)
    {
        var keyLength = key.KeySize / 8;
        var head = Version.Length + thumbprint.Length + keyLength;
        if (data.Length < head + Splitter.Length + Aad + Tag)
        {
            throw new EnvelopeException("the envelope is too short");
        }

        if (!data.StartsWith(Version))
        {
            throw new EnvelopeException("the envelope doesn't begin with VER_R2");
        }

        if (!data.Slice(Version.Length, thumbprint.Length).SequenceEqual(thumbprint))
        {
            throw new EnvelopeException("the thumbprint is not that of MOSIP's certificate");
        }

        if (!data[head..].StartsWith(Splitter))
        {
            throw new EnvelopeException("there is no #KEY_SPLITTER# after the encrypted key");
        }

        byte[] symmetric;
        try
        {
            symmetric = key.Decrypt(data.Slice(head - keyLength, keyLength), RSAEncryptionPadding.OaepSHA256);
        }
        catch (CryptographicException)
        {
            throw new EnvelopeException("the key can't be decrypted");
        }

        if (symmetric.Length != 32)
        {
            throw new EnvelopeException("the key is not of 32 bytes");
        }

        var rest = data[(head + Splitter.Length)..];
        var plain = new byte[rest.Length - Aad - Tag];
        try
        {
            using var aes = new AesGcm(symmetric, Tag);
            aes.Decrypt(rest[..Nonce], rest[Aad..^Tag], rest[^Tag..], plain, rest[..Aad]);
        }
        catch (CryptographicException)
        {
            throw new EnvelopeException("the cipher text doesn't fit its tag");
        }

        return plain;
    }

    /// <summary>Seals for a receiver in any of the forms that MOSIP has written over the years.</summary>
    public static byte[] Seal(
        ReadOnlySpan<byte> plain,
        RSA receiver,
        ReadOnlySpan<byte> thumbprint,
        EnvelopeShape shape = EnvelopeShape.VerR2
    )
    {
        var symmetric = RandomNumberGenerator.GetBytes(32);
        var encryptedKey = receiver.Encrypt(symmetric, RSAEncryptionPadding.OaepSHA256);
        if (shape is EnvelopeShape.VerR2WithoutThumbprint)
        {
            thumbprint = [];
        }

        if (shape is EnvelopeShape.VerR2 or EnvelopeShape.VerR2WithoutThumbprint)
        {
            var aad = RandomNumberGenerator.GetBytes(Aad);
            var cipher = new byte[plain.Length + Tag];
            using var aes = new AesGcm(symmetric, Tag);
            aes.Encrypt(aad.AsSpan(0, Nonce), plain, cipher.AsSpan(0, plain.Length), cipher.AsSpan(plain.Length), aad);
            return [.. Version, .. thumbprint, .. encryptedKey, .. Splitter, .. aad, .. cipher];
        }

        var nonce = RandomNumberGenerator.GetBytes(LegacyNonce);
        var (body, tag) = WideNonceGcm.Encrypt(symmetric, nonce, plain);
        return shape switch
        {
            EnvelopeShape.LegacyWithThumbprint =>
            [
                .. thumbprint,
                .. encryptedKey,
                .. Splitter,
                .. body,
                .. nonce,
                .. tag,
            ],
            EnvelopeShape.LegacyNonceLast => [.. encryptedKey, .. Splitter, .. body, .. tag, .. nonce],
            _ => [.. encryptedKey, .. Splitter, .. body, .. nonce, .. tag],
        };
    }

    /// <summary>base64 or base64url, padded or not.</summary>
    public static byte[] FromBase64(string text)
    {
        var plain = text.TrimEnd('=').Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(plain + new string('=', (4 - (plain.Length % 4)) % 4));
    }

    /// <summary>base64url with its padding, as MOSIP writes it.</summary>
    public static string ToBase64Url(ReadOnlySpan<byte> data) =>
        Convert.ToBase64String(data).Replace('+', '-').Replace('/', '_');

    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
