using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Operations;

/// <summary>
/// Whether what the client needs can be reached: for load balancers and people. Tells no secret and no address.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="secrets">The secret store.</param>
/// <param name="subscriptions">Our subscriptions with OpenCRVS.</param>
/// <param name="time">The clock.</param>
/// <param name="keys">The keys shared with MOSIP; null where MOSIP is not the system.</param>
public sealed class HealthReport(
    StorageClients storage,
    ISecretStore secrets,
    Subscriptions subscriptions,
    TimeProvider time,
    PartnerKeys? keys = null
)
{
    private const string NotManaged = "not managed";
    private const string NotAsked = "not asked yet";

    /// <summary>
    /// 200 with <c>healthy</c> or <c>degraded</c>, 503 with <c>unhealthy</c> when events can't be taken.
    /// </summary>
    /// <param name="cancellationToken">Stops the check.</param>
    public async Task<IResult> GetAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(8));
        var parts = await Task.WhenAll(
            CheckAsync("storage", StorageAsync),
            CheckAsync("secrets", SecretsAsync),
            CheckAsync("subscription", SubscriptionAsync)
        );
        var storageFails = parts[0].Status != "healthy";
        var status =
            storageFails ? "unhealthy"
            : parts.Any(part => part.Status is not ("healthy" or NotManaged or NotAsked)) ? "degraded"
            : "healthy";
        return Results.Json(
            new Health(
                status,
                ProductVersion.Text,
                time.GetUtcNow(),
                parts.ToDictionary(part => part.Name, part => part.Status)
            ),
            HealthJson.Default.Health,
            statusCode: storageFails ? 503 : 200
        );

        async Task<(string Name, string Status)> CheckAsync(string name, Func<CancellationToken, Task<string>> check)
        {
            try
            {
                return (name, await check(limit.Token));
            }
            catch (Exception failure) when (failure is SecretStoreUnavailableException || StorageFailures.Is(failure))
            {
                return (name, "unreachable");
            }
        }
    }

    private async Task<string> StorageAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync().WaitAsync(cancellationToken);
        await Task.WhenAll(
            storage
                .Blobs.GetBlobContainerClient(PayloadStore.AcceptedContainer)
                .GetPropertiesAsync(cancellationToken: cancellationToken),
            storage.Queues.GetQueueClient(EventKinds.BirthQueue).GetPropertiesAsync(cancellationToken),
            storage
                .Tables.GetTableClient(EventLedger.TableName)
                .GetEntityIfExistsAsync<Azure.Data.Tables.TableEntity>(
                    "control",
                    "pause",
                    cancellationToken: cancellationToken
                )
        );
        return "healthy";
    }

    /// <summary>Until the first attempt nothing is known; that is no failure.</summary>
    private async Task<string> SubscriptionAsync(CancellationToken cancellationToken) =>
        !subscriptions.IsConfigured ? NotManaged
        : await subscriptions.StatesAsync(cancellationToken) is not { Count: > 0 } states ? NotAsked
        : states.FirstOrDefault(state => !state.IsGood) is { } missing
            ? $"{missing.Topic} {(missing.Status == "denied" ? "denied" : "unknown")}"
        : "healthy";

    private async Task<string> SecretsAsync(CancellationToken cancellationToken) =>
        (await secrets.GetVersionsAsync(SecretNames.WebhookSecret, cancellationToken)).Count == 0
            ? "webhook secret missing"
        : secrets.Status.IsDegraded ? "degraded"
        : keys is not null && await keys.CheckSigningAsync(cancellationToken) ? "signing key pair mismatch"
        : "healthy";
}

internal sealed record Health(
    string Status,
    string Version,
    DateTimeOffset At,
    IReadOnlyDictionary<string, string> Parts
);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Health))]
internal sealed partial class HealthJson : JsonSerializerContext;
