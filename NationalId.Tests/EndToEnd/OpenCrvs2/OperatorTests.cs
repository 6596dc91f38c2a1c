using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>What an operator sees and does of registrations that wait.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OperatorTests
{
    [Fact]
    public async Task A_correction_waits_while_somebody_has_the_record()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmWhen"] = "Stored"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);
        world.Events.Assign(birth.EventId);
        var calls = world.Events.Api.Calls;
        world.Sandbox.NationalIdSystem.Births.Clear();
        var number = await world.GivenAsync(birth);
        await Eventually.TrueAsync(() => world.Events.Api.Calls > calls + 2);
        Assert.Null(world.Events.State(birth.EventId).Declaration["child.nid"]);

        world.Events.Unassign(birth.EventId);
        await world.WrittenAsync(birth, "child.nid", number);
        Assert.Single(
            world.Events.Find(birth.EventId)!.Actions,
            action => action is { Type: "APPROVE_CORRECTION", Status: EventAction.Accepted }
        );
    }

    [Fact]
    public async Task What_an_operator_rejects_is_registered_again_under_the_same_number()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        var waits = Assert.Single(await world.WaitingAsync());
        Assert.Equal(
            204,
            await world.OrderAsync((string)waits["key"]!, "reject", new { reason = "The name is wrong." })
        );
        Assert.Contains("register:rejected", world.Events.State(birth.EventId).Flags);
        Assert.Empty(await world.WaitingAsync());

        var again = await world.Events.PressAgainAsync(birth.EventId);
        Assert.Equal(200, again.Status);
        Assert.NotEqual(birth.ActionId, again.ActionId);
        world.Sandbox.NationalIdSystem.Births.Clear();
        var registered = await world.ConfirmedAsync(again);
        Assert.Equal(again.ActionId, registered.Registrations[0].OriginalActionId);
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
    }

    [Fact]
    public async Task An_operator_can_have_a_registration_accepted_now()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        var waits = Assert.Single(await world.WaitingAsync());
        Assert.Equal(202, await world.OrderAsync((string)waits["key"]!, "confirm"));
        await world.ConfirmedAsync(birth);
        world.Sandbox.NationalIdSystem.Births.Clear();
        await world.WrittenAsync(birth, "child.nid", await world.GivenAsync(birth));
    }

    [Fact]
    public async Task A_number_that_OpenCRVS_has_elsewhere_is_shown_to_the_operator()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmPatience"] = "00:00:03"
        );
        var first = await world.RegisterAsync(new RegistrationOrder { TrackingId = "SAMEID" });
        await world.ConfirmedAsync(first);
        var second = await world.Events.RegisterAsync(new RegistrationOrder { TrackingId = "SAMEID" });
        Assert.Equal(200, second.Status);
        await Eventually.TrueAsync(async () =>
            (await world.WaitingAsync()).Any(one =>
                (string?)one["recordId"] == second.EventId && (int)one["attempt"]! > 0
            )
        );
        Assert.Empty(world.Events.Find(second.EventId)!.Registrations);
    }

    [Fact]
    public async Task A_record_s_token_is_nowhere_in_clear()
    {
        await using var world = await World2.StartAsync(client: client =>
            client["NationalId:OpenCrvs:ConfirmWhen"] = "OnlyNumbered"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        var token = world.Events.Triggers.Last(one => one.EventId == birth.EventId).Token;
        Assert.Equal(1, await world.KeptTokensAsync());
        var waits = Assert.Single(await world.WaitingAsync());
        Assert.Equal(202, await world.OrderAsync((string)waits["key"]!, "confirm"));
        await world.ConfirmedAsync(birth);

        // Its last part alone gives it away.
        var secret = token[^40..];
        var stored = await StoredAsync(world.Inner.StorageConnection);
        Assert.Contains(stored, text => text.Contains(birth.EventId, StringComparison.Ordinal));
        Assert.DoesNotContain(stored, text => text.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(world.Inner.Logs.Lines, line => line.Contains(secret, StringComparison.Ordinal));
        await Eventually.TrueAsync(async () => await world.KeptTokensAsync() == 0);
    }

    /// <summary>All that lies in the storage account, as text.</summary>
    private static async Task<List<string>> StoredAsync(string connection)
    {
        List<string> all = [];
        var tables = new TableServiceClient(connection);
        await foreach (var table in tables.QueryAsync())
        {
            await foreach (var row in tables.GetTableClient(table.Name).QueryAsync<TableEntity>())
            {
                all.Add(string.Join('\n', row.Select(column => $"{column.Key}={column.Value}")));
            }
        }

        var queues = new QueueServiceClient(connection);
        await foreach (var queue in queues.GetQueuesAsync())
        {
            var messages = await queues.GetQueueClient(queue.Name).PeekMessagesAsync(32);
            all.AddRange(messages.Value.Select(message => message.Body.ToString()));
        }

        var blobs = new BlobServiceClient(connection);
        await foreach (var container in blobs.GetBlobContainersAsync())
        {
            var client = blobs.GetBlobContainerClient(container.Name);
            await foreach (var blob in client.GetBlobsAsync())
            {
                var content = (await client.GetBlobClient(blob.Name).DownloadContentAsync()).Value;
                all.Add(content.Content + string.Join('\n', content.Details.Metadata.Values));
            }
        }

        return all;
    }
}
