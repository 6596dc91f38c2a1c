using System.Text;

namespace NationalId.Benchmarks;

/// <summary>The rows of the table in docs/performance.md: figures beside what they are measured against.</summary>
internal sealed class Report
{
    private readonly List<(
        string What,
        string Figure,
        string Against,
        string Ratio,
        string Target,
        bool? Reached
    )> rows = [];

    /// <param name="what">What was measured.</param>
    /// <param name="figure">Its figure with its unit.</param>
    /// <param name="against">What it stands against, with its figure.</param>
    /// <param name="ratio">The ratio or difference.</param>
    /// <param name="target">What it should be.</param>
    /// <param name="reached">Whether it is; null when there is no target.</param>
    public void Add(string what, string figure, string against, string ratio, string target = "-", bool? reached = null)
    {
        rows.Add((what, figure, against, ratio, target, reached));
        Console.WriteLine($"{what}: {figure} against {against}: {ratio}");
    }

    public override string ToString()
    {
        var text = new StringBuilder("| what | figure | against | ratio | target | |\n|---|---|---|---|---|---|\n");
        foreach (var (what, figure, against, ratio, target, reached) in rows)
        {
            text.Append(
                $"| {what} | {figure} | {against} | {ratio} | {target} | "
                    + $"{reached switch { true => "yes", false => "NO", null => "" }} |\n"
            );
        }

        return text.ToString();
    }
}
