using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>
/// The keys that sign the tokens of those who read from us: a JSON Web Key Set, fetched when it is first needed, each
/// hour, and when a signature fits none. The last ones stay in use while nobody answers.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="options">Where the keys are.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when they can't be fetched.</param>
public sealed partial class CallerKeys(
    [FromKeyedServices(OsiaOptions.PartnerName)] HttpClient http,
    OsiaOptions options,
    TimeProvider time,
    ILogger<CallerKeys> logger
)
{
    private const string Party = "The OSIA key set";
    private static readonly TimeSpan UsedFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstAgainAfter = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim single = new(1, 1);
    private IReadOnlyList<SecurityKey> keys = [];
    private DateTimeOffset fetchedAt = DateTimeOffset.MinValue;
    private DateTimeOffset triedAt = DateTimeOffset.MinValue;

    /// <summary>The keys; none when nobody tells them.</summary>
    /// <param name="renew">Whether a signature fits none of those that are known.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<IReadOnlyList<SecurityKey>> GetAsync(bool renew, CancellationToken cancellationToken)
    {
        if (!renew && Volatile.Read(ref keys) is { Count: > 0 } known && fetchedAt + UsedFor > time.GetUtcNow())
        {
            return known;
        }

        await single.WaitAsync(cancellationToken);
        try
        {
            // Whoever sends what: not more often.
            var now = time.GetUtcNow();
            if (triedAt + (keys.Count == 0 ? FirstAgainAfter : AgainAfter) <= now)
            {
                triedAt = now;
                await FetchAsync(cancellationToken);
            }
        }
        finally
        {
            single.Release();
        }

        return Volatile.Read(ref keys);
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var fetched = await Failures.CallAsync(Party, () => DownloadAsync(cancellationToken), cancellationToken);
            Volatile.Write(ref keys, fetched);
            fetchedAt = time.GetUtcNow();
        }
        catch (DeliveryException failure)
        {
            LogNotFetched(failure.Reason);
        }
    }

    private async Task<IReadOnlyList<SecurityKey>> DownloadAsync(CancellationToken cancellationToken)
    {
        var address =
            options.CallerKeysUrl ?? throw new TransientFailureException("NationalId__Osia__CallerKeysUrl is not set.");
        var found = await KeySets.FetchAsync(http, address, Party, time.GetUtcNow(), cancellationToken);
        return found.Count > 0 ? found : throw Failures.Unreadable(Party);
    }

    [LoggerMessage(131, LogLevel.Error, "The keys of those who read from us can't be fetched: {Reason}")]
    private partial void LogNotFetched(string reason);
}
