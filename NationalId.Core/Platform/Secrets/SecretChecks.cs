namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// All checks of secrets. Health runs them for whoever asks; the timer runs them too, so that the alerts see what
/// nobody asks for. A check is cheap: the store caches values, and keys are parsed once a version.
/// </summary>
/// <param name="checks">One of each part that needs secrets.</param>
/// <param name="store">The secret store.</param>
/// <param name="time">The clock.</param>
public sealed class SecretChecks(IEnumerable<ISecretCheck> checks, ISecretStore store, TimeProvider time)
{
    private volatile IReadOnlyList<CertificateExpiry> certificates = [];

    /// <summary>The days that are left to each certificate, as it was when the checks last ran.</summary>
    public IEnumerable<(string Name, double Days)> DaysLeft
    {
        get
        {
            var now = time.GetUtcNow();
            return certificates.Select(one => (one.Name, one.DaysLeft(now)));
        }
    }

    /// <summary>Runs all checks.</summary>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    public async Task<SecretReport> RunAsync(CancellationToken cancellationToken)
    {
        var report = new SecretReport(store, time);
        await Task.WhenAll(checks.Select(check => check.CheckAsync(report, cancellationToken)));
        // What could not be read now is remembered from before: its certificate ages all the same.
        var read = report.Certificates;
        certificates =
        [
            .. read,
            .. certificates.Where(known => report.IsIncomplete && read.All(one => one.Name != known.Name)),
        ];
        return report;
    }
}
