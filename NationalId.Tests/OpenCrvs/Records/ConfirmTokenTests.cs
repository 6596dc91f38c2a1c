using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Sandbox;

namespace NationalId.Tests.OpenCrvs.Records;

/// <summary>Record tokens while registrations wait: renewed, or replaced when they have ended.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ConfirmTokenTests
{
    [Fact]
    public async Task Without_a_number_nothing_is_accepted_where_that_is_set_and_tokens_are_renewed_meanwhile()
    {
        await using var world = await ConfirmWorld.StartAsync(
            numbers: NumberAnswer.Never,
            when: "OnlyNumbered",
            sandbox: settings => settings.Events.RecordTokenLifetime = TimeSpan.FromSeconds(14)
        );
        var birth = await world.RegisterAsync();
        var ends = (await world.RowAsync()).TokenExpiresAt;
        await Eventually.TrueAsync(async () =>
        {
            await world.World.SweepAsync();
            return (await world.RowAsync()).TokenExpiresAt > ends + TimeSpan.FromSeconds(10);
        });
        Assert.Equal("DECLARED", world.Events.State(birth.EventId).Status);

        await Eventually.TrueAsync(() => world.GivenTo(birth) is not null);
        Assert.Equal(200, await world.World.Sandbox.NationalIdSystem.CallBackAsync(world.NumberOf(birth)));
        await world.NumberedAsync(birth);
        await world.ConfirmedAsync(birth);
        Assert.Equal(0, world.Corrections(birth));
    }

    [Fact]
    public async Task The_newest_token_of_a_trigger_that_came_again_is_kept_and_none_comes_back_once_it_is_settled()
    {
        await using var world = await ConfirmWorld.StartAsync(numbers: NumberAnswer.Never, when: "OnlyNumbered");
        var birth = await world.RegisterAsync();
        var row = await world.RowAsync();
        var services = world.World.Host.Services;
        var tokens = services.GetRequiredService<RecordTokens>();
        var confirmations = services.GetRequiredService<Confirmations>();
        var action = new PendingAction(
            row.EventKey,
            row.EventId,
            row.ActionId,
            row.TransactionId,
            row.EventType,
            row.ActionType,
            row.TrackingId,
            row.OpenedAt,
            false,
            row.RegistrationNumber,
            null
        );
        var first = await tokens.OpenAsync(row, default);
        Assert.NotNull(first);
        await confirmations.OpenAsync(action, "newer", row.TokenExpiresAt!.Value.AddHours(1), default);
        await confirmations.OpenAsync(action, "older", row.TokenExpiresAt.Value, default);
        var kept = await world.RowAsync();
        Assert.Equal("newer", await tokens.OpenAsync(kept, default));

        kept.State = ConfirmationStates.Rejected;
        kept.Token = null;
        var table = services.GetRequiredService<ConfirmationTable>();
        Assert.True(await table.TrySaveAsync(kept, default));
        Assert.False(await table.TryKeepTokenAsync(row, default));
        await confirmations.OpenAsync(action, "newest", row.TokenExpiresAt.Value.AddHours(2), default);
        Assert.Empty(await world.TokensAsync());
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V20, true)]
    [InlineData(OpenCrvsVersion.V19, false)]
    public async Task A_token_that_has_ended_is_replaced_by_our_own_where_OpenCRVS_lets_us(
        OpenCrvsVersion version,
        bool replaced
    )
    {
        await using var world = await ConfirmWorld.StartAsync(
            version,
            NumberAnswer.Never,
            patience: "00:00:10",
            sandbox: settings => settings.Events.RecordTokenLifetime = TimeSpan.FromSeconds(6)
        );
        var birth = await world.RegisterAsync();
        if (replaced)
        {
            await world.ConfirmedAsync(birth);
            return;
        }

        await Eventually.TrueAsync(async () => (await world.RowAsync()).Trouble is not null);
        var (_, list) = await world.OperatorAsync(HttpMethod.Get, "");
        Assert.Contains("1.9 gives us no other", (string?)list!.AsArray()[0]!["reason"]);
        Assert.Equal("DECLARED", world.Events.State(birth.EventId).Status);
    }
}
