using System.Text;
using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd;

/// <summary>OpenCRVS 1.2: another way to sign in, other bundles, and a mediator that knows births only.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class OpenCrvs12Tests
{
    [Fact]
    public async Task A_whole_life_runs_against_1_2()
    {
        await using var world = await World.StartAsync(
            sandbox => sandbox.OpenCrvsVersion = OpenCrvsVersion.V12,
            // What docs/opencrvs-setup.md says of mediators that know no DRN.
            settings => settings["NationalId:OpenCrvs:SaveDeathAid"] = "false"
        );
        var openCrvs = world.Sandbox.OpenCrvs;

        // The birth with its AID, and its UIN token.
        var (birth, person) = await DeathTests.LifeAsync(world);
        Assert.DoesNotContain("\"resourceType\":\"Composition\"", Encoding.UTF8.GetString(birth.Body));
        var record = openCrvs.Find(birth.RegistrationNumber)!;
        Assert.Equal(Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber)).Aid, record.Aid);
        Assert.Equal(person.UinToken, record.Fields["UINTOKEN"]);

        // The death: linked, and the person deactivated at MOSIP.
        var death = await openCrvs.SendDeathAsync(DeathTests.DeathOf(person.Vid));
        var row = await world.DeliveredAsync(death);
        Assert.Equal("linked", row.Link);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.False(person.Active);
        Assert.Equal(openCrvs.Find(death.RegistrationNumber)!.PatientId, record.Fields["DECEASED_PATIENT_ENTRY"]);
        Assert.Empty(openCrvs.Find(death.RegistrationNumber)!.Saves);
    }
}
