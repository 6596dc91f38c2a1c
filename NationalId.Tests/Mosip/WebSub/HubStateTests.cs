using NationalId.Core.Mosip.WebSub;

namespace NationalId.Tests.Mosip.WebSub;

public sealed class HubStateTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 25, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    [Fact]
    public void Nothing_is_asked_twice_while_the_hub_has_time_to_answer()
    {
        var state = new HubState();
        Assert.Equal(HubMove.Subscribe, state.Next("a", Now, Every));
        state = state.Asking("a", Now);
        Assert.Equal(HubMove.Nothing, state.Next("a", Now.AddMinutes(3), Every));
        Assert.Equal(HubMove.Subscribe, state.Next("a", Now.AddMinutes(5), Every));
        Assert.Equal(HubMove.Unsubscribe, state.Next("b", Now.AddMinutes(5), Every));
    }

    [Fact]
    public void A_standing_subscription_stands_whatever_a_renewal_is_told()
    {
        var state = new HubState().Asking("a", Now).Confirmed("subscribe", Now)!;
        Assert.Equal(HubMove.Nothing, state.Next("a", Now.AddHours(5), Every));
        Assert.Equal(HubMove.Subscribe, state.Next("a", Now.AddHours(6), Every));
        var denied = state
            .Asking("a", Now.AddHours(6))
            .Denied("Subscriber has already registered with the Hub", Now.AddHours(6));
        Assert.True(denied.IsGood);
        Assert.Equal(HubMove.Nothing, denied.Next("a", Now.AddHours(7), Every));
        Assert.Equal(HubMove.Unsubscribe, denied.Next("b", Now.AddHours(7), Every));
        var refused = state.Denied("no role", Now);
        Assert.False(refused.IsGood);
        Assert.Equal(HubMove.Subscribe, refused.Next("a", Now.AddMinutes(5), Every));
    }

    [Fact]
    public void What_was_not_asked_for_is_not_confirmed()
    {
        Assert.Null(new HubState().Confirmed("subscribe", Now));
        Assert.Null(new HubState().Asking("a", Now).Confirmed("unsubscribe", Now));
        Assert.Null(new HubState { Stage = HubStage.Leaving }.Confirmed("subscribe", Now));
        Assert.Equal(
            HubStage.Left,
            new HubState { Stage = HubStage.Leaving }
                .Confirmed("unsubscribe", Now)!
                .Stage
        );
        Assert.Equal(
            HubStage.Left,
            new HubState { Stage = HubStage.Leaving }
                .Denied("no such", Now)
                .Stage
        );
    }
}
