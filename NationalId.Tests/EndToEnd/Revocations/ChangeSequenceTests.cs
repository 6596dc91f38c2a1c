using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd.Revocations;

/// <summary>
/// Whatever is said of a birth and a death, in whatever order it comes and whatever fails meanwhile: the number ends as
/// the table of docs/protocols.md, "Revocations", says.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class ChangeSequenceTests
{
    [Theory]
    [InlineData(20261126)]
    [InlineData(7)]
    [InlineData(41)]
    public async Task Swaps_repeats_lost_answers_and_a_host_that_stops_end_in_the_state_of_the_table(int seed)
    {
        var random = new Random(seed);
        await using var world = await World.StartAsync(
            sandbox => sandbox.ClientName = "Freedonia",
            settings =>
            {
                settings["NationalId:DefaultSystem:Timeout"] = "00:00:04";
                settings["NationalId:Delivery:LeaseFor"] = "00:00:05";
            }
        );
        var system = world.Sandbox.NationalIdSystem;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        await Eventually.TrueAsync(() => system.FindByBirth(birth.RegistrationNumber) is not null);
        var number = system.FindByBirth(birth.RegistrationNumber)!;

        // 1. The death is held up, so that some of what is said of it overtakes it.
        system.Deaths.Set(Fault.Status503);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { NationalId = number.Number });
        var words = Words(random, birth, "birth").Concat(Words(random, death, "death")).ToArray();
        Revocation[] sent = [.. words, .. words.Where(_ => random.Next(3) == 0)];
        random.Shuffle(sent);

        // 2. They come in any order, answers get lost, and the host stops in the middle.
        system.Births.Set(Fault.DownAfter, 3);
        foreach (var word in sent[..(sent.Length / 2)])
        {
            Assert.Equal(202, await world.Sandbox.OpenCrvs.SendRevocationAsync(word));
        }

        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        system.Deaths.Set(Fault.DownAfter, 3);
        foreach (var word in sent[(sent.Length / 2)..])
        {
            Assert.Equal(202, await world.Sandbox.OpenCrvs.SendRevocationAsync(word));
        }

        // 3. All are through, and the newest words count.
        foreach (var word in words)
        {
            await world.ToldAsync(word, EventState.Delivered);
        }

        await world.DeliveredAsync(death);
        Assert.Equal(IsRevoked(words, "birth"), number.BirthRevoked);
        Assert.Equal(IsRevoked(words, "death"), number.DeathRevoked);
        Assert.Equal(!IsRevoked(words, "birth") && IsRevoked(words, "death"), number.Valid);
        Assert.Empty(system.Refused);
    }

    [Theory]
    [InlineData(20261126)]
    [InlineData(5)]
    public async Task Corrections_among_them_are_told_after_the_registration_and_the_last_one_counts(int seed)
    {
        var random = new Random(seed);
        await using var world = await World2.StartAsync(
            OpenCrvsVersion.V20,
            sandbox => sandbox.Events.ForwardsChanges = true,
            settings =>
            {
                settings["NationalId:OpenCrvs:ConfirmWhen"] = "Stored";
                settings["NationalId:DefaultSystem:Timeout"] = "00:00:04";
                settings["NationalId:Delivery:LeaseFor"] = "00:00:05";
            }
        );
        var system = world.Sandbox.NationalIdSystem;
        system.Births.Set(Fault.Status503);
        var birth = await world.RegisterAsync();
        await world.ConfirmedAsync(birth);

        // 1. All of it overtakes the registration, and the host stops in the middle.
        string[] said = [.. Words(random, 3), "correct", .. Words(random, 3)];
        var surname = "";
        for (var step = 0; step < said.Length; step++)
        {
            if (said[step] == "correct")
            {
                surname = $"Corrected{step}";
                await world.Events.CorrectAsync(
                    birth.EventId,
                    new JsonObject { ["child.name"] = new JsonObject { ["surname"] = surname } }
                );
            }
            else
            {
                var action = said[step] == "revoke" ? "REVOKE_REGISTRATION" : "REINSTATE_REVOKE_REGISTRATION";
                Assert.Equal(200, await world.Events.ActAsync(birth.EventId, action));
            }

            if (step == said.Length / 2)
            {
                await world.Inner.Host.DisposeAsync();
                await world.Inner.StartHostAsync();
            }
        }

        // 2. Then answers get lost.
        system.Births.Clear();
        system.Births.Set(Fault.DownAfter, 3);
        await world.GivenAsync(birth);
        var number = Assert.Single(system.AssignedNumbers.Values);
        await Eventually.TrueAsync(() =>
            system.Received.LastOrDefault(notice => notice.Action == "correct") is { Payload: { } payload }
            && Encoding.UTF8.GetString(payload).Contains(surname, StringComparison.Ordinal)
            && number.Valid == (said.LastOrDefault(word => word != "correct") != "revoke")
        );
        Assert.Null(system.Received.First().Action);
        Assert.Empty(system.Refused);
        Assert.Equal(surname, (string?)world.Events.State(birth.EventId).Declaration["child.name"]!["surname"]);
    }

    private static string[] Words(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.GetItems(["correct", "revoke", "reinstate"], 1)[0])];

    private static bool IsRevoked(IEnumerable<Revocation> words, string kind) =>
        words.Where(word => word.Kind == kind).MaxBy(word => word.At)?.Action == "revoke";

    private static IEnumerable<Revocation> Words(Random random, SentEvent registration, string kind) =>
        Enumerable
            .Range(1, random.Next(1, 5))
            .Select(minute => new Revocation(
                registration.RegistrationNumber,
                kind,
                random.Next(2) == 0 ? "revoke" : "reinstate"
            )
            {
                At = DateTimeOffset.UtcNow.AddMinutes(minute - 30),
            })
            .ToArray();
}
