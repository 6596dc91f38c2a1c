using System.Net;
using System.Net.Http.Headers;
using NationalId.LocalHost;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Outage;

[Trait(Tier.Name, Tier.Whole)]
public sealed class TwoHostsTests
{
    [Fact]
    public async Task Two_hosts_on_one_storage_give_no_second_AID_and_deliver_each_event_once()
    {
        await using var world = await World.StartAsync(sandbox => sandbox.KeepPayloads = false);
        await using var other = await world.StartAnotherHostAsync();
        var gate = new SemaphoreSlim(8);
        var sent = await Task.WhenAll(Enumerable.Range(0, 130).Select(n => SendAsync(n)));

        foreach (var item in sent)
        {
            await world.DeliveredAsync(item);
        }

        foreach (var item in sent)
        {
            var record = world.Sandbox.OpenCrvs.Find(item.RegistrationNumber)!;
            Assert.Equal(Assert.Single(world.Sandbox.Mosip.ReceivedOf(item.RegistrationNumber)).Aid, record.Aid);
            Assert.Single(record.Saves);
        }

        Assert.Equal(130, world.Sandbox.Mosip.Received.Select(received => received.Aid).Distinct().Count());
        Assert.Equal(130, world.Sandbox.Mosip.DrawnAids.Count);

        // Every third event reaches both hosts at the same moment, as a repeated webhook behind a load balancer does.
        async Task<SentEvent> SendAsync(int n)
        {
            await gate.WaitAsync();
            try
            {
                var item =
                    n < 100
                        ? await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { TrackingId = $"B{n:D6}" })
                        : await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { TrackingId = $"D{n:D6}" });
                Assert.Equal(202, item.Status);
                if (n % 3 == 0)
                {
                    await Task.WhenAll(PostAsync(world, other, item), world.Sandbox.OpenCrvs.ResendAsync(item));
                }

                return item;
            }
            finally
            {
                gate.Release();
            }
        }
    }

    [Fact]
    public async Task The_same_new_event_at_two_hosts_at_the_same_moment_is_one_AID_and_one_delivery()
    {
        await using var world = await World.StartAsync();
        await using var other = await world.StartAnotherHostAsync();
        for (var n = 0; n < 10; n++)
        {
            // No host listens at first, so that the test knows the event's bytes before a host has them.
            var client = world.Sandbox.ClientUrl;
            world.Sandbox.ClientUrl = new Uri("http://127.0.0.1:9");
            var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
            world.Sandbox.ClientUrl = client;
            Assert.Null(sent.Status);

            await Task.WhenAll(PostAsync(world, world.Host, sent), PostAsync(world, other, sent));
            await world.DeliveredAsync(sent);
            Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
            Assert.Single(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Saves);
        }

        Assert.Equal(10, world.Sandbox.Mosip.DrawnAids.Count);
    }

    private static async Task PostAsync(World world, LocalHostServer host, SentEvent sent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host.BaseAddress, "api/webhooks"))
        {
            Content = new ByteArrayContent(sent.Body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("X-Hub-Signature", world.Sandbox.OpenCrvs.Sign(sent.Body));
        using var answer = await world.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
