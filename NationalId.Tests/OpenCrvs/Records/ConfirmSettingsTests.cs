using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>What is written on a record, and under which number it is registered, is the country's choice.</summary>
public sealed class ConfirmSettingsTests
{
    private static readonly OpenCrvsOptions OpenCrvs = new();

    private readonly RecordFields fields = new(
        new ConfirmOptions
        {
            BirthAidField = "birth.aid",
            BirthTokenField = "birth.token",
            BirthNumberField = "birth.number",
            DeathAidField = "death.aid",
        },
        OpenCrvs
    );

    [Theory]
    [InlineData("{year}{letter}{trackingId}", RegistrationKind.Birth, "2026BABC123")]
    [InlineData("{year}{letter}{trackingId}", RegistrationKind.Death, "2026DABC123")]
    [InlineData("{letter}-{trackingId}/{year}", RegistrationKind.Death, "D-ABC123/2026")]
    [InlineData("FAR{trackingId}", RegistrationKind.Birth, "FARABC123")]
    public void A_number_of_our_own_is_made_as_the_template_says(string template, RegistrationKind kind, string number)
    {
        // The year of the action, wherever in the world it is read.
        var made = new DateTimeOffset(2027, 1, 1, 3, 0, 0, TimeSpan.FromHours(6));
        var action = new PendingAction("key", "id", "a", "t", "birth", "REGISTER", "ABC123", made, false, null, null);
        Assert.Equal(number, new ConfirmOptions { RegistrationNumberTemplate = template }.NumberOf(kind, action));
    }

    [Fact]
    public void Each_of_what_comes_back_goes_into_the_field_that_is_named_for_it()
    {
        Assert.Equal("birth.aid", fields.Of(RegistrationKind.Birth, [RecordFields.Aid]));
        Assert.Equal("birth.token", fields.Of(RegistrationKind.Birth, OpenCrvs.TokenFields));
        Assert.Equal("birth.number", fields.Of(RegistrationKind.Birth, ["NATIONAL_ID"]));
        Assert.Equal("death.aid", fields.Of(RegistrationKind.Death, [RecordFields.Aid]));
        // A death has no number, and no form has the field by which a mediator is told of it.
        Assert.Null(fields.Of(RegistrationKind.Death, ["NATIONAL_ID"]));
        Assert.Null(fields.Of(RegistrationKind.Birth, [RecordFields.Deceased]));
    }

    [Theory]
    [InlineData(RegistrationKind.Birth, RecordFields.Aid)]
    [InlineData(RegistrationKind.Birth, "UINTOKEN")]
    [InlineData(RegistrationKind.Birth, "NATIONAL_ID")]
    [InlineData(RegistrationKind.Death, RecordFields.Aid)]
    public void What_no_field_is_named_for_is_not_written(RegistrationKind kind, string name) =>
        Assert.Null(new RecordFields(new ConfirmOptions(), OpenCrvs).Of(kind, [name]));
}
