namespace NationalId.Core.Registry;

/// <summary>
/// Whether a registration counts, by the last that was said of it. Pure: which word is the last follows from the words
/// alone, never from the order in which they come.
/// </summary>
/// <param name="IsRevoked">Whether it counts no more.</param>
/// <param name="At">When that was said, by who said it; null when nothing was ever said.</param>
/// <param name="By">The event that said it.</param>
public readonly record struct Standing(bool IsRevoked, DateTimeOffset? At, string? By)
{
    /// <summary>Whether a word counts against what is known: it is newer, or the last one come again.</summary>
    /// <param name="at">When it was said.</param>
    /// <param name="by">The event that says it.</param>
    public bool Yields(DateTimeOffset at, string by) =>
        At is not { } known
        || at > known
        // Of two that were said at the same moment the same one wins everywhere.
        || (at == known && string.CompareOrdinal(by, By) >= 0);

    /// <summary>The standing once something more was said.</summary>
    /// <param name="change">What was said.</param>
    /// <param name="at">When.</param>
    /// <param name="by">The event that says it.</param>
    /// <returns>The same when it is older than what is known.</returns>
    public Standing After(RegistrationChange change, DateTimeOffset at, string by) =>
        Yields(at, by) ? new Standing(change == RegistrationChange.Revoked, at, by) : this;
}

/// <summary>What the registrations say of somebody.</summary>
/// <param name="BirthRevoked">Whether the birth counts no more; a birth that nobody knows counts.</param>
/// <param name="DeathsInForce">How many deaths of theirs count.</param>
public readonly record struct PersonState(bool BirthRevoked, int DeathsInForce)
{
    /// <summary>Whether a death of theirs counts.</summary>
    public bool IsDead => DeathsInForce > 0;

    /// <summary>
    /// Whether their number is to be in use. A death that is revoked gives no number back whose birth is revoked too,
    /// and a birth that is reinstated none of somebody who died.
    /// </summary>
    public bool IsNumberInUse => !BirthRevoked && !IsDead;
}
