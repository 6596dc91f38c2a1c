using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Core.Platform.Secrets;

/// <summary>What was found when all secrets of the configured path were read once.</summary>
/// <param name="store">The secret store.</param>
/// <param name="time">The clock.</param>
public sealed class SecretReport(ISecretStore store, TimeProvider time)
{
    /// <summary>How long before its end a certificate is reported: MOSIP's partners need weeks for a new one.</summary>
    public static readonly TimeSpan WarnAhead = TimeSpan.FromDays(30);

    private readonly Lock writing = new();
    private readonly SortedDictionary<string, CertificateExpiry> certificates = new(StringComparer.Ordinal);
    private readonly List<SecretFinding> findings = [];
    private bool isIncomplete;

    /// <summary>The findings, by the secret's name.</summary>
    public IReadOnlyList<SecretFinding> Findings
    {
        get
        {
            lock (writing)
            {
                // What is found in two ways is said once, with its headline.
                return
                [
                    .. findings
                        .OrderBy(finding => finding.Headline is null)
                        .DistinctBy(finding => (finding.Name, finding.Problem))
                        .OrderBy(finding => finding.Name, StringComparer.Ordinal),
                ];
            }
        }
    }

    /// <summary>The certificates in use.</summary>
    public IReadOnlyList<CertificateExpiry> Certificates
    {
        get
        {
            lock (writing)
            {
                return [.. certificates.Values];
            }
        }
    }

    /// <summary>The store did not answer for some secret: nothing can be said of that one.</summary>
    public bool IsIncomplete => Volatile.Read(ref isIncomplete);

    /// <summary>Adds a finding.</summary>
    /// <param name="finding">What was found.</param>
    public void Add(SecretFinding finding)
    {
        lock (writing)
        {
            findings.Add(finding);
        }
    }

    /// <summary>Looks at a secret that is used as it is: an id, a key, a password.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <param name="headline">A short word for health if it is missing.</param>
    public Task NeedAsync(string name, CancellationToken cancellationToken, string? headline = null) =>
        TryAsync(async () =>
        {
            if ((await store.GetVersionsAsync(name, cancellationToken)).Count == 0)
            {
                Add(Missing(name) with { Headline = headline });
            }

            await LookForBlanksAsync(name, cancellationToken);
        });

    /// <summary>Looks at a secret by reading it as it is used.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="read">Reads it; what it throws is the finding.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    public Task ReadAsync(string name, Func<Task> read, CancellationToken cancellationToken) =>
        TryAsync(async () =>
        {
            await TryAsync(read);
            await LookForBlanksAsync(name, cancellationToken);
        });

    /// <summary>Tells when a version of a secret had something around it that isn't used.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    public async Task LookForBlanksAsync(string name, CancellationToken cancellationToken)
    {
        var versions = await store.GetVersionsAsync(name, cancellationToken);
        if (versions.Any(version => version.HadBlanks))
        {
            const string Text = "has white space or a BOM around it; it is used without";
            Add(new SecretFinding(name, Text) { IsNotice = true });
        }
    }

    /// <summary>Notes a certificate in use, and reports it when its time is nearly over.</summary>
    /// <param name="name">The name of the secret that holds it.</param>
    /// <param name="certificate">The certificate.</param>
    public void Uses(string name, X509Certificate2 certificate)
    {
        var expiry = new CertificateExpiry(name, certificate.NotAfter.ToUniversalTime());
        lock (writing)
        {
            certificates[name] = expiry;
        }

        var now = time.GetUtcNow();
        var problem =
            expiry.NotAfter < now ? $"its certificate expired on {Day(expiry.NotAfter)}"
            : expiry.NotAfter - now <= WarnAhead ? $"its certificate expires on {Day(expiry.NotAfter)}"
            : certificate.NotBefore.ToUniversalTime() > now.UtcDateTime
                ? $"its certificate is not valid before {Day(certificate.NotBefore.ToUniversalTime())}"
            : null;
        if (problem is not null)
        {
            Add(new SecretFinding(name, problem));
        }
    }

    private static SecretFinding Missing(string name) =>
        new(name, "is missing: it has no enabled version with a value");

    private static string Day(DateTimeOffset day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private async Task TryAsync(Func<Task> read)
    {
        try
        {
            await read();
        }
        catch (SecretMissingException missing)
        {
            Add(Missing(missing.Name));
        }
        catch (SecretUnusableException unusable)
        {
            Add(new SecretFinding(unusable.Name, unusable.Problem));
        }
        catch (SecretStoreUnavailableException)
        {
            Volatile.Write(ref isIncomplete, true);
        }
    }
}
