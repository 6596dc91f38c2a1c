using System.Net;
using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Tests.EndToEnd;

namespace NationalId.Tests.Fuzz;

/// <summary>What the fuzz run found, each by its name.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class BadInputTests
{
    [Theory]
    [InlineData(200, HttpStatusCode.NotFound)]
    [InlineData(201, HttpStatusCode.BadRequest)]
    [InlineData(70_000, HttpStatusCode.BadRequest)]
    public async Task A_signed_number_for_a_BRN_that_no_register_would_give_is_refused_at_once(
        int length,
        HttpStatusCode expected
    )
    {
        // Its blob's metadata was refused by storage, which was taken for an outage: a minute of trying, then 503.
        await using var world = await World.StartAsync(
            sandbox => sandbox.ClientName = "Freedonia",
            settings => settings["NATIONALID_CALLBACK_SECRET"] = World.Keys.Value.CallbackSecret
        );
        var body = Encoding.UTF8.GetBytes($$"""{"BRN":"{{new string('ä', length)}}","nationalId":"1234567890"}""");
        using var content = new ByteArrayContent(body)
        {
            Headers = { { "X-Hub-Signature", HubSignature.Sign(body, World.Keys.Value.CallbackSecret) } },
        };
        Assert.Equal(expected, (await world.Http.PostAsync("api/national-id", content)).StatusCode);
    }

    [Theory]
    [InlineData("ReceiveWebhook")]
    [InlineData("ReceiveUinToken")]
    [InlineData("OpsSearch")]
    public async Task A_sender_that_goes_away_is_no_failure_of_ours(string function)
    {
        // A reset was logged as an error that nobody foresaw, or as an outage of storage.
        await using var world = new FuzzWorld();
        await world.InitializeAsync();
        for (var i = 0; i < 10; i++)
        {
            await RawHttp.SendAsync(
                world.Address,
                Encoding.Latin1.GetBytes(world.Head(function, "Content-Length: 9000")),
                ["{"u8.ToArray()],
                Ending.Cut,
                TimeSpan.FromSeconds(10)
            );
        }

        await world.RecoveredAsync();
        Assert.DoesNotContain(world.World.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Records_that_the_mediator_can_not_save_do_not_keep_the_auth_service_from_checking_a_token()
    {
        // They shared a circuit breaker: a dozen failed saves, and every UIN token was answered 503.
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Delivery:CircuitBreak"] = "01:00:00"
        );
        var birth = await UinTokenTests.BirthAsync(world);
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status503);
        for (var i = 0; i < 8; i++)
        {
            await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord());
        }

        await Eventually.TrueAsync(() =>
            world.Logs.Lines.Any(line => line.Contains("is not called for a while", StringComparison.Ordinal))
        );
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Waiting, EventState.Received);
    }
}
