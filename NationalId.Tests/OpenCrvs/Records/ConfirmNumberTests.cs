using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>A number that comes in time is accepted with its registration.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmNumberTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_number_that_comes_in_time_is_accepted_with_the_registration(OpenCrvsVersion version)
    {
        await using var world = await ConfirmWorld.StartAsync(version, patience: "00:01:00");
        var birth = await world.RegisterAsync();
        await world.NumberedAsync(birth);
        await world.ConfirmedAsync(birth);
        Assert.Equal(0, world.Corrections(birth));
        await world.DoneAsync();
    }
}
