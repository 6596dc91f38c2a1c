using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

/// <summary>What is known of a person, which of it counts, and that none of it is printed.</summary>
public sealed class PersonTests
{
    private static readonly Person Ada = new(
        "patient",
        [new PersonName("en", ["Ada"], "Lovelace")],
        "female",
        "1815-12-10",
        null,
        [
            new PersonIdentifier("DEATH_REGISTRATION_NUMBER", null, "2026D1"),
            new PersonIdentifier("VID", null, "vid"),
            new PersonIdentifier("UINTOKEN", null, "oldest"),
            new PersonIdentifier("MOSIP_PSUT_TOKEN_ID", null, "older"),
            new PersonIdentifier("NATIONAL_ID", null, "first"),
            new PersonIdentifier("MOSIP_UINTOKEN", "system", "token"),
            new PersonIdentifier("NATIONAL_ID", null, "second"),
            new PersonIdentifier("UIN", null, "uin"),
            new PersonIdentifier("MOSIP_UIN", null, "mosip uin"),
            new PersonIdentifier("MOSIP_VID", null, "mosip vid"),
            new PersonIdentifier(null, null, "nameless"),
        ]
    )
    {
        Address = new PersonAddress("12 St James's Square", "London", "Westminster", "England", "SW1Y"),
    };

    [Fact]
    public void Each_number_is_found_whatever_this_version_of_OpenCRVS_calls_it()
    {
        Assert.Equal("first", Ada.NationalId);
        Assert.Equal("token", Ada.UinToken);
        Assert.Equal(["oldest", "older", "token"], Ada.UinTokens);
        Assert.Equal(["vid", "first", "second", "uin", "mosip uin", "mosip vid"], Ada.NationalIds);
        Assert.Equal("older", Without("MOSIP_UINTOKEN").UinToken);
        Assert.Equal("oldest", Without("MOSIP_UINTOKEN", "MOSIP_PSUT_TOKEN_ID").UinToken);
        Assert.Null(Without("MOSIP_UINTOKEN", "MOSIP_PSUT_TOKEN_ID", "UINTOKEN").UinToken);
        Assert.Null(Without("NATIONAL_ID").NationalId);
    }

    [Fact]
    public void Printing_a_person_or_an_event_shows_nothing_of_anybody()
    {
        var told = new VitalEvent(
            RegistrationKind.Death,
            "DEATH_REGISTERED",
            "record",
            "2026D1",
            "tracking",
            new Dictionary<PersonRole, Person> { [PersonRole.Subject] = Ada }
        );
        Assert.Same(Ada, told.Subject);
        Assert.Empty(told.Sent);
        Assert.Equal("VitalEvent DEATH_REGISTERED", $"{told}");
        Assert.Equal("Person", $"{Ada}");
        Assert.Equal("PersonName", $"{Ada.Names[0]}");
        Assert.Equal("PersonAddress", $"{Ada.Address}");
        Assert.Equal("PersonIdentifier NATIONAL_ID", $"{Ada.Identifiers[4]}");
    }

    private static Person Without(params string[] types) =>
        Ada with
        {
            Identifiers = [.. Ada.Identifiers.Where(one => !types.Contains(one.Type))],
        };
}
