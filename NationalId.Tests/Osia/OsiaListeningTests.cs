using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Operations;
using NationalId.Core.Osia;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaListeningTests
{
    [Fact]
    public async Task What_the_registry_tells_is_a_hint_and_its_subscription_is_confirmed_where_the_settings_say()
    {
        await using var world = await OsiaWorld.StartAsync(
            settings =>
            {
                settings[OsiaWorld.Section + "FirstCheckAfter"] = "01:00:00";
                settings[OsiaWorld.Section + "LongestCheckGap"] = "01:00:00";
            },
            settings => settings.OsiaNotifies = true
        );
        world.Osia().Engine.SendsConfirmUrl = true;
        await world.SweepAsync();
        await Eventually.TrueAsync(() => world.Osia().Engine.Subscriptions.Any(one => one.Active));
        var subscription = Assert.Single(world.Osia().Engine.Subscriptions);
        Assert.Equal(("PR", "3600,-1"), (subscription.Topic, subscription.Policy));
        await world.SweepAsync();
        Assert.Equal(1, world.Sandbox.Faults["osia-subscribe"].Calls);
        Assert.Equal(1, world.Sandbox.Faults["osia-confirm"].Calls);
        Assert.Equal(0, world.Osia().Engine.StrangeConfirmations);

        // It is made again when the time of the setting is over, and each topic of the setting is one.
        var options = world.Host.Services.GetRequiredService<OsiaOptions>();
        options.NotifyTopics = "PR, ANOTHER";
        await world.SweepAsync();
        Assert.Equal(2, world.Sandbox.Faults["osia-subscribe"].Calls);
        options.NotifyTopics = "PR";
        options.RenewEvery = TimeSpan.FromMilliseconds(1);
        await world.SweepAsync();
        Assert.Equal(3, world.Sandbox.Faults["osia-subscribe"].Calls);
        options.RenewEvery = TimeSpan.FromHours(6);

        // The registry would be asked in an hour, but it tells.
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.DeliveredAsync(birth);
        row = await world.SweptAsync(row, one => one.IsDone("registered"));
        var uin = await world.NumberedAsync(birth);
        var message = $$"""{"source":"PR","uin":"{{uin}}","duplicates":["1"]}""";
        Assert.Equal([200, 200], await world.Osia().Engine.TellAsync("PR", "duplicatePerson", message));
        row = (await world.Ledger.GetAsync(row.Key, default))!;
        Assert.Single(row.Changes, change => change.Note == "the registry tells of duplicatePerson");
        Assert.Equal([200, 200], await world.Osia().Engine.TellAsync("PR", "newPerson", message, bare: true));

        // Strangers.
        Assert.Equal(404, await PostAsync(world, "wrong", message));
        Assert.Equal(200, await PostAsync(world, World.Keys.Value.CallbackSecret, message));
        Assert.Equal(200, await PostAsync(world, World.Keys.Value.CallbackSecret, "no JSON"));
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(uin, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registry_that_refuses_our_subscription_is_shown_and_counted_until_it_takes_it()
    {
        await using var world = await OsiaWorld.StartAsync(sandbox: settings => settings.OsiaNotifies = true);
        Assert.Equal("not asked yet", await HealthAsync());
        world.Sandbox.Faults["osia-subscribe"].Set(Fault.Status400);
        Assert.Equal(1, await MissingAsync());
        Assert.Equal("not subscribed", await HealthAsync());
        var shown = Assert.Single(await SummaryAsync(), one => one.Topic == "the registry, PR");
        Assert.Equal("not subscribed", shown.Status);
        Assert.Contains("400", shown.Reason, StringComparison.Ordinal);

        world.Sandbox.Faults["osia-subscribe"].Clear();
        Assert.Equal(0, await MissingAsync());
        Assert.Equal("healthy", await HealthAsync());
        Assert.Equal("subscribed", Assert.Single(await SummaryAsync(), one => one.Topic == "the registry, PR").Status);

        // What the alert subscription-missing looks at.
        Task<double?> MissingAsync() => world.CountedAsync("nationalid.subscriptions.missing", ("partner", "osia"));

        async Task<string?> HealthAsync() =>
            (string?)(await world.Http.GetFromJsonAsync<JsonNode>("api/health"))!["parts"]!["registry"];

        Task<IReadOnlyList<SubscriptionView>> SummaryAsync() =>
            world.Host.Services.GetRequiredService<SubscriptionStates>().AllAsync(default);
    }

    [Fact]
    public async Task Notices_in_another_order_late_or_again_come_to_the_same()
    {
        await using var world = await OsiaWorld.StartAsync(
            settings =>
            {
                settings[OsiaWorld.Section + "FirstCheckAfter"] = "01:00:00";
                settings[OsiaWorld.Section + "LongestCheckGap"] = "01:00:00";
            },
            settings => settings.OsiaNotifies = true
        );

        // A confirmation that fails is told again, and counts then.
        world.Osia().Engine.Confirmation.Set(Fault.Status400, 1);
        await world.SweepAsync();
        var subscription = Assert.Single(world.Osia().Engine.Subscriptions);
        Assert.False(subscription.Active);
        Assert.Equal([200], await world.Osia().Engine.RetryAsync());
        Assert.True(subscription.Active);

        // Two births, the later told first: both are in the registry, each once.
        world.Osia().Engine.Swaps = 1;
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.DeliveredAsync(first);
        Assert.Null(world.Osia().Registry.Find(await world.NumberedAsync(first)));
        var second = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth("Ada"));
        await world.SweptAsync(await world.DeliveredAsync(second), one => one.IsDone("registered"));
        row = await world.SweptAsync(row, one => one.IsDone("registered"));

        // What the registry tells of one child, the later first.
        var uin = await world.NumberedAsync(first);
        var message = $$"""{"source":"PR","uin":"{{uin}}"}""";
        world.Osia().Engine.Swaps = 1;
        Assert.Empty(await world.Osia().Engine.TellAsync("PR", "updatePerson", message));
        Assert.Equal([200, 200], await world.Osia().Engine.TellAsync("PR", "duplicatePerson", message));
        row = (await world.Ledger.GetAsync(row.Key, default))!;
        Assert.Equal(
            ["the registry tells of duplicatePerson", "the registry tells of updatePerson"],
            row.Changes.Select(change => change.Note).OfType<string>().TakeLast(2)
        );
        Assert.Empty(world.Osia().Orchestrator.Problems);
    }

    [Fact]
    public async Task A_form_is_told_who_is_who_and_filled_only_where_the_country_says_so()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings["NationalId:MosipApi:VerifyOutage"] = "503"
        );
        world.Osia().Registry.Add(OsiaWorld.MothersNumber, "John Dino", "Doe", "2001-02-20");
        Assert.Equal("verified", await VerifyAsync(world, OsiaWorld.MothersNumber, "2001-02-20"));
        Assert.Equal("failed", await VerifyAsync(world, OsiaWorld.MothersNumber, "2001-02-21"));
        Assert.Equal("failed", await VerifyAsync(world, "1", "2001-02-20"));
        Assert.Equal(404, (await FillAsync(world, OsiaWorld.MothersNumber)).Status);

        var options = world.Host.Services.GetRequiredService<OsiaOptions>();
        options.PrefillScope = "nationalId";
        var (status, text) = await FillAsync(world, OsiaWorld.MothersNumber);
        Assert.Equal(200, status);
        Assert.Contains("\"lastName\":\"Doe\"", text);
        Assert.Contains("firstName", text);
        options.PrefillAttributes = "lastName";
        Assert.DoesNotContain("firstName", (await FillAsync(world, OsiaWorld.MothersNumber)).Text);
        Assert.Equal(404, (await FillAsync(world, "1")).Status);
        options.PrefillScope = "another";
        Assert.Equal(403, (await FillAsync(world, OsiaWorld.MothersNumber)).Status);
        Assert.Equal(
            3,
            await new Azure.Data.Tables.TableClient(world.StorageConnection, PrefillAudit.TableName)
                .QueryAsync<Azure.Data.Tables.TableEntity>()
                .CountAsync()
        );

        // A registry that does not say is no word of the person.
        world.Osia().Registry.Data.Set(Fault.Status503);
        Assert.Equal(503, (await SendAsync(world, "api/verify", Verify(OsiaWorld.MothersNumber, "2001-02-20"))).Status);
    }

    private static async Task<int> PostAsync(World world, string secret, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/osia/notify/" + secret)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("message-type", "Notification");
        request.Headers.Add("topic-id", "stranger");
        using var answer = await world.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private static JsonContent Verify(string nid, string dob) =>
        JsonContent.Create(
            new
            {
                nid,
                dob,
                name = new
                {
                    firstname = "John",
                    middlename = "Dino",
                    surname = "Doe",
                },
            }
        );

    private static async Task<string> VerifyAsync(World world, string nid, string dob) =>
        (await SendAsync(world, "api/verify", Verify(nid, dob))).Text;

    private static Task<(int Status, string Text)> FillAsync(World world, string nid) =>
        SendAsync(world, "api/osia/prefill", JsonContent.Create(new { nid }));

    private static async Task<(int Status, string Text)> SendAsync(World world, string path, HttpContent body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", world.Sandbox.OpenCrvs.IssueToken());
        using var answer = await world.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
