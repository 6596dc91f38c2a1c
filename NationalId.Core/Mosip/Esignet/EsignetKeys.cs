using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>e-Signet's public keys. They are kept for an hour, and fetched sooner when a signature fits none.</summary>
/// <param name="http">e-Signet.</param>
/// <param name="options">Where the keys are.</param>
/// <param name="time">The clock.</param>
public sealed class EsignetKeys(
    [FromKeyedServices(MosipPartners.Esignet)] HttpClient http,
    EsignetOptions options,
    TimeProvider time
)
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim single = new(1, 1);
    private Known? known;

    /// <summary>The keys.</summary>
    /// <param name="than">Keys that a signature did not fit: others are fetched, at most once a minute.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="DeliveryException">They can't be had.</exception>
    internal async Task<IReadOnlyList<SecurityKey>> GetAsync(
        IReadOnlyList<SecurityKey>? than,
        CancellationToken cancellationToken
    )
    {
        if (Fresh(than) is { } fresh)
        {
            return fresh;
        }

        await single.WaitAsync(cancellationToken);
        try
        {
            if (Fresh(than) is { } others)
            {
                return others;
            }

            var keys = await Failures.CallAsync(
                EsignetClient.Party,
                () => KeySets.FetchAsync(http, options.Keys, EsignetClient.Party, time.GetUtcNow(), cancellationToken),
                cancellationToken
            );
            known = new Known(keys, time.GetUtcNow());
            return keys;
        }
        finally
        {
            single.Release();
        }
    }

    private IReadOnlyList<SecurityKey>? Fresh(IReadOnlyList<SecurityKey>? than)
    {
        var now = time.GetUtcNow();
        return
            Volatile.Read(ref known) is { } current
            && current.At + KeepFor > now
            && (!ReferenceEquals(current.Keys, than) || current.At + AgainAfter > now)
            ? current.Keys
            : null;
    }

    private sealed record Known(IReadOnlyList<SecurityKey> Keys, DateTimeOffset At);
}
