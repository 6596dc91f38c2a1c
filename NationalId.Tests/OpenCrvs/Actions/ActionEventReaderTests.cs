using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>Event documents become the same events as webhooks.</summary>
public sealed class ActionEventReaderTests
{
    public static TheoryData<string> Fixtures => [.. TestTriggers.Fixtures];

    [Theory]
    [MemberData(nameof(Fixtures))]
    public async Task Every_trigger_is_read_whatever_its_action(string name)
    {
        var read = await ReadAsync(TestTriggers.Fixture(name));
        Assert.NotNull(read.RecordId);
        Assert.Equal(6, read.TrackingId!.Length);
        if (!name.Contains("NOTIFY", StringComparison.Ordinal))
        {
            Assert.Equal("Testperson", read.Subject.Names.Single().Family);
            Assert.NotNull(read.Subject.BirthDate);
        }
    }

    [Theory]
    [InlineData("birth-REGISTER", "male")]
    [InlineData("1.9-birth-REGISTER", "female")]
    public async Task A_birth_has_the_child_and_its_mother(string name, string gender)
    {
        var read = await ReadAsync(TestTriggers.Fixture(name));
        Assert.Equal(RegistrationKind.Birth, read.Kind);
        Assert.Equal(EventKinds.Birth, read.Topic);
        Assert.Null(read.RegistrationNumber);
        Assert.Equal(["Zita"], read.Subject.Names.Single().Given);
        Assert.Equal("2026-06-20", read.Subject.BirthDate);
        // The registrar changed it in the very step that is to be confirmed.
        Assert.Equal(gender, read.Subject.Gender);
        Assert.Empty(read.Subject.Identifiers);
        Assert.Equal("Mila", read.People[PersonRole.Mother].Names.Single().Given.Single());
        Assert.Equal("5408602380", read.People[PersonRole.Mother].NationalId);
        Assert.DoesNotContain(PersonRole.Father, read.People.Keys);
    }

    [Fact]
    public async Task A_death_has_the_deceased_with_number_and_date()
    {
        var read = await ReadAsync(TestTriggers.Fixture("death-REGISTER"));
        Assert.Equal(RegistrationKind.Death, read.Kind);
        Assert.Equal(EventKinds.Death, read.Topic);
        Assert.Equal(["Bruno"], read.Subject.Names.Single().Given);
        Assert.Equal("1950-01-01", read.Subject.BirthDate);
        Assert.Equal("2026-06-21", read.Subject.DeceasedDate);
        Assert.Equal("4950328457", read.Subject.NationalId);
        Assert.Equal([PersonRole.Subject], read.People.Keys);
    }

    [Fact]
    public async Task A_record_that_is_registered_has_its_number_and_an_approved_correction_counts()
    {
        var read = await ReadAsync(TestTriggers.Fixture("birth-APPROVE_CORRECTION-system"));
        Assert.StartsWith("R", read.RegistrationNumber);
        Assert.Equal("2345678903", read.Subject.NationalId);
    }

    [Fact]
    public async Task The_country_s_own_names_are_read_where_they_are_set()
    {
        var options = new ActionsOptions { BirthEvent = "v2-birth" };
        var fields = new FieldOptions { ChildName = "kid.fullName", MotherName = "-" };
        var record = TestTriggers.Record(
            "v2-birth",
            record => record["actions"]![3]!["declaration"]!["kid.fullName"] = " Ada  of Testland "
        );
        var read = await ReadAsync(Encoding.UTF8.GetBytes(record.ToJsonString()), options, fields);
        Assert.Equal(RegistrationKind.Birth, read.Kind);
        Assert.Equal(["Ada  of Testland"], read.Subject.Names.Single().Given);
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(Encoding.UTF8.GetBytes(record.ToJsonString())));
    }

    [Fact]
    public async Task Fields_of_the_wrong_shape_are_as_good_as_absent()
    {
        var record = TestTriggers.Record(change: record =>
        {
            var declared = record["actions"]![3]!["declaration"]!;
            declared["child.name"] = true;
            declared["child.dob"] = "some day";
            declared["child.gender"] = new System.Text.Json.Nodes.JsonArray("female");
            declared["child.nid"] = 1234567890;
            declared["mother.name"] = "";
        });
        var read = await ReadAsync(Encoding.UTF8.GetBytes(record.ToJsonString()));
        Assert.Empty(read.Subject.Names);
        Assert.Null(read.Subject.BirthDate);
        Assert.Null(read.Subject.Gender);
        Assert.Equal("1234567890", read.Subject.NationalId);
        Assert.Equal([PersonRole.Subject], read.People.Keys);
    }

    [Theory]
    [InlineData("MOTHER", PersonRole.Mother)]
    [InlineData("father", PersonRole.Father)]
    public async Task An_informant_who_is_a_parent_is_that_parent_with_the_ways_to_reach_them(
        string relation,
        PersonRole role
    )
    {
        var read = await ReadDeclaredAsync(declared =>
        {
            declared["informant.relation"] = relation;
            declared["informant.phoneNo"] = "0711222333";
            declared["informant.email"] = "ada@example.org";
            declared["mother.name"] = Name("Eve");
            declared["father.name"] = Name("Otto");
            declared[$"{relation.ToLowerInvariant()}.verify-nid-http-fetch"] = JsonNode.Parse(
                """{"loading":false,"data":{"sub":"psut-1","verificationStatus":"authenticated"}}"""
            );
        });
        var informant = read.People[PersonRole.Informant];
        Assert.Equal(read.People[role].Names, informant.Names);
        Assert.Equal(("0711222333", "ada@example.org"), (informant.Phone, informant.Email));
        Assert.Equal("psut-1", informant.IntroducerToken);
        Assert.Equal("psut-1", read.People[role].IntroducerToken);
        Assert.Null(read.People[role].Phone);
    }

    [Fact]
    public async Task Another_informant_has_a_name_and_an_address_of_their_own()
    {
        var read = await ReadDeclaredAsync(declared =>
        {
            declared["informant.relation"] = "GRANDMOTHER";
            declared["informant.name"] = Name("Ida");
            declared["informant.nid"] = "5408602380";
            declared["mother.name"] = Name("Eve");
        });
        var informant = read.People[PersonRole.Informant];
        Assert.Equal("Ida", informant.Names.Single().Given.Single());
        Assert.Equal("5408602380", informant.NationalId);
        Assert.Null(informant.Address);
    }

    [Fact]
    public async Task Addresses_have_the_area_s_id_and_the_parts_that_the_country_has_named()
    {
        var read = await ReadDeclaredAsync(declared =>
        {
            declared["mother.name"] = Name("Eve");
            declared["mother.address"] = JsonNode.Parse(
                """
                {"country":"FAR","addressType":"DOMESTIC","administrativeArea":"22222222-2222-4222-8222-222222222222",
                "streetLevelDetails":{"town":"Porto","residentialArea":"Hill","street":"Long Street","number":"12",
                "zipCode":"14022"}}
                """
            );
            declared["father.name"] = Name("Otto");
            declared["father.address"] = JsonNode.Parse(
                """
                {"country":"UKR","addressType":"INTERNATIONAL",
                "streetLevelDetails":{"state":"West","district2":"Lake","addressLine1":"","postcodeOrZip":"79000"}}
                """
            );
        });
        Assert.Equal(
            new PersonAddress("12, Long Street, Hill", "Porto", null, null, "14022")
            {
                Country = "FAR",
                AreaId = "22222222-2222-4222-8222-222222222222",
            },
            read.People[PersonRole.Mother].Address
        );
        Assert.Equal(
            new PersonAddress("", null, "Lake", "West", "79000") { Country = "UKR" },
            read.People[PersonRole.Father].Address
        );
    }

    [Theory]
    [InlineData("birth", EventKinds.BirthCorrected)]
    [InlineData("death", EventKinds.DeathCorrected)]
    public async Task A_correction_that_waits_for_its_approval_has_the_person_as_before_and_as_afterwards(
        string type,
        string topic
    )
    {
        var person = type == "birth" ? "child" : "deceased";
        var record = Registered(type);
        var actions = record["actions"]!.AsArray();
        var request = TestTriggers.Action(
            "REQUEST_CORRECTION",
            "Accepted",
            5,
            new JsonObject { [person + ".dob"] = "2026-06-21" }
        );
        actions.Add(request);
        var approval = TestTriggers.Action("APPROVE_CORRECTION", "Requested", 6);
        approval["requestId"] = request["id"]!.GetValue<string>();
        actions.Add(approval);
        var read = await ReadAsync(record);
        Assert.Equal(topic, read.Topic);
        Assert.Equal("2026B1", read.RegistrationNumber);
        Assert.Equal("2026-06-21", read.Subject.BirthDate);
        Assert.Equal("2026-06-20", read.Before![PersonRole.Subject].BirthDate);
    }

    [Fact]
    public async Task A_record_that_was_fetched_is_registered_and_nothing_of_it_waits()
    {
        var read = await ReadAsync(Registered("birth"));
        Assert.Equal((EventKinds.Birth, "2026B1"), (read.Topic, read.RegistrationNumber));
        Assert.Null(read.Before);

        // One that is not registered, and of which nothing waits, is of no use.
        var declared = TestTriggers.Record(change: record => record["actions"]!.AsArray().RemoveAt(3));
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(declared));
    }

    [Fact]
    public async Task The_spouse_who_tells_of_a_death_is_the_spouse_with_the_ways_to_reach_them()
    {
        var record = TestTriggers.Record(
            "death",
            record =>
            {
                var declared = record["actions"]![1]!["declaration"]!;
                declared["spouse.name"] = Name("Otto");
                declared["spouse.verify-nid-http-fetch"] = JsonNode.Parse("""{"data":{"sub":"psut-2"}}""");
                declared["informant.relation"] = "SPOUSE";
                declared["informant.phoneNo"] = "0711222333";
            }
        );
        var read = await ReadAsync(record);
        var informant = read.People[PersonRole.Informant];
        Assert.Equal(read.People[PersonRole.Spouse].Names, informant.Names);
        Assert.Equal(("0711222333", "psut-2"), (informant.Phone, informant.IntroducerToken));
    }

    [Fact]
    public async Task An_informant_of_their_own_has_signed_in_themselves()
    {
        var read = await ReadDeclaredAsync(declared =>
        {
            declared["informant.relation"] = "BROTHER";
            declared["informant.name"] = Name("Ida");
            declared["informant.verify-nid-http-fetch"] = JsonNode.Parse("""{"data":{"sub":"psut-3"}}""");
        });
        Assert.Equal("psut-3", read.People[PersonRole.Informant].IntroducerToken);
    }

    [Theory]
    [InlineData("""{"firstname":"Ada","middlename":"Mary","surname":"Example"}""", "Ada Mary", "Example")]
    [InlineData("""{"firstname":"Ada"}""", "Ada", null)]
    [InlineData("""{"middlename":"Mary"}""", "Mary", null)]
    [InlineData("""{"surname":"Example"}""", "", "Example")]
    public async Task A_name_has_the_parts_that_were_given(string parts, string given, string? family)
    {
        var read = await ReadDeclaredAsync(declared => declared["child.name"] = JsonNode.Parse(parts));
        var name = Assert.Single(read.Subject.Names);
        Assert.Equal((given, family), (string.Join(' ', name.Given), name.Family));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"firstname":" ","surname":""}""")]
    public async Task A_name_without_any_part_is_none(string parts)
    {
        var read = await ReadDeclaredAsync(declared => declared["child.name"] = JsonNode.Parse(parts));
        Assert.Empty(read.Subject.Names);
    }

    [Fact]
    public async Task An_address_may_have_an_area_and_nothing_else()
    {
        var read = await ReadDeclaredAsync(declared =>
            declared["child.address"] = JsonNode.Parse(
                """{"country":"FAR","administrativeArea":"22222222-2222-4222-8222-222222222222"}"""
            )
        );
        Assert.Equal(
            new PersonAddress("", null, null, null, null)
            {
                Country = "FAR",
                AreaId = "22222222-2222-4222-8222-222222222222",
            },
            read.Subject.Address
        );
    }

    private static JsonObject Registered(string type)
    {
        var record = TestTriggers.Record(type);
        var actions = record["actions"]!.AsArray();
        var accepted = TestTriggers.Action("REGISTER", "Accepted", 4);
        accepted["originalActionId"] = TestTriggers.PendingOf(record);
        accepted["registrationNumber"] = "2026B1";
        actions.Add(accepted);
        return record;
    }

    private static JsonObject Name(string given) => new() { ["firstname"] = given, ["surname"] = "Example" };

    private static Task<VitalEvent> ReadDeclaredAsync(Action<JsonNode> declare) =>
        ReadAsync(
            Encoding.UTF8.GetBytes(
                TestTriggers.Record(change: record => declare(record["actions"]![1]!["declaration"]!)).ToJsonString()
            )
        );

    private static Task<VitalEvent> ReadAsync(JsonObject record) =>
        ReadAsync(Encoding.UTF8.GetBytes(record.ToJsonString()));

    private static Task<VitalEvent> ReadAsync(
        byte[] body,
        ActionsOptions? options = null,
        FieldOptions? fields = null
    ) =>
        new ActionEventReader(options ?? new ActionsOptions(), fields ?? new FieldOptions()).ReadAsync(
            new MemoryStream(body),
            default
        );
}
