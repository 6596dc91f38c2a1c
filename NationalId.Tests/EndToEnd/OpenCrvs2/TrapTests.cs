using Microsoft.Extensions.Options;
using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>What the real OpenCRVS does that one would not expect, and nothing of it costs a record.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class TrapTests
{
    [Fact]
    public async Task An_index_that_is_written_late_is_cured()
    {
        await using var world = await World2.StartAsync();
        // The declaration's, and the one after our 202: that comes after our acceptance.
        world.Events.Index.Set(Fault.Slow, times: 2, delay: TimeSpan.FromSeconds(6));
        var birth = await world.RegisterAsync();
        Assert.Equal("REGISTERED", world.Events.State(birth.EventId).Status);
        Assert.Equal("DECLARED", (string?)world.Events.Indexed(birth.EventId)!["status"]);
        await world.IndexedAsync(birth);
    }

    [Fact]
    public async Task Two_replicas_accept_each_record_once()
    {
        await using var world = await World2.StartAsync(sandbox: sandbox =>
            sandbox.Events.Pause = TimeSpan.FromMilliseconds(50)
        );
        await using var other = await world.Inner.StartAnotherHostAsync();
        var births = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.RegisterAsync()));
        foreach (var birth in births)
        {
            await world.ConfirmedAsync(birth);
            await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
            await world.DeliveredAsync(birth);
        }

        Assert.All(births, birth => Assert.Single(world.Events.Find(birth.EventId)!.Registrations));
        Assert.Equal(births.Length, world.Sandbox.NationalIdSystem.Received.Count);
    }

    [Theory]
    [InlineData("Numbered")]
    [InlineData("OnlyNumbered")]
    [InlineData("Stored")]
    public async Task A_country_that_accepted_by_itself_and_we_are_one_registration(string when)
    {
        await using var world = await World2.StartAsync(
            sandbox: sandbox => sandbox.Events.AcceptsByItself = true,
            client: client => client["NationalId:OpenCrvs:ConfirmWhen"] = when
        );
        // The client has stored the trigger; its answer gets lost.
        world.Events.Forward.Set(Fault.DownAfter, times: 1);
        var birth = await world.Events.RegisterAsync();
        Assert.Equal(200, birth.Status);
        Assert.Null(world.Events.Triggers.Last().ClientStatus);
        await world.ConfirmedAsync(birth);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
        await world.ConfirmedAsync(birth);
        await Eventually.TrueAsync(async () => (await world.WaitingAsync()).Count == 0);
    }

    [Theory]
    [InlineData(OpenCrvsVersion.V20, true)]
    [InlineData(OpenCrvsVersion.V19, false)]
    [InlineData(OpenCrvsVersion.V21, true)]
    public async Task A_token_that_has_ended_is_replaced_where_OpenCRVS_gives_another(
        OpenCrvsVersion version,
        bool isReplaced
    )
    {
        await using var world = await World2.StartAsync(
            version,
            sandbox => sandbox.Events.RecordTokenLifetime = TimeSpan.FromSeconds(8),
            client => client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        var ends = DateTimeOffset.UtcNow.AddSeconds(9);
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow > ends);
        world.Events.Settings.RecordTokenLifetime = TimeSpan.FromDays(7);
        world.Sandbox.NationalIdSystem.Births.Clear();
        if (isReplaced)
        {
            var registered = await world.ConfirmedAsync(birth);
            Assert.Equal(world.GivenTo(birth), (string?)registered.Registrations[0].Declaration["child.nid"]);
            return;
        }

        await world.GivenAsync(birth);
        await Eventually.TrueAsync(async () =>
            (await world.WaitingAsync()) is [var one]
            && ((string?)one["reason"])!.Contains("ended", StringComparison.Ordinal)
        );
        Assert.Empty(world.Events.Find(birth.EventId)!.Registrations);
    }

    [Fact]
    public async Task A_field_that_the_form_lacks_is_never_sent()
    {
        await using var world = await World2.StartAsync(client: client =>
        {
            client["NationalId:OpenCrvs:BirthNumberField"] = "child.nidd";
            client["NationalId:OpenCrvs:ConfirmPatience"] = "00:00:03";
        });
        var birth = await world.RegisterAsync();
        await world.GivenAsync(birth);
        await world.ConfirmedAsync(birth);
        Assert.True(await world.Events.ReindexAsync());
        using var health = new HttpRequestMessage(HttpMethod.Get, world.Inner.Url("api/health"));
        health.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        using var answer = await world.Inner.Http.SendAsync(health);
        Assert.Contains("child.nidd", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Triggers_for_the_mediator_are_refused_at_start_with_the_system_that_takes_them()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            World2.StartAsync(sandbox: sandbox => sandbox.ClientName = "MOSIP")
        );
        Assert.Contains("mosip-packets", refused.Message, StringComparison.Ordinal);
    }
}
