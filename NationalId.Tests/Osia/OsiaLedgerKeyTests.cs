using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Osia;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Osia;

/// <summary>
/// Children's numbers and the people who are served are encrypted under the ledger key (docs/rotate-secrets.md, "The
/// ledger key").
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaLedgerKeyTests
{
    [Fact]
    public async Task A_number_that_was_drawn_under_an_earlier_ledger_key_stays_the_childs_while_that_is_enabled()
    {
        await using var vault = await TestVault.StartAsync();
        Dictionary<string, string> first = [];
        await using var world = await OsiaWorld.StartAsync(
            settings =>
            {
                first = vault.Take(settings, "00:00:00.200");
                settings[OsiaWorld.Section + "PublishAgainAfter"] = "00:00:00.500";
            },
            services: services => services.AddSingleton(vault.Client())
        );
        var osia = world.Osia();
        osia.Orchestrator.Loses = int.MaxValue;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth());
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        var reads = $"persons/{uin}?attributeNames=lastName";

        var numbers = world.Host.Services.GetRequiredService<DrawnNumbers>();

        // 1. A newer key: who was served is served.
        vault.Put(SecretNames.LedgerKey, "the ledger key after the rotation");
        await Eventually.TrueAsync(async () => (await world.Registrations.HashesAsync("any", default)).Count == 2);
        Assert.Equal(200, (await osia.Orchestrator.AskAsync(reads)).Status);

        // 2. The earlier one is disabled: whom it hides can't be read, and births of before can't go on. Others do.
        vault.Enable(SecretNames.LedgerKey, first[SecretNames.LedgerKey], false);
        await Eventually.TrueAsync(async () => (await osia.Orchestrator.AskAsync(reads)).Status == 404);
        osia.Orchestrator.Loses = 0;
        var later = await world.Sandbox.OpenCrvs.SendBirthAsync(world.Birth("Eva"));
        await world.SweptAsync(await world.DeliveredAsync(later), one => one.IsDone("registered"));
        Assert.False((await world.Ledger.GetAsync(row.Key, default))!.IsDone("registered"));
        Assert.Contains(world.Logs.Lines, line => line.Contains("opens with no ledger key", StringComparison.Ordinal));
        await Assert.ThrowsAsync<TransientFailureException>(() => numbers.FindAsync(row.KnownBy!, default));

        // 3. Enabled again, the child has the number that was drawn, and there is no other.
        vault.Enable(SecretNames.LedgerKey, first[SecretNames.LedgerKey], true);
        await world.SweptAsync(row, one => one.IsDone("registered"));
        Assert.NotNull(osia.Registry.Find(uin));
        Assert.Equal(uin, await numbers.FindAsync(row.KnownBy!, default));
        Assert.Equal(2, osia.Uins.Drawn.Count);
    }
}
