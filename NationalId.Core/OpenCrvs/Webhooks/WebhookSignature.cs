using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// What OpenCRVS sends in <c>X-Hub-Signature</c> (docs/protocols.md, "OpenCRVS webhooks"): an HMAC-SHA256 that the body
/// has to have.
/// </summary>
/// <remarks>The default value is no signature and matches nothing.</remarks>
public readonly struct WebhookSignature
{
    /// <summary>The header's name.</summary>
    public const string HeaderName = "X-Hub-Signature";

    private const string Prefix = "sha256=";

    private readonly Digest digest;
    private readonly bool parsed;

    /// <summary>The signature's 32 bytes: they name an event that can't be read otherwise.</summary>
    internal byte[] Bytes => ((ReadOnlySpan<byte>)digest).ToArray();

    private WebhookSignature(ReadOnlySpan<byte> digest)
    {
        digest.CopyTo(this.digest);
        parsed = true;
    }

    /// <summary>
    /// Reads a header value: exactly <c>sha256=</c> and 64 hex digits of either case. A header that occurs twice is the
    /// caller's to refuse.
    /// </summary>
    /// <param name="headerValue">The header's one value; null when there is none.</param>
    /// <param name="signature">The signature, when well formed.</param>
    /// <returns>Whether the value is well formed.</returns>
    public static bool TryParse(string? headerValue, out WebhookSignature signature)
    {
        signature = default;
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        if (
            headerValue is null
            || headerValue.Length != Prefix.Length + (2 * bytes.Length)
            || !headerValue.StartsWith(Prefix, StringComparison.Ordinal)
            || Convert.FromHexString(headerValue.AsSpan(Prefix.Length), bytes, out _, out _) != OperationStatus.Done
        )
        {
            return false;
        }

        signature = new WebhookSignature(bytes);
        return true;
    }

    /// <summary>Compares in constant time.</summary>
    /// <param name="hmac">The HMAC computed over the body: 32 bytes.</param>
    public bool Matches(ReadOnlySpan<byte> hmac) => CryptographicOperations.FixedTimeEquals(digest, hmac) & parsed;

    [InlineArray(SHA256.HashSizeInBytes)]
    private struct Digest
    {
        private byte first;
    }
}
