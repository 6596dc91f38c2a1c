using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace NationalId.Core.Platform.Keys;

/// <summary>One certificate of a P12.</summary>
/// <param name="Certificate">With its private key, where the file holds it.</param>
/// <param name="HasKey">Whether it does.</param>
/// <param name="RsaBits">The length of its RSA key; null when it is another kind of key.</param>
internal sealed record Pkcs12Entry(X509Certificate2 Certificate, bool HasKey, int? RsaBits)
{
    public bool IsExpired(DateTimeOffset now) => Certificate.NotAfter.ToUniversalTime() < now.UtcDateTime;

    public bool IsTooEarly(DateTimeOffset now) => Certificate.NotBefore.ToUniversalTime() > now.UtcDateTime;

    /// <summary>The start of the thumbprint: enough to find the certificate in a tool, and no name.</summary>
    public string ShortName => Certificate.Thumbprint[..8];
}

/// <summary>What a P12 holds, and which of it serves at a given time.</summary>
internal sealed class Pkcs12Entries
{
    private readonly IReadOnlyList<Pkcs12Entry> all;
    private readonly IReadOnlyList<Pkcs12Entry> usable;
    private readonly bool rsaOnly;

    /// <param name="all">All certificates.</param>
    /// <param name="rsaOnly">Only RSA keys of enough bits can be used.</param>
    /// <exception cref="KeyProblemException">Nothing in it can be used.</exception>
    public Pkcs12Entries(IReadOnlyList<Pkcs12Entry> all, bool rsaOnly)
    {
        this.all = all;
        this.rsaOnly = rsaOnly;
        this.usable = [.. all.Where(entry => entry.HasKey && WhyNotItsKey(entry) is null)];
        if (this.usable.Count > 0)
        {
            return;
        }

        var withKeys = all.Where(entry => entry.HasKey).ToArray();
        throw withKeys.Length == 0 ? new KeyProblemException("its private key fits none of its certificates")
        : withKeys.Any(entry => entry.RsaBits is not null) ? KeyFormats.TooShort()
        : new KeyProblemException("its private key is not RSA");
    }

    /// <summary>
    /// The newest certificate that is valid now.
    /// NOTE: When none is valid the newest one serves all the same. Whether an expired certificate is refused is the
    /// partner's decision; refusing it here would stop deliveries for certain. Health names it.
    /// </summary>
    public Pkcs12Entry Choose(DateTimeOffset now) =>
        usable
            .OrderByDescending(entry => !entry.IsExpired(now) && !entry.IsTooEarly(now))
            .ThenByDescending(entry => entry.Certificate.NotBefore)
            .ThenByDescending(entry => entry.Certificate.NotAfter)
            .First();

    /// <summary>The certificates that are not used and why, for the log: thumbprints, no names.</summary>
    public IReadOnlyList<string> PassedOver(Pkcs12Entry chosen, DateTimeOffset now) =>
        [.. all.Where(entry => entry != chosen).Select(entry => $"{entry.ShortName} ({WhyNot(entry, now)})")];

    private string WhyNot(Pkcs12Entry entry, DateTimeOffset now) =>
        !entry.HasKey ? "no private key"
        : WhyNotItsKey(entry) is { } key ? key
        : entry.IsExpired(now) ? $"expired {Day(entry.Certificate.NotAfter)}"
        : entry.IsTooEarly(now) ? $"not valid before {Day(entry.Certificate.NotBefore)}"
        : "older";

    private string? WhyNotItsKey(Pkcs12Entry entry) =>
        !rsaOnly ? null
        : entry.RsaBits is not { } bits ? "not RSA"
        : bits < KeyFormats.MinimumKeySize ? "RSA key too short"
        : null;

    private static string Day(DateTime local) =>
        local.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
