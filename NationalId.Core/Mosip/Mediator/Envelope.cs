using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Why an envelope can't be opened.</summary>
public enum EnvelopeFault
{
    /// <summary>The text is not base64.</summary>
    NotBase64,

    /// <summary>It is too short to be an envelope.</summary>
    TooShort,

    /// <summary>The key splitter does not occur, or not where any RSA key's cipher text would end.</summary>
    NoSplitter,

    /// <summary>None of our private keys opens it; another one may.</summary>
    WrongKey,

    /// <summary>Our key opens it, but the content was changed or cut.</summary>
    Tampered,
}

/// <summary>
/// An envelope can't be opened. The message tells why in fixed words, never anything of the content. Permanent.
/// </summary>
/// <param name="fault">Why.</param>
public sealed class EnvelopeException(EnvelopeFault fault)
    : Exception(
        fault switch
        {
            EnvelopeFault.NotBase64 => "The envelope is not base64.",
            EnvelopeFault.TooShort => "The envelope is too short.",
            EnvelopeFault.NoSplitter => "The envelope has no key splitter behind a key.",
            EnvelopeFault.WrongKey => "The envelope was not sealed for any of our keys.",
            _ => "The envelope's content was changed or cut.",
        }
    )
{
    /// <summary>Why.</summary>
    public EnvelopeFault Fault { get; } = fault;
}

/// <summary>A sealed envelope and our signature over it.</summary>
/// <param name="Data">The envelope's bytes.</param>
/// <param name="Signature">RSA PKCS#1 v1.5 SHA-512 over <paramref name="Data"/>.</param>
public sealed record SealedEnvelope(byte[] Data, byte[] Signature);

/// <summary>
/// MOSIP's envelope (docs/protocols.md, "MOSIP's mediator"): <c>VER_R2</c> ‖ SHA-256 thumbprint of the receiver's
/// certificate ‖ RSA-OAEP
/// (SHA-256, MGF1 SHA-256) of a fresh
/// AES key ‖ <c>#KEY_SPLITTER#</c> ‖ 32 random bytes (GCM's associated data, the first 12 its nonce) ‖ AES-256-GCM
/// cipher text ‖ tag.
/// Large plain texts go through <see cref="EnvelopeContent"/>, which streams.
/// </summary>
public static class Envelope
{
    internal const int KeyLength = 32;
    internal const int TagLength = 16;
    private const int ThumbprintLength = 32;
    private const int AadLength = 32;
    private const int NonceLength = 12;
    private const int LegacyNonceLength = 16;

    // What RSA keys of 2048 to 8192 bits encrypt to, in bytes.
    private const int ShortestWrapped = 256;
    private const int LongestWrapped = 1024;

    private static ReadOnlySpan<byte> Version => "VER_R2"u8;

    private static ReadOnlySpan<byte> Splitter => "#KEY_SPLITTER#"u8;

    /// <summary>The length of an envelope in bytes.</summary>
    /// <param name="plainLength">The plain text's length in bytes.</param>
    /// <param name="receiver">The receiver's certificate.</param>
    public static long CipherLength(long plainLength, X509Certificate2 receiver) =>
        HeadLength(CertificateKeys.Of(receiver)) + plainLength + TagLength;

    /// <summary>Seals and signs a plain text that is in memory.</summary>
    /// <param name="plain">The plain text.</param>
    /// <param name="receiver">The receiver's certificate, with an RSA key.</param>
    /// <param name="signer">Our private key.</param>
    /// <exception cref="CryptographicException">A key is unusable.</exception>
    public static SealedEnvelope Seal(ReadOnlySpan<byte> plain, X509Certificate2 receiver, RSA signer)
    {
        var data = new byte[CipherLength(plain.Length, receiver)];
        plain.CopyTo(data.AsSpan(data.Length - TagLength - plain.Length));
        SealInPlace(data, receiver);
        return new SealedEnvelope(data, signer.SignData(data, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
    }

    /// <summary>
    /// Makes an envelope of its own bytes: the plain text stands where its cipher text is to stand, before the tag.
    /// </summary>
    /// <param name="envelope">As long as <see cref="CipherLength"/> says.</param>
    /// <param name="receiver">The receiver's certificate, with an RSA key.</param>
    internal static void SealInPlace(Span<byte> envelope, X509Certificate2 receiver)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        var keys = CertificateKeys.Of(receiver);
        var head = envelope[..HeadLength(keys)];
        WriteHead(keys, head, key);
        var text = envelope[head.Length..^TagLength];
        using (var gcm = new AesGcm(key, TagLength))
        {
            gcm.Encrypt(NonceOf(head), text, text, envelope[^TagLength..], AadOf(head));
        }

        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>
    /// Opens an envelope of any of MOSIP's shapes: <c>VER_R2</c> with or without thumbprint; the older ones without
    /// version, with or without thumbprint, whose 16-byte nonce stands before the tag or (as MOSIP's own library
    /// writes) behind it. Where the key ends is told by its length and the splitter, as random bytes can hold anything;
    /// which shape it is, by GCM's tag.
    /// </summary>
    /// <param name="data">The envelope's bytes.</param>
    /// <param name="privateKeys">Our private keys, newest first.</param>
    /// <returns>The plain text.</returns>
    /// <exception cref="EnvelopeException">It can't be opened.</exception>
    public static byte[] Open(ReadOnlySpan<byte> data, IReadOnlyList<RSA> privateKeys)
    {
        if (data.Length < Splitter.Length + TagLength + LegacyNonceLength)
        {
            throw new EnvelopeException(EnvelopeFault.TooShort);
        }

        if (data.IndexOf(Splitter) < 0)
        {
            throw new EnvelopeException(EnvelopeFault.NoSplitter);
        }

        var fault = EnvelopeFault.WrongKey;
        var versioned = data.StartsWith(Version);
        Span<int> starts = versioned
            ? [Version.Length + ThumbprintLength, Version.Length, ThumbprintLength, 0]
            : [ThumbprintLength, 0];
        foreach (var privateKey in privateKeys)
        {
            var wrapped = (privateKey.KeySize + 7) / 8;
            foreach (var start in starts)
            {
                if (
                    data.Length < start + wrapped + Splitter.Length
                    || !data[(start + wrapped)..].StartsWith(Splitter)
                    || Unwrap(data.Slice(start, wrapped), privateKey) is not { } key
                )
                {
                    continue;
                }

                fault = EnvelopeFault.Tampered;
                if (Decrypt(data[(start + wrapped + Splitter.Length)..], key) is { } plain)
                {
                    return plain;
                }
            }
        }

        throw new EnvelopeException(
            fault == EnvelopeFault.WrongKey && !MayBeForAnother(data, starts) ? EnvelopeFault.NoSplitter : fault
        );
    }

    /// <summary>
    /// Whether a key that we don't have could open it: one ends before the splitter, and something sealed comes after
    /// it. Otherwise nobody will ever open it.
    /// </summary>
    private static bool MayBeForAnother(ReadOnlySpan<byte> data, ReadOnlySpan<int> starts)
    {
        foreach (var start in starts)
        {
            for (var wrapped = ShortestWrapped; wrapped <= LongestWrapped; wrapped += 8)
            {
                var end = start + wrapped;
                if (end + Splitter.Length + TagLength + LegacyNonceLength > data.Length)
                {
                    break;
                }

                if (data[end..].StartsWith(Splitter))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Decodes base64 or base64url, with or without padding: both occur.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="EnvelopeException">It is neither.</exception>
    public static byte[] DecodeBase64(ReadOnlySpan<char> text)
    {
        var url = ArrayPool<char>.Shared.Rent(text.Length);
        var bytes = ArrayPool<byte>.Shared.Rent(Base64Url.GetMaxDecodedLength(text.Length));
        try
        {
            var urlSpan = url.AsSpan(0, text.Length);
            text.Replace(urlSpan, '+', '-');
            urlSpan.Replace('/', '_');
            return Base64Url.DecodeFromChars(urlSpan, bytes, out _, out var written) == OperationStatus.Done
                ? bytes.AsSpan(0, written).ToArray()
                : throw new EnvelopeException(EnvelopeFault.NotBase64);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(url);
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>
    /// Whether <paramref name="signature"/> is the sender's over the envelope: RSA PKCS#1 v1.5 SHA-512.
    /// </summary>
    /// <param name="data">The envelope's bytes.</param>
    /// <param name="signature">The signature's bytes.</param>
    /// <param name="sender">The sender's certificate.</param>
    public static bool VerifySignature(
        ReadOnlySpan<byte> data,
        ReadOnlySpan<byte> signature,
        X509Certificate2 sender
    ) => VerifySignature(data, signature, CertificateKeys.Of(sender).PublicKey);

    /// <summary>
    /// Whether <paramref name="signature"/> is the sender's over the envelope: RSA PKCS#1 v1.5 SHA-512.
    /// </summary>
    /// <param name="data">The envelope's bytes.</param>
    /// <param name="signature">The signature's bytes.</param>
    /// <param name="sender">The sender's public key.</param>
    public static bool VerifySignature(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, RSA sender) =>
        sender.VerifyData(data, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);

    /// <summary>
    /// Everything before the cipher text, with a fresh key that is written to <paramref name="key"/>.
    /// </summary>
    internal static byte[] CreateHead(X509Certificate2 receiver, Span<byte> key)
    {
        var keys = CertificateKeys.Of(receiver);
        var head = new byte[HeadLength(keys)];
        WriteHead(keys, head, key);
        return head;
    }

    private static void WriteHead(CertificateKeys keys, Span<byte> head, Span<byte> key)
    {
        // One call for both: each asks the kernel's or OpenSSL's generator anew.
        Span<byte> random = stackalloc byte[KeyLength + AadLength];
        RandomNumberGenerator.Fill(random);
        random[..KeyLength].CopyTo(key);
        Version.CopyTo(head);
        keys.Thumbprint.CopyTo(head[Version.Length..]);
        var at = Version.Length + ThumbprintLength;
        at += keys.PublicKey.Encrypt(key, head[at..], RSAEncryptionPadding.OaepSHA256);
        Splitter.CopyTo(head[at..]);
        random[KeyLength..].CopyTo(head[(at + Splitter.Length)..]);
        CryptographicOperations.ZeroMemory(random);
    }

    internal static ReadOnlySpan<byte> AadOf(ReadOnlySpan<byte> head) => head[^AadLength..];

    internal static ReadOnlySpan<byte> NonceOf(ReadOnlySpan<byte> head) => AadOf(head)[..NonceLength];

    private static int HeadLength(CertificateKeys keys) =>
        Version.Length + ThumbprintLength + ((keys.PublicKey.KeySize + 7) / 8) + Splitter.Length + AadLength;

    private static byte[]? Unwrap(ReadOnlySpan<byte> wrapped, RSA privateKey)
    {
        try
        {
            var key = privateKey.Decrypt(wrapped, RSAEncryptionPadding.OaepSHA256);
            return key.Length == KeyLength ? key : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static byte[]? Decrypt(ReadOnlySpan<byte> body, byte[] key)
    {
        const int Legacy = LegacyNonceLength + TagLength;
        if (body.Length >= AadLength + TagLength)
        {
            var plain = new byte[body.Length - AadLength - TagLength];
            using var gcm = new AesGcm(key, TagLength);
            try
            {
                gcm.Decrypt(
                    body[..NonceLength],
                    body[AadLength..^TagLength],
                    body[^TagLength..],
                    plain,
                    body[..AadLength]
                );
                return plain;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Another shape, or tampered with.
            }
        }

        if (body.Length < Legacy)
        {
            return null;
        }

        // Nonce before the tag; MOSIP's own order; and the older mediator with thumbprint, which skips 32 bytes it does
        // not use.
        return LongNonceGcm.Decrypt(key, body[^Legacy..^TagLength], body[..^Legacy], body[^TagLength..])
            ?? LongNonceGcm.Decrypt(key, body[^LegacyNonceLength..], body[..^Legacy], body[^Legacy..^LegacyNonceLength])
            ?? (
                body.Length >= AadLength + Legacy
                    ? LongNonceGcm.Decrypt(key, body[^Legacy..^TagLength], body[AadLength..^Legacy], body[^TagLength..])
                    : null
            );
    }
}

/// <summary>AES-256-GCM with the 16-byte nonces that MOSIP uses; .NET's own takes 12 bytes only.</summary>
internal static class LongNonceGcm
{
    public const int NonceLength = 16;
    public const int TagLength = 16;

    /// <summary>Writes cipher text ‖ tag.</summary>
    public static void Encrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plain,
        Span<byte> cipherAndTag
    ) => Run(true, key, nonce, plain, cipherAndTag);

    /// <summary>The plain text; null when the tag does not fit.</summary>
    public static byte[]? Decrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> cipher,
        ReadOnlySpan<byte> tag
    )
    {
        var plain = new byte[cipher.Length];
        byte[] input = [.. cipher, .. tag];
        try
        {
            Run(false, key, nonce, input, plain);
            return plain;
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    private static void Run(
        bool encrypt,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> input,
        Span<byte> output
    )
    {
        var gcm = new GcmBlockCipher(Org.BouncyCastle.Crypto.AesUtilities.CreateEngine());
        gcm.Init(encrypt, new AeadParameters(new KeyParameter(key), 8 * TagLength, nonce.ToArray()));
        var written = gcm.ProcessBytes(input, output);
        gcm.DoFinal(output[written..]);
    }
}
