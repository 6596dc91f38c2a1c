using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;

namespace NationalId.Core.Platform.Storage;

/// <summary>
/// The storage account that the functions run on: <c>AzureWebJobsStorage</c>, either a connection string (local runs)
/// or identity-based settings as the Functions host reads them (<c>AzureWebJobsStorage__accountName</c>, or
/// <c>__blobServiceUri</c>, <c>__queueServiceUri</c>, <c>__tableServiceUri</c>; <c>__clientId</c> for a user-assigned
/// identity).
/// </summary>
public sealed class StorageClients
{
    /// <summary>The setting's name.</summary>
    public const string Connection = "AzureWebJobsStorage";

    /// <summary>What the Functions host appends to name the poison queue.</summary>
    public const string PoisonSuffix = "-poison";

    private readonly IReadOnlyList<StorageNeeds> needs;
    private readonly Lock gate = new();
    private Task? ready;

    /// <summary>Reads the connection. Nothing is opened yet.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="needs">What the parts of the client keep there.</param>
    /// <param name="queuePolicies">By which a host sees the calls to queues; the Functions host has none.</param>
    /// <exception cref="InvalidOperationException">The connection is missing.</exception>
    public StorageClients(
        IConfiguration configuration,
        IEnumerable<StorageNeeds> needs,
        IEnumerable<HttpPipelinePolicy>? queuePolicies = null
    )
    {
        this.needs = [.. needs];
        // Reads and writes are all safe to repeat. Short quick retries here; the long view is the caller's (a queue, or
        // intake's budget).
        var blobs = new BlobClientOptions();
        var queues = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 };
        // What is not base64 is skipped, not thrown: one such message in a poison queue would keep the sweep from all
        // others.
        queues.MessageDecodingFailed += _ => Task.CompletedTask;
        var tables = new TableClientOptions();
        foreach (ClientOptions options in (ClientOptions[])[blobs, queues, tables])
        {
            options.Retry.Mode = RetryMode.Exponential;
            options.Retry.Delay = TimeSpan.FromMilliseconds(200);
            options.Retry.MaxDelay = TimeSpan.FromSeconds(5);
            options.Retry.MaxRetries = 4;
            options.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
            options.Diagnostics.IsLoggingContentEnabled = false;
        }

        foreach (var policy in queuePolicies ?? [])
        {
            queues.AddPolicy(policy, HttpPipelinePosition.PerCall);
        }

        var section = configuration.GetSection(Connection);
        if ((section.Value ?? configuration.GetConnectionString(Connection)) is { Length: > 0 } connectionString)
        {
            Blobs = new BlobServiceClient(connectionString, blobs);
            Queues = new QueueServiceClient(connectionString, queues);
            Tables = new TableServiceClient(connectionString, tables);
            return;
        }

        TokenCredential credential = new DefaultAzureCredential(
            new DefaultAzureCredentialOptions { ManagedIdentityClientId = section["clientId"] }
        );
        Blobs = new BlobServiceClient(Address("blob"), credential, blobs);
        Queues = new QueueServiceClient(Address("queue"), credential, queues);
        Tables = new TableServiceClient(Address("table"), credential, tables);

        Uri Address(string service) =>
            section[service + "ServiceUri"] is { Length: > 0 } address ? new Uri(address)
            : section["accountName"] is { Length: > 0 } account
                ? new Uri($"https://{account}.{service}.core.windows.net")
            : throw new InvalidOperationException(
                $"{Connection} is missing: set it to a connection string, "
                    + $"or {Connection}__accountName for an identity-based connection."
            );
    }

    /// <summary>The account's blobs.</summary>
    public BlobServiceClient Blobs { get; }

    /// <summary>The account's queues.</summary>
    public QueueServiceClient Queues { get; }

    /// <summary>The account's tables.</summary>
    public TableServiceClient Tables { get; }

    /// <summary>
    /// Creates what is missing, once per process and again after a failure, so that a first start needs no preparation.
    /// </summary>
    public Task ReadyAsync()
    {
        var current = Volatile.Read(ref ready);
        if (current is { IsCompletedSuccessfully: true })
        {
            return current;
        }

        lock (gate)
        {
            return ready is { IsFaulted: false, IsCanceled: false } ? ready : ready = CreateAsync();
        }
    }

    private async Task CreateAsync()
    {
        var containers = needs.SelectMany(need => need.Containers).Distinct();
        var queues = needs.SelectMany(need => need.Queues).Distinct();
        var tables = needs.SelectMany(need => need.Tables).Distinct();
        await Task.WhenAll([
            .. containers.Select(name => (Task)Blobs.GetBlobContainerClient(name).CreateIfNotExistsAsync()),
            .. queues.Select(name => (Task)Queues.GetQueueClient(name).CreateIfNotExistsAsync()),
            .. queues.Select(name => (Task)Queues.GetQueueClient(name + PoisonSuffix).CreateIfNotExistsAsync()),
            .. tables.Select(name => (Task)Tables.GetTableClient(name).CreateIfNotExistsAsync()),
        ]);
    }
}
