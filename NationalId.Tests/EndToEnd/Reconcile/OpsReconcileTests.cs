using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Tests.Operations;

namespace NationalId.Tests.EndToEnd.Reconcile;

/// <summary>What the operator's page shows of reconciliation, in a real Chromium (Node/ops-reconcile.mjs).</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OpsReconcileTests
{
    [SkippableFact]
    public async Task An_operator_sees_the_last_run_and_releases_a_batch()
    {
        Chromium.Require();
        await using var world = await ReconcileWorld.StartAsync(OpenCrvsVersion.V13);
        var search = world.Sandbox.OpenCrvs.Search;
        var heard = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.Inner.DeliveredAsync(heard);
        var lost = await world.Inner.UnheardBirthAsync();
        search.Add(new BirthRecord { RegistrationNumber = heard.RegistrationNumber });
        await world.ReconcileAsync();
        var year = DateTimeOffset.UtcNow.AddDays(-300);
        search.Add(registeredAt: year);
        search.Add(new DeathRecord(), year);
        var order = new JsonObject
        {
            ["from"] = year.AddDays(-1).ToString("O"),
            ["to"] = year.AddDays(1).ToString("O"),
            ["probe"] = lost.RegistrationNumber,
        };
        var batch = await world.BatchAsync("api/ops/batches", new StringContent(order.ToJsonString()));
        await world.BatchAsync(batch, "held");

        await NodeScript.RunAsync(
            "ops-reconcile.mjs",
            [
                new
                {
                    address = world.Inner.Url("api/ops").ToString(),
                    key = world.Inner.Host.FunctionKeys.Admin,
                    chromium = Chromium.Path,
                    batch,
                    missing = 2,
                },
            ]
        );
        await world.BatchAsync(batch, "done");
    }
}
