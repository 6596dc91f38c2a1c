using Xunit.Abstractions;

[assembly: TestCollectionOrderer("NationalId.Tests.Support.LongestFirst", "NationalId.Tests")]

namespace NationalId.Tests.Support;

/// <summary>
/// Begins with the classes that take longest, one among some others each, so that none of them is the last to end and
/// not all of them are under way at once. The others have no order.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // Those that kill processes, watch them fail or look at them in a browser: the best part of a minute each.
    private static readonly string[] Long =
    [
        ".Endurance.",
        ".Crash.",
        ".Outage.",
        ".OpsPage",
        "LeakTests",
        ".Local",
        "RotationTests",
    ];
    private const int Others = 5;

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections)
    {
        var all = testCollections.ToLookup(one => Array.Exists(Long, name => one.DisplayName.Contains(name)));
        var others = all[false].Chunk(Others).ToList();
        List<ITestCollection> ordered = [];
        foreach (var (at, one) in all[true].OrderBy(one => Array.FindIndex(Long, one.DisplayName.Contains)).Index())
        {
            ordered.Add(one);
            ordered.AddRange(at < others.Count ? others[at] : []);
        }

        return [.. ordered, .. others.Skip(all[true].Count()).SelectMany(chunk => chunk)];
    }
}
