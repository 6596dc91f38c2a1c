using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Tests.Operations;

namespace NationalId.Tests.EndToEnd.Revocations;

/// <summary>An operator revokes what nobody has told of.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OperatorRevocationTests
{
    [Fact]
    public async Task The_operator_is_named_in_the_history_and_only_what_is_known_is_revoked()
    {
        await using var world = await World.StartAsync(
            sandbox => sandbox.ClientName = "Freedonia",
            client => client["NationalId:Operations:NameHeader"] = "X-MS-CLIENT-PRINCIPAL-NAME"
        );
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var registered = await world.DeliveredAsync(birth);
        var order = new JsonObject
        {
            ["id"] = "1",
            ["registrationNumber"] = birth.RegistrationNumber,
            ["kind"] = "birth",
            ["action"] = "revoke",
            ["reason"] = "registered twice",
        };
        Assert.Equal(HttpStatusCode.Accepted, await OrderAsync(world, order));

        // A browser that hears no answer asks again.
        Assert.Equal(HttpStatusCode.Accepted, await OrderAsync(world, order));
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.BirthRevoked, EventState.Delivered);
        Assert.Contains(row.Changes, change => change.Note == "by ada@example.org");
        Assert.Equal("revoke", Assert.Single(world.Sandbox.NationalIdSystem.Received.Skip(1)).Action);
        Assert.False(world.Sandbox.NationalIdSystem.FindByBirth(birth.RegistrationNumber)!.Valid);
        using var view = Request(world, HttpMethod.Get, $"api/ops/events/{registered.Key}");
        using var answer = await world.Http.SendAsync(view);
        Assert.True((bool?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["revoked"]);

        order["id"] = "2";
        order["registrationNumber"] = "2026BNOBODY";
        Assert.Equal(HttpStatusCode.NotFound, await OrderAsync(world, order));
        order["registrationNumber"] = birth.RegistrationNumber;
        order["reason"] = " ";
        Assert.Equal(HttpStatusCode.BadRequest, await OrderAsync(world, order));
        order["reason"] = "x";
        order["action"] = "erase";
        Assert.Equal(HttpStatusCode.BadRequest, await OrderAsync(world, order));
        Assert.Equal(HttpStatusCode.BadRequest, await OrderAsync(world, null));

        // Without a key that seals it nothing is taken, and the operator is told so.
        order["action"] = "reinstate";
        world.Set("NATIONALID_LEDGER_KEY", null);
        await using var keyless = await world.StartAnotherHostAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await OrderAsync(world, order, keyless));
    }

    [SkippableFact]
    public async Task From_the_page_a_birth_is_asked_about_revoked_and_reinstated()
    {
        Chromium.Require();
        await using var world = await World.StartAsync(
            sandbox =>
            {
                sandbox.ClientName = "Freedonia";
                sandbox.NumberAnswer = NumberAnswer.Never;
            },
            client => client["NationalId:Delivery:NumberOverdueAfter"] = "00:00:00.100"
        );
        var system = world.Sandbox.NationalIdSystem;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        await Eventually.TrueAsync(async () =>
            await world.CountedAsync("nationalid.numbers.overdue", ("kind", "birth")) == 1
        );
        system.Answer = NumberAnswer.AtOnce;
        var results = await OpsPageRun.PlayAsync(
            world.Host,
            ["overdue", "revoke"],
            _ => { },
            new Dictionary<string, string> { ["OPS_NUMBER"] = birth.RegistrationNumber }
        );
        foreach (var scenario in (string[])["overdue", "revoke"])
        {
            Assert.True(results.TryGetValue(scenario, out var error), $"{scenario} did not run.");
            Assert.True(error is null, error);
        }

        Assert.Equal([null, null, "revoke", "reinstate"], system.Received.Select(notice => notice.Action));
        Assert.True(system.FindByBirth(birth.RegistrationNumber)!.Valid);
    }

    private static async Task<HttpStatusCode> OrderAsync(World world, JsonObject? order, LocalHostServer? host = null)
    {
        using var request = Request(world, HttpMethod.Post, "api/ops/revocations", host);
        request.Content = JsonContent.Create(order);
        using var answer = await world.Http.SendAsync(request);
        return answer.StatusCode;
    }

    private static HttpRequestMessage Request(World world, HttpMethod method, string path, LocalHostServer? host = null)
    {
        host ??= world.Host;
        var request = new HttpRequestMessage(method, new Uri(host.BaseAddress, path));
        request.Headers.Add("x-functions-key", host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL-NAME", "ada@example.org");
        return request;
    }
}
