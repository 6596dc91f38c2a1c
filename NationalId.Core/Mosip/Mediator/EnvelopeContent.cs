using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// MOSIP's message (docs/protocols.md, "MOSIP's mediator"), written while the plain text is read:
/// <c>{"id":…,"requestTime":…,"data":"&lt;base64 of the envelope&gt;","signature":"&lt;base64&gt;"}</c>. Its length is
/// known beforehand, its memory does not grow with the plain text (about 100 KB; up to 256 KB of plain text are sealed
/// in one go, which is faster), and it can be sent again: each time the plain text is opened anew and sealed under a
/// fresh key.
/// </summary>
public sealed class EnvelopeContent : HttpContent
{
    /// <summary>Up to this many bytes of plain text are sealed in one go by .NET's own AES-GCM.</summary>
    internal const int OneGo = 256 * 1024;

    private const int ReadSize = 16 * 1024;

    // A multiple of three bytes is base64 without padding.
    private const int BlockSize = 3 * 8 * 1024;

    private readonly byte[] opening;
    private readonly long plainLength;
    private readonly Func<CancellationToken, ValueTask<Stream>> openPlain;
    private readonly X509Certificate2 receiver;
    private readonly RSA signer;

    /// <summary>Describes the message; nothing is read before it is sent.</summary>
    /// <param name="id">The composition's id.</param>
    /// <param name="requestTime">When the message was made.</param>
    /// <param name="plainLength">The plain text's length in bytes.</param>
    /// <param name="openPlain">Opens the plain text at its start, once for every time the message is sent; the stream
    /// is disposed.</param>
    /// <param name="receiver">The receiver's certificate, with an RSA key.</param>
    /// <param name="signer">Our private key.</param>
    public EnvelopeContent(
        string id,
        DateTimeOffset requestTime,
        long plainLength,
        Func<CancellationToken, ValueTask<Stream>> openPlain,
        X509Certificate2 receiver,
        RSA signer
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plainLength);
        opening = Encoding.UTF8.GetBytes(
            $"{{\"id\":\"{JsonEncodedText.Encode(id)}\",\"requestTime\":\"{MosipTime.Format(requestTime)}\",\"data\":\""
        );
        this.plainLength = plainLength;
        this.openPlain = openPlain;
        this.receiver = receiver;
        this.signer = signer;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    private static ReadOnlySpan<byte> BeforeSignature => "\",\"signature\":\""u8;

    private static ReadOnlySpan<byte> Closing => "\"}"u8;

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length =
            opening.Length
            + Base64Length(Envelope.CipherLength(plainLength, receiver))
            + BeforeSignature.Length
            + Base64Length((signer.KeySize + 7) / 8)
            + Closing.Length;
        return true;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        await stream.WriteAsync(opening, cancellationToken);
        byte[] hash;
        var plain = await openPlain(cancellationToken);
        await using (plain)
        {
            hash = await (
                plainLength <= OneGo
                    ? SealInOneGoAsync(plain, stream, cancellationToken)
                    : SealStreamingAsync(plain, stream, cancellationToken)
            );
            if (await plain.ReadAsync(new byte[1], cancellationToken) > 0)
            {
                throw new IOException("The plain text is longer than was said.");
            }
        }

        var signature = Convert.ToBase64String(
            signer.SignHash(hash, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)
        );
        byte[] end = [.. BeforeSignature, .. Encoding.ASCII.GetBytes(signature), .. Closing];
        await stream.WriteAsync(end, cancellationToken);
    }

    private static long Base64Length(long bytes) => (bytes + 2) / 3 * 4;

    /// <returns>SHA-512 of the envelope that was written.</returns>
    private async Task<byte[]> SealInOneGoAsync(Stream plain, Stream output, CancellationToken cancellationToken)
    {
        var length = (int)Envelope.CipherLength(plainLength, receiver);
        var envelope = ArrayPool<byte>.Shared.Rent(length);
        var text = ArrayPool<byte>.Shared.Rent(BlockSize / 3 * 4);
        try
        {
            await plain.ReadExactlyAsync(
                envelope.AsMemory(length - Envelope.TagLength - (int)plainLength, (int)plainLength),
                cancellationToken
            );
            Envelope.SealInPlace(envelope.AsSpan(0, length), receiver);
            for (var at = 0; at < length; at += BlockSize)
            {
                Base64.EncodeToUtf8(
                    envelope.AsSpan(at, Math.Min(BlockSize, length - at)),
                    text,
                    out _,
                    out var written
                );
                await output.WriteAsync(text.AsMemory(0, written), cancellationToken);
            }

            return SHA512.HashData(envelope.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(envelope, clearArray: true);
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <returns>SHA-512 of the envelope that was written.</returns>
    private async Task<byte[]> SealStreamingAsync(Stream plain, Stream stream, CancellationToken cancellationToken)
    {
        var key = new byte[Envelope.KeyLength];
        var head = Envelope.CreateHead(receiver, key);
        using var output = new SignedBase64(stream);
        await output.WriteAsync(head, cancellationToken);
        var gcm = new GcmBlockCipher(AesUtilities.CreateEngine());
        gcm.Init(
            true,
            new AeadParameters(
                new KeyParameter(key),
                8 * Envelope.TagLength,
                Envelope.NonceOf(head).ToArray(),
                Envelope.AadOf(head).ToArray()
            )
        );
        var text = ArrayPool<byte>.Shared.Rent(ReadSize);
        var cipher = ArrayPool<byte>.Shared.Rent(ReadSize + (2 * Envelope.TagLength));
        try
        {
            var left = plainLength;
            while (left > 0)
            {
                var count = (int)Math.Min(ReadSize, left);
                await plain.ReadExactlyAsync(text.AsMemory(0, count), cancellationToken);
                var written = gcm.ProcessBytes(text, 0, count, cipher, 0);
                await output.WriteAsync(cipher.AsMemory(0, written), cancellationToken);
                left -= count;
            }

            var last = gcm.DoFinal(cipher, 0);
            await output.WriteAsync(cipher.AsMemory(0, last), cancellationToken);
            return await output.CompleteAsync(cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            ArrayPool<byte>.Shared.Return(text, clearArray: true);
            ArrayPool<byte>.Shared.Return(cipher);
        }
    }

    /// <summary>Writes bytes as base64 in blocks of a multiple of three and hashes them for the signature.</summary>
    private sealed class SignedBase64(Stream output) : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        private readonly byte[] block = ArrayPool<byte>.Shared.Rent(BlockSize);
        private readonly byte[] text = ArrayPool<byte>.Shared.Rent(BlockSize / 3 * 4);
        private int used;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            while (!bytes.IsEmpty)
            {
                var count = Math.Min(bytes.Length, BlockSize - used);
                bytes[..count].CopyTo(block.AsMemory(used));
                used += count;
                bytes = bytes[count..];
                if (used == BlockSize)
                {
                    await FlushAsync(cancellationToken);
                }
            }
        }

        /// <summary>Writes the rest, padded, and gives the SHA-512 of all.</summary>
        public async ValueTask<byte[]> CompleteAsync(CancellationToken cancellationToken)
        {
            await FlushAsync(cancellationToken);
            return hash.GetHashAndReset();
        }

        public void Dispose()
        {
            hash.Dispose();
            ArrayPool<byte>.Shared.Return(block);
            ArrayPool<byte>.Shared.Return(text);
        }

        private async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            hash.AppendData(block, 0, used);
            Base64.EncodeToUtf8(block.AsSpan(0, used), text, out _, out var written);
            used = 0;
            await output.WriteAsync(text.AsMemory(0, written), cancellationToken);
        }
    }
}
