using System.Collections.Concurrent;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Logging;

namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// Secrets from Azure Key Vault (docs/architecture.md, "Secrets"). What was read is used for
/// <see cref="SecretOptions.CacheFor"/>, so that a new version added in the portal takes effect by itself; while the
/// vault can't be reached the last values go on being used, however old they are: an event is worth more than a fresh
/// secret. A value that was never read can't be had then:
/// <see cref="SecretStoreUnavailableException"/>.
/// </summary>
/// <param name="client">The vault, made with <see cref="ClientOptions"/>.</param>
/// <param name="options">How long values are used.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Names of secrets and versions are logged, values never.</param>
public sealed partial class KeyVaultSecretStore(
    SecretClient client,
    SecretOptions options,
    TimeProvider time,
    ILogger<KeyVaultSecretStore> logger
) : ISecretStore
{
    /// <summary>
    /// More enabled versions than this are forgotten old ones: accepting them would only weaken the newest.
    /// </summary>
    internal const int MaxVersions = 5;

    /// <summary>
    /// How long a secret that isn't there is taken for absent: short, an operator is about to add it.
    /// </summary>
    internal static readonly TimeSpan AbsentFor = TimeSpan.FromSeconds(30);

    /// <summary>How long the vault is left alone after a failure.</summary>
    internal static readonly TimeSpan Cooldown = TimeSpan.FromSeconds(10);

    /// <summary>The longest Retry-After that is honoured: a vault's quota is counted in seconds.</summary>
    internal static readonly TimeSpan LongestCooldown = TimeSpan.FromMinutes(5);

    /// <summary>How often <see cref="Refresh"/> is heard per secret.</summary>
    internal static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long a caller that could use an older value waits for a fresh one.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long one read of the vault may take with all its retries.</summary>
    internal static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock statusLock = new();
    private volatile SecretStoreStatus status = new(null, null);
    private long vaultRestsUntil = long.MinValue;

    /// <inheritdoc/>
    public SecretStoreStatus Status => status;

    /// <summary>
    /// Client options under which an HTTP caller isn't held up for minutes by a vault that doesn't answer: two quick
    /// retries, and none at all when the vault itself asks for a longer pause (429 with Retry-After), which the store
    /// keeps instead.
    /// </summary>
    public static SecretClientOptions ClientOptions()
    {
        var clientOptions = new SecretClientOptions { RetryPolicy = new ShortRetries() };
        clientOptions.Retry.NetworkTimeout = TimeSpan.FromSeconds(5);
        return clientOptions;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SecretVersion>> GetVersionsAsync(string name, CancellationToken cancellationToken)
    {
        var entry = entries.GetOrAdd(name, static name => new Entry(name));
        return entry.Known is { } known && Now < known.FreshUntil
            ? new(known.Versions)
            : new(ReadAsync(entry, cancellationToken));
    }

    /// <inheritdoc/>
    public void Refresh(string name)
    {
        var entry = entries.GetOrAdd(name, static name => new Entry(name));
        lock (entry.Gate)
        {
            if (Now >= entry.RefreshAgainAt)
            {
                entry.RefreshAgainAt = Now + RefreshEvery.Ticks;
                entry.RefreshesAsked++;
                entry.Known = entry.Known is { } known ? known with { FreshUntil = long.MinValue } : null;
            }
        }
    }

    /// <summary>UTC ticks.</summary>
    private long Now => time.GetUtcNow().UtcTicks;

    private async Task<IReadOnlyList<SecretVersion>> ReadAsync(Entry entry, CancellationToken cancellationToken)
    {
        Task<Known?> reading;
        Known? older;
        lock (entry.Gate)
        {
            older = entry.Known;
            if (older is not null && Now < older.FreshUntil)
            {
                return older.Versions;
            }

            if (entry.Reading is null && MustRest(entry))
            {
                return older?.Versions ?? throw Unavailable();
            }

            // One read at a time for all callers, on nobody's cancellation token: a caller that leaves mustn't fail the
            // others.
            reading = entry.Reading ??= Task.Run(() => ReadVaultAsync(entry), CancellationToken.None);
        }

        try
        {
            var read = await reading.WaitAsync(
                older is null ? Timeout.InfiniteTimeSpan : Patience,
                time,
                cancellationToken
            );
            return (read ?? older)?.Versions ?? throw Unavailable();
        }
        catch (TimeoutException) when (older is not null)
        {
            return older.Versions;
        }

        SecretStoreUnavailableException Unavailable() =>
            new(
                $"The secret '{entry.Name}' isn't known: {entry.Failure ?? "the vault failed a moment ago and rests"}."
            );
    }

    private bool MustRest(Entry entry) => Now < Math.Max(entry.RestsUntil, Volatile.Read(ref vaultRestsUntil));

    /// <summary>Reads a secret into its entry; null when that failed.</summary>
    private async Task<Known?> ReadVaultAsync(Entry entry)
    {
        var refreshesAsked = entry.RefreshesAsked;
        using var timeout = new CancellationTokenSource(ReadTimeout, time);
        Known? read = null;
        try
        {
            read = await ListAsync(entry, timeout.Token);
            Succeeded();
        }
        catch (Exception exception)
        {
            Failed(entry, exception, timeout.IsCancellationRequested);
        }

        lock (entry.Gate)
        {
            entry.Reading = null;
            if (read is not null)
            {
                // Asked to forget while reading: this answer may be from before what the caller wants to see.
                entry.Known = refreshesAsked == entry.RefreshesAsked ? read : read with { FreshUntil = long.MinValue };
                entry.Failure = null;
            }
        }

        return read;
    }

    private async Task<Known> ListAsync(Entry entry, CancellationToken cancellationToken)
    {
        List<SecretProperties> valid = [];
        var now = time.GetUtcNow();
        var freshUntil = now + options.CacheFor;
        try
        {
            await foreach (var version in client.GetPropertiesOfSecretVersionsAsync(entry.Name, cancellationToken))
            {
                if (version.Enabled == false || version.ExpiresOn <= now)
                {
                    continue;
                }

                // A version that begins or ends its time sooner ends the list's time too.
                if (version.NotBefore > now)
                {
                    freshUntil = Min(freshUntil, version.NotBefore.Value);
                    continue;
                }

                freshUntil = Min(freshUntil, version.ExpiresOn ?? DateTimeOffset.MaxValue);
                valid.Add(version);
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            // No such secret: as if it had no versions.
        }

        var newest = valid
            .OrderByDescending(version => version.CreatedOn)
            .ThenByDescending(version => version.UpdatedOn)
            .ThenBy(version => version.Version, StringComparer.Ordinal)
            .Take(MaxVersions)
            .ToArray();
        var older = entry.Known?.Versions ?? [];
        var values = await Task.WhenAll(newest.Select(version => ValueAsync(version.Version)));
        var versions = values.OfType<SecretVersion>().ToArray();
        if (versions.Length == 0)
        {
            freshUntil = Min(freshUntil, now + AbsentFor);
        }

        // The same list object as long as nothing changed lets callers see at a glance that their parsed keys still
        // fit.
        return new Known(versions.SequenceEqual(older) ? older : versions, freshUntil.UtcTicks);

        async Task<SecretVersion?> ValueAsync(string version)
        {
            // A version's value never changes: the vault is asked for it once.
            if (older.FirstOrDefault(candidate => candidate.Version == version) is { } read)
            {
                return read;
            }

            try
            {
                var secret = await client.GetSecretAsync(entry.Name, version, cancellationToken);
                return SecretText.Read(version, secret.Value.Value);
            }
            catch (RequestFailedException gone) when (gone.Status == 404)
            {
                return null;
            }
        }

        static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
    }

    private void Succeeded()
    {
        lock (statusLock)
        {
            if (status.FailingSince is { } since)
            {
                LogReachableAgain(since);
            }

            status = new(time.GetUtcNow(), FailingSince: null);
        }
    }

    private void Failed(Entry entry, Exception exception, bool timedOut)
    {
        var response = (exception as RequestFailedException)?.GetRawResponse();
        var answer = exception switch
        {
            _ when timedOut => "the vault didn't answer in time",
            RequestFailedException { Status: 401 or 403 } refused =>
                $"the vault refused the app's identity ({refused.Status})",
            RequestFailedException { Status: > 0 } failed => $"the vault answered {failed.Status}",
            AuthenticationFailedException => "the app's identity got no token for the vault",
            RequestFailedException or AggregateException or OperationCanceledException => "the vault can't be reached",
            _ => $"the vault couldn't be asked ({exception.GetType().Name})",
        };
        var until = Now + Rest(response).Ticks;
        if (response?.Status is 401 or 403)
        {
            // About this secret perhaps (a role on single secrets): the others may still be asked for.
            entry.RestsUntil = until;
        }
        else
        {
            Volatile.Write(ref vaultRestsUntil, until);
        }

        lock (statusLock)
        {
            if (status.FailingSince is null)
            {
                status = status with { FailingSince = time.GetUtcNow() };
            }
        }

        // Our own words only: the exception's text repeats the vault's answer, which isn't ours to vouch for.
        entry.Failure = answer;
        LogUnavailable(
            entry.Name,
            answer,
            entry.Known is null ? "there is no earlier value" : "earlier values are used"
        );
    }

    private static TimeSpan Rest(Response? response)
    {
        var asked = RetryAfter(response) ?? Cooldown;
        return asked < Cooldown ? Cooldown
            : asked > LongestCooldown ? LongestCooldown
            : asked;
    }

    private static TimeSpan? RetryAfter(Response? response) =>
        response is not null
        && response.Headers.TryGetValue("Retry-After", out var text)
        && uint.TryParse(text, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    [LoggerMessage(
        EventName = "SecretStoreUnavailable",
        Level = LogLevel.Warning,
        Message = "Secret {Name}: {Answer}; {Consequence}."
    )]
    private partial void LogUnavailable(string name, string answer, string consequence);

    [LoggerMessage(
        EventName = "SecretStoreReachable",
        Level = LogLevel.Information,
        Message = "The vault answers again; it had failed since {Since:o}."
    )]
    private partial void LogReachableAgain(DateTimeOffset since);

    /// <summary>What was read of a secret and until when (UTC ticks) it needs no second look.</summary>
    private sealed record Known(IReadOnlyList<SecretVersion> Versions, long FreshUntil);

    private sealed class Entry(string name)
    {
        private volatile Known? known;

        public string Name { get; } = name;

        public Lock Gate { get; } = new();

        public Known? Known
        {
            get => known;
            set => known = value;
        }

        public Task<Known?>? Reading { get; set; }

        public string? Failure { get; set; }

        public long RestsUntil { get; set; } = long.MinValue;

        public long RefreshAgainAt { get; set; } = long.MinValue;

        public int RefreshesAsked { get; set; }
    }

    /// <summary>Two retries within about a second; an answer that asks for a longer pause isn't retried here.</summary>
    private sealed class ShortRetries()
        : RetryPolicy(
            2,
            DelayStrategy.CreateExponentialDelayStrategy(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1))
        )
    {
        protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
            !AsksForPause(message) && base.ShouldRetry(message, exception);

        protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
            AsksForPause(message) ? new(false) : base.ShouldRetryAsync(message, exception);

        private static bool AsksForPause(HttpMessage message) =>
            message.HasResponse && RetryAfter(message.Response) is { } pause && pause > TimeSpan.FromSeconds(1);
    }
}
