namespace NationalId.Core.Platform.Secrets;

/// <summary>How a secret store did when it was last asked: shown by health, never holding a secret.</summary>
/// <param name="LastSuccess">When the store last answered; null when it never has.</param>
/// <param name="FailingSince">When the first of the failures since then was; null when the last read went well or there
/// was none yet.</param>
public sealed record SecretStoreStatus(DateTimeOffset? LastSuccess, DateTimeOffset? FailingSince)
{
    /// <summary>The last read failed, earlier values are used. A value that was never read can't be had.</summary>
    public bool IsDegraded => FailingSince is not null;

    /// <summary>What to show.</summary>
    public SecretStoreState State =>
        this switch
        {
            { LastSuccess: null, FailingSince: null } => SecretStoreState.NotAskedYet,
            { LastSuccess: null } => SecretStoreState.NeverReached,
            { FailingSince: null } => SecretStoreState.Reachable,
            _ => SecretStoreState.Degraded,
        };
}

/// <summary>What can be said of a secret store in one word.</summary>
public enum SecretStoreState
{
    /// <summary>Nothing has been read since the process started.</summary>
    NotAskedYet,

    /// <summary>The last read went well.</summary>
    Reachable,

    /// <summary>The last read failed: values of earlier reads are used.</summary>
    Degraded,

    /// <summary>No read has gone well since the process started: there are no values.</summary>
    NeverReached,
}
