using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.Osia;

namespace NationalId.Tests.Pipeline;

/// <summary>How often MOSIP is asked about a packet, and a registry about a child, is as the settings say.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class WatchGapTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task MOSIP_is_asked_about_a_packet_after_gaps_that_double_up_to_the_longest()
    {
        const string Section = "NationalId:Mosip:Packets:";
        await using var services = Services(
            TestSettings.Packets(
                await TestAzurite.NewAccountAsync(),
                (Section + "FirstStatusAfter", "00:10:00"),
                (Section + "LongestStatusGap", "00:30:00")
            )
        );
        var watch = services.GetRequiredService<PacketWatch>();
        await watch.AddAsync("id", "event", "CRVS_NEW", default);
        foreach (var minutes in (int[])[10, 20, 30, 30])
        {
            time.Advance(TimeSpan.FromMinutes(minutes - 1));
            Assert.Empty(await DueAsync());
            time.Advance(TimeSpan.FromMinutes(1));
            await watch.LaterAsync(Assert.Single(await DueAsync()), default);
        }

        // What a clock noted that was ahead is not put off for as long as that.
        time.AdjustTime(time.GetUtcNow().AddHours(-2));
        Assert.Single(await DueAsync());

        async Task<IReadOnlyList<WatchedPacket>> DueAsync() =>
            await watch.DueAsync(10, default).SelectMany(page => page.Values.ToAsyncEnumerable()).ToListAsync();
    }

    [Fact]
    public async Task A_registry_is_asked_about_a_child_so_too_and_told_again_after_the_time_of_the_setting()
    {
        const string Section = "NationalId:Osia:";
        await using var services = Services(
            TestSettings.Default(
                await TestAzurite.NewAccountAsync(),
                ("NationalId:System", "osia"),
                (Section + "FirstCheckAfter", "00:10:00"),
                (Section + "LongestCheckGap", "00:30:00"),
                (Section + "PublishAgainAfter", "01:00:00")
            )
        );
        var watch = services.GetRequiredService<RegistryWatch>();
        await watch.AddAsync("event", "{}", default);
        // Published again at the third question, an hour after the birth, and so not yet at the next.
        foreach (var (minutes, again) in (IEnumerable<(int, bool)>)[(10, false), (20, false), (30, true), (30, false)])
        {
            time.Advance(TimeSpan.FromMinutes(minutes - 1));
            Assert.Empty(await watch.DueAsync(default));
            time.Advance(TimeSpan.FromMinutes(1));
            var birth = Assert.Single(await watch.DueAsync(default));
            Assert.Equal(again, watch.IsToPublish(birth));
            await watch.LaterAsync(birth, published: again, default);
        }

        time.AdjustTime(time.GetUtcNow().AddHours(-3));
        Assert.True(watch.IsToPublish(Assert.Single(await watch.DueAsync(default))));
    }

    private ServiceProvider Services(Dictionary<string, string?> settings)
    {
        settings["NATIONALID_LEDGER_KEY"] = "a ledger key of thirty-two bytes";
        return TestServices.Of(settings, time).BuildServiceProvider();
    }
}
