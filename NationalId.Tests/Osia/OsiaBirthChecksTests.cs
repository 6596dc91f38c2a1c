using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaBirthChecksTests
{
    [Theory]
    [InlineData("Note", "told all the same")]
    [InlineData("LeaveOut", "left out")]
    public async Task What_differs_of_a_parent_is_noted_and_the_settings_say_whether_the_parent_is_told(
        string setting,
        string word
    )
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "CheckParents"] = setting
        );
        var record = world.Birth();
        world.Osia().Registry.Add(OsiaWorld.MothersNumber, "Mirembe", "Somebody", "1991-07-14");
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        var row = await world.DeliveredAsync(birth);
        Assert.Contains($"The mother is {word}: the registry has another lastName.", row.History);
        Assert.Equal(
            setting == "Note",
            Assert.Single(world.Published("liveBirth")).Contains($"\"uin1\":\"{OsiaWorld.MothersNumber}\"")
        );
        Assert.NotNull(world.Osia().Registry.Find(await world.NumberedAsync(birth)));

        // A number that nobody has is an unknown parent, of whom OSIA's message says nothing.
        row = await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendBirthAsync(
                record with
                {
                    MotherNationalId = "9",
                    TrackingId = "BAAAAA1",
                    CompositionId = Guid.NewGuid().ToString(),
                }
            )
        );
        Assert.Contains("The mother is left out: the registry does not know the number.", row.History);
        Assert.DoesNotContain("uin1", world.Published("liveBirth")[1]);
    }

    [Theory]
    [InlineData("Note", false)]
    [InlineData("Flag", false)]
    [InlineData("Flag", true)]
    public async Task A_child_whom_the_registry_knows_already_is_noted_or_flagged(string setting, bool emptyList)
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "KnownChild"] = setting
        );
        world.Osia().Registry.AnswersEmptyList = emptyList;
        var record = world.Birth();
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync(record));

        var twin = await world.Sandbox.OpenCrvs.SendBirthAsync(
            world.Birth("Ada") with
            {
                TrackingId = "BAAAAA1",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        await world.DeliveredAsync(twin);
        var again = await world.Sandbox.OpenCrvs.SendBirthAsync(
            record with
            {
                TrackingId = "BAAAAA2",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        if (setting == "Flag")
        {
            var row = await world.EventAsync(again.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
            Assert.Contains("knows somebody", row.Reason);
            Assert.Equal(2, world.Osia().Uins.Drawn.Count);
            await world.ReplayAsync(row);
        }

        Assert.Contains("knows somebody", (await world.DeliveredAsync(again)).History);
        Assert.Equal(3, world.Osia().Uins.Drawn.Count);
    }

    [Fact]
    public async Task A_registry_that_takes_no_such_question_holds_no_birth_back()
    {
        await using var world = await OsiaWorld.StartAsync();
        world.Osia().Registry.Data.Set(Fault.Status400);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.DeliveredAsync(birth);
        Assert.Contains("The child was not looked for", row.History);
        Assert.Contains("The mother is told all the same", row.History);
        Assert.NotNull(world.Osia().Registry.Find(await world.NumberedAsync(birth)));
        await world.SweepAsync();
        Assert.False((await world.Ledger.GetAsync(row.Key, default))!.IsDone("registered"));
    }
}
