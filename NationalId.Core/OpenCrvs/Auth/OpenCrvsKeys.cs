using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>
/// The public keys by which OpenCRVS's tokens are checked: those of the app setting, or what OpenCRVS's auth service
/// serves as PEM at <c>/.well-known</c>. The last ones that were fetched stay in use while the auth service is away.
/// </summary>
public sealed partial class OpenCrvsKeys
{
    /// <summary>How long after an attempt the keys are not fetched again, whoever sends what.</summary>
    internal static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    /// <summary>The same as long as there are no keys at all: nothing can be checked until then.</summary>
    internal static readonly TimeSpan FirstAgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long keys are used before they are fetched anew without any sign of a rotation.</summary>
    internal static readonly TimeSpan UsedFor = TimeSpan.FromHours(1);

    /// <summary>How long a caller waits for the keys: the sender of a token waits as long.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const string Party = "OpenCRVS auth";
    private const int LongestAnswer = 64 * 1024;
    private const int MinimumKeySize = 2048;

    private readonly IHttpClientFactory clients;
    private readonly OpenCrvsOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<OpenCrvsKeys> logger;
    private readonly IReadOnlyList<SecurityKey> given;
    private readonly Lock gate = new();
    private Known? known;
    private Task? fetching;
    private DateTimeOffset triedAt = DateTimeOffset.MinValue;
    private volatile bool failed;

    /// <summary>Nothing is fetched before the first token is to be checked.</summary>
    /// <param name="clients">Makes the client of OpenCRVS's auth service.</param>
    /// <param name="options">Where the keys are, or the keys themselves.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when the keys can't be fetched.</param>
    public OpenCrvsKeys(
        IHttpClientFactory clients,
        OpenCrvsOptions options,
        TimeProvider time,
        ILogger<OpenCrvsKeys> logger
    )
    {
        this.clients = clients;
        this.options = options;
        this.time = time;
        this.logger = logger;
        given = options.PublicKey is { } pem ? Read(pem) : [];
    }

    /// <summary>The keys at hand, without any call; none before the first fetch has succeeded.</summary>
    public IReadOnlyList<SecurityKey> AtHand => given.Count > 0 ? given : Volatile.Read(ref known)?.Keys ?? [];

    /// <summary>The keys; fetched when there are none, or when they have been used for long.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>None when the auth service does not tell them.</returns>
    public async ValueTask<IReadOnlyList<SecurityKey>> GetAsync(CancellationToken cancellationToken)
    {
        if (given.Count > 0)
        {
            return given;
        }

        var current = Volatile.Read(ref known);
        if (current is null || current.FetchedAt + UsedFor <= time.GetUtcNow())
        {
            await FetchSharedAsync(current is null ? FirstAgainAfter : AgainAfter, cancellationToken);
        }

        return AtHand;
    }

    /// <summary>
    /// Fetches the keys anew because a signature fits none of them: OpenCRVS may have another key since. At most once a
    /// minute.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether the keys at hand are OpenCRVS's present ones: those of a minute ago, or the setting's. False
    /// when the auth service did not tell.</returns>
    public async ValueTask<bool> RenewAsync(CancellationToken cancellationToken)
    {
        if (given.Count > 0)
        {
            return true;
        }

        await FetchSharedAsync(AgainAfter, cancellationToken);
        return !failed;
    }

    /// <summary>Reads the public keys in a PEM text: public keys, or certificates.</summary>
    /// <param name="pem">The text; an app setting may spell its line ends as <c>\n</c>.</param>
    /// <returns>One at least.</returns>
    /// <exception cref="CryptographicException">There is no RSA public key of 2048 bits or more in it. The message
    /// repeats nothing of the text.</exception>
    internal static IReadOnlyList<SecurityKey> Read(string pem)
    {
        var keys = new List<SecurityKey>();
        ReadOnlySpan<char> rest = pem.Replace("\\r", "", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal)
            // Two that stand in one line without anything in between.
            .Replace("----------BEGIN", "-----\n-----BEGIN", StringComparison.Ordinal);
        while (PemEncoding.TryFind(rest, out var found))
        {
            using var key = ReadOne(rest[found.Label], rest[found.Location]);
            if (key is { KeySize: >= MinimumKeySize })
            {
                keys.Add(new RsaSecurityKey(key.ExportParameters(includePrivateParameters: false)));
            }

            rest = rest[found.Location.End..];
        }

        return keys.Count > 0
            ? keys
            : throw new CryptographicException($"no RSA public key of {MinimumKeySize} bits or more in it");
    }

    private static RSA? ReadOne(ReadOnlySpan<char> label, ReadOnlySpan<char> pem)
    {
        try
        {
            if (label is "CERTIFICATE")
            {
                using var certificate = X509Certificate2.CreateFromPem(pem);
                return certificate.GetRSAPublicKey();
            }

            // A private key has no business here: whoever pasted one should hear of it.
            if (label is "PUBLIC KEY" or "RSA PUBLIC KEY")
            {
                var key = RSA.Create();
                key.ImportFromPem(pem);
                return key;
            }
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            // Not RSA, or damaged.
        }

        return null;
    }

    /// <summary>One fetch at a time, and none too soon after the last: all who wait share it.</summary>
    private Task FetchSharedAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (fetching is not { IsCompleted: false })
            {
                var now = time.GetUtcNow();
                if (now - triedAt < pause)
                {
                    return Task.CompletedTask;
                }

                triedAt = now;
                fetching = FetchAsync();
            }

            return fetching.WaitAsync(cancellationToken);
        }
    }

    private async Task FetchAsync()
    {
        using var stop = new CancellationTokenSource(Patience, time);
        try
        {
            var pem = await Failures.CallAsync(Party, () => DownloadAsync(stop.Token), CancellationToken.None);
            var before = Volatile.Read(ref known);
            var keys = before?.Pem == pem ? before.Keys : Read(pem);
            Volatile.Write(ref known, new Known(pem, keys, time.GetUtcNow()));
            failed = false;
        }
        catch (Exception failure) when (failure is DeliveryException or CryptographicException)
        {
            failed = true;
            LogNotFetched(failure is DeliveryException known ? known.Reason : "The answer has no RSA public key.");
        }
    }

    private async Task<string> DownloadAsync(CancellationToken cancellationToken)
    {
        using var http = clients.CreateClient(OpenCrvsPartners.Auth);
        using var answer = await http.GetAsync(Address(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
        return Encoding.UTF8.GetString(await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken));
    }

    private Uri Address() => options.PublicKeyUrl ?? options.AuthAddress(".well-known");

    [LoggerMessage(34, LogLevel.Warning, "OpenCRVS's public key could not be fetched: {Failure}")]
    private partial void LogNotFetched(string failure);

    private sealed record Known(string Pem, IReadOnlyList<SecurityKey> Keys, DateTimeOffset FetchedAt);
}
