using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Tests.Mosip.Packets;
using NationalId.Tests.Mosip.WebSub;
using Person = NationalId.Sandbox.Mosip.Person;

namespace NationalId.Tests.EndToEnd.Revocations;

/// <summary>Registrations that were wrong, where MOSIP takes packets.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class PacketRevocationTests
{
    [Theory]
    [InlineData("resident")]
    [InlineData("idrepo")]
    [InlineData("hotlist")]
    public async Task The_number_ends_as_the_table_says(string way)
    {
        await using var world = await WorldAsync(way);
        var (birth, person) = await BornAsync(world);
        await world.GoThroughTableAsync(
            birth,
            async () =>
            {
                var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person));
                await world.DeliveredAsync(death);
                return death;
            },
            async (step, active) =>
            {
                // MOSIP works on packets by itself.
                await Eventually.TrueAsync(
                    () => Task.FromResult(active == IsActive(world, person, way)),
                    instead: () => $"After {step} the number is {(active ? "not " : "")}active."
                );
            }
        );
        Assert.All(world.Packets().Stored, packet => Assert.Equal("PROCESSED", packet.Status));
        Assert.All(world.Packets().Stored, packet => Assert.False(packet.WrittenAfterStart));
    }

    [Theory]
    [InlineData("resident", "packet")]
    [InlineData("idrepo", "identity")]
    [InlineData("hotlist", "hotlist")]
    public async Task A_lost_answer_changes_nothing_of_how_it_ends(string way, string what)
    {
        await using var world = await WorldAsync(way);
        var (birth, person) = await BornAsync(world);
        world.Sandbox.Faults[what].Set(Fault.DownAfter, 4);
        await world.TellBirthAsync(birth, "revoke");
        await Eventually.TrueAsync(() => !IsActive(world, person, way));
        world.Sandbox.Faults[what].Set(Fault.Status503, 4);
        await world.TellBirthAsync(birth, "reinstate");
        await Eventually.TrueAsync(() => IsActive(world, person, way));
    }

    [Fact]
    public async Task By_default_a_human_tells_MOSIP()
    {
        await using var world = await WorldAsync("flag", onDeath: "packet");
        var (birth, person) = await BornAsync(world);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person));
        await world.DeliveredAsync(death);
        var row = await world.TellAsync(
            new Revocation(death.RegistrationNumber, "death", "revoke"),
            EventState.Flagged
        );
        Assert.Contains("Tell MOSIP by hand", row.Reason);
        Assert.Equal(birth.RegistrationNumber, row.LinkedBrn);
        Assert.Equal(2, world.Packets().Stored.Count);
    }

    [Fact]
    public async Task A_death_s_own_process_takes_it_back_and_what_MOSIP_has_no_process_for_is_for_a_human()
    {
        await using var world = await WorldAsync(
            "process",
            onDeath: "packet",
            settings =>
                settings[PacketWorld.Section + "SchemaJson"] = PacketSchemas.With(
                    "Declared_as_Deceased",
                    "Deceased_Declaration_Date",
                    "Reversal_Reason",
                    "Deactivation_reason",
                    "date_of_initial_registration"
                )
        );
        world.Packets().Manager.AddedProcesses = ["CRVS_Fraud_Death", "CRVS_deactivate_ID"];
        var (birth, person) = await BornAsync(world);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person));
        await world.DeliveredAsync(death);
        Assert.NotNull(person.DeathRegistrationNumber);
        await world.TellDeathAsync(death, "revoke");
        await Eventually.TrueAsync(() => person.DeathRegistrationNumber is null);
        var packet = Assert.Single(world.Packets().Stored, one => one.Process == "CRVS_Fraud_Death");
        Assert.Equal("registered by mistake", packet.Fields["Reversal_Reason"]);
        Assert.Empty(packet.Vanished);
        var row = await world.TellAsync(
            new Revocation(death.RegistrationNumber, "death", "reinstate"),
            EventState.Flagged
        );
        Assert.Contains("must be deactivated", row.Reason);

        // A birth's.
        await world.TellDeathAsync(death, "revoke");
        await world.TellBirthAsync(birth, "revoke");
        await Eventually.TrueAsync(() => !person.Active);
    }

    [Fact]
    public async Task A_number_counts_only_if_it_is_the_person_s_and_a_birth_without_one_waits_for_it()
    {
        await using var world = await WorldAsync("idrepo");
        var birth = await world.BirthAsync();
        var revoked = new Revocation(birth.RegistrationNumber, "birth", "revoke");
        var row = await world.TellAsync(revoked, EventState.Waiting);
        Assert.Contains("waits for the person's number", row.Reason);
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await world.ToldAsync(revoked);
        var person = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!;
        Assert.False(person.Active);

        // Once its payload is gone, the country configuration may name the number, but no other.
        var credential = await world.CredentialAsync(birth, EventState.Delivered);
        credential.Blob = null;
        await world.Ledger.SaveAsync(credential, default);
        var back = revoked with { Id = "b", Action = "reinstate", At = null };
        row = await world.TellAsync(back, EventState.Flagged);
        Assert.Contains("was removed", row.Reason);
        row = await world.TellAsync(back with { Id = "c", NationalId = "4815162342" }, EventState.Flagged);
        Assert.Contains("is not the person's", row.Reason);
        Assert.False(person.Active);
        await world.TellAsync(back with { Id = "d", NationalId = person.Uin });
        Assert.True(person.Active);
    }

    [Fact]
    public async Task A_death_that_is_sent_again_after_it_was_revoked_ends_no_number()
    {
        await using var world = await WorldAsync("idrepo");
        var (_, person) = await BornAsync(world);
        world.Packets().Workflow.Holds = true;
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(DeathOf(person));
        var row = await world.DeliveredAsync(death);
        await world.TellDeathAsync(death, "revoke");
        Assert.True(person.Active);

        // MOSIP fails the packet only now, and an operator sends it again.
        world.Packets().Workflow.RejectNext = 1;
        world.Packets().Workflow.Release();
        row = await PacketWorld.SweptAsync(world, row, one => one.Current == EventState.Flagged);
        await world.ReplayAsync(row);
        row = await world.DeliveredAsync(death);
        Assert.Contains("was revoked", row.Reason);
        Assert.True(person.Active);
    }

    private static bool IsActive(World world, Person person, string way) =>
        way == "hotlist" ? !world.Packets().Identities.Blocked.ContainsKey(person.Uin) : person.Active;

    private static Task<World> WorldAsync(
        string way,
        string? onDeath = null,
        Action<Dictionary<string, string?>>? client = null
    ) =>
        HubWorld.StartAsync(settings =>
        {
            settings[PacketWorld.Section + "FirstStatusAfter"] = "00:00:00.010";
            settings[PacketWorld.Section + "LongestStatusGap"] = "00:00:00.020";
            settings["NationalId:Mosip:OnRevocation"] = way;
            settings["NationalId:Mosip:OnDeath"] = onDeath ?? "packet+" + way;
            client?.Invoke(settings);
        });

    private static async Task<(SentEvent Birth, Person Person)> BornAsync(World world)
    {
        var birth = await world.BirthAsync();
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await world.CredentialAsync(birth, EventState.Delivered);
        return (birth, world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!);
    }

    private static DeathRecord DeathOf(Person person) =>
        new()
        {
            GivenNames = person.Name.Split(' ')[..^1],
            FamilyName = person.Name.Split(' ')[^1],
            Gender = person.Gender!,
            BirthDate = person.BirthDate!,
            NationalId = person.Uin,
        };
}
