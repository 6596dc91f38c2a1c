using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// What the population registry is asked before a birth is told: whether it knows the child already, and whether the
/// parents are who the record says. The registration has happened, so that none of this holds it back for ever.
/// </summary>
/// <param name="registry">The population registry.</param>
/// <param name="attributes">What people are matched by.</param>
/// <param name="options">What is asked.</param>
/// <param name="time">The clock.</param>
public sealed class RegistryChecks(
    RegistryClient registry,
    OsiaAttributes attributes,
    OsiaOptions options,
    TimeProvider time
)
{
    private const string ChildSought = "child-sought";

    private static readonly PersonRole[] Parents = [PersonRole.Mother, PersonRole.Father];

    /// <summary>Looks whether the registry knows the child already. It is asked once.</summary>
    /// <param name="row">The birth's row: it is told what was found.</param>
    /// <param name="child">The child.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FlaggedException">It does, and the settings want an operator to decide.</exception>
    public async Task SeekChildAsync(EventRow row, Person child, CancellationToken cancellationToken)
    {
        // Twins share the family name and the day: all of the names have to be there.
        if (
            options.KnownChild == KnownChild.Ignore
            || row.IsDone(ChildSought)
            || attributes.ToMatch(child) is not { } values
            || values.Count < attributes.Matched.Count
        )
        {
            return;
        }

        IReadOnlyList<string> hits;
        try
        {
            hits = await registry.FindAsync(values, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            // It does not take such a question: the registration has happened all the same.
            row.Done(ChildSought, time.GetUtcNow());
            row.Note(time.GetUtcNow(), row.Current, $"The child was not looked for: {refused.Reason}");
            return;
        }

        row.Done(ChildSought, time.GetUtcNow());
        if (hits.Count > 0)
        {
            Know(row);
        }
    }

    private void Know(EventRow row)
    {
        const string Known = "The registry knows somebody of the child's names and date of birth already.";
        if (options.KnownChild == KnownChild.Flag)
        {
            throw new FlaggedException(Known);
        }

        row.Note(time.GetUtcNow(), row.Current, Known);
    }

    /// <summary>The parents by whom the birth is told, by their numbers: the mother first.</summary>
    /// <param name="row">The birth's row: it is told what differs.</param>
    /// <param name="record">The birth.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="TransientFailureException">The registry can't tell now.</exception>
    internal async Task<IReadOnlyList<OsiaPerson>> ParentsAsync(
        EventRow row,
        VitalEvent record,
        CancellationToken cancellationToken
    )
    {
        List<OsiaPerson> parents = [];
        foreach (var role in Parents)
        {
            if (
                record.People.TryGetValue(role, out var person)
                && person.NationalIds.Select(OsiaAttributes.NumberOf).OfType<string>().FirstOrDefault() is { } number
                && parents.All(other => other.Uin != number)
                && await IsToldAsync(row, role, person, number, cancellationToken)
            )
            {
                parents.Add(new OsiaPerson(person, number) { Gender = role == PersonRole.Mother ? "female" : "male" });
            }
        }

        return parents;
    }

    private async Task<bool> IsToldAsync(
        EventRow row,
        PersonRole role,
        Person person,
        string number,
        CancellationToken cancellationToken
    )
    {
        var name = role == PersonRole.Mother ? "mother" : "father";
        var (told, leftOut) = (name + "-told", name + "-left-out");
        if (options.CheckParents == ParentCheck.Ignore || row.IsDone(told))
        {
            return true;
        }

        if (row.IsDone(leftOut))
        {
            return false;
        }

        var (isKnown, difference) = await CompareAsync(person, number, cancellationToken);
        // The registration has happened, and names are often written otherwise: a difference takes no parent away.
        var isTold = difference is null || (isKnown && options.CheckParents == ParentCheck.Note);
        var now = time.GetUtcNow();
        row.Done(isTold ? told : leftOut, now);
        if (difference is not null)
        {
            row.Note(now, row.Current, $"The {name} is {(isTold ? "told all the same" : "left out")}: {difference}");
        }

        return isTold;
    }

    /// <summary>Whether somebody may have the number, and what differs; null when nothing does.</summary>
    private async Task<(bool IsKnown, string? Difference)> CompareAsync(
        Person person,
        string number,
        CancellationToken cancellationToken
    )
    {
        if (attributes.ToMatch(person) is not { } values)
        {
            return (true, "the record has not both a name and a whole date of birth to compare.");
        }

        try
        {
            return await registry.MatchAsync(number, values, cancellationToken) switch
            {
                null => (false, "the registry does not know the number."),
                { Count: 0 } => (true, null),
                var different => (true, $"the registry has another {string.Join(", ", different)}."),
            };
        }
        catch (PermanentFailureException refused)
        {
            return (true, refused.Reason);
        }
    }
}
