using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Support;

/// <summary>Revocations and reinstatements, as a country configuration tells of them.</summary>
internal static class Revoking
{
    /// <summary>Tells of one, and waits until it is in one of the states; delivered where none is named.</summary>
    public static async Task<EventRow> TellAsync(this World world, Revocation revocation, params EventState[] states)
    {
        Assert.Equal(202, await world.Sandbox.OpenCrvs.SendRevocationAsync(revocation));
        return await world.ToldAsync(revocation, states);
    }

    /// <summary>The row of one, once it is in one of the states; delivered where none is named.</summary>
    public static async Task<EventRow> ToldAsync(this World world, Revocation revocation, params EventState[] states)
    {
        var key = EventKinds.Carried.Get(EventKinds.BirthRevoked).KeyOf(revocation.Id, null, null);
        EventRow? row = null;
        await Eventually.TrueAsync(
            async () =>
            {
                row = await world.Ledger.GetAsync(key, default);
                return row is not null
                    && (states.Length == 0 ? row.Current == EventState.Delivered : states.Contains(row.Current));
            },
            instead: () => row is null ? "unknown" : string.Join(Environment.NewLine, row.Changes)
        );
        return row!;
    }

    /// <summary>Revokes a death, or reinstates it.</summary>
    public static Task<EventRow> TellDeathAsync(this World world, SentEvent death, string action) =>
        world.TellAsync(new Revocation(death.RegistrationNumber, "death", action));

    /// <summary>Revokes a birth, or reinstates it.</summary>
    public static Task<EventRow> TellBirthAsync(this World world, SentEvent birth, string action) =>
        world.TellAsync(new Revocation(birth.RegistrationNumber, "birth", action));

    /// <summary>
    /// The table of what a number is to be (docs/protocols.md, "Revocations"), gone through from its birth to a death
    /// that was wrong: each step tells what was done and whether the number is in use afterwards.
    /// </summary>
    public static async Task GoThroughTableAsync(
        this World world,
        SentEvent birth,
        Func<Task<SentEvent>> die,
        Func<string, bool, Task> assert
    )
    {
        await world.TellBirthAsync(birth, "revoke");
        await assert("birth revoked", false);
        await world.TellBirthAsync(birth, "reinstate");
        await assert("birth reinstated", true);
        var death = await die();
        await assert("death registered", false);
        await world.TellDeathAsync(death, "revoke");
        await assert("death revoked", true);
        await world.TellDeathAsync(death, "reinstate");
        await assert("death reinstated", false);

        // Both at once: neither gives the number back that the other has taken.
        await world.TellBirthAsync(birth, "revoke");
        await world.TellDeathAsync(death, "revoke");
        await assert("both revoked", false);
        await world.TellBirthAsync(birth, "reinstate");
        await assert("birth reinstated, death revoked", true);
    }
}
