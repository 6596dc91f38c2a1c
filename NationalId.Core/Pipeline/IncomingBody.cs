using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Pipeline;

/// <summary>
/// A body on its way into storage. Up to one block it is held and stored in one call once it is accepted; a longer one
/// is staged block by block while it arrives, and nobody sees it before <see cref="CommitAsync"/>. So 50 MB take one
/// block of memory.
/// </summary>
public sealed class IncomingBody : IDisposable
{
    /// <summary>The largest body taken, in bytes: 50 MiB, as the mediators before this client took.</summary>
    public const long MaxLength = 50 * 1024 * 1024;

    private const int BlockLength = 1024 * 1024;
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(10);
    private readonly PayloadStore store;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] buffer;
    private int filled;
    private int blocks;

    private IncomingBody(PayloadStore store, long? expected)
    {
        this.store = store;
        Blob = store.NewName();
        buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(expected + 1 ?? 64 * 1024, 4 * 1024, BlockLength));
    }

    /// <summary>Takes bytes as they pass.</summary>
    /// <param name="bytes">The next bytes.</param>
    public delegate void Witness(ReadOnlySpan<byte> bytes);

    /// <summary>The blob's name.</summary>
    public string Blob { get; }

    /// <summary>How many bytes there were.</summary>
    public long Length { get; private set; }

    /// <summary>The SHA-256 of its bytes, for its seal.</summary>
    public byte[] ContentHash() => hash.GetCurrentHash();

    /// <summary>
    /// Lets a request's body be as long as one that is taken. Raised, never lowered: within its own limit the server
    /// reads a refused body to its end, so that the refusal arrives.
    /// </summary>
    /// <param name="request">The request.</param>
    public static void RaiseLimit(HttpRequest request)
    {
        if (
            request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is
            { IsReadOnly: false, MaxRequestBodySize: <= MaxLength } limit
        )
        {
            limit.MaxRequestBodySize = MaxLength + 1;
        }
    }

    /// <summary>Reads a body to its end.</summary>
    /// <param name="body">The body.</param>
    /// <param name="expected">Its length, if the sender said.</param>
    /// <param name="store">Where it goes.</param>
    /// <param name="storage">Insists on storing.</param>
    /// <param name="witness">Sees every byte once, in order.</param>
    /// <param name="aborted">Set when the sender goes away.</param>
    /// <returns>Null when it is longer than <see cref="MaxLength"/>.</returns>
    public static async Task<IncomingBody?> ReadAsync(
        Stream body,
        long? expected,
        PayloadStore store,
        IntakeStorage storage,
        Witness witness,
        CancellationToken aborted
    )
    {
        var incoming = new IncomingBody(store, expected);
        try
        {
            while (await incoming.FillAsync(body, storage, witness, aborted))
            {
                if (incoming.Length > MaxLength)
                {
                    await incoming.DiscardAsync();
                    return null;
                }
            }

            return incoming;
        }
        catch
        {
            await incoming.DiscardAsync();
            throw;
        }
    }

    /// <summary>Makes the body visible as a blob. May be repeated after a failure.</summary>
    /// <param name="info">What the payload is.</param>
    /// <param name="stop">Stops the calls.</param>
    public async Task CommitAsync(PayloadInfo info, CancellationToken stop)
    {
        using var rest = new MemoryStream(buffer, 0, filled, writable: false);
        if (blocks == 0)
        {
            await store.PutAsync(Blob, rest, info, stop);
            return;
        }

        if (filled > 0)
        {
            await store.StageAsync(Blob, blocks, rest, stop);
        }

        await store.CommitAsync(Blob, filled > 0 ? blocks + 1 : blocks, info, stop);
    }

    /// <summary>
    /// Throws away at once what was staged of a body that is not taken. Where storage refuses that, the sweep does it.
    /// </summary>
    public async Task DiscardAsync()
    {
        Dispose();
        if (blocks == 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(LongestDiscard);
        try
        {
            await store.DiscardStagedAsync(Blob, limit.Token);
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            // Nothing depends on it: nobody sees staged blocks.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            // It held somebody's record.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            buffer = [];
            hash.Dispose();
        }
    }

    private async Task<bool> FillAsync(Stream body, IntakeStorage storage, Witness witness, CancellationToken aborted)
    {
        if (filled == buffer.Length)
        {
            if (buffer.Length < BlockLength)
            {
                var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, BlockLength));
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                buffer = larger;
            }
            else
            {
                var block = blocks++;
                await storage.InsistAsync(
                    stop => store.StageAsync(Blob, block, new MemoryStream(buffer, 0, filled, writable: false), stop),
                    aborted
                );
                filled = 0;
            }
        }

        var read = await body.ReadAsync(buffer.AsMemory(filled), aborted);
        witness(buffer.AsSpan(filled, read));
        hash.AppendData(buffer.AsSpan(filled, read));
        filled += read;
        Length += read;
        return read > 0;
    }
}
