using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;
using NationalId.Tests.Outage;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>Registrations from before the client was there.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class BackfillTests
{
    [Fact]
    public async Task A_batch_is_compared_held_and_sent_when_it_is_released()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var search = world.Sandbox.OpenCrvs.Search;
        var year = DateTimeOffset.UtcNow.AddDays(-300);
        var births = Enumerable.Range(0, 3).Select(i => search.Add(registeredAt: year.AddDays(i))).ToList();
        search.Add(new DeathRecord(), year);
        search.Add(registeredAt: year).Identifiers["MOSIP_UINTOKEN"] = "012345678901234567890123456789012345";
        var hidden = search.Add(registeredAt: year.AddDays(9));
        search.Move(hidden, "ISSUED");
        search.Settings.HidesIssued = true;

        // 1. A run takes none of them: they are not its business, though a certificate moves one into its window.
        search.Move(births[0], "CERTIFIED");
        await world.RunByTimerAsync();
        await world.RunAsync(one => one["completeAt"] is not null);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);

        // 2. Compared and held. Nothing is sent.
        var batch = await world.BatchAsync("api/ops/batches", Window(year.AddDays(-1), births[1].RegistrationNumber));
        var held = await world.BatchAsync(batch, "held");
        Assert.Equal(5, (int)held["listed"]!);
        Assert.Equal(4, (int)held["missing"]!);
        Assert.Equal(1, (int)held["identified"]!);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);

        // 3. Released: sent once, as a backfill.
        await world.ReleaseAsync(batch);
        var done = await world.BatchAsync(batch, "done");
        Assert.Equal(4, (int)done["sent"]!);
        await Eventually.TrueAsync(() => world.Sandbox.NationalIdSystem.Received.Count == 4);
        var row = await world.Inner.EventAsync(births[0].RegistrationNumber, "BIRTH_REGISTERED", EventState.Delivered);
        Assert.Equal(EventOrigins.Backfill, row.Origin);

        // 4. The one that OpenCRVS hides comes by a file, beside one that is known by now.
        var lines = new[] { hidden, births[0] }.Select(entry =>
            new JsonObject
            {
                ["composition"] = "Composition/" + entry.CompositionId,
                ["ids"] = new JsonArray(
                    new JsonObject
                    {
                        ["system"] = "http://opencrvs.org/specs/id/birth-registration-number",
                        ["value"] = entry.RegistrationNumber,
                    }
                ),
            }.ToJsonString()
        );
        var imported = await world.BatchAsync(
            "api/ops/batch-import",
            new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', lines)))
        );
        var compared = await world.BatchAsync(imported, "held");
        Assert.Equal((1, 1), ((int)compared["known"]!, (int)compared["missing"]!));
        await world.ReleaseAsync(imported);
        await world.BatchAsync(imported, "done");
        row = await world.Inner.EventAsync(hidden.RegistrationNumber, "BIRTH_REGISTERED", EventState.Delivered);
        Assert.Equal(EventOrigins.Import, row.Origin);
        Assert.Equal(5, world.Sandbox.NationalIdSystem.Received.Count);
    }

    [Fact]
    public async Task A_list_that_nothing_can_be_tried_by_is_refused()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V20);
        var year = DateTimeOffset.UtcNow.AddDays(-300);

        // 1. The ledger is empty, and the operator names no number: an empty list would look like nothing to do.
        using (var request = world.Operator(HttpMethod.Post, "api/ops/batches"))
        {
            request.Content = Window(year, null);
            using var refused = await world.Inner.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
            Assert.Contains("probe", await refused.Content.ReadAsStringAsync());
        }

        // 2. A number that OpenCRVS does not show: nothing is listed, and the operator sees why.
        await world.UnheardAsync(acceptsByItself: true);
        var blind = await world.BatchAsync("api/ops/batches", Window(year, "2025NOSUCH01"));
        var waits = await world.BatchAsync(blind, batch => batch["trouble"] is not null);
        Assert.Contains("nothing is concluded", (string?)waits["trouble"]);
        Assert.Equal("planning", (string?)waits["state"]);
        Assert.Equal(0, (int)waits["listed"]!);

        // 3. One that it shows.
        var death = await world.UnheardAsync(acceptsByItself: true, new RegistrationOrder { Type = "death" });
        var number = World2.NumberOf(world.Inner2.Events.Find(death.EventId)!);
        var batch = await world.BatchAsync("api/ops/batches", Window(year, number));
        Assert.Equal(2, (int)(await world.BatchAsync(batch, "held"))["missing"]!);

        // 4. From then on the ledger knows one by itself.
        await world.ReleaseAsync(batch);
        await world.BatchAsync(batch, "done");
    }

    [Fact]
    public async Task What_became_unreachable_since_a_batch_was_planned_is_shown()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var search = world.Sandbox.OpenCrvs.Search;
        var year = DateTimeOffset.UtcNow.AddDays(-300);
        var gone = search.Add(registeredAt: year);
        var there = search.Add(registeredAt: year);
        var batch = await world.BatchAsync("api/ops/batches", Window(year.AddDays(-1), there.RegistrationNumber));
        await world.BatchAsync(batch, "held");
        gone.IsHidden = true;
        await world.ReleaseAsync(batch);
        var done = await world.BatchAsync(batch, "done");
        Assert.Equal((1, 1), ((int)done["sent"]!, (int)done["dropped"]!));
        var shown = Assert.Single((await world.StatusAsync())["unreachable"]!.AsArray())!;
        Assert.Equal(gone.CompositionId, (string?)shown["recordId"]);
    }

    [Fact]
    public async Task A_released_batch_waits_while_registrations_of_today_wait()
    {
        // Nothing is taken from the queues here: the test is the only worker.
        await using var world = await World.StartAsync(
            settings =>
            {
                settings.ClientName = "Freedonia";
                settings.Reconciles = true;
            },
            settings => settings["NationalId:Reconcile:ReleasePerMinute"] = "1",
            runQueues: false
        );
        var table = world.Host.Services.GetRequiredService<BackfillTable>();
        var backfill = world.Host.Services.GetRequiredService<Backfill>();
        var old = world.Sandbox.OpenCrvs.Search.Add(registeredAt: DateTimeOffset.UtcNow.AddDays(-300));
        var batch = new BackfillBatch
        {
            RowKey = "batch-of-before",
            Source = "record-search",
            State = BatchStates.Released,
        };
        Assert.True(await table.TrySaveAsync(batch, default));
        var record = new ListedRecord(
            RegistrationKind.Birth,
            old.CompositionId,
            old.RegistrationNumber,
            old.RegisteredAt,
            old.RegisteredAt
        );
        await table.PutAsync(batch.RowKey, record, BackfillItem.Missing, default);

        // 1. Two of today's wait, and one a minute is let go.
        Assert.Equal(202, (await world.Sandbox.OpenCrvs.SendBirthAsync()).Status);
        Assert.Equal(202, (await world.Sandbox.OpenCrvs.SendBirthAsync()).Status);
        batch = await WorkAsync();
        Assert.Equal((0, BatchStates.Released), (batch.Sent, batch.State));
        Assert.True(batch.NextAt > DateTimeOffset.UtcNow.AddSeconds(30));

        // 2. They are on their way.
        var queues = world.Host.Services.GetRequiredService<StorageClients>().Queues;
        await queues.GetQueueClient(EventKinds.BirthQueue).ClearMessagesAsync();
        batch.NextAt = null;
        Assert.True(await table.TrySaveAsync(batch, default));
        batch = await WorkAsync();
        Assert.Equal(1, batch.Sent);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue));

        async Task<BackfillBatch> WorkAsync()
        {
            await backfill.WorkAsync(batch.RowKey, default);
            return (await table.GetAsync(batch.RowKey, default))!;
        }
    }

    [Fact]
    public async Task A_reindexing_passes_through_unchanged_and_is_a_batch()
    {
        await using var country = await LoopbackServer.StartAsync((200, "{\"ok\":true}"));
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V20,
            client: settings =>
            {
                settings["NationalId:Reconcile:ReindexUrl"] = country.Url;
                settings["NationalId:Reconcile:ReindexFrom"] = "127.0.0.0/8,::1";
            }
        );
        var registered = await world.UnheardAsync(acceptsByItself: true);
        var stuck = await world.UnheardAsync(acceptsByItself: false);
        var documents = new JsonArray([
            .. world.Inner2.Events.Records.Select(record => record.ToJson()),
        ]).ToJsonString();

        using (
            var answer = await world.Inner.Http.PostAsync(
                "api/reindex",
                new StringContent(documents, Encoding.UTF8, "application/json")
            )
        )
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("{\"ok\":true}", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(documents, Encoding.UTF8.GetString(country.Seen.Single().Body));

        var batch = await world.EndReindexingAsync();
        var held = await world.BatchAsync(batch, "held");
        Assert.Equal(2, (int)held["missing"]!);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);
        await world.ReleaseAsync(batch);
        await world.BatchAsync(batch, "done");
        await world.Inner2.WrittenAsync(registered, "child.nid", await world.Inner2.GivenAsync(registered));
        await world.Inner2.ConfirmedAsync(stuck);
    }

    [Fact]
    public async Task A_reindexing_is_taken_from_who_the_proxy_says_and_what_storage_loses_makes_the_batch_incomplete()
    {
        await using var country = await LoopbackServer.StartAsync((200, "{\"ok\":true}"));
        await using var storage = new StorageProxy(await TestAzurite.NewAccountAsync());
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V20,
            client: settings =>
            {
                settings["AzureWebJobsStorage"] = storage.ConnectionString;
                settings["NationalId:Reconcile:ReindexUrl"] = country.Url;
                settings["NationalId:Reconcile:ReindexFrom"] = "10.0.1.0/24,2001:db8::7";
                settings["NationalId:Callers:AddressHeader"] = "X-Real-IP";
            }
        );
        var lost = await world.UnheardAsync(acceptsByItself: true);
        var documents = new JsonArray(world.Inner2.Events.Find(lost.EventId)!.ToJson()).ToJsonString();

        // 1. The connection's own address is the proxy's, or the Functions host's. What the caller made up comes first.
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(null));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("10.0.1.7, 203.0.113.9"));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync("unknown"));
        Assert.Empty(country.Seen);

        // 2. Storage is away: what comes is passed on all the same.
        storage.Refuse();
        Assert.Equal(HttpStatusCode.OK, await SendAsync("10.0.1.7"));
        Assert.Equal(documents, Encoding.UTF8.GetString(Assert.Single(country.Seen).Body));

        // 3. It is back, and what comes then does not look like the whole.
        storage.Allow();
        Assert.Equal(HttpStatusCode.OK, await SendAsync("[2001:db8::7]:51234"));
        var batch = Assert.Single((await world.StatusAsync())["batches"]!.AsArray())!;
        Assert.True(
            (bool)batch["isIncomplete"]!,
            string.Join('\n', world.Inner.Logs.Lines.Where(line => line.Contains("reindex")))
        );
        var held = await world.BatchAsync(await world.EndReindexingAsync(), "held");
        Assert.Equal((1, true), ((int)held["missing"]!, (bool)held["isIncomplete"]!));

        async Task<HttpStatusCode> SendAsync(string? from)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, world.Inner.Url("api/reindex"));
            request.Content = new StringContent(documents, Encoding.UTF8, "application/json");
            if (from is not null)
            {
                request.Headers.Add("X-Real-IP", from);
            }

            using var answer = await world.Inner.Http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    private static StringContent Window(DateTimeOffset from, string? probe) =>
        new(new JsonObject { ["from"] = from.ToString("O"), ["probe"] = probe }.ToJsonString());
}
