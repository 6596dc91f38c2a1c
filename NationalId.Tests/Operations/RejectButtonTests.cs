using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Tests.Mosip.Packets;

namespace NationalId.Tests.Operations;

/// <summary>
/// The page's button by which an operator sends a registration back to its registrar, pressed in a real Chromium.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RejectButtonTests
{
    [SkippableFact]
    public async Task What_MOSIP_refused_is_rejected_at_OpenCRVS_from_the_page_with_a_word_for_the_registrar()
    {
        Chromium.Require();
        await using var world = await PacketLifeTests.StartAsync();
        world.Inner.Packets().Workflow.RejectNext = 1;
        var birth = await world.RegisterAsync();
        var number = World2.NumberOf(world.Events.Find(birth.EventId)!);
        var row = await world.Inner.EventAsync(number, EventKinds.Birth, EventState.Delivered, EventState.Flagged);
        await world.Inner.SweptAsync(row, one => one.Current == EventState.Flagged);

        var results = await OpsPageRun.PlayAsync(
            world.Host,
            ["reject"],
            _ => { },
            new Dictionary<string, string> { ["OPS_NUMBER"] = number }
        );
        Assert.True(results.TryGetValue("reject", out var error), "The scenario did not run.");
        Assert.True(error is null, error);
        Assert.Contains("register:rejected", world.Events.State(birth.EventId).Flags);
        Assert.Equal(200, (await world.Events.PressAgainAsync(birth.EventId)).Status);
    }
}
