using System.Buffers;

namespace NationalId.Core.Platform.Storage;

/// <summary>Reads payloads that need not be held whole.</summary>
public static class Chunks
{
    private const int Length = 64 * 1024;

    /// <summary>Reads a stream to its end, a piece at a time.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="witness">Sees every byte once, in order.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task ReadChunksAsync(
        this Stream stream,
        Action<ReadOnlySpan<byte>> witness,
        CancellationToken cancellationToken
    )
    {
        var chunk = ArrayPool<byte>.Shared.Rent(Length);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
            {
                witness(chunk.AsSpan(0, read));
            }
        }
        finally
        {
            // It held somebody's record.
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
    }
}
