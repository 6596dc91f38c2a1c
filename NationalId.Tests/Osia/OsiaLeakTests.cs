using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Osia;

/// <summary>
/// By OSIA, numbers stand in addresses, ours and the registry's, and names in queries. None of them is logged, traced
/// or counted. What the real host logs besides: scripts/find-in-logs.sh. The people here are no other test's: traces
/// and metrics are the whole process's.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaLeakTests
{
    private const string Unknown = "8642097531";
    private const string Mother = "6420975318";

    private static readonly BirthRecord Birth = new()
    {
        GivenNames = ["Þórhildur", "Mbalí"],
        FamilyName = "Šeherezáda",
        Gender = "female",
        BirthDate = "2026-02-17",
        MotherNationalId = Mother,
    };

    [Fact]
    public async Task A_life_by_OSIA_and_all_that_the_registry_asks_leave_no_number_name_or_token_behind()
    {
        using var heard = new Heard();
        await using var world = await OsiaWorld.StartAsync(
            settings => settings[OsiaWorld.Section + "PrefillScope"] = "nationalId",
            settings =>
            {
                settings.OsiaNotifies = true;
                settings.OsiaWrites = true;
            },
            services =>
                services.PostConfigure<LoggerFilterOptions>(filter =>
                {
                    filter.Rules.Clear();
                    filter.MinLevel = LogLevel.Trace;
                    // As both hosts have it: a request's address stands in the server's own lines, and in their scope.
                    const string Server = "Microsoft.AspNetCore.Hosting.Diagnostics";
                    filter.Rules.Add(new LoggerFilterRule(null, "Microsoft", LogLevel.Warning, null));
                    filter.Rules.Add(new LoggerFilterRule(null, Server, LogLevel.None, null));
                })
        );
        var uin = await LiveAsync(world);
        var logs = string.Join('\n', world.Logs.Lines);
        var said = string.Join('\n', heard.Lines.Prepend(logs));

        // It is all there: a search in nothing finds nothing.
        string[] expected =
        [
            "The OSIA system (uin) answered 500.",
            "activity data access read",
            "nationalid.osia.reads call=read status=200",
            "nationalid.osia.reads call=match status=401",
            "nationalid.osia.reads call=verify status=403",
            "A notification of the registry was refused: secret",
            "A form was not filled",
            "nationalid.partner.duration partner=osia outcome=200",
            "Azure-Core",
        ];
        Assert.All(
            expected,
            text => Assert.True(said.Contains(text, StringComparison.Ordinal), $"'{text}' is expected.")
        );
        string[] people = [uin, Mother, Unknown, .. Birth.GivenNames, Birth.FamilyName, Birth.BirthDate];
        Assert.Empty(Leaks.In(said, Leaks.Forms([.. people, "Mirembe Else"])));
        var keys = world.Sandbox.Keys;
        string[] secrets = ["Could not store", "eyJhbGciOi", keys.CallbackSecret, keys.OAuthClientSecret];
        Assert.Empty(Leaks.In(logs, Leaks.Forms(secrets)));
    }

    /// <summary>A birth and a death with what can go wrong, and all that is asked and told.</summary>
    /// <returns>The child's number.</returns>
    private static async Task<string> LiveAsync(World world)
    {
        var (osia, says) = (world.Osia(), $"Could not store Šeherezáda, mother {Mother}, 2026-02-17");
        await world.SweepAsync();
        osia.Registry.Add(Mother, "Mirembe Else", Birth.FamilyName, "1991-07-14");
        osia.Uins.Generator.Set(Fault.Status500, 4, says: says);
        osia.Engine.Publish.Set(Fault.Status400, 1, says: says);
        osia.Registry.Writing.Set(Fault.Status503, 1, says: says);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(Birth);
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        Assert.Contains("The mother is told all the same: the registry has another firstName.", row.History);
        await world.SweptAsync(row, one => one.IsDone("registered"));

        // The registry asks and tells, also what it may not, of whom nobody knows, and where nothing is.
        var registry = osia.Orchestrator;
        var reads = $"persons/{uin}?attributeNames=lastName";
        Assert.Equal(200, (await registry.AskAsync(reads)).Status);
        Assert.Equal(404, (await registry.AskAsync($"persons/{Unknown}?attributeNames=lastName")).Status);
        Assert.Equal(404, (await registry.AskAsync($"persons/{uin}/nothing?lastName=%C5%A0eherez%C3%A1da")).Status);
        Assert.Equal(
            200,
            (await registry.AskAsync("persons?dateOfBirth=2026-02-17&lastName=%C5%A0eherez%C3%A1da")).Status
        );
        Assert.Equal(
            401,
            (await registry.AskAsync($"persons/{uin}/match", "eyJhbGciOi.a.b", """{"lastName":"Mbalí"}""")).Status
        );
        Assert.Equal(
            403,
            (
                await registry.AskAsync(
                    $"persons/{uin}/verify",
                    body: """[{"attributeName":"shoeSize","operator":"=","value":"Šeherezáda"}]"""
                )
            ).Status
        );
        Assert.Equal(400, (await registry.AskAsync($"persons/{uin}/match", body: "Šeherezáda")).Status);
        var message = $$"""{"source":"PR","uin":"{{uin}}"}""";
        Assert.Equal([200, 200], await osia.Engine.TellAsync("PR", "duplicatePerson", message));
        using var stranger = await world.Http.PostAsync(
            "api/osia/notify/nobody",
            new StringContent(message, Encoding.UTF8, "application/json")
        );
        Assert.Equal(404, (int)stranger.StatusCode);

        // A form asks, and the registry fails.
        await FormAsync(world, 200, Mother);
        await FormAsync(world, 404, Unknown);
        osia.Registry.Data.Set(Fault.Status500, says: says);
        await FormAsync(world, 503, Mother);
        osia.Registry.Data.Set(Fault.Status503, 2, says: says);

        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(Birth, uin)));
        return uin;
    }

    private static async Task FormAsync(World world, int status, string number)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/osia/prefill"))
        {
            Content = JsonContent.Create(new { nid = number }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", world.Sandbox.OpenCrvs.IssueToken());
        using var answer = await world.Http.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
    }
}
