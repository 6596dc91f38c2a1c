using System.Text;
using NationalId.Core.Osia;
using NationalId.Core.Registry;

namespace NationalId.Tests.Osia;

public sealed class OsiaAttributesTests
{
    private static readonly PersonName Name = new("en", ["Toni", "Zoë"], "Ωmega");

    [Theory]
    [InlineData("\"1235567890\"", "1235567890")]
    [InlineData(" \"1235567890\"\n", "1235567890")]
    [InlineData("1235567890", "1235567890")]
    [InlineData("AB-12", "AB-12")]
    [InlineData("", null)]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("{\"uin\":\"1\"}", null)]
    [InlineData("[\"1\"]", null)]
    [InlineData("<html>1</html>", null)]
    [InlineData("a number would stand here", null)]
    public void A_number_is_read_without_its_quotes_and_nothing_else_is_a_number(string body, string? number) =>
        Assert.Equal(number, UinGenerator.Read(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("1984-11-19", true, "1984-11-19")]
    [InlineData("1984-11", true, "1984-11-XX")]
    [InlineData("1984", true, "1984-XX-XX")]
    [InlineData("1984", false, null)]
    [InlineData(null, true, null)]
    public void A_date_that_is_known_in_part_says_so_or_is_left_out(string? date, bool partial, string? value)
    {
        var attributes = new OsiaAttributes(new OsiaOptions { PartialDates = partial });
        var person = new Person(null, [Name], "female", date, null, []);
        Assert.Equal(value, attributes.Of(new OsiaPerson(person, "1")).GetValueOrDefault("dateOfBirth"));
        Assert.Equal(date?.Length == 10, attributes.ToMatch(person) is not null);
    }

    [Fact]
    public void Names_words_and_sources_are_the_country_s()
    {
        var options = new OsiaOptions
        {
            Attributes = "givenName=firstName; sex=gender; alive=status; mother=parent1; no=registrationNumber",
            Genders = "female=F",
            Language = "fr",
        };
        var person = new Person(null, [Name, new PersonName("fr", ["Antoinette"], null)], "female", null, null, []);
        var values = new OsiaAttributes(options).Of(
            new OsiaPerson(person, "1") { Parents = ["7"], RegistrationNumber = "2026B1" }
        );
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["givenName"] = "Antoinette",
                ["sex"] = "F",
                ["alive"] = "ALIVE",
                ["mother"] = "7",
                ["no"] = "2026B1",
            },
            values
        );
    }

    [Theory]
    [InlineData("1984-11-19", "<", "1990-12-31", true)]
    [InlineData("1984-XX-XX", "<", "1990-12-31", true)]
    [InlineData("1984-XX-XX", "<=", "1984-06-01", false)]
    [InlineData("1984-XX-XX", ">", "1984-06-01", false)]
    [InlineData("9", "<", "10", true)]
    [InlineData("Zoë ", "=", "Zoë", true)]
    [InlineData("zoë", "=", "Zoë", false)]
    public void An_expression_holds_whatever_is_not_known(string actual, string compares, string value, bool holds) =>
        Assert.Equal(holds, new OsiaExpression("a", compares, value).Holds(actual));
}
