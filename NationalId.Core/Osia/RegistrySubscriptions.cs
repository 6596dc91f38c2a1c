using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>
/// Our subscriptions to what the registry tells (OSIA's Notification interface). They are made again every few hours:
/// that changes nothing where they stand. What was answered is kept in the table <c>osiawatch</c>.
/// </summary>
/// <param name="client">Calls the service.</param>
/// <param name="options">The topics, and our own address.</param>
/// <param name="secrets">The last part of our address.</param>
/// <param name="storage">The storage account.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when a subscription can't be made.</param>
public sealed partial class RegistrySubscriptions(
    OsiaClient client,
    OsiaOptions options,
    ISecretStore secrets,
    StorageClients storage,
    TimeProvider time,
    ILogger<RegistrySubscriptions> logger
) : IChore, ISubscriber
{
    private const string Partition = "subscription";
    private const string Subscription = "Subscription";
    private const string Topic = "Topic";
    private const string At = "At";
    private const string Denial = "Denial";

    // Every hour, for ever: what is lost is a hint only, but a hint that spares days.
    private const string Policy = "3600,-1";

    /// <inheritdoc/>
    public string Name => "osia-subscriptions";

    /// <inheritdoc/>
    public string Partner => OsiaOptions.PartnerName;

    /// <inheritdoc/>
    public string Part => "registry";

    private TableClient Table => field ??= storage.Tables.GetTableClient(RegistryWatch.TableName);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (options.NotifyUrl is not { } address)
        {
            return;
        }

        foreach (var topic in OsiaOptions.Items(options.NotifyTopics))
        {
            var known = await Table.FindAsync<TableEntity>(Partition, KeyOf(topic), cancellationToken);
            if (known?.GetDateTimeOffset(At) + options.RenewEvery > time.GetUtcNow())
            {
                continue;
            }

            try
            {
                await SubscribeAsync(topic, address, cancellationToken);
            }
            catch (DeliveryException failure)
            {
                await NoteAsync(topic, failure.Reason, cancellationToken);
            }
            catch (SecretMissingException missing)
            {
                await NoteAsync(topic, missing.Message, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<string> StatusAsync(CancellationToken cancellationToken) =>
        SubscriptionWords.WorstOf(await TopicsAsync(cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SubscriptionState>> TopicsAsync(CancellationToken cancellationToken)
    {
        if (options.NotifyUrl is null)
        {
            return [];
        }

        await storage.ReadyAsync();
        List<SubscriptionState> topics = [];
        foreach (var topic in OsiaOptions.Items(options.NotifyTopics))
        {
            var row = await Table.FindAsync<TableEntity>(Partition, KeyOf(topic), cancellationToken);
            var (denial, at) = (row?.GetString(Denial), row?.GetDateTimeOffset(At));
            topics.Add(
                new SubscriptionState(
                    "the registry, " + topic,
                    denial is not null ? "not subscribed"
                        : at is null ? SubscriptionWords.NotAsked
                        : "subscribed",
                    at,
                    denial,
                    denial is not null
                )
            );
        }

        return topics;
    }

    /// <summary>Confirms a subscription, at the address that the settings say and nowhere else.</summary>
    /// <param name="token">The token that was sent to us.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    internal Task ConfirmAsync(string token, CancellationToken cancellationToken) =>
        client.CallAsync(
            new OsiaCall(
                "confirm",
                HttpMethod.Get,
                options.NotificationUrl,
                "subscriptions/confirm?token=" + Uri.EscapeDataString(token)
            ),
            _ => true,
            cancellationToken
        );

    /// <summary>Whether a notification is of one of our subscriptions.</summary>
    /// <param name="subscription">The subscription's id; null when it is not told.</param>
    /// <param name="topic">The topic's id.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    internal async Task<bool> IsOursAsync(string? subscription, string? topic, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"),
                cancellationToken: cancellationToken
            )
        )
        {
            if (
                (subscription ?? topic) is { } told
                && told == row.GetString(subscription is null ? Topic : Subscription)
            )
            {
                return true;
            }
        }

        return false;
    }

    private async Task SubscribeAsync(string topic, Uri address, CancellationToken cancellationToken)
    {
        var secret = await secrets.GetAsync(SecretNames.OsiaNotifySecret, cancellationToken);
        var ours = $"{address.AbsoluteUri.TrimEnd('/')}/{Uri.EscapeDataString(secret.Value)}";
        var row = await client.CallAsync(
            new OsiaCall(
                "subscribe",
                HttpMethod.Post,
                options.NotificationUrl,
                $"subscriptions?topic={Uri.EscapeDataString(topic)}&protocol=http"
                    + $"&address={Uri.EscapeDataString(ours)}&policy={Uri.EscapeDataString(Policy)}"
            ),
            answer =>
            {
                var said = answer.Json();
                return new TableEntity(Partition, KeyOf(topic))
                {
                    [Subscription] = said.TryGetProperty("uuid", out var id) ? OsiaAttributes.Text(id) : null,
                    [Topic] = said.TryGetProperty("topic", out var of) ? OsiaAttributes.Text(of) : topic,
                };
            },
            cancellationToken
        );
        row[At] = time.GetUtcNow();
        await Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>
    /// Notes why a topic isn't subscribed. What it is known by stays: the earlier subscription may stand.
    /// </summary>
    private async Task NoteAsync(string topic, string reason, CancellationToken cancellationToken)
    {
        LogFailed(reason);
        var row = new TableEntity(Partition, KeyOf(topic)) { [Denial] = reason };
        await Table.UpsertEntityAsync(row, TableUpdateMode.Merge, cancellationToken);
    }

    private static string KeyOf(string topic) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(topic)).AsSpan(0, 16));

    [LoggerMessage(133, LogLevel.Warning, "We can't subscribe to what the registry tells: {Reason}")]
    private partial void LogFailed(string reason);
}
