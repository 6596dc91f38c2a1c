using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Pipeline;

/// <summary>What storage hands back is data, not authority: only what we sealed is an event of ours.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SealTests
{
    private const string Key = "NATIONALID_LEDGER_KEY";

    [Fact]
    public async Task A_payload_that_somebody_else_put_into_storage_is_not_adopted_and_stays()
    {
        await using var world = await World.StartAsync(client: Soon, runQueues: false);
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        var sent = await world.UnheardBirthAsync();
        var forged = InfoOf(sent);
        var other = await SealedAsync(world, forged, payloads.NewName(), sent.Body);
        var blobs = new List<string>();
        using var unsealed = new MetricCounts("nationalid.payloads.unsealed");

        // Without a seal, with a seal of other content, of another blob and of another number.
        foreach (
            var info in new[]
            {
                forged,
                await SealedAsync(world, forged, "2026/01/01/000000-x", sent.Body),
                other,
                other with
                {
                    RegistrationNumber = "2026BOTHER1",
                },
                forged with
                {
                    Seal = new string('0', 64),
                },
            }
        )
        {
            blobs.Add(payloads.NewName());
            await payloads.PutAsync(blobs[^1], new MemoryStream(sent.Body), info, default);
        }

        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return world.Logs.Lines.Count(line => line.Contains("not sealed", StringComparison.Ordinal)) >= blobs.Count;
        });
        Assert.True(unsealed.With() >= blobs.Count, "Nobody would be told.");
        Assert.Null(await world.Ledger.GetAsync(forged.Key, default));
        Assert.Empty(await world.Ledger.FindAsync(sent.RegistrationNumber, default));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
        foreach (var blob in blobs)
        {
            Assert.NotNull(await payloads.GetInfoAsync(blob, default));
        }
    }

    [Fact]
    public async Task An_orphan_whose_key_is_missing_is_adopted_when_the_key_is_there()
    {
        await using var world = await World.StartAsync(client: Soon, runQueues: false);
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        var sent = await world.UnheardBirthAsync();
        var blob = payloads.NewName();
        var info = await SealedAsync(world, InfoOf(sent), blob, sent.Body);
        await payloads.PutAsync(blob, new MemoryStream(sent.Body), info, default);

        var right = world.Setting(Key);
        await RestartAsync(world, "a key of which nothing is sealed", runQueues: false);
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return world.Logs.Lines.Any(line => line.Contains("not sealed", StringComparison.Ordinal));
        });
        await world.SweepAsync();
        Assert.Null(await world.Ledger.GetAsync(info.Key, default));

        await RestartAsync(world, right, runQueues: true);
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return await world.Ledger.GetAsync(info.Key, default) is { Current: EventState.Delivered };
        });
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task A_payload_that_was_changed_in_storage_waits_and_its_own_message_repairs_it()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases, runQueues: false);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        var changed = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(sent.Body).Replace("\"gender\":\"", "\"gender\": \"", StringComparison.Ordinal)
        );
        var blob = new BlobServiceClient(world.StorageConnection)
            .GetBlobContainerClient(PayloadStore.AcceptedContainer)
            .GetBlobClient(row.Blob);
        var metadata = (await blob.GetPropertiesAsync()).Value.Metadata;
        await blob.UploadAsync(new MemoryStream(changed), new BlobUploadOptions { Metadata = metadata });
        Assert.NotEqual(sent.Body, changed);

        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Contains("not sealed", row.Reason, StringComparison.Ordinal);
        Assert.Empty(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));

        // OpenCRVS sends it again: what it signed takes the place of what somebody made of it.
        await world.Sandbox.OpenCrvs.ResendAsync(sent);
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
    }

    [Fact]
    public async Task An_event_whose_key_is_missing_waits_for_it_and_is_never_poison()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases, runQueues: false);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Received);
        var right = world.Setting(Key);
        await RestartAsync(world, "a key of which nothing is sealed", runQueues: true);
        var row = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Contains("not sealed", row.Reason, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await world.Ledger.GetAsync(row.Key, default))!.Attempt >= 3);

        await RestartAsync(world, right, runQueues: true);
        await world.DeliveredAsync(sent, sweep: true);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue + "-poison"));
    }

    [Fact]
    public async Task A_webhook_that_can_t_be_sealed_waits_in_quarantine()
    {
        await using var world = await World.StartAsync(runQueues: false);
        var right = world.Setting(Key);
        await RestartAsync(world, null, runQueues: true);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(202, sent.Status);
        await world.SweepAsync();
        Assert.Empty(await world.Ledger.FindAsync(sent.RegistrationNumber, default));

        await RestartAsync(world, right, runQueues: true);
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return (await world.Ledger.FindAsync(sent.RegistrationNumber, default)).Count > 0;
        });
        await world.DeliveredAsync(sent);
    }

    private static void Soon(Dictionary<string, string?> settings)
    {
        World.ShortLeases(settings);
        settings["NationalId:Delivery:OrphanAfter"] = "00:00:00.001";
    }

    private static PayloadInfo InfoOf(SentEvent sent) =>
        new(
            EventKey.Compute(sent.Topic, sent.CompositionId, sent.RegistrationNumber),
            sent.Topic,
            DateTimeOffset.UtcNow,
            sent.CompositionId,
            sent.RegistrationNumber,
            sent.TrackingId,
            null,
            null
        )
        {
            Source = "webhook",
        };

    private static Task<PayloadInfo> SealedAsync(World world, PayloadInfo info, string blob, byte[] body) =>
        world
            .Host.Services.GetRequiredService<PayloadSeals>()
            .SealAsync(info, blob, SHA256.HashData(body), CancellationToken.None);

    private static async Task RestartAsync(World world, string? key, bool runQueues)
    {
        await world.Host.DisposeAsync();
        world.Set(Key, key);
        await world.StartHostAsync(runQueues);
    }
}
