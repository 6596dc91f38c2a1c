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
    /// <param name="most">How many bytes it may have.</param>
    /// <returns>False when it has more: the rest is not read then.</returns>
    public static async Task<bool> ReadChunksAsync(
        this Stream stream,
        Action<ReadOnlySpan<byte>> witness,
        CancellationToken cancellationToken,
        long most = long.MaxValue
    )
    {
        var chunk = ArrayPool<byte>.Shared.Rent(Length);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
            {
                most -= read;
                if (most < 0)
                {
                    return false;
                }

                witness(chunk.AsSpan(0, read));
            }

            return true;
        }
        finally
        {
            // It held somebody's record.
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
    }
}
