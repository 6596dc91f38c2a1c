using NationalId.Core.OpenCrvs.Auth;

namespace NationalId.Tests.OpenCrvs.Auth;

/// <summary>How long OpenCRVS's tokens are used.</summary>
public sealed class TokenTimesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_772_366_400);

    [Theory]
    [InlineData("""{"exp":1772367000}""", 600)]
    [InlineData("""{"exp":1772366399}""", -1)]
    // What does not say when it ends is used for five minutes.
    [InlineData("{}", 300)]
    [InlineData("[]", 300)]
    [InlineData("null", 300)]
    [InlineData("nonsense", 300)]
    [InlineData("""{"exp":"1772367000"}""", 300)]
    [InlineData("""{"exp":null}""", 300)]
    [InlineData("""{"exp":1.5}""", 300)]
    [InlineData("""{"exp":9223372036854775807}""", 300)]
    public void A_token_says_itself_how_long_it_lives(string payload, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            TokenTimes.LifetimeOf($"e30.{BearerWorld.Part(payload)}.AAAA", Now)
        );

    [Theory]
    [InlineData("")]
    [InlineData("nobody's")]
    [InlineData("a.#.c")]
    public void Whatever_is_no_token_lives_for_five_minutes(string text) =>
        Assert.Equal(TimeSpan.FromMinutes(5), TokenTimes.LifetimeOf(text, Now));

    [Theory]
    [InlineData("{0}")]
    [InlineData("e30.{0}")]
    [InlineData("e30.{0}.AAAA.AAAA")]
    public void A_token_has_three_parts(string form)
    {
        var text = string.Format(null, form, BearerWorld.Part("""{"exp":1772367000}"""));
        Assert.Equal(TimeSpan.FromMinutes(5), TokenTimes.LifetimeOf(text, Now));
    }
}
