using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;

namespace NationalId.Tests.EndToEnd;

/// <summary>
/// A death is unlinked for good only by words about the person: not by how the record was typed, nor by what speaks of
/// languages, licences or load.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class DeathVerdictTests
{
    private const string AgeExtension = "http://opencrvs.org/specs/extension/age-of-individual-in-years";

    [Theory]
    [InlineData("1957-01-01", """{"valueInteger":68}""")]
    [InlineData("1957-01-01", """{"valueString":"68"}""")]
    [InlineData("1957-11-22", """{"valueInteger":68}""")]
    public async Task A_birth_date_that_OpenCRVS_made_of_an_age_denies_nobody(string birthDate, string age)
    {
        await LinkedAsync(patient =>
        {
            var extension = JsonNode.Parse(age)!.AsObject();
            extension["url"] = AgeExtension;
            patient["birthDate"] = birthDate;
            patient["extension"] = new JsonArray(
                new JsonObject { ["url"] = "http://opencrvs.org/specs/extension/other", ["valueInteger"] = 3 },
                extension
            );
        });
    }

    [Fact]
    public async Task A_birth_date_that_is_only_wrong_is_compared()
    {
        await using var world = await World.StartAsync();
        var (_, person) = await DeathTests.LifeAsync(world);
        var row = await DiedAsync(world, person.Vid, patient => patient["birthDate"] = "1957-01-01");
        Assert.Equal("unlinked: IDA: IDA-DEA-001", row.Link);
    }

    [Fact]
    public async Task Names_in_two_languages_and_an_old_one_are_sent_once_for_each_language() =>
        await LinkedAsync(patient =>
        {
            var current = patient["name"]![0]!.DeepClone();
            patient["name"] = new JsonArray(
                Name("old", "Somebody", "Else"),
                Name("am", "ስም", "ቤተሰብ"),
                current,
                Name("eng", "Another", "Spelling"),
                Name("xx", "Nobody", "Knows")
            );
        });

    [Theory]
    [InlineData("left-to-right mark")]
    [InlineData("grouped")]
    [InlineData("Arabic")]
    [InlineData("Adlam")]
    public async Task A_number_is_found_however_it_was_typed(string how)
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        var vid = person.Vid;
        var typed = how switch
        {
            "left-to-right mark" => vid + "\u200E",
            "grouped" => $"\uFEFF{vid[..4]}\u2013{vid[4..8]}\u2212{vid[8..12]}\u00A0{vid[12..]}\u200B",
            "Arabic" => string.Concat(vid.Select(digit => (char)('\u0660' + digit - '0'))),
            _ => string.Concat(vid.Select(digit => char.ConvertFromUtf32(0x1E950 + digit - '0'))),
        };
        var row = await DiedAsync(world, typed, _ => { });
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
    }

    [Fact]
    public async Task A_placeholder_token_and_an_old_paper_id_that_stand_first_hide_no_valid_VID() =>
        await LinkedAsync(patient =>
        {
            var identifiers = patient["identifier"]!.AsArray();
            identifiers.Insert(0, Identifier("MOSIP_UINTOKEN", "XXXXXXXX"));
            identifiers.Insert(1, Identifier("NATIONAL_ID", "A-1234567"));
            identifiers.Insert(2, Identifier("NATIONAL_ID", Numbers.NewUin()));
        });

    [Fact]
    public async Task When_no_hint_leads_to_a_birth_each_is_named()
    {
        await using var world = await World.StartAsync();
        var row = await DiedAsync(
            world,
            "A-1234567",
            patient =>
            {
                var identifiers = patient["identifier"]!.AsArray();
                identifiers.Insert(0, Identifier("MOSIP_UINTOKEN", "XXXXXXXX"));
                identifiers.Add(Identifier("NATIONAL_ID", Numbers.NewUin()));
            }
        );
        Assert.Equal("unlinked: no birth is known for the UIN token; IDA: IDA-MLC-002", row.Link);
    }

    [Theory]
    [InlineData("IDA-DEA-002", "IDA can't authenticate now: IDA-DEA-002")]
    [InlineData("IDA-MPA-008", "IDA can't authenticate now: IDA-MPA-008")]
    [InlineData("IDA-DEA-001,IDA-DEA-002", "IDA can't authenticate now: IDA-DEA-001 IDA-DEA-002")]
    [InlineData("IDA-MLC-009", "IDA can't authenticate now: IDA-MLC-009")]
    [InlineData("IDA-NEW-001", "IDA can't authenticate now: IDA-NEW-001")]
    [InlineData(
        """{"response":{"authStatus":true,"authToken":null},"errors":null}""",
        "IDA can't authenticate now: recognised without a token"
    )]
    public async Task An_answer_that_speaks_of_no_person_is_waited_out(string says, string note)
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(Fault.ErrorsArray, 2, says: says);
        var row = await DiedAsync(world, person.Vid, _ => { });
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Contains(row.Changes, step => step.Note == note);
    }

    [Fact]
    public async Task A_request_that_IDA_refuses_by_its_status_says_nothing_of_the_person()
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        world.Sandbox.Mosip.Authentication.Set(Fault.Status400, 1);
        var row = await DiedAsync(world, person.Vid, _ => { });
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Contains(row.Changes, step => step.Note == "IDA answered 400.");
    }

    [Theory]
    [InlineData("IDA-XYZ-{0:D4}")]
    [InlineData("IDA-DEA-001")]
    public async Task An_answer_with_thousands_of_errors_is_saved_and_the_event_goes_on(string code)
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:LinkPatience"] = "00:00:02"
        );
        var person = world.Sandbox.Mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");
        var codes = Enumerable.Range(0, 6000).Select(number => string.Format(null, code, number));
        world.Sandbox.Mosip.Authentication.Set(Fault.ErrorsArray, says: string.Join(',', codes));
        var row = await DiedAsync(world, person.Vid, _ => { });
        Assert.StartsWith("unlinked: IDA", row.Link);
        Assert.InRange(row.Link!.Length, 1, 400);
    }

    [Theory]
    [InlineData(12, 14, true)]
    [InlineData(12, 14, false)]
    [InlineData(9, 18, true)]
    public async Task A_country_s_UINs_and_VIDs_may_have_other_lengths(int uin, int vid, bool byVid)
    {
        await using var world = await World.StartAsync(
            sandbox =>
            {
                sandbox.UinLength = uin;
                sandbox.VidLength = vid;
            },
            client =>
            {
                client["NationalId:Mosip:UinLength"] = $"{uin}";
                client["NationalId:Mosip:VidLength"] = $"{vid}";
            }
        );
        var (birth, person) = await DeathTests.LifeAsync(world);
        var row = await DiedAsync(world, byVid ? person.Vid : person.Uin, _ => { });
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
    }

    [Fact]
    public async Task A_client_set_to_another_length_than_MOSIP_waits_and_does_not_deny_the_person()
    {
        await using var world = await World.StartAsync(client: client => client["NationalId:Mosip:UinLength"] = "12");
        world.Sandbox.Mosip.Authentication.Set(Fault.ErrorsArray, says: "IDA-MLC-026");
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(Numbers.New(12)));
        var row = await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Waiting);
        Assert.Null(row.Link);
        Assert.Equal("IDA can't authenticate now: IDA-MLC-026", row.Reason);
    }

    private static async Task LinkedAsync(Action<JsonObject> change)
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await DeathTests.LifeAsync(world);
        var row = await DiedAsync(world, person.Vid, change);
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
    }

    private static async Task<EventRow> DiedAsync(World world, string nationalId, Action<JsonObject> change) =>
        await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(DeathTests.DeathOf(nationalId) with { Deceased = change })
        );

    private static JsonObject Name(string use, string given, string family) =>
        new()
        {
            ["use"] = use,
            ["given"] = new JsonArray(given),
            ["family"] = family,
        };

    private static JsonObject Identifier(string type, string value) =>
        new()
        {
            ["value"] = value,
            ["type"] = new JsonObject
            {
                ["coding"] = new JsonArray(
                    new JsonObject { ["system"] = "http://opencrvs.org/specs/identifier-type", ["code"] = type }
                ),
            },
        };
}
