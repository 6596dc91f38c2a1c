using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs;
using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>Registrations of OpenCRVS 1.9, 2.0 and 2.1 are accepted once, whatever goes wrong in between.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmTests
{
    [Theory]
    [InlineData(OpenCrvsVersion.V19)]
    [InlineData(OpenCrvsVersion.V20)]
    [InlineData(OpenCrvsVersion.V21)]
    public async Task A_death_is_accepted_at_once_and_searches_show_it(OpenCrvsVersion version)
    {
        await using var world = await ConfirmWorld.StartAsync(version, patience: "01:00:00");
        await world.ConfirmedAsync(await world.RegisterAsync("death"));
        await world.DoneAsync();
    }

    [Fact]
    public async Task A_correction_waits_while_somebody_has_the_record_assigned()
    {
        await using var world = await ConfirmWorld.StartAsync();
        world.World.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        world.Events.Assign(birth.EventId);
        world.World.Sandbox.NationalIdSystem.Births.Clear();
        await Eventually.TrueAsync(() => world.World.Logs.Lines.Any(line => line.Contains("(409)")));

        world.Events.Unassign(birth.EventId);
        await world.NumberedAsync(birth);
        Assert.Equal(1, world.Corrections(birth));
    }

    [Fact]
    public async Task What_nobody_foresaw_delays_a_confirmation_is_told_and_is_no_poison()
    {
        var surprises = new[] { 2 };
        await using var world = await World2.StartAsync(services: services =>
            services
                .AddHttpClient(OpenCrvsPartners.Events)
                .AddHttpMessageHandler(() => new SurprisingHandler(surprises))
        );
        var death = await world.RegisterAsync(new() { Type = "death" });
        await world.ConfirmedAsync(death);
        Assert.Equal(0, surprises[0]);
        Assert.Equal(
            2,
            world.Inner.Logs.Lines.Count(line =>
                line.StartsWith("Error", StringComparison.Ordinal)
                && line.Contains("met an unexpected InvalidTimeZoneException", StringComparison.Ordinal)
            )
        );
        Assert.Equal(0, await world.Inner.WaitingAsync("confirm-events-poison"));
    }

    /// <summary>Fails as no partner does, a few times.</summary>
    private sealed class SurprisingHandler(int[] left) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            if (left[0] == 0)
            {
                return base.SendAsync(request, cancellationToken);
            }

            left[0]--;
            throw new InvalidTimeZoneException();
        }
    }
}
