using System.Security.Cryptography;
using System.Text;

namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// Text that lies encrypted in storage (AES-GCM) under a key made of a secret. Each purpose has a key of its own, and
/// each text is bound to what it belongs to: in another place it does not open.
/// </summary>
internal static class SealedText
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>What is stored: version, nonce, tag, and the text encrypted.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="purpose">What the text is for: a fixed word.</param>
    /// <param name="bound">What the text belongs to.</param>
    /// <param name="text">The text.</param>
    public static byte[] Seal(string secret, string purpose, string bound, string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var content = new byte[1 + NonceLength + TagLength + plain.Length];
        content[0] = Version;
        var nonce = content.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(KeyOf(secret, purpose), TagLength);
        cipher.Encrypt(
            nonce,
            plain,
            content.AsSpan(1 + NonceLength + TagLength),
            content.AsSpan(1 + NonceLength, TagLength),
            Encoding.UTF8.GetBytes(bound)
        );
        return content;
    }

    /// <summary>The text in what is stored; null when secret, purpose or place is another.</summary>
    /// <param name="secret">The secret.</param>
    /// <param name="purpose">What the text is for.</param>
    /// <param name="bound">What the text belongs to.</param>
    /// <param name="content">What is stored.</param>
    public static string? Open(string secret, string purpose, string bound, byte[] content)
    {
        if (content.Length < 1 + NonceLength + TagLength || content[0] != Version)
        {
            return null;
        }

        var plain = new byte[content.Length - 1 - NonceLength - TagLength];
        try
        {
            using var cipher = new AesGcm(KeyOf(secret, purpose), TagLength);
            cipher.Decrypt(
                content.AsSpan(1, NonceLength),
                content.AsSpan(1 + NonceLength + TagLength),
                content.AsSpan(1 + NonceLength, TagLength),
                plain,
                Encoding.UTF8.GetBytes(bound)
            );
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] KeyOf(string secret, string purpose) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            Encoding.UTF8.GetBytes(secret),
            32,
            info: Encoding.UTF8.GetBytes(purpose)
        );
}
