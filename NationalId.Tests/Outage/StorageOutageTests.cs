using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Outage;

/// <summary>Storage goes away while OpenCRVS sends.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class StorageOutageTests
{
    [Fact]
    public async Task Storage_refusing_for_20_seconds_during_intake_delays_the_answer_and_loses_nothing()
    {
        await using var proxy = new StorageProxy(await TestAzurite.NewAccountAsync());
        await using var world = await World.StartAsync(client: settings =>
            settings["AzureWebJobsStorage"] = proxy.ConnectionString
        );
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());

        var outage = Stopwatch.StartNew();
        proxy.Refuse();
        Task<SentEvent>[] sending =
        [
            .. Enumerable.Range(0, 5).Select(_ => world.Sandbox.OpenCrvs.SendBirthAsync()),
            world.Sandbox.OpenCrvs.SendDeathAsync(),
            // Staged in blocks while it arrives.
            world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { PaddingBytes = 3_000_000 }),
        ];
        await Eventually.TrueAsync(() => outage.Elapsed > TimeSpan.FromSeconds(20));
        Assert.True(proxy.Refused > 0, "Nobody came to storage.");
        Assert.All(
            sending,
            send =>
                Assert.False(
                    send.IsCompleted,
                    "It was answered while nothing could be stored: "
                        + string.Join(", ", send.IsCompleted ? send.Result.Attempts : [])
                )
        );
        proxy.Allow();

        foreach (var sent in await Task.WhenAll(sending))
        {
            Assert.Equal(202, Assert.Single(sent.Attempts).Status);
            await world.DeliveredAsync(sent);
            Assert.Equal(
                Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber)).Aid,
                world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid
            );
        }
    }

    [Fact]
    public async Task An_attempt_whose_end_storage_writes_late_holds_the_next_one_up_for_moments_and_not_for_its_lease()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status503);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await LeaseAsync(DateTimeOffset.UtcNow.AddMinutes(4));
        // The next attempt's message has met the lease by now.
        var until = DateTime.UtcNow.AddSeconds(4);
        await Eventually.TrueAsync(() => DateTime.UtcNow > until);
        world.Sandbox.Mosip.Birth.Clear();
        await LeaseAsync(null);
        await world.DeliveredAsync(birth);

        Task LeaseAsync(DateTimeOffset? end) =>
            Eventually.TrueAsync(async () =>
            {
                var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
                row.LeaseUntil = end;
                return await Record.ExceptionAsync(() => world.Ledger.SaveAsync(row, default)) is null;
            });
    }

    [Fact]
    public async Task Storage_refusing_for_longer_cuts_the_connection_without_an_answer_and_the_next_try_succeeds()
    {
        await using var proxy = new StorageProxy(await TestAzurite.NewAccountAsync());
        await using var world = await World.StartAsync(client: settings =>
        {
            settings["AzureWebJobsStorage"] = proxy.ConnectionString;
            settings["NationalId:Delivery:IntakeStorageBudget"] = "00:00:02";
        });
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());

        using var refusals = new Refusals();
        proxy.Refuse();
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(3, sent.Attempts.Count);
        Assert.All(sent.Attempts, attempt => Assert.Null(attempt.Status));
        Assert.True(refusals.Of("storage") >= 3, "Nobody would be told.");

        proxy.Allow();
        Assert.Equal(202, (await world.Sandbox.OpenCrvs.ResendAsync(sent)).Status);
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task A_managed_identity_that_gets_no_token_is_storage_that_does_not_answer()
    {
        await using var sandbox = await SandboxServer.StartAsync(new SandboxSettings { Keys = World.Keys.Value });
        var settings = sandbox.ClientSettings.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        foreach (var service in (string[])["blob", "queue", "table"])
        {
            settings[$"AzureWebJobsStorage:{service}ServiceUri"] = "https://127.0.0.1:9/";
        }

        settings["NationalId:Delivery:IntakeStorageBudget"] = "00:00:02";
        settings["NationalId:OpenCrvs:CallbackUrl"] = "https://client.example/api/webhooks";
        await using var host = await LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = settings,
                RunQueues = false,
                RunTimers = false,
            }
        );
        using var http = new HttpClient { BaseAddress = new Uri(host.BaseAddress, "api/") };

        using var health = await http.GetAsync("health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(
            "unreachable",
            (await health.Content.ReadFromJsonAsync<JsonElement>())
                .GetProperty("parts")
                .GetProperty("storage")
                .GetString()
        );
        using var batch = await http.GetAsync($"authtoken/status/{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, batch.StatusCode);
        using var subscribe = new HttpRequestMessage(HttpMethod.Post, "subscribe");
        subscribe.Headers.Add("x-functions-key", host.FunctionKeys.Admin);
        subscribe.Headers.Add("X-Requested-With", "test");
        using var subscribed = await http.SendAsync(subscribe);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, subscribed.StatusCode);
        Assert.Contains("Storage does not answer", await subscribed.Content.ReadAsStringAsync());

        // OpenCRVS sends again what got no answer.
        sandbox.ClientUrl = host.BaseAddress;
        Assert.All((await sandbox.OpenCrvs.SendBirthAsync()).Attempts, attempt => Assert.Null(attempt.Status));
    }

    [Fact]
    public async Task Storage_coming_and_going_during_delivery_loses_nothing_and_gives_no_second_AID()
    {
        await using var proxy = new StorageProxy(await TestAzurite.NewAccountAsync());
        await using var world = await World.StartAsync(client: settings =>
        {
            settings["AzureWebJobsStorage"] = proxy.ConnectionString;
            World.ShortLeases(settings);
            settings["NationalId:Delivery:StuckAfter"] = "00:00:05";
            settings["AzureFunctionsJobHost:extensions:queues:visibilityTimeout"] = "00:00:01";
        });
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());

        List<Task<SentEvent>> sending = [];
        for (var i = 0; i < 5; i++)
        {
            sending.AddRange(Enumerable.Range(0, 3).Select(_ => world.Sandbox.OpenCrvs.SendBirthAsync()));
            await Task.Delay(Random.Shared.Next(100, 1000));
            proxy.Refuse();
            await Task.Delay(Random.Shared.Next(100, 1000));
            proxy.Allow();
        }

        foreach (var sent in await Task.WhenAll(sending))
        {
            Assert.Equal(202, sent.Status);
            // A message whose receipt was cut off stays hidden from every host for ten minutes: the sweep sends
            // another.
            await world.DeliveredAsync(sent, sweep: true);
            Assert.All(
                world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber),
                received => Assert.Equal(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid, received.Aid)
            );
        }

        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));
    }
}
