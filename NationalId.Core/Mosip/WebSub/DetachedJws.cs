using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// A JWS over a text that it does not carry itself (RFC 7515, appendix F; RFC 7797 where <c>b64</c> is false). MOSIP
/// signs so what it issues.
/// </summary>
/// <param name="HeaderText">The header as it stands there.</param>
/// <param name="Signature">The signature's bytes.</param>
internal sealed record DetachedJws(string HeaderText, byte[] Signature)
{
    /// <summary>Whether RSA-PSS is used, not PKCS#1.</summary>
    public bool IsPss { get; private init; }

    /// <summary>Whether the text is signed as it is, not as base64url.</summary>
    public bool IsRaw { get; private init; }

    /// <summary>The certificates in the header, the signer's first.</summary>
    public IReadOnlyList<byte[]> Certificates { get; private init; } = [];

    /// <summary>The SHA-256 of the signer's certificate; null when the header does not say.</summary>
    public byte[]? Thumbprint { get; private init; }

    /// <summary>Reads a JWS. A payload that it carries all the same is not looked at.</summary>
    /// <param name="text">The JWS.</param>
    /// <returns>Null when it is none, or asks for what we don't know.</returns>
    public static DetachedJws? Read(string text)
    {
        var parts = text.Split('.');
        try
        {
            if (parts is not [{ Length: > 0 } header, _, { Length: > 0 } signature])
            {
                return null;
            }

            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(header), StrictJson.Options);
            var root = document.RootElement;
            var isRaw = root.TryGetProperty("b64", out var b64) && b64.ValueKind == JsonValueKind.False;
            if (AlgorithmOf(root) is not ("RS256" or "PS256") || !UnderstandsAll(root, isRaw))
            {
                return null;
            }

            return new DetachedJws(header, Base64Url.DecodeFromChars(signature))
            {
                IsPss = AlgorithmOf(root) == "PS256",
                IsRaw = isRaw,
                Certificates = root.TryGetProperty("x5c", out var chain)
                    ? [.. chain.EnumerateArray().Select(one => one.GetBytesFromBase64())]
                    : [],
                Thumbprint = root.TryGetProperty("x5t#S256", out var print)
                    ? Base64Url.DecodeFromChars(print.GetString()!.TrimEnd('='))
                    : null,
            };
        }
        catch (Exception unreadable)
            when (unreadable is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether it is a key's signature over a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="key">The signer's key.</param>
    public bool Fits(ReadOnlySpan<byte> text, RSA key)
    {
        var head = Encoding.ASCII.GetBytes(HeaderText + ".");
        var body = IsRaw ? text.ToArray() : Encoding.ASCII.GetBytes(Base64Url.EncodeToString(text));
        byte[] signed = [.. head, .. body];
        return key.VerifyData(
            signed,
            Signature,
            HashAlgorithmName.SHA256,
            IsPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
        );
    }

    /// <summary>Whether the header names a certificate as the signer's, or none at all.</summary>
    /// <param name="certificate">The certificate.</param>
    public bool MayBeOf(X509Certificate2 certificate) =>
        Thumbprint is null || Thumbprint.AsSpan().SequenceEqual(SHA256.HashData(certificate.RawData));

    private static string? AlgorithmOf(JsonElement header) =>
        header.TryGetProperty("alg", out var algorithm) ? algorithm.GetString() : null;

    /// <summary>A header may say that it must not be taken by who doesn't know this or that.</summary>
    private static bool UnderstandsAll(JsonElement header, bool isRaw) =>
        header.TryGetProperty("crit", out var critical)
            ? critical.EnumerateArray().All(name => name.ValueEquals("b64"))
            : !isRaw;
}
