using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.Demo;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>
/// Registrations of OpenCRVS 1.9, 2.0 and 2.1, from the registrar's click to the number on the record.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class LifeTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_birth_is_accepted_with_its_number_and_a_death_invalidates_it(OpenCrvsVersion version)
    {
        await using var world = await World2.StartAsync(version);
        var birth = await world.RegisterAsync(
            new RegistrationOrder { Registering = new JsonObject { ["child.gender"] = "unknown" } }
        );
        var registered = await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.DeliveredAsync(birth);

        // Written with the acceptance: no correction was needed.
        Assert.DoesNotContain(registered.Actions, action => action.Type == "REQUEST_CORRECTION");
        Assert.Equal(version == OpenCrvsVersion.V21 ? "system" : "user", registered.Registrations[0].CreatedByUserType);

        var death = await world.RegisterAsync(
            new RegistrationOrder
            {
                Type = "death",
                Declaration = new JsonObject { ["deceased.nid"] = world.GivenTo(birth) },
            }
        );
        await world.ConfirmedAsync(death);
        await world.DeliveredAsync(death);
        Assert.False(world.Sandbox.NationalIdSystem.AssignedNumbers.Values.Single().Valid);

        // Byte for byte what core sent, once each.
        Assert.Equal(
            [TriggerOf(world, birth), TriggerOf(world, death)],
            world.Sandbox.NationalIdSystem.Received.Select(notice => notice.Payload!)
        );
        Assert.Empty(world.Sandbox.NationalIdSystem.Refused);
        await Eventually.TrueAsync(async () => await world.KeptTokensAsync() == 0);
        Assert.Empty(await world.WaitingAsync());
    }

    [Fact]
    public async Task No_acceptance_comes_before_the_trigger_was_answered_and_two_seconds_more()
    {
        await using var world = await World2.StartAsync();
        var births = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.RegisterAsync()));
        foreach (var birth in births)
        {
            var accepted = (await world.ConfirmedAsync(birth)).Registrations[0];
            var answered = world.Events.Triggers.Last(one => one.EventId == birth.EventId).At;
            var after = DateTimeOffset.Parse(accepted.CreatedAt, null) - answered;
            Assert.True(after > TimeSpan.FromSeconds(1.9), $"It was accepted {after} after the answer.");
            Assert.Equal("REGISTERED", (string?)world.Events.Indexed(birth.EventId)!["status"]);
        }
    }

    [Fact]
    public async Task One_birth_by_webhook_and_trigger_is_one_delivery()
    {
        await using var world = await World2.StartAsync(OpenCrvsVersion.V19);
        var birth = await world.RegisterAsync();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { RegistrationNumber = number });
        Assert.Equal(202, sent.Status);
        await world.ConfirmedAsync(birth);
        await world.DeliveredAsync(birth);

        // Another one, the webhook first.
        var old = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(old);
        await Eventually.TrueAsync(async () => await world.Inner.WaitingAsync("birth-events") == 0);
        Assert.Equal(2, world.Sandbox.NationalIdSystem.Received.Count);
        Assert.Equal(
            [number, old.RegistrationNumber],
            world.Sandbox.NationalIdSystem.Received.Select(notice => notice.RegistrationNumber)
        );
    }

    [Fact]
    public async Task The_demonstration_shows_a_life_to_its_end()
    {
        await using var world = await World2.StartAsync();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "run.json");
        await File.WriteAllTextAsync(
            file,
            JsonSerializer.Serialize(
                new
                {
                    clientName = "Freedonia",
                    controlUrl = world.Sandbox.ControlUrl,
                    openCrvsVersion = "2.0",
                }
            )
        );
        Assert.Equal(0, await Demonstration.RunAsync(new() { ["run-json"] = file }));
        Assert.Equal(["birth", "death"], world.Sandbox.NationalIdSystem.Received.Select(notice => notice.Kind));
        Assert.False(Assert.Single(world.Sandbox.NationalIdSystem.AssignedNumbers.Values).Valid);
    }

    private static byte[] TriggerOf(World2 world, RegistrarAnswer registered) =>
        world.Events.Triggers.Single(one => one.EventId == registered.EventId && one.Action == "REGISTER").Body;
}
