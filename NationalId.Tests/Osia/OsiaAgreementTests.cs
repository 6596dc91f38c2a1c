using Azure;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Osia;
using NationalId.Core.Registry;
using NationalId.Sandbox;

namespace NationalId.Tests.Osia;

/// <summary>What OSIA leaves open is agreed with the registry's owner, and set (docs/osia.md).</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaAgreementTests
{
    [Fact]
    public async Task A_token_that_the_owner_gave_us_is_sent_and_none_is_asked_for()
    {
        await using var world = await OsiaWorld.StartAsync();
        await world.Host.DisposeAsync();
        string[] scopes =
        [
            "uin.generate",
            "pr.person.read",
            "pr.person.match",
            "notif.topic.write",
            "notif.topic.publish",
        ];
        world.Set(OsiaWorld.Section + "Authentication", "Token");
        world.Set("OSIA_TOKEN", world.Osia().Tokens.Issue(scopes, audience: "osia"));
        await world.StartHostAsync();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        await world.DeliveredAsync(birth);
        Assert.NotNull(world.Osia().Registry.Find(await world.NumberedAsync(birth)));
        Assert.Equal(0, world.Osia().Tokens.Endpoint.Calls);
    }

    [Fact]
    public async Task A_content_type_that_is_not_taken_is_waited_for_and_its_setting_named()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "NationalIdField"] = "OWN_NUMBER,NATIONAL_ID"
        );
        world.Osia().Engine.ContentType = "plain/text";
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Contains("NationalId__Osia__PublishContentType", row.Reason);

        await world.Host.DisposeAsync();
        world.Set(OsiaWorld.Section + "PublishContentType", "plain/text");
        world.Set(OsiaWorld.Section + "TopicPerEvent", "true");
        world.Set(OsiaWorld.Section + "Source", "the country's registry");
        await world.StartHostAsync();
        await world.DeliveredAsync(birth);
        var published = Assert.Single(world.Osia().Engine.Published);
        Assert.Equal("liveBirth", published.Topic);
        using var told = System.Text.Json.JsonDocument.Parse(published.Message);
        Assert.Equal("the country's registry", told.RootElement.GetProperty("source").GetString());
        var uin = await world.NumberedAsync(birth);
        Assert.Contains(
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves,
            save => save.Fields.GetValueOrDefault("OWN_NUMBER") == uin
        );
    }

    [Fact]
    public async Task While_the_keys_of_the_registrys_tokens_cant_be_had_it_is_told_to_ask_again()
    {
        await using var world = await OsiaWorld.StartAsync();
        world.Osia().Tokens.KeySet.Set(Fault.Status503);
        var (status, body) = await world.Osia().Orchestrator.AskAsync("persons/1?attributeNames=lastName");
        Assert.Equal(500, status);
        Assert.StartsWith("""{"code":9,"message":""", body);
        world.Osia().Tokens.KeySet.Clear();
        await Eventually.TrueAsync(async () =>
            (await world.Osia().Orchestrator.AskAsync("persons/1?attributeNames=lastName")).Status == 404
        );
    }

    [Fact]
    public async Task Nothing_of_it_is_there_under_another_system()
    {
        await using var world = await World.StartAsync();
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        foreach (var path in new[] { "persons/1?attributeNames=lastName", "persons?dateOfBirth=2026-03-04" })
        {
            using var answer = await world.Http.GetAsync("api/osia/v1/" + path);
            Assert.Equal(404, (int)answer.StatusCode);
        }

        var kept = new TableClient(world.StorageConnection, ServedPeople.TableName);
        Assert.Equal(
            404,
            (
                await Assert.ThrowsAsync<RequestFailedException>(() =>
                    kept.QueryAsync<TableEntity>().CountAsync().AsTask()
                )
            ).Status
        );
    }
}
