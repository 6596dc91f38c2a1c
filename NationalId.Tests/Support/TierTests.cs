using System.Diagnostics;

namespace NationalId.Tests.Support;

public sealed class TierTests
{
    [Fact]
    public void A_fast_test_that_needs_Azurite_fails_and_says_how_to_mark_it()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Tier.Need("Azurite", onlyFast: true));
        Assert.Contains("Azurite", failure.Message, StringComparison.Ordinal);
        Assert.Contains("[Trait(Tier.Name, Tier.Whole)]", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>In the fast tier itself this shows that the rule is in force; elsewhere that it isn't.</summary>
    [Fact]
    public async Task Azurite_and_programs_are_there_in_the_whole_run_alone()
    {
        var fast = Environment.GetEnvironmentVariable("NATIONALID_FAST") == "1";
        var azurite = await Record.ExceptionAsync(() => fast ? TestAzurite.NewAccountAsync() : Task.CompletedTask);
        var node = Record.Exception(() => Process.Start("node", "--version").Dispose());
        Assert.Equal(fast, azurite != null);
        Assert.Equal(fast, node != null);
    }
}
