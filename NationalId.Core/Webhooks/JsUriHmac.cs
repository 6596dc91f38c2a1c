using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace NationalId.Core.Webhooks;

/// <summary>
/// The HMAC that OpenCRVS signs webhooks with (protocols 1): HMAC-SHA256 over <c>sha256:</c> and the body as JavaScript's
/// <c>encodeURIComponent</c> writes it. The body is encoded while it is hashed, through one pooled buffer of fixed size, so that
/// 50 MB take no more memory than 5 KB. Several secrets (a rotation under way) share the one pass over the body.
/// </summary>
/// <remarks>
/// The bytes are encoded as they arrive. Text that is not UTF-8 can't come from OpenCRVS, which signs a string, so it never matches.
/// Not safe for concurrent use.
/// </remarks>
public sealed class JsUriHmac : IDisposable
{
    // What fits beside the tables in the first-level cache; larger is not faster.
    private const int BufferSize = 8 * 1024;

    // A byte becomes at most three; the table's entry is written as four.
    private const int Widest = 4;

    private static readonly uint[] Table = BuildTable();

    private readonly IncrementalHash[] hashes;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int used;

    /// <summary>Starts over an empty body.</summary>
    /// <param name="secrets">The UTF-8 bytes of each secret that is accepted. None: nothing will match.</param>
    /// <exception cref="ArgumentException">A secret is empty: anybody could sign with it.</exception>
    public JsUriHmac(IEnumerable<byte[]> secrets)
    {
        hashes = [.. secrets.Select(secret => secret.Length > 0
            ? IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret)
            : throw new ArgumentException("A webhook secret is empty.", nameof(secrets)))];
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
            var fits = Math.Min(body.Length, (BufferSize - used - Widest) / 3);
            if (fits <= 0)
            {
                Flush();
                continue;
            }

            used = Encode(body[..fits], buffer, used);
            body = body[fits..];
        }
    }

    /// <summary>Whether the body so far has this signature under one of the secrets. More may be appended afterwards.</summary>
    /// <param name="signature">The header's signature.</param>
    /// <returns>The index of the secret that made it; -1 when none did. All secrets are compared, in constant time each.</returns>
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

    /// <summary>The text that is signed, for tests and benchmarks: what <see cref="Append"/> hashes, in one array.</summary>
    internal static byte[] EncodeAll(ReadOnlySpan<byte> body)
    {
        var encoded = new byte[(3 * body.Length) + Widest];
        return encoded[..Encode(body, encoded, 0)];
    }

    private static int Encode(ReadOnlySpan<byte> body, byte[] destination, int at)
    {
        // No branch on the byte's value: JSON changes between letters and punctuation too often to predict.
        ref var start = ref MemoryMarshal.GetArrayDataReference(destination);
        ref var table = ref MemoryMarshal.GetArrayDataReference(Table);
        nint next = at;
        foreach (var value in body)
        {
            var entry = Unsafe.Add(ref table, (nint)value);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, next), BitConverter.IsLittleEndian ? entry : BinaryReverse(entry));
            next += (nint)(entry >> 24);
        }

        return (int)next;
    }

    private static uint BinaryReverse(uint entry) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(entry);

    private void Flush()
    {
        foreach (var hash in hashes)
        {
            hash.AppendData(buffer, 0, used);
        }

        used = 0;
    }

    /// <summary>For each byte the up to three bytes it becomes, lowest first, and in the highest byte how many they are.</summary>
    private static uint[] BuildTable()
    {
        var unreserved = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"u8);
        var hex = "0123456789ABCDEF"u8;
        var table = new uint[256];
        for (var value = 0; value < table.Length; value++)
        {
            table[value] = unreserved.Contains((byte)value)
                ? (1u << 24) | (uint)value
                : (3u << 24) | ((uint)hex[value & 15] << 16) | ((uint)hex[value >> 4] << 8) | '%';
        }

        return table;
    }
}
