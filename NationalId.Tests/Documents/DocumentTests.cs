using System.Text.RegularExpressions;
using NationalId.Core.Platform;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>
/// Every name in a document exists, because an operator types it as it stands there. What comments in the code say
/// about documents is there too.
/// </summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> All => [.. Names];

    /// <summary>All documents: those at the top, and those in docs/.</summary>
    private static IEnumerable<string> Names =>
        new[] { "", "docs" }
            .SelectMany(folder => Directory.GetFiles(CompiledBicep.Path(folder), "*.md"))
            .Select(file => Path.GetRelativePath(CompiledBicep.Path(""), file))
            .Order(StringComparer.Ordinal);

    /// <summary>The version that CHANGELOG.md tells of first.</summary>
    internal static string Version { get; } =
        Regex.Match(Read("CHANGELOG.md"), @"^## (\S+)", RegexOptions.Multiline).Groups[1].Value;

    [Fact]
    public void The_change_log_begins_with_the_version_that_is_built() => Assert.Equal(ProductVersion.Text, Version);

    [Theory]
    [MemberData(nameof(All))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string document)
    {
        var folder = Path.GetDirectoryName(CompiledBicep.Path(document))!;
        Assert.All(
            Link.Matches(Read(document))
                .Select(match => match.Groups[1].Value)
                .Where(target => !target.Contains("://") && !target.StartsWith("mailto:", StringComparison.Ordinal)),
            target =>
            {
                var parts = target.Split('#');
                var file =
                    parts[0].Length == 0
                        ? CompiledBicep.Path(document)
                        : Path.GetFullPath(Path.Combine(folder, parts[0]));
                Assert.True(
                    File.Exists(file) || Directory.Exists(file),
                    $"{document} links to {target}, which is not there"
                );
                if (parts.Length > 1)
                {
                    Assert.Contains(parts[1], Headings(File.ReadAllText(file)));
                }
            }
        );
    }

    [Fact]
    public void The_read_me_has_every_call_that_an_operator_can_make()
    {
        var list = Regex.Match(Read("README.md"), "\nThe operator's API:\n(.*?)\nEach POST", RegexOptions.Singleline);
        var listed = Regex.Matches(list.Value, "`((?:GET|POST) /[^`?]+)").Select(match => match.Groups[1].Value);
        var calls = HttpRoutes
            .Calls.Where(call => call.Level == "Function" && call.Path.StartsWith("/api/"))
            .Select(call => $"{call.Method} {call.Path}");
        Assert.Equal(calls.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_route_is_a_function_s(string document)
    {
        // A name with an ending is found up to its point, and a route that takes the rest of a path is one without it.
        var known = HttpRoutes
            .All.SelectMany(route => new[] { route.Path, route.Path.Split('.', '*')[0].TrimEnd('/', '{') })
            .Select(path => Regex.Replace(path, "\\{[^}]+\\}", "{}"))
            .ToHashSet();
        Assert.All(
            Route
                .Matches(Read(document))
                .Select(match => Regex.Replace(match.Value.TrimEnd('.', '/'), "\\{[^}]+\\}|<[^>]+>", "{}")),
            route =>
                Assert.True(
                    route.EndsWith('*') || route.EndsWith('…')
                        ? known.Any(path => path.StartsWith(route[..^1], StringComparison.Ordinal))
                        : known.Contains(route),
                    $"{document} names {route}"
                )
        );
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_metric_is_emitted(string document) =>
        Assert.All(
            Metric.Matches(Read(document)).Select(match => match.Value),
            metric => Assert.True(MetricNames.All.Contains(metric), $"{document} names {metric}")
        );

    [Theory]
    [MemberData(nameof(All))]
    public void Every_setting_and_secret_is_read(string document)
    {
        Assert.All(
            Setting
                .Matches(Read(document))
                .Select(match => match.Value)
                .Where(name => !name.StartsWith("NationalId__Ida__", StringComparison.Ordinal)),
            name =>
                Assert.True(
                    ReadSettings.Client.Any(known =>
                        known == name || known.StartsWith(name + "__", StringComparison.Ordinal)
                    ),
                    $"{document} names {name}"
                )
        );
        Assert.All(
            Secret.Matches(Read(document)).Select(match => match.Groups[1].Value),
            name => Assert.True(ReadSettings.Secrets.Contains(name), $"{document} names {name}")
        );
    }

    [Fact]
    public void The_run_book_tells_of_every_metric() =>
        Assert.All(MetricNames.All, metric => Assert.Contains($"`{metric}`", Read("docs/runbook.md")));

    [Fact]
    public void Whatever_document_the_code_names_is_there() => Assert.Equal("", string.Join("\n", References.Wrong()));

    [Fact]
    public void README_leads_to_every_document() =>
        Assert.All(
            Names.Where(document => document != "README.md"),
            document => Assert.Contains($"]({document})", Read("README.md"))
        );

    [GeneratedRegex(@"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"(?<![\w/.])/api/[A-Za-z](?:[\w/\-*…]|\{\w+\}|<\w+>)*|(?<=https://<host>)/api/[A-Za-z][\w/\-]*")]
    private static partial Regex Route { get; }

    [GeneratedRegex(@"\bnationalid\.[a-z_]+(?:\.[a-z_]+)*")]
    private static partial Regex Metric { get; }

    [GeneratedRegex(@"\bNationalId__\w+[A-Za-z]")]
    private static partial Regex Setting { get; }

    [GeneratedRegex(@"(?<![\w-])((?:OPENCRVS|MOSIP|NATIONALID|TOKENSEEDER)-[A-Z0-9][A-Z0-9-]*[A-Z0-9])(?![\w-])")]
    private static partial Regex Secret { get; }

    [GeneratedRegex(@"^#+ +(.+?) *$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }

    private static string Read(string document) => File.ReadAllText(CompiledBicep.Path(document));

    /// <summary>Headings as the forge makes anchors of them.</summary>
    private static IEnumerable<string> Headings(string text) =>
        TitlesOf(text).Select(title => Regex.Replace(title.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-'));

    /// <summary>A document's headings as they are written.</summary>
    internal static IEnumerable<string> TitlesOf(string text) =>
        Heading.Matches(text).Select(match => match.Groups[1].Value);
}
