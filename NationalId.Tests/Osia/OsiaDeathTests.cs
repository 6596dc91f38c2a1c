using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Osia;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Osia;

[Trait(Tier.Name, Tier.Whole)]
public sealed class OsiaDeathTests
{
    private const string Number = "4815162342";

    private static readonly DeathRecord Death = new()
    {
        GivenNames = ["Amina", "Zoë"],
        FamilyName = "Óladóttir",
        Gender = "female",
        BirthDate = "1957-03-04",
    };

    [Fact]
    public async Task A_number_counts_only_with_the_names_and_date_that_the_registry_has()
    {
        await using var world = await OsiaWorld.StartAsync();
        var person = world.Osia().Registry.Add(Number, "Amina Zoë", "Óladóttir", "1957-03-04");

        // Nobody may die of a mistyped number.
        var wrong = await world.Sandbox.OpenCrvs.SendDeathAsync(
            Death with
            {
                NationalId = Number,
                FamilyName = "Else",
            }
        );
        var row = await world.EventAsync(wrong.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Equal("unlinked: the registry has another lastName", row.Link);
        var unknown = await world.Sandbox.OpenCrvs.SendDeathAsync(
            Death with
            {
                NationalId = "1",
                TrackingId = "DAAAAA1",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        row = await world.EventAsync(unknown.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Contains("does not know the number", row.Reason);
        var none = await world.Sandbox.OpenCrvs.SendDeathAsync(
            Death with
            {
                TrackingId = "DAAAAA2",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        row = await world.EventAsync(none.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Equal("unlinked: the deceased has no number", row.Link);
        Assert.Empty(world.Published("death"));
        Assert.Equal("ALIVE", person.PhysicalStatus);

        var right = await world.Sandbox.OpenCrvs.SendDeathAsync(
            Death with
            {
                NationalId = Number,
                TrackingId = "DAAAAA3",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        await world.DeliveredAsync(right);
        Assert.Equal("DEAD", person.PhysicalStatus);
        Assert.Empty(world.Osia().Orchestrator.Problems);
    }

    [Fact]
    public async Task Without_a_number_one_hit_alone_counts_where_the_country_allows_it()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "FindDeceased"] = "true"
        );
        var person = world.Osia().Registry.Add(Number, "Amina Zoë", "Óladóttir", "1957-03-04");
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendDeathAsync(Death));
        Assert.Equal("DEAD", person.PhysicalStatus);

        world.Osia().Registry.Add("4815162343", "Amina Zoë", "Óladóttir", "1957-03-04");
        var two = await world.Sandbox.OpenCrvs.SendDeathAsync(
            Death with
            {
                TrackingId = "DAAAAA1",
                CompositionId = Guid.NewGuid().ToString(),
            }
        );
        var row = await world.EventAsync(two.RegistrationNumber, EventKinds.Death, EventState.Flagged);
        Assert.Contains("not one person alone", row.Reason);
        Assert.Single(world.Published("death"));
    }

    [Fact]
    public async Task A_death_waits_for_the_birth_that_the_registry_does_not_have_yet()
    {
        await using var world = await OsiaWorld.StartAsync(settings =>
            settings[OsiaWorld.Section + "PublishAgainAfter"] = "00:00:00.500"
        );
        world.Osia().Orchestrator.Loses = 1;
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        var row = await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin));
        var waits = await world.EventAsync(death.RegistrationNumber, EventKinds.Death, EventState.Waiting);
        Assert.Contains("does not have the deceased's birth yet", waits.Reason);

        await world.SweptAsync(row, one => one.IsDone("registered"));
        await world.DeliveredAsync(death);
        Assert.Equal("DEAD", world.Osia().Registry.Find(uin)!.PhysicalStatus);
    }

    [Fact]
    public async Task A_birth_that_the_registry_got_just_after_it_was_asked_is_waited_for()
    {
        await using var world = await OsiaWorld.StartAsync(services: services =>
            services.AddSingleton<IVerifier>(all => new AskedTooEarly(
                ActivatorUtilities.CreateInstance<OsiaVerifier>(all)
            ))
        );
        var record = world.Birth();
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        await world.DeliveredAsync(birth);
        var uin = await world.NumberedAsync(birth);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(OsiaWorld.DeathOf(record, uin));
        var row = await world.DeliveredAsync(death);
        Assert.Equal(2, row.Attempt);
        Assert.Equal("DEAD", world.Osia().Registry.Find(uin)!.PhysicalStatus);
    }

    /// <summary>Knows nobody when it is asked for the first time.</summary>
    private sealed class AskedTooEarly(IVerifier registry) : IVerifier
    {
        private int asked;

        public string? NumberOf(string typed) => registry.NumberOf(typed);

        public Task<Verification?> RecallAsync(Person person, string number, CancellationToken cancellationToken) =>
            registry.RecallAsync(person, number, cancellationToken);

        public Task<Verification> VerifyAsync(Person person, string number, CancellationToken cancellationToken) =>
            Interlocked.Increment(ref asked) == 1
                ? Task.FromResult(new Verification([], "nobody") { IsUnknown = true })
                : registry.VerifyAsync(person, number, cancellationToken);
    }
}
