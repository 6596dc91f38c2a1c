using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Search;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>Registrations of 1.x whose webhook never came, found by the record search.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RecordSearchTests
{
    private const string Birth = "BIRTH_REGISTERED";

    [Fact]
    public async Task What_never_came_is_rebuilt_and_sent_once_and_a_late_webhook_is_kept()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var search = world.Sandbox.OpenCrvs.Search;
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);

        // 1. Missing: a birth that was certified since, a death, and a child who has a number already.
        var lost = await world.Inner.UnheardBirthAsync();
        search.Move(search.Entries[lost.CompositionId], "CERTIFIED");
        var death = search.Add(new DeathRecord());
        var identified = search.Add();
        identified.Identifiers["NATIONAL_ID"] = "2345678901";
        // One that contradicts what is known: another record with a number that we hold.
        var conflict = search.Add(new BirthRecord { RegistrationNumber = heard.RegistrationNumber });

        var run = await world.ReconcileAsync();
        Assert.Equal(2, (int)run["recovered"]!);
        Assert.Equal(1, (int)run["kept"]!);
        Assert.Equal(1, (int)run["conflicts"]!);
        Assert.Equal(1, (int)run["known"]!);

        var row = await world.Inner.EventAsync(lost.RegistrationNumber, Birth, EventState.Delivered);
        Assert.Equal(EventOrigins.Reconcile, row.Origin);
        Assert.Equal(EventKindsKey(lost), row.Key);
        await world.Inner.EventAsync(death.RegistrationNumber, "DEATH_REGISTERED", EventState.Delivered);
        Assert.Contains(
            "already",
            (await world.Inner.EventAsync(identified.RegistrationNumber, Birth, EventState.Delivered)).Reason
        );
        Assert.Equal(
            EventState.Flagged.ToString(),
            (await world.Inner.EventAsync(conflict.RegistrationNumber, Birth, EventState.Flagged)).State
        );

        // 2. What was answered stays beside what was rebuilt of it.
        var answer = new BlobContainerClient(world.Inner.StorageConnection, PayloadStore.AcceptedContainer);
        Assert.Contains(
            lost.RegistrationNumber,
            (
                await answer.GetBlobClient(PayloadStore.AnswerOf(row.Blob!)).DownloadContentAsync()
            ).Value.Content.ToString()
        );

        // 3. OpenCRVS's own webhook comes late: its bytes are kept, nothing is delivered.
        var sent = world.Sandbox.NationalIdSystem.Received.Count;
        var late = await world.Sandbox.OpenCrvs.ResendAsync(lost);
        Assert.Equal(202, late.Status);
        await Eventually.TrueAsync(async () =>
            (await world.Inner.Ledger.GetAsync(row.Key, default))!.LateAt is not null
        );
        var known = (await world.Inner.Ledger.GetAsync(row.Key, default))!;
        Assert.Equal(
            late.Body,
            (await answer.GetBlobClient(known.LateBlob).DownloadContentAsync()).Value.Content.ToArray()
        );

        // 4. Another run finds nothing, and nothing was sent twice. Rows are marked in OpenCRVS, so none is listed in
        // vain.
        var again = await world.ReconcileAsync();
        Assert.Equal(5, (int)again["known"]!);
        Assert.Equal(sent, world.Sandbox.NationalIdSystem.Received.Count);
        Assert.Equal(
            2,
            world.Sandbox.NationalIdSystem.Received.Count(notice => notice.Signature == EventOrigins.Unsigned)
        );
        Assert.All(search.Entries.Values, entry => Assert.InRange(entry.Fetched, 0, 1));
    }

    [Fact]
    public async Task Windows_are_split_until_OpenCRVS_1_2_answers()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V12);
        var search = world.Sandbox.OpenCrvs.Search;
        var noon = DateTimeOffset.UtcNow.AddHours(-6);
        for (var i = 0; i < 12; i++)
        {
            search.Add(registeredAt: noon.AddMinutes(i));
        }

        // Seven at one instant, of both genders.
        for (var i = 0; i < 7; i++)
        {
            search.Add(new BirthRecord { Gender = i < 4 ? "male" : "female" }, noon.AddHours(1));
        }

        // Thirteen at another, imported in one go in three offices.
        for (var i = 0; i < 13; i++)
        {
            search.Add(new BirthRecord { Gender = "male" }, noon.AddHours(3)).OfficeId = RecordSearch.Offices[i % 3];
        }

        // 1.2 can't tell the type of this one.
        var identified = search.Add(registeredAt: noon.AddHours(2));
        identified.Identifiers["MOSIP_AID"] = "10001100010000120260101000000";
        var run = await world.ReconcileAsync();
        Assert.Equal(32, (int)run["recovered"]!);
        Assert.Equal(1, (int)run["kept"]!);
        Assert.True(search.Refused > 2);
        await Eventually.TrueAsync(() => world.Sandbox.NationalIdSystem.Received.Count == 32);
        Assert.Empty(world.Sandbox.NationalIdSystem.Refused);

        Assert.Equal(0, (int)run["unreachable"]!);

        // More than can be told apart: an operator sees when, and what to do. The rest is listed.
        for (var i = 0; i < 6; i++)
        {
            search.Add(new BirthRecord { Gender = "male" }, noon.AddHours(4));
        }

        search.Add(new BirthRecord { Gender = "female" }, noon.AddHours(4));
        search.Add(registeredAt: noon.AddHours(5));
        run = await world.ReconcileAsync();
        Assert.Equal((2, 1), ((int)run["recovered"]!, (int)run["unreachable"]!));
        var shown = Assert.Single((await world.StatusAsync())["unreachable"]!.AsArray())!;
        Assert.StartsWith(noon.AddHours(4).ToString("yyyy-MM-dd'T'HH:mm:ss"), (string?)shown["recordId"]);
        Assert.Contains("import them from a file", (string?)shown["reason"]);
    }

    [Fact]
    public async Task Once_a_week_a_run_goes_back_to_what_was_validated_late_as_far_as_the_quota_allows()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V12);
        var search = world.Sandbox.OpenCrvs.Search;
        var now = DateTimeOffset.UtcNow;
        await world.RunByTimerAsync();
        await world.RunAsync(one => one["completeAt"] is not null);

        // Registered an hour ago; in the list it stands where it was sent for validation.
        var late = search.Add(registeredAt: now.AddHours(-1));
        late.DateOfDeclaration = now.AddDays(-20);

        // 1. So many are registered that not even three days can be listed today: the run of the day has to do.
        await world.ChangeRunAsync(run => run.Listed = 100_000);
        await world.ScheduleAsync();
        Assert.False((bool)(await world.RunAsync(_ => true))["underWay"]!);

        // 2. There is quota enough.
        await world.ChangeRunAsync(run => run.Listed = 50);
        var mark = (await world.RunRowAsync()).Watermark;
        await world.ScheduleAsync();
        var far = await world.RunAsync(one => (string?)one["cause"] == "far" && !(bool)one["underWay"]!);
        Assert.Equal(1, (int)far["recovered"]!);
        await world.Inner.EventAsync(late.RegistrationNumber, Birth, EventState.Delivered);

        // 3. It is not the next run's business, and the next one is a week away.
        Assert.Equal(mark, (await world.RunRowAsync()).Watermark);
        await world.ScheduleAsync();
        Assert.False((bool)(await world.RunAsync(_ => true))["underWay"]!);
    }

    [Fact]
    public async Task A_run_stops_at_four_fifths_of_the_quota_and_believes_no_empty_list()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V13,
            client: settings =>
            {
                settings["NationalId:Reconcile:DailyQuota"] = "10";
                settings["NationalId:Reconcile:PageSize"] = "1";
            }
        );
        var search = world.Sandbox.OpenCrvs.Search;
        for (var i = 0; i < 12; i++)
        {
            search.Add();
        }

        // 1. By its timer it stops at eight searches, and says when it goes on.
        await world.RunByTimerAsync();
        var run = await world.RunAsync(one => one["trouble"] is not null);
        Assert.Contains("quota", (string?)run["trouble"]);
        Assert.Equal(8, search.Calls);
        Assert.True((DateTimeOffset)run["nextAt"]! > DateTimeOffset.UtcNow);
        Assert.Equal(0, (int)(await world.StatusAsync())["quotaLeft"]!);
    }

    [Fact]
    public async Task A_record_with_another_number_than_we_know_is_flagged()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);
        // A country configuration that confirms twice, over New Year: the record is the same.
        var other = "2027" + heard.TrackingId;
        using var conflicts = new MetricCounts("nationalid.reconcile.conflicts");
        world.Sandbox.OpenCrvs.Search.Entries[heard.CompositionId].RegistrationNumber = other;
        var run = await world.ReconcileAsync();
        Assert.Equal((1, 0), ((int)run["conflicts"]!, (int)run["recovered"]!));
        Assert.NotEqual(0, conflicts.With(("topic", Birth)));
        var row = await world.Inner.EventAsync(other, Birth, EventState.Flagged);
        Assert.Contains("another registration number", row.Reason);
        Assert.Single(world.Sandbox.NationalIdSystem.Received);
    }

    /// <summary>
    /// The number of a birth comes back as an event of its own, which may stand in the partition of another record.
    /// </summary>
    [Fact]
    public async Task A_number_that_another_record_has_is_seen_beside_events_that_tell_of_no_registration()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);
        var other = world.Sandbox.OpenCrvs.Search.Add(
            new BirthRecord { RegistrationNumber = heard.RegistrationNumber }
        );
        var key = EventKey.PartitionOf(other.CompositionId) + new string('0', 63);
        var number = heard.RegistrationNumber;
        var returned = new PayloadInfo(
            key,
            EventKinds.NationalId,
            DateTimeOffset.UtcNow,
            null,
            number,
            null,
            "x",
            null
        );
        Assert.True(await world.Inner.Ledger.AddAsync(EventRow.From(returned, "blob"), default));

        var run = await world.ReconcileAsync();
        Assert.Equal(1, (int)run["conflicts"]!);
        Assert.Equal(0, (int)run["recovered"]!);
    }

    [Fact]
    public async Task A_gateway_of_another_version_is_not_listed_and_a_run_is_not_begun_twice()
    {
        // The settings say 1.5 or later; it is 1.2, which ignores pages.
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V12,
            client: settings => settings["NationalId:Reconcile:Sources"] = "record-search"
        );
        var search = world.Sandbox.OpenCrvs.Search;
        search.Add();
        search.Gateway.Set(Fault.Slow, 1, TimeSpan.FromSeconds(2));
        await world.BeginAsync();
        using (var second = await world.OrderAsync("api/ops/reconcile", new JsonObject()))
        {
            Assert.Equal(409, (int)second.StatusCode);
        }

        var run = await world.RunAsync(one => one["trouble"] is not null);
        Assert.Contains("record-search-split", (string?)run["trouble"]);
        Assert.Equal((0, 0), (search.Calls, (int)run["listed"]!));
        Assert.Null(run["completeAt"]);
    }

    [Fact]
    public async Task An_empty_list_proves_nothing_while_OpenCRVS_does_not_know_what_we_hold()
    {
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);
        await world.HoldAsync(heard);
        world.Sandbox.OpenCrvs.Search.Settings.FindsNothing = true;
        await world.BeginAsync();
        var run = await world.RunAsync(one => one["trouble"] is not null);
        Assert.Contains("nothing is concluded", (string?)run["trouble"]);
        Assert.True((bool)run["underWay"]!);
        Assert.Null(run["completeAt"]);
    }

    [Fact]
    public async Task A_birth_waits_until_OpenCRVS_knows_its_number_where_that_is_wanted()
    {
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V13,
            client: settings => settings["NationalId:Reconcile:VerifyByRecordSearch"] = "true"
        );
        world.Sandbox.OpenCrvs.Search.Settings.FindsNothing = true;
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.Inner.EventAsync(sent.RegistrationNumber, Birth, EventState.Waiting);
        Assert.Contains("does not find the registration", row.Reason);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);
        world.Sandbox.OpenCrvs.Search.Settings.FindsNothing = false;
        await world.Inner.DeliveredAsync(sent);
    }

    /// <summary>A thousand registrations, of which ten were never sent; ten thousand and a hundred in a soak.</summary>
    [Fact]
    public async Task One_of_a_hundred_is_found_among_thousands_and_sent_once()
    {
        var all = Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1" ? 10_000 : 1_000;
        var missing = all / 100;
        await using var world = await ReconcileWorld.StartAsync(
            OpenCrvsVersion.V13,
            client: settings => settings["NationalId:Reconcile:PageSize"] = "100"
        );
        var search = world.Sandbox.OpenCrvs.Search;
        var from = DateTimeOffset.UtcNow.AddHours(-20);
        var entries = Enumerable.Range(0, all).Select(i => search.Add(NewBirth(), from.AddSeconds(i))).ToList();
        await Parallel.ForEachAsync(
            entries.Where((_, i) => i % 100 != 50),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (entry, stop) => await world.Inner.Ledger.AddAsync(DeliveredBefore(entry), stop)
        );
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await world.BeginAsync();
        var run = await world.RunAsync(one => !(bool)one["underWay"]!, TimeSpan.FromMinutes(5));
        Assert.Equal((missing, all - missing), ((int)run["recovered"]!, (int)run["known"]!));
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024 / 1024;
        Assert.True(grown < 32, $"{grown} MB more are in use after the run.");

        // Exactly those, once, though another run and late webhooks follow.
        HashSet<string?> lost = [.. entries.Where((_, i) => i % 100 == 50).Select(entry => entry.RegistrationNumber)];
        await Eventually.TrueAsync(
            () => world.Sandbox.NationalIdSystem.Received.Count >= missing,
            TimeSpan.FromMinutes(3)
        );
        await world.BeginAsync();
        var again = await world.RunAsync(one => !(bool)one["underWay"]!, TimeSpan.FromMinutes(5));
        Assert.Equal((0, all), ((int)again["recovered"]!, (int)again["known"]!));
        Assert.Equal(missing, world.Sandbox.NationalIdSystem.Received.Count);
        Assert.Equal(lost, world.Sandbox.NationalIdSystem.Received.Select(one => one.RegistrationNumber).ToHashSet());
        // OpenCRVS marks what it lists: nothing twice in a run, but for the first row of each page, which ended the
        // one before, and those by which the search is tried.
        var pages = all / 100;
        Assert.InRange(entries.Sum(entry => entry.Downloads), 2 * all, 2 * (all + pages) + 6);
    }

    // Tracking ids have six characters: among many, two can be the same.
    private static BirthRecord NewBirth() =>
        new() { RegistrationNumber = "2026B" + Guid.NewGuid().ToString("N")[..12].ToUpperInvariant() };

    private static EventRow DeliveredBefore(SearchEntry entry)
    {
        var key = EventKinds.Carried.Get(Birth).KeyOf(entry.CompositionId, entry.RegistrationNumber, null);
        var info = new PayloadInfo(
            key,
            Birth,
            entry.RegisteredAt,
            entry.CompositionId,
            entry.RegistrationNumber,
            null,
            null,
            null
        )
        {
            Source = EventSources.Webhook,
            KeptReason = "delivered before",
        };
        return EventRow.From(info, "none");
    }

    private static string EventKindsKey(SentEvent sent) =>
        EventKinds.Carried.Get(Birth).KeyOf(sent.CompositionId, sent.RegistrationNumber, null);
}
