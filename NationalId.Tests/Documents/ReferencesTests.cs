using NationalId.Tests.Infra;

namespace NationalId.Tests.Documents;

/// <summary>The check of references, on references that are known to be right or wrong.</summary>
public sealed class ReferencesTests
{
    private const string Comment = "/// ";

    [Theory]
    [InlineData("docs/protocols.md, \"IDA\"")]
    [InlineData("see docs/protocols.md,\n    /// \"Token\n    /// Seeder\": the rest")]
    [InlineData("README.md and docs/performance.md")]
    [InlineData("https://example.org/some/where.md")]
    public void What_is_there_may_be_named(string comment) => Assert.Empty(Wrong(comment));

    [Theory]
    [InlineData("docs/", "protocol.md", "there is no docs/protocol.md")]
    [InlineData("docs/protocols.md", ", \"IDB\"", "has no heading \"IDB\"")]
    [InlineData("docs/protocols.md", ",\n    /// \"Token\n    /// Sower\"", "has no heading \"Token Sower\"")]
    [InlineData("as the design", " section 4 says", "nothing that the repository has")]
    [InlineData("as the design\n    /// ", "section 4 says", "nothing that the repository has")]
    [InlineData("(protocols", " 3)", "nothing that the repository has")]
    [InlineData("(protocols", " sections 2 to 5)", "nothing that the repository has")]
    [InlineData("Issue", " 14 asked for it", "nothing that the repository has")]
    [InlineData("../", "shared/cases", "outside of the repository")]
    public void What_is_not_there_is_reported(string begin, string end, string complaint) =>
        Assert.Contains(complaint, Assert.Single(Wrong(begin + end)));

    [Fact]
    public void A_test_that_skips_itself_may_read_what_lies_beside_the_checkout() =>
        Assert.Empty(Wrong("\n[SkippableFact]\npublic void Reads() => File.ReadAllText(\"../" + "shared/x.json\");"));

    private static IEnumerable<string> Wrong(string comment) =>
        References.Wrong(CompiledBicep.Path("NationalId.Core/Sample.cs"), Comment + comment);
}
