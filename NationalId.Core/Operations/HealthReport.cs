using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Operations;

/// <summary>
/// Whether what the client needs can be reached: for load balancers and people. Tells no secret and no address.
/// </summary>
public sealed class HealthReport
{
    private const string NotManaged = "not managed";
    private const string NotAsked = "not asked yet";

    private readonly StorageClients storage;
    private readonly ISecretStore secrets;
    private readonly PartnerKeys keys;
    private readonly Subscriptions subscriptions;
    private readonly TimeProvider time;

    internal HealthReport(
        StorageClients storage,
        ISecretStore secrets,
        PartnerKeys keys,
        Subscriptions subscriptions,
        TimeProvider time
    )
    {
        this.storage = storage;
        this.secrets = secrets;
        this.keys = keys;
        this.subscriptions = subscriptions;
        this.time = time;
    }

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
            catch (Exception failure)
                when (failure is SecretStoreUnavailableException || EventAcceptor.IsStorageFailure(failure))
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
                .Blobs.GetBlobContainerClient(StorageClients.PayloadContainer)
                .GetPropertiesAsync(cancellationToken: cancellationToken),
            storage.Queues.GetQueueClient(EventQueues.Births).GetPropertiesAsync(cancellationToken),
            storage
                .Tables.GetTableClient(StorageClients.EventTable)
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
        : await keys.CheckSigningAsync(cancellationToken) ? "signing key pair mismatch"
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
