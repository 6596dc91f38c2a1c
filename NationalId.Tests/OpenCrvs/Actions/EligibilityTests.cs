using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>Who goes to the National ID system is the country's rule.</summary>
public sealed class EligibilityTests
{
    [Fact]
    public void Without_rules_everybody_is_eligible() => Assert.Null(WhyNot(new(), []));

    [Fact]
    public void A_birth_without_a_date_is_not_where_one_is_needed()
    {
        var options = new ActionsOptions { EligibleWithBirthDate = true };
        Assert.Equal("not eligible: no date of birth", WhyNot(options, []));
        Assert.Equal("not eligible: no date of birth", WhyNot(options, new() { ["child.dob"] = "unknown" }));
        Assert.Null(WhyNot(options, new() { ["child.dob"] = "2026-06-20" }));
        Assert.Null(WhyNot(options, [], RegistrationKind.Death));
    }

    [Theory]
    [InlineData("2016-11-26", null)]
    [InlineData("2016-11-25", "not eligible: too old")]
    [InlineData("1950-01-01", "not eligible: too old")]
    [InlineData("2016", null)]
    [InlineData(null, null)]
    public void A_person_is_below_the_age_until_the_birthday(string? born, string? reason) =>
        Assert.Equal(reason, WhyNot(new() { EligibleBelowAge = 10 }, new() { ["child.dob"] = born }));

    [Theory]
    [InlineData(10, "2016-11-25", "not eligible: too old")]
    [InlineData(10, "2016-11-26", null)]
    [InlineData(10, null, null)]
    [InlineData(0, "1950-01-01", null)]
    public void Of_a_record_of_which_only_the_date_of_birth_is_known_the_age_is_asked_too(
        int below,
        string? born,
        string? reason
    ) => Assert.Equal(reason, Rules(new() { EligibleBelowAge = below }).WhyTooOld(born));

    [Fact]
    public void One_verified_person_is_enough()
    {
        var options = new ActionsOptions { EligibleIfVerified = "mother.verified, father.verified" };
        Assert.Equal("not eligible: nobody was verified", WhyNot(options, []));
        Assert.Equal("not eligible: nobody was verified", WhyNot(options, new() { ["mother.verified"] = "failed" }));
        Assert.Null(WhyNot(options, new() { ["mother.verified"] = "failed", ["father.verified"] = "verified" }));
    }

    [Fact]
    public void What_a_field_says_of_who_was_verified_is_the_country_s_word()
    {
        var options = new ActionsOptions { EligibleIfVerified = "mother.verified", VerifiedValues = "yes, by-phone" };
        Assert.Null(WhyNot(options, new() { ["mother.verified"] = "by-phone" }));
        Assert.Equal("not eligible: nobody was verified", WhyNot(options, new() { ["mother.verified"] = "verified" }));
    }

    [Fact]
    public void Actions_and_events_have_the_country_s_names()
    {
        var options = new ActionsOptions
        {
            BirthEvent = "newborn",
            DeathEvent = "decease",
            RevokeActions = "VOID, ANNUL",
            ReinstateActions = "REVIVE",
        };
        Assert.Equal(RegistrationChange.Revoked, options.ChangeBy("VOID"));
        Assert.Equal(RegistrationChange.Revoked, options.ChangeBy("ANNUL"));
        Assert.Equal(RegistrationChange.Reinstated, options.ChangeBy("REVIVE"));
        Assert.Null(options.ChangeBy("REVOKE_REGISTRATION"));
        Assert.Null(new ActionsOptions { RevokeActions = "-" }.ChangeBy("REVOKE_REGISTRATION"));
        Assert.Equal(RegistrationKind.Birth, options.KindOf("newborn"));
        Assert.Equal(RegistrationKind.Death, options.KindOf("decease"));
        Assert.Null(options.KindOf("birth"));
        Assert.Null(options.KindOf("death"));
    }

    private static string? WhyNot(
        ActionsOptions options,
        JsonObject data,
        RegistrationKind kind = RegistrationKind.Birth
    ) => Rules(options).WhyNot(kind, data);

    private static Eligibility Rules(ActionsOptions options) =>
        new(
            options,
            new FieldOptions(),
            new FakeTimeProvider(new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero))
        );
}
