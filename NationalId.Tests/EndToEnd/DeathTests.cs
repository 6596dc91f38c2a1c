using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.OpenCrvs;
using Person = NationalId.Sandbox.Mosip.Person;

namespace NationalId.Tests.EndToEnd;

[Trait(Tier.Name, Tier.Whole)]
public sealed class DeathTests
{
    private static readonly BirthRecord Child = new()
    {
        GivenNames = ["Amina", "Zoë"],
        FamilyName = "Óladóttir",
        Gender = "female",
        BirthDate = "1957-03-04",
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whole_life_ends_linked_and_deactivated(bool byVid)
    {
        await using var world = await World.StartAsync();
        var (birth, person) = await LifeAsync(world);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(byVid ? person.Vid : person.Uin));
        var row = await world.DeliveredAsync(death);

        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.False(person.Active);
        var received = Assert.Single(world.Sandbox.Mosip.ReceivedOf(death.RegistrationNumber));
        Assert.True(received.Linked);
        using var payload = JsonDocument.Parse(received.Payload!);
        Assert.Contains(
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.PatientId,
            payload.RootElement.GetRawText()
        );
        Assert.Equal(received.Aid, world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.Aid);
        Assert.Equal(
            world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.PatientId,
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Fields["DECEASED_PATIENT_ENTRY"]
        );
    }

    [Fact]
    public async Task A_death_that_overtakes_the_token_of_its_birth_is_linked()
    {
        await using var world = await World.StartAsync();
        var birth = await UinTokenTests.BirthAsync(world, Child);
        await world.Host.DisposeAsync();
        await world.StartHostAsync(runQueues: false);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);

        // Its delivery is far behind: nobody sees its message before the death is through.
        Assert.NotNull(
            (
                await world
                    .Host.Services.GetRequiredService<StorageClients>()
                    .Queues.GetQueueClient(EventKinds.ReturnQueue)
                    .ReceiveMessageAsync(TimeSpan.FromHours(1))
            ).Value
        );
        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        var row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(
                DeathOf(world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.Vid)
            )
        );
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Received);
    }

    [Fact]
    public async Task A_death_that_was_given_up_and_comes_again_with_the_right_person_s_id_tells_that_person_s_birth()
    {
        await using var world = await World.StartAsync();
        var (mistaken, other) = await LifeAsync(world);
        var (birth, person) = await LifeAsync(world);
        world.Sandbox.Mosip.Death.Set(Fault.Status400);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(other.Vid));
        var poisoned = await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Poisoned);
        Assert.Equal(mistaken.RegistrationNumber, poisoned.LinkedBrn);
        Assert.NotNull(poisoned.DoneAt(EventSteps.BirthTold));

        world.Sandbox.Mosip.Death.Clear();
        await BirthTests.AcceptedAsync(
            world,
            Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(death.Body).Replace(other.Vid, person.Vid))
        );
        var row = await world.DeliveredAsync(death);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Equal(
            world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.PatientId,
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Fields["DECEASED_PATIENT_ENTRY"]
        );
        Assert.False(person.Active);
        Assert.True(other.Active);

        // What was said of the other one is for an operator to take back.
        Assert.Contains(
            row.Changes,
            step => step.Note?.Contains(mistaken.RegistrationNumber, StringComparison.Ordinal) == true
        );
    }

    [Fact]
    public async Task A_mediator_that_knows_no_deaths_does_not_hold_them_up_when_it_is_not_to_be_told()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:SaveDeathAid"] = "false"
        );
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status500);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(null));
        var row = await world.DeliveredAsync(death);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(death.RegistrationNumber));
        Assert.Contains(row.Changes, step => step.Note == "AID not saved: OpenCrvs__SaveDeathAid is false");
        Assert.Equal(0, world.Sandbox.OpenCrvs.Mediator.Calls);

        // A birth's is saved as ever.
        world.Sandbox.OpenCrvs.Mediator.Clear();
        var birth = await UinTokenTests.BirthAsync(world);
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task A_birth_is_not_told_of_a_death_where_the_country_does_not_want_it()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:TellBirthOfDeath"] = "false"
        );
        var (birth, person) = await LifeAsync(world);
        var row = await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person.Vid)));
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        var record = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!;
        Assert.False(record.Fields.ContainsKey("DECEASED_PATIENT_ENTRY"));
        Assert.False(person.Active);
    }

    [Fact]
    public async Task The_token_seeder_s_call_at_the_point_of_death_saves_the_delivery_its_own()
    {
        await using var world = await World.StartAsync();
        var (_, person) = await LifeAsync(world);
        var answer = await world.Http.PostAsJsonAsync(
            "api/authtoken/json",
            new
            {
                id = "string",
                version = "string",
                metadata = "string",
                requesttime = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
                request = new
                {
                    lang = "eng",
                    deliverytype = "sync",
                    authdata = new
                    {
                        vid = person.Vid,
                        name = person.Name,
                        gender = person.Gender,
                        dob = "1957/03/04",
                    },
                },
            }
        );
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.True(
            json.RootElement.GetProperty("response").ValueKind == JsonValueKind.Object,
            json.RootElement.GetRawText()
        );
        Assert.Equal(person.UinToken, json.RootElement.GetProperty("response").GetProperty("authToken").GetString());

        var before = world.Sandbox.Mosip.Authentications.Count;
        world.Sandbox.Mosip.Authentication.Set(Fault.Down);
        var row = await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person.Vid)));
        Assert.Equal("linked", row.Link);
        Assert.Equal(before, world.Sandbox.Mosip.Authentications.Count);

        // The same id on somebody else's death proves nothing: IDA is asked.
        world.Sandbox.Mosip.Authentication.Clear();
        var other = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(
                DeathOf(person.Vid) with
                {
                    GivenNames = ["Somebody"],
                    FamilyName = "Else",
                }
            )
        );
        Assert.StartsWith("unlinked: IDA: ", other.Link);
    }

    [Theory]
    [InlineData("none", "unlinked: the deceased has no national id")]
    [InlineData("not a number", "unlinked: the deceased's national id is no UIN or VID")]
    [InlineData("unknown", "unlinked: IDA: IDA-MLC-002")]
    [InlineData("wrong name", "unlinked: IDA: IDA-DEA-001")]
    [InlineData("no birth", "unlinked: no birth is known for the UIN token")]
    public async Task A_death_that_can_not_be_linked_is_sent_all_the_same_with_the_reason(string what, string link)
    {
        await using var world = await World.StartAsync();
        var person = world.Sandbox.Mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");
        var record = what switch
        {
            "none" => DeathOf(null),
            "not a number" => DeathOf("A-1234567"),
            "unknown" => DeathOf(Numbers.NewUin()),
            "wrong name" => DeathOf(person.Vid) with { GivenNames = ["Somebody"], FamilyName = "Else" },
            _ => DeathOf(person.Vid),
        };
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(record);
        var row = await world.DeliveredAsync(death);
        Assert.Equal(link, row.Link);
        Assert.Null(row.LinkedBrn);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(death.RegistrationNumber));
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.Aid);
    }

    internal static DeathRecord DeathOf(string? nationalId) =>
        new()
        {
            GivenNames = Child.GivenNames,
            FamilyName = Child.FamilyName,
            Gender = Child.Gender,
            BirthDate = Child.BirthDate,
            NationalId = nationalId,
        };

    internal static async Task<(SentEvent Birth, Person Person)> LifeAsync(World world)
    {
        var birth = await UinTokenTests.BirthAsync(
            world,
            Child with
            {
                TrackingId = "B" + Guid.NewGuid().ToString("N")[..8].ToUpperInvariant(),
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        return (birth, world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!);
    }
}
