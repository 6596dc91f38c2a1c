using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// The HMAC that OpenCRVS signs webhooks with (docs/protocols.md, "OpenCRVS webhooks"): HMAC-SHA256 over <c>sha256:</c>
/// and the body as
/// JavaScript's
/// <c>encodeURIComponent</c> writes it. The body is encoded while it is hashed, through one pooled buffer of fixed
/// size, so that 50 MB take no more memory than 5 KB. Several secrets (a rotation under way) share the one pass over
/// the body.
/// </summary>
/// <remarks>
/// The bytes are encoded as they arrive. Text that is not UTF-8 can't come from OpenCRVS, which signs a string, so it
/// never matches.
/// Not safe for concurrent use.
/// </remarks>
public sealed class JsUriHmac : IDisposable
{
    // What fits beside the tables in the first-level cache; larger is not faster.
    private const int BufferSize = 8 * 1024;

    private readonly IncrementalHash[] hashes;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int used;

    /// <summary>Starts over an empty body.</summary>
    /// <param name="secrets">The UTF-8 bytes of each secret that is accepted. None: nothing will match.</param>
    /// <exception cref="ArgumentException">A secret is empty: anybody could sign with it.</exception>
    public JsUriHmac(IEnumerable<byte[]> secrets)
    {
        hashes =
        [
            .. secrets.Select(secret =>
                secret.Length > 0
                    ? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret)
                    : throw new ArgumentException("A webhook secret is empty.", nameof(secrets))
            ),
        ];
        "sha256:"u8.CopyTo(buffer);
        used = "sha256:"u8.Length;
    }

    /// <summary>Takes the next bytes of the body, cut anywhere.</summary>
    /// <param name="body">The bytes as they are on the wire.</param>
    /// <exception cref="ObjectDisposedException">Already disposed.</exception>
    public void Append(ReadOnlySpan<byte> body)
    {
        ObjectDisposedException.ThrowIf(buffer.Length == 0, this);
        while (!body.IsEmpty)
        {
            var fits = Math.Min(body.Length, (BufferSize - used - JsUriEncoder.Slack) / 3);
            if (fits < body.Length && used > BufferSize / 2)
            {
                // Not in ever smaller pieces to the buffer's very end.
                Flush();
                continue;
            }

            used += JsUriEncoder.Encode(body[..fits], buffer.AsSpan(used));
            body = body[fits..];
        }
    }

    /// <summary>
    /// Whether the body so far has this signature under one of the secrets. More may be appended afterwards.
    /// </summary>
    /// <param name="signature">The header's signature.</param>
    /// <returns>The index of the secret that made it; -1 when none did. All secrets are compared, in constant time
    /// each.</returns>
    /// <exception cref="ObjectDisposedException">Already disposed.</exception>
    public int Verify(in WebhookSignature signature)
    {
        ObjectDisposedException.ThrowIf(buffer.Length == 0, this);
        Flush();
        Span<byte> hmac = stackalloc byte[SHA256.HashSizeInBytes];
        var found = -1;
        for (var i = hashes.Length - 1; i >= 0; i--)
        {
            hashes[i].GetCurrentHash(hmac);
            found = signature.Matches(hmac) ? i : found;
        }

        return found;
    }

    /// <summary>Signs as OpenCRVS does.</summary>
    /// <param name="body">The body's UTF-8 bytes.</param>
    /// <param name="secret">The client's <c>sha_secret</c>.</param>
    /// <returns>The header's value, <c>sha256=</c> and lower-case hex.</returns>
    public static string Sign(ReadOnlySpan<byte> body, string secret)
    {
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(secret)]);
        hmac.Append(body);
        return hmac.Sign();
    }

    /// <summary>The signature of the body so far, by the first secret.</summary>
    /// <returns>The header's value, <c>sha256=</c> and lower-case hex.</returns>
    internal string Sign()
    {
        Flush();
        return "sha256=" + Convert.ToHexStringLower(hashes[0].GetCurrentHash());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var hash in hashes)
        {
            hash.Dispose();
        }

        if (buffer.Length > 0)
        {
            // The buffer held somebody's record.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            buffer = [];
        }
    }

    private void Flush()
    {
        foreach (var hash in hashes)
        {
            hash.AppendData(buffer, 0, used);
        }

        used = 0;
    }
}
