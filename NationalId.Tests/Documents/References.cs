using System.Text.RegularExpressions;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>
/// References to documents in code, scripts and the documents themselves, as in: docs/protocols.md, "IDA". The file has
/// to be in the repository, and the heading in the file.
/// </summary>
internal static partial class References
{
    private static readonly string[] Extensions =
    [
        ".bicep",
        ".bicepparam",
        ".cs",
        ".csproj",
        ".html",
        ".json",
        ".md",
        ".mjs",
        ".props",
        ".sh",
        ".targets",
        ".yaml",
        ".yml",
    ];

    private static readonly string[] Scripts = ["bench", "run", "test"];

    private static readonly string[] NotOurs =
    [
        ".git",
        ".local",
        "BenchmarkDotNet.Artifacts",
        "Fixtures",
        "TestResults",
        "bin",
        "node_modules",
        "obj",
    ];

    /// <summary>All references of the repository that lead nowhere.</summary>
    public static IEnumerable<string> Wrong() =>
        Files(CompiledBicep.Path("")).SelectMany(file => Wrong(file, File.ReadAllText(file)));

    /// <summary>The references of one file that lead nowhere.</summary>
    /// <param name="file">Where the text is from: documents beside it may be named without their folder.</param>
    /// <param name="text">The text.</param>
    public static IEnumerable<string> Wrong(string file, string text)
    {
        // A reference may go on in the next line of a comment.
        var lines = NextLine.Replace(text, " ");
        var name = Path.GetRelativePath(CompiledBicep.Path(""), file);
        foreach (Match match in Elsewhere.Matches(lines))
        {
            yield return $"{name}: \"{match.Value}\" is nothing that the repository has";
        }

        // A test may read the reference data beside a checkout, when it skips itself where there is none.
        if (Beside.Match(lines) is { Success: true } beside && !lines.Contains("[Skippable", StringComparison.Ordinal))
        {
            yield return $"{name}: \"{beside.Value}\" is outside of the repository";
        }

        foreach (Match match in Document.Matches(lines))
        {
            var (document, heading) = (match.Groups["file"].Value, match.Groups["heading"]);
            string[] folders = [CompiledBicep.Path(""), CompiledBicep.Path("docs"), Path.GetDirectoryName(file)!];
            var found = folders.Select(folder => Path.Combine(folder, document)).FirstOrDefault(File.Exists);
            if (found is null)
            {
                yield return $"{name}: there is no {document}";
            }
            else if (
                heading.Success
                && !DocumentTests.TitlesOf(File.ReadAllText(found)).Contains(heading.Value, StringComparer.Ordinal)
            )
            {
                yield return $"{name}: {document} has no heading \"{heading.Value}\"";
            }
        }
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory
            .GetFiles(folder)
            .Where(file =>
                (Extensions.Contains(Path.GetExtension(file)) || Scripts.Contains(Path.GetFileName(file)))
                && !file.EndsWith("lock.json", StringComparison.Ordinal)
                && Path.GetFileName(file) != "ReferencesTests.cs"
            )
            .Concat(
                Directory
                    .GetDirectories(folder)
                    .Where(below => !NotOurs.Contains(Path.GetFileName(below)))
                    .SelectMany(Files)
            );

    [GeneratedRegex(@"\r?\n[ \t]*(?:///?|#|\*)?[ \t]*")]
    private static partial Regex NextLine { get; }

    // Papers of those who planned this, which a reader of the repository doesn't have.
    [GeneratedRegex(
        @"\bdesign(?:\.md)?,?\s+sections?\b|\bprotocols?(?:\.md)?,?\s+(?:sections?\s+)?\d|\bissues?\s+#?\d+",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Elsewhere { get; }

    [GeneratedRegex(@"\.\./shared\b|/work/\w+")]
    private static partial Regex Beside { get; }

    [GeneratedRegex(@"(?<![\w/.:-])(?<file>(?:[\w.-]+/)*[\w-]+\.md)\b(?:, ""(?<heading>[^""]+)"")?")]
    private static partial Regex Document { get; }
}
