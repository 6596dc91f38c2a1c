using NationalId.LocalHost;
using NationalId.Sandbox.Osia;

namespace NationalId.Tests.Osia;

/// <summary>OSIA's own files stand beside the repository and not in it: none of them is ours to change.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaSchemaTests
{
    private static readonly string? Folder = new[]
    {
        Repository.PathOf("..", "shared", "osia"),
        Repository.PathOf("..", "..", "shared", "osia"),
    }.FirstOrDefault(Directory.Exists);

    [SkippableTheory]
    [InlineData("osia-6.1.0")]
    [InlineData("osia-7.1")]
    public async Task Every_request_and_answer_of_a_life_is_as_OSIA_has_it(string version)
    {
        Skip.If(Folder is null, "OSIA's own files are not beside the repository: NOTHING was checked against them.");
        await using var world = await OsiaWorld.StartAsync(sandbox: settings =>
        {
            settings.OsiaWrites = true;
            settings.OsiaNotifies = true;
        });
        await world.SweepAsync();
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        await world.SweptAsync(row, one => one.IsDone("registered"));
        await AskAsync(world.Osia().Orchestrator, uin);
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin)));

        var exchanges = world.Osia().Exchanges.All;
        Assert.Equal(
            ["dataaccess", "notification", "pr", "uin"],
            exchanges.Select(one => one.Interface).Distinct().Order()
        );
        var problems = await NodeScript.RunAsync(
            "osia-schema.mjs",
            exchanges.Select(one => new
            {
                @interface = one.Interface,
                method = one.Method,
                path = one.Path,
                query = one.Query,
                body = one.Body,
                status = one.Status,
                answer = one.Answer,
            }),
            Path.Combine(Folder!, version)
        );
        Assert.Equal("", string.Join(Environment.NewLine, problems.Select(one => one.GetRawText())));
    }

    private static async Task AskAsync(Orchestrator registry, string uin)
    {
        await registry.AskAsync("persons?dateOfBirth=2026-03-04&names=lastName");
        await registry.AskAsync("persons?dateOfBirth=2026-03-04");
        await registry.AskAsync("persons?dateOfBirth=1900-03-04");
        await registry.AskAsync($"persons/{uin}/match", body: """{"lastName":"Else","shoeSize":true}""");
        await registry.AskAsync(
            $"persons/{uin}/verify",
            body: """[{"attributeName":"dateOfBirth","operator":"<","value":"2027-01-01"}]"""
        );
        await registry.AskAsync($"persons/{uin}/document?doctype=birth&format=pdf");
        await registry.AskAsync($"persons/{uin}?attributeNames=lastName", token: "nonsense");
    }
}
