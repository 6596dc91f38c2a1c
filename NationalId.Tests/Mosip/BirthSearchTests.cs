using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;
using NationalId.Tests.Mosip.TokenSeeder;

namespace NationalId.Tests.Mosip;

/// <summary>What IDA is asked about a deceased, over a ledger and an IDA of the tests' own.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class BirthSearchTests
{
    private static readonly string Vid = SeederWorld.Vid(1);
    private static readonly string OtherVid = SeederWorld.Vid(2);

    [Fact]
    public async Task Names_go_out_in_their_languages_and_an_assumed_date_not_at_all()
    {
        await using var world = await SeederWorld.StartAsync();
        await BornAsync(world, Vid, "BRN-1");
        var (brn, _) = await world
            .Get<BirthSearch>()
            .FindAsync(
                Deceased(
                    [new PersonName("am", ["ስም"], "ቤተሰብ"), new PersonName("en", ["Given"], SeederWorld.Family)],
                    null,
                    ("NATIONAL_ID", Vid)
                ),
                default
            );
        Assert.Equal("BRN-1", brn);
        var sent = Assert.Single(world.Ida.Calls).Demographics;
        const string Expected = $$"""
            {
              "name":[{"language":"amh","value":"ስም ቤተሰብ"},{"language":"eng","value":"Given {{SeederWorld.Family}}"}],
              "gender":[{"language":"eng","value":"Male"}]
            }
            """;
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Expected).RootElement, sent), sent.GetRawText());
    }

    [Fact]
    public async Task Each_number_is_asked_about_until_one_leads_to_a_birth()
    {
        await using var world = await SeederWorld.StartAsync();
        await BornAsync(world, OtherVid, "BRN-2");
        var deceased = Deceased(Names, "1954-03-15", ("NATIONAL_ID", Vid), ("VID", OtherVid), ("NATIONAL_ID", "no"));

        // Refused, undecided, recognised but without a birth: the next one is tried each time.
        foreach (var first in new[] { TestIda.Refused("IDA-MLC-004"), TestIda.Refused("IDA-DEA-002"), Recognised(Vid) })
        {
            world.Ida.Answer = (id, _) => Task.FromResult(id == Vid ? first : Recognised(id));
            Assert.Equal(("BRN-2", null), await world.Get<BirthSearch>().FindAsync(deceased, default));
        }

        Assert.Equal("1954/03/15", world.Ida.Calls.First().Demographics.GetProperty("dob").GetString());
    }

    [Fact]
    public async Task While_one_number_is_undecided_the_others_verdicts_do_not_end_the_search()
    {
        await using var world = await SeederWorld.StartAsync();
        var deceased = Deceased(Names, "1954-03-15", ("NATIONAL_ID", Vid), ("NATIONAL_ID", OtherVid));
        world.Ida.Answer = (id, _) =>
            Task.FromResult(id == Vid ? TestIda.Refused("IDA-DEA-002") : TestIda.Refused("IDA-DEA-001"));
        var waits = await Assert.ThrowsAsync<TransientFailureException>(() =>
            world.Get<BirthSearch>().FindAsync(deceased, default)
        );
        Assert.Equal("IDA can't authenticate now: IDA-DEA-002", waits.Reason);
        Assert.Equal([Vid, OtherVid], world.Ida.Calls.Select(call => call.Id));

        world.Ida.Answer = (_, _) => Task.FromResult(TestIda.Refused("IDA-DEA-001"));
        Assert.Equal((null, "IDA: IDA-DEA-001"), await world.Get<BirthSearch>().FindAsync(deceased, default));
    }

    [Fact]
    public async Task A_token_is_found_as_it_came_and_as_somebody_typed_it()
    {
        await using var world = await SeederWorld.StartAsync();
        var token = TestIda.TokenOf(Vid);
        await BornAsync(world, Vid, "BRN-1");
        foreach (var typed in new[] { token, token + "\u200E", $"{token[..4]} {token[4..]}" })
        {
            Assert.Equal(
                ("BRN-1", null),
                await world
                    .Get<BirthSearch>()
                    .FindAsync(Deceased(Names, null, ("UINTOKEN", "?"), ("MOSIP_PSUT_TOKEN_ID", typed)), default)
            );
        }

        Assert.Empty(world.Ida.Calls);
    }

    [Fact]
    public async Task A_name_in_no_language_of_MOSIP_s_waits_for_the_settings_and_no_name_waits_for_nothing()
    {
        await using var world = await SeederWorld.StartAsync();
        await Assert.ThrowsAsync<TransientFailureException>(() =>
            world
                .Get<BirthSearch>()
                .FindAsync(Deceased([new PersonName("xx", ["A"], "B")], null, ("NATIONAL_ID", Vid)), default)
        );
        var (brn, reason) = await world.Get<BirthSearch>().FindAsync(Deceased([], null, ("NATIONAL_ID", Vid)), default);
        Assert.Equal((null, "the record has neither name nor date of birth to compare"), (brn, reason));
        Assert.Empty(world.Ida.Calls);
    }

    private static IReadOnlyList<PersonName> Names { get; } = [new PersonName("en", ["Given"], SeederWorld.Family)];

    private static Person Deceased(
        IReadOnlyList<PersonName> names,
        string? birthDate,
        params (string Type, string Value)[] identifiers
    ) =>
        new(
            "patient",
            names,
            "male",
            birthDate,
            null,
            [.. identifiers.Select(one => new PersonIdentifier(one.Type, null, one.Value))]
        );

    private static string Recognised(string id) => TestIda.Recognised(id);

    private static async Task BornAsync(SeederWorld world, string id, string brn)
    {
        var registrations = world.Get<Registrations>();
        await registrations.SettleTokenAsync(
            await registrations.HashesAsync(TestIda.TokenOf(id), default),
            brn,
            default
        );
    }
}
