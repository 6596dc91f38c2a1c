using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Core.Osia;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.Osia;

namespace NationalId.Tests.Osia;

/// <summary>Worlds whose National ID system speaks OSIA.</summary>
internal static class OsiaWorld
{
    public const string Section = "NationalId:Osia:";
    public const string MothersNumber = "7351246809";

    /// <summary>Starts one; the registry is asked at every sweep.</summary>
    public static async Task<World> StartAsync(
        Action<Dictionary<string, string?>>? client = null,
        Action<SandboxSettings>? sandbox = null,
        Action<IServiceCollection>? services = null
    )
    {
        var world = await World.StartAsync(
            settings =>
            {
                settings.SpeaksOsia = true;
                settings.ClientName = "Freedonia";
                sandbox?.Invoke(settings);
            },
            settings =>
            {
                settings[Section + "FirstCheckAfter"] = "00:00:00.010";
                settings[Section + "LongestCheckGap"] = "00:00:00.020";
                client?.Invoke(settings);
            },
            services: services
        );
        if (world.Setting("OSIA_NOTIFY_SECRET") is not null)
        {
            // The host's port is known only now.
            world.Host.Services.GetRequiredService<OsiaOptions>().NotifyUrl = world.Url("api/osia/notify");
        }

        return world;
    }

    public static OsiaSandbox Osia(this World world) => world.Sandbox.Osia;

    /// <summary>A birth whose mother the registry knows.</summary>
    public static BirthRecord Birth(this World world, string first = "Zoë", string family = "Ωmega")
    {
        world.Osia().Registry.Add(MothersNumber, "Mirembe", family, "1991-07-14");
        return new BirthRecord
        {
            GivenNames = [first, "Łucja"],
            FamilyName = family,
            Gender = "female",
            BirthDate = "2026-03-04",
            MotherNationalId = MothersNumber,
        };
    }

    /// <summary>The death of that child.</summary>
    public static DeathRecord DeathOf(BirthRecord birth, string? number) =>
        new()
        {
            GivenNames = birth.GivenNames,
            FamilyName = birth.FamilyName,
            Gender = birth.Gender,
            BirthDate = birth.BirthDate,
            NationalId = number,
        };

    /// <summary>The event's row, once it is as it should be; the sweep runs meanwhile.</summary>
    public static async Task<EventRow> SweptAsync(this World world, EventRow row, Func<EventRow, bool> until)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                await world.SweepAsync();
                row = (await world.Ledger.GetAsync(row.Key, default))!;
                return until(row);
            },
            instead: () => string.Join(Environment.NewLine, row.Changes)
        );
        return row;
    }

    /// <summary>Waits until the number stands on a birth's record.</summary>
    public static async Task<string> NumberedAsync(this World world, SentEvent birth)
    {
        await Eventually.TrueAsync(() => world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.NationalId is not null);
        return world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.NationalId!;
    }

    /// <summary>An operator sends an event again.</summary>
    public static Task ReplayAsync(this World world, EventRow row) =>
        world.Host.Services.GetRequiredService<EventCommands>().ReplayAsync(row.Key, Operators.Unknown, default);

    /// <summary>What was published of a type, as objects.</summary>
    public static IReadOnlyList<string> Published(this World world, string subject) =>
        [.. world.Osia().Engine.Published.Where(one => one.Subject == subject).Select(one => one.Message)];
}
