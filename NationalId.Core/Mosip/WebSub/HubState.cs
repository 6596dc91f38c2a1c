using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>How far a subscription with MOSIP's hub is.</summary>
internal enum HubStage
{
    /// <summary>Nothing was asked yet.</summary>
    None,

    /// <summary>We asked; the hub has not asked back yet.</summary>
    Asked,

    /// <summary>The hub asked back, or said that we are subscribed already.</summary>
    Standing,

    /// <summary>We are subscribed, but nobody knows with which secret.</summary>
    Stale,

    /// <summary>We asked to be unsubscribed, since a standing subscription can't be given another secret.</summary>
    Leaving,

    /// <summary>We are unsubscribed.</summary>
    Left,
}

/// <summary>What is to be asked of the hub next.</summary>
internal enum HubMove
{
    Nothing,
    Subscribe,
    Unsubscribe,
}

/// <summary>Our subscription with MOSIP's hub as it was last seen.</summary>
internal sealed record HubState
{
    /// <summary>The hub asks back within seconds, or never.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>How far it is.</summary>
    public HubStage Stage { get; init; }

    /// <summary>Tells the secret that we asked with from others.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>When we asked last; null when that failed.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>When the hub last said that we are subscribed.</summary>
    public DateTimeOffset? ConfirmedAt { get; init; }

    /// <summary>Why the hub did not take what we asked last; null when it did.</summary>
    public string? Denial { get; init; }

    /// <summary>Whether credentials come.</summary>
    [JsonIgnore]
    public bool IsGood => Stage == HubStage.Standing && Denial is null;

    /// <summary>What is to be asked now.</summary>
    /// <param name="newest">The newest secret's fingerprint.</param>
    /// <param name="now">The present.</param>
    /// <param name="renewEvery">How often a standing subscription is renewed.</param>
    public HubMove Next(string newest, DateTimeOffset now, TimeSpan renewEvery) =>
        Stage switch
        {
            HubStage.Standing when Fingerprint != newest => HubMove.Unsubscribe,
            HubStage.Standing => Since(Denial is null ? renewEvery : Patience, now)
                ? HubMove.Subscribe
                : HubMove.Nothing,
            HubStage.Stale => HubMove.Unsubscribe,
            HubStage.Asked when !Since(Patience, now) => HubMove.Nothing,
            HubStage.Asked => Fingerprint == newest ? HubMove.Subscribe : HubMove.Unsubscribe,
            HubStage.Leaving => Since(Patience, now) ? HubMove.Unsubscribe : HubMove.Nothing,
            _ => HubMove.Subscribe,
        };

    /// <summary>The state once we ask to be subscribed.</summary>
    /// <param name="newest">The newest secret's fingerprint.</param>
    /// <param name="now">The present.</param>
    public HubState Asking(string newest, DateTimeOffset now) =>
        this with
        {
            Stage = Stage == HubStage.Standing ? HubStage.Standing : HubStage.Asked,
            Fingerprint = newest,
            AskedAt = now,
        };

    /// <summary>The state after the hub asked back; null when we asked for no such thing.</summary>
    /// <param name="mode">What the hub says that we asked for.</param>
    /// <param name="now">The present.</param>
    public HubState? Confirmed(string mode, DateTimeOffset now) =>
        (mode, Stage) switch
        {
            ("subscribe", HubStage.Asked or HubStage.Standing) => this with
            {
                Stage = HubStage.Standing,
                ConfirmedAt = now,
                Denial = null,
            },
            ("unsubscribe", HubStage.Leaving) => this with { Stage = HubStage.Left },
            _ => null,
        };

    /// <summary>The state after a denial. One of a standing subscription says that it stands.</summary>
    /// <param name="reason">The hub's reason.</param>
    /// <param name="now">The present.</param>
    public HubState Denied(string reason, DateTimeOffset now)
    {
        var isThere = reason.Contains("already", StringComparison.OrdinalIgnoreCase);
        return Stage switch
        {
            HubStage.Standing when isThere => this with { ConfirmedAt = now, Denial = null },
            HubStage.Asked when isThere => this with { Stage = HubStage.Stale },
            HubStage.Leaving => this with { Stage = HubStage.Left },
            _ => this with { Denial = reason },
        };
    }

    private bool Since(TimeSpan wait, DateTimeOffset now) => AskedAt is not { } asked || now - asked >= wait;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(HubState))]
internal sealed partial class HubStateJson : JsonSerializerContext;

/// <summary>Remembers our subscriptions with MOSIP's hub: the hub asks back at any host.</summary>
/// <param name="storage">The storage account.</param>
public sealed class HubStates(StorageClients storage)
{
    private const string Partition = "control";
    private const string Column = "State";

    private TableClient Table => field ??= storage.Tables.GetTableClient(EventLedger.TableName);

    /// <summary>The subscription as it was last seen.</summary>
    /// <param name="topic">What is subscribed to.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    internal async Task<HubState> GetAsync(HubTopic topic, CancellationToken cancellationToken) =>
        Read(await FindAsync(topic, cancellationToken));

    /// <summary>Changes it; repeats while somebody else changes it too.</summary>
    /// <param name="topic">What is subscribed to.</param>
    /// <param name="change">Gives the new state; null: it stays.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The new state; null when it stays.</returns>
    internal async Task<HubState?> ChangeAsync(
        HubTopic topic,
        Func<HubState, HubState?> change,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var row = await FindAsync(topic, cancellationToken);
            if (change(Read(row)) is not { } changed)
            {
                return null;
            }

            var next = new TableEntity(Partition, topic.Row)
            {
                [Column] = JsonSerializer.Serialize(changed, HubStateJson.Default.HubState),
            };
            try
            {
                await (
                    row is null
                        ? Table.AddEntityAsync(next, cancellationToken)
                        : Table.UpdateEntityAsync(next, row.ETag, TableUpdateMode.Replace, cancellationToken)
                );
                return changed;
            }
            catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
            {
                // Somebody else was first: look again.
            }
        }
    }

    private async Task<TableEntity?> FindAsync(HubTopic topic, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<TableEntity>(Partition, topic.Row, cancellationToken);
    }

    private static HubState Read(TableEntity? row) =>
        row?.GetString(Column) is { } json
            ? JsonSerializer.Deserialize(json, HubStateJson.Default.HubState) ?? new HubState()
            : new HubState();
}
