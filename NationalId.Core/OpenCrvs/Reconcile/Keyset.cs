using System.Runtime.CompilerServices;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Lists by pages that begin where the last one ended: a search refuses to go beyond its ten thousandth row, and rows
/// move while they are listed.
/// </summary>
internal static class Keyset
{
    /// <summary>
    /// Reads one page: from a position on, some rows left out. It tells how many rows were answered, too: one that is
    /// no registration must not make a full page look like the last one.
    /// </summary>
    /// <param name="from">The position.</param>
    /// <param name="skip">How many rows are left out.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public delegate Task<(IReadOnlyList<ListedRecord> Rows, int Count)> ReadPage(
        DateTimeOffset from,
        int skip,
        CancellationToken cancellationToken
    );

    /// <summary>Lists all.</summary>
    /// <param name="from">The first position.</param>
    /// <param name="size">How many rows a page has when more may follow.</param>
    /// <param name="read">Reads a page.</param>
    /// <param name="cancellationToken">Stops between pages.</param>
    public static async IAsyncEnumerable<ListedPage> ListAsync(
        DateTimeOffset from,
        int size,
        ReadPage read,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // What stands at the present position was listed with the page before.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var skip = 0;
        while (true)
        {
            var (rows, count) = await read(from, skip, cancellationToken);
            var news = rows.Where(row => !seen.Contains(row.RecordId)).ToList();
            var last = rows.Count > 0 ? rows[^1].Position : from;
            if (last > from)
            {
                from = last;
                skip = 0;
                seen = [.. rows.Where(row => row.Position == last).Select(row => row.RecordId)];
            }
            else
            {
                // More rows at one position than a page holds.
                skip += count;
                seen.UnionWith(rows.Select(row => row.RecordId));
            }

            yield return new ListedPage(news, from);
            if (count < size)
            {
                yield break;
            }
        }
    }
}
