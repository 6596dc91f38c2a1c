using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>
/// An encrypted token in its compact form (RFC 7516), as MOSIP's key manager makes it: RSA-OAEP around a key of
/// AES-GCM.
/// </summary>
internal static class CompactJwe
{
    private const int TagLength = 16;
    private const int NonceLength = 12;

    /// <summary>Whether a text has the parts of an encrypted token.</summary>
    public static bool Is(string token) => token.AsSpan().Count('.') == 4;

    /// <summary>What is in it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="keys">Our keys, of which one may open it.</param>
    /// <returns>Null when none opens it, or it is of another form.</returns>
    public static string? Open(string token, IEnumerable<RSA> keys)
    {
        var parts = token.Split('.');
        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            if (
                PaddingOf(Text(header, "alg")) is not { } padding
                || LengthOf(Text(header, "enc")) is not { } length
                || Text(header, "zip") is not null
                || Text(header, "crit") is not null
            )
            {
                return null;
            }

            var sealedKey = Base64Url.DecodeFromChars(parts[1]);
            var nonce = Base64Url.DecodeFromChars(parts[2]);
            var content = Base64Url.DecodeFromChars(parts[3]);
            var tag = Base64Url.DecodeFromChars(parts[4]);
            if (nonce.Length != NonceLength || tag.Length != TagLength)
            {
                return null;
            }

            foreach (var key in keys)
            {
                if (KeyOf(key, sealedKey, padding) is { } opened && opened.Length == length)
                {
                    var plain = new byte[content.Length];
                    using var cipher = new AesGcm(opened, TagLength);
                    cipher.Decrypt(nonce, content, tag, plain, Encoding.ASCII.GetBytes(parts[0]));
                    return Encoding.UTF8.GetString(plain).Trim();
                }
            }

            return null;
        }
        catch (Exception foreign)
            when (foreign is FormatException or JsonException or InvalidOperationException or CryptographicException)
        {
            return null;
        }
    }

    private static RSAEncryptionPadding? PaddingOf(string? algorithm) =>
        algorithm switch
        {
            "RSA-OAEP-256" => RSAEncryptionPadding.OaepSHA256,
            "RSA-OAEP" => RSAEncryptionPadding.OaepSHA1,
            _ => null,
        };

    private static int? LengthOf(string? encryption) =>
        encryption switch
        {
            "A128GCM" => 16,
            "A192GCM" => 24,
            "A256GCM" => 32,
            _ => null,
        };

    private static byte[]? KeyOf(RSA key, byte[] sealedKey, RSAEncryptionPadding padding)
    {
        try
        {
            return key.Decrypt(sealedKey, padding);
        }
        catch (CryptographicException)
        {
            // Another of our keys may open it.
            return null;
        }
    }

    private static string? Text(JsonDocument header, string name) =>
        header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : ""
            : null;
}
