namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// What one part of the client needs of the secret store. Every source and destination brings its own; health asks all.
/// </summary>
public interface ISecretCheck
{
    /// <summary>
    /// Reads each secret that the configured path needs, in the way in which it is used, and reports what is wrong.
    /// </summary>
    /// <param name="report">Takes the findings. It may be written to from several tasks.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    Task CheckAsync(SecretReport report, CancellationToken cancellationToken);
}

/// <summary>Something to be said of a secret, without any of its content.</summary>
/// <param name="Name">The secret's name in Key Vault.</param>
/// <param name="Problem">What is wrong, in words.</param>
public sealed record SecretFinding(string Name, string Problem)
{
    /// <summary>The secret works all the same: worth telling, but no reason to call the client degraded.</summary>
    public bool IsNotice { get; init; }

    /// <summary>A short word for health, for the findings that have one.</summary>
    public string? Headline { get; init; }
}

/// <summary>Until when a certificate in use is valid.</summary>
/// <param name="Name">The name of the secret that holds it.</param>
/// <param name="NotAfter">The end of its time.</param>
public sealed record CertificateExpiry(string Name, DateTimeOffset NotAfter)
{
    /// <summary>How many days are left; negative when it is over.</summary>
    /// <param name="now">The time of asking.</param>
    public double DaysLeft(DateTimeOffset now) => Math.Round((NotAfter - now).TotalDays, 2);
}
