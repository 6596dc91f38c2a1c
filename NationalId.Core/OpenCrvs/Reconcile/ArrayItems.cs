using System.Runtime.CompilerServices;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>An object of an array, and where it stands.</summary>
/// <param name="From">Where it starts.</param>
/// <param name="End">Where what follows it starts.</param>
/// <param name="Bytes">The object.</param>
internal sealed record ArrayItem(long From, long End, byte[] Bytes);

/// <summary>
/// Reads the objects of a JSON array one by one: an array of OpenCRVS's may have no end to speak of. It only looks for
/// where each ends; what is no JSON comes out as what nobody can read.
/// </summary>
internal static class ArrayItems
{
    private const int Longest = 50 * 1024 * 1024;
    private const int ChunkLength = 64 * 1024;

    /// <summary>The objects.</summary>
    /// <param name="stream">The array.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async IAsyncEnumerable<ArrayItem> ReadAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var chunk = new byte[ChunkLength];
        using var item = new MemoryStream();
        var at = 0L;
        var from = -1L;
        var depth = 0;
        var inText = false;
        var escaped = false;
        int read;
        while ((read = await stream.ReadAsync(chunk, cancellationToken)) > 0)
        {
            for (var i = 0; i < read; i++, at++)
            {
                var one = chunk[i];
                if (from < 0 && one == '{')
                {
                    from = at;
                    item.SetLength(0);
                }

                if (from < 0)
                {
                    continue;
                }

                if (item.Length < Longest)
                {
                    item.WriteByte(one);
                }

                if (inText)
                {
                    inText = escaped || one != '"';
                    escaped = !escaped && one == '\\';
                    continue;
                }

                inText = one == '"';
                depth +=
                    one is (byte)'{' or (byte)'[' ? 1
                    : one is (byte)'}' or (byte)']' ? -1
                    : 0;
                if (depth == 0)
                {
                    yield return new ArrayItem(from, at + 1, item.ToArray());
                    from = -1;
                }
            }
        }
    }
}
