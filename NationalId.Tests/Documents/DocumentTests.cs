using System.Text.RegularExpressions;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>Every name in README.md and docs/ exists, because an operator types it as it stands there.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> All =>
        [
            .. new[] { "README.md" }.Concat(
                Directory
                    .GetFiles(CompiledBicep.Path("docs"), "*.md")
                    .Select(file => "docs/" + Path.GetFileName(file))
                    .Order()
            ),
        ];

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

    [Theory]
    [MemberData(nameof(All))]
    public void Every_route_is_a_function_s(string document)
    {
        var known = HttpRoutes.All.Select(route => Regex.Replace(route.Path, "\\{[^}]+\\}", "{}")).ToHashSet();
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
        Heading
            .Matches(text)
            .Select(match =>
                Regex.Replace(match.Groups[1].Value.ToLowerInvariant(), @"[^\w\- ]", "").Replace(' ', '-')
            );
}
