using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using NationalId.Core;
using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>
/// What stands in italics in these documents is what the client says: in its log, in an event's reason, on the
/// operators' page. An operator searches for it as it stands there. What others say stands as code.
/// </summary>
public sealed partial class RunbookTests
{
    /// <summary>Everything that the client can say, with the places of what differs as an ellipsis.</summary>
    private static readonly Lazy<string> Said = new(() =>
        string.Join(
            '\n',
            Directory
                .EnumerateFiles(CompiledBicep.Path("NationalId.Core"), "*.*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".cs" or ".html")
                .Where(file => !file.Contains("/obj/") && !file.Contains("/bin/"))
                .Select(file => Spaces.Replace(Hole.Replace(NextLine.Replace(File.ReadAllText(file), ""), "…"), " "))
        )
    );

    [Theory]
    [InlineData("docs/runbook.md")]
    [InlineData("docs/rotate-secrets.md")]
    [InlineData("docs/osia.md")]
    [InlineData("docs/reconcile.md")]
    [InlineData("docs/opencrvs-2.md")]
    public void What_a_document_quotes_is_what_the_client_says(string document)
    {
        var quotes = Italics
            .Matches(File.ReadAllText(CompiledBicep.Path(document)))
            .Select(match => match.Groups[1].Value);
        Assert.All(
            quotes,
            quote =>
                Assert.All(
                    Number.Split(quote).Select(part => part.Trim(' ', '.', ',', ':')).Where(part => part.Length > 2),
                    part =>
                        Assert.True(
                            Said.Value.Contains(part, StringComparison.OrdinalIgnoreCase),
                            $"{document} quotes \"{quote}\""
                        )
                )
        );
    }

    [Fact]
    public void Each_line_of_the_log_has_a_number_of_its_own()
    {
        var twice = typeof(NationalIdServices)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetMethods(
                    BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static
                )
            )
            .Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is { EventId: > 0 })
            .GroupBy(method => method.GetCustomAttribute<LoggerMessageAttribute>()!.EventId)
            .Where(lines => lines.Count() > 1)
            .Select(lines => $"{lines.Key}: {string.Join(", ", lines.Select(line => line.DeclaringType!.Name))}");
        Assert.Equal("", string.Join("\n", twice));
    }

    [Fact]
    public void The_read_me_names_every_function() =>
        Assert.All(
            FunctionNames.All,
            name => Assert.Contains($"`{name}`", File.ReadAllText(CompiledBicep.Path("README.md")))
        );

    [GeneratedRegex(@"(?<!\*)\*([^*\n]{3,200})\*(?!\*)")]
    private static partial Regex Italics { get; }

    [GeneratedRegex(@"…|\.\.\.|[0-9]{3,}")]
    private static partial Regex Number { get; }

    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex NextLine { get; }

    [GeneratedRegex("\\{[^{}\"\n]*\\}")]
    private static partial Regex Hole { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces { get; }
}
