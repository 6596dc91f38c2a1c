using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace NationalId.Sandbox.Crypto;

/// <summary>
/// OpenCRVS's X-Hub-Signature: HMAC-SHA256 over <c>sha256:</c> + JavaScript's encodeURIComponent of the body.
/// </summary>
public static class HubSignature
{
    private static readonly SearchValues<byte> Kept = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"u8
    );

    public static string Sign(ReadOnlySpan<byte> body, string secret)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData("sha256:"u8);
        Span<byte> encoded = stackalloc byte[3 * 1024];
        var at = 0;
        while (at < body.Length)
        {
            var written = 0;
            for (; at < body.Length && written <= encoded.Length - 3; at++)
            {
                var value = body[at];
                if (Kept.Contains(value))
                {
                    encoded[written++] = value;
                    continue;
                }

                encoded[written++] = (byte)'%';
                encoded[written++] = "0123456789ABCDEF"u8[value >> 4];
                encoded[written++] = "0123456789ABCDEF"u8[value & 15];
            }

            hmac.AppendData(encoded[..written]);
        }

        return "sha256=" + Convert.ToHexStringLower(hmac.GetHashAndReset());
    }

    public static bool Verify(ReadOnlySpan<byte> body, string secret, string? header) =>
        header is not null
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Sign(body, secret)),
            Encoding.ASCII.GetBytes(header)
        );
}
