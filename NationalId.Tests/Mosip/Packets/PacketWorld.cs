using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Mosip.Packets;

/// <summary>Worlds whose MOSIP takes packets.</summary>
internal static class PacketWorld
{
    public const string Section = "NationalId:Mosip:Packets:";

    /// <summary>Starts one; what became of packets is asked for at every sweep.</summary>
    public static Task<World> StartAsync(
        Action<Dictionary<string, string?>>? client = null,
        Action<NationalId.Sandbox.SandboxSettings>? sandbox = null
    ) =>
        World.StartAsync(
            settings =>
            {
                settings.MosipTakesPackets = true;
                sandbox?.Invoke(settings);
            },
            settings =>
            {
                settings[Section + "FirstStatusAfter"] = "00:00:00.010";
                settings[Section + "LongestStatusGap"] = "00:00:00.020";
                client?.Invoke(settings);
            }
        );

    /// <summary>MOSIP's registration side.</summary>
    public static NationalId.Sandbox.Mosip.Packets Packets(this World world) => world.Sandbox.Mosip.Packets;

    /// <summary>Somebody whom MOSIP knows.</summary>
    public static Person AddDeceased(this World world) =>
        world.Sandbox.Mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");

    /// <summary>The death of that person.</summary>
    public static DeathRecord DeathOf(string? number) =>
        new()
        {
            GivenNames = ["Amina", "Zoë"],
            FamilyName = "Óladóttir",
            Gender = "female",
            BirthDate = "1957-03-04",
            NationalId = number,
        };

    /// <summary>An operator sends an event again.</summary>
    public static async Task ReplayAsync(this World world, EventRow row)
    {
        await world.Host.Services.GetRequiredService<EventCommands>().ReplayAsync(row.Key, Operators.Unknown, default);
        Assert.NotEqual(nameof(EventState.Flagged), (await world.Ledger.GetAsync(row.Key, default))!.State);
    }

    /// <summary>The event's row, once it is in a state; the sweep runs meanwhile.</summary>
    public static async Task<EventRow> SweptAsync(this World world, EventRow row, Func<EventRow, bool> until)
    {
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            row = (await world.Ledger.GetAsync(row.Key, default))!;
            return until(row);
        });
        return row;
    }
}
