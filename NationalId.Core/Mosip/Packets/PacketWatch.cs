using Azure;
using Azure.Data.Tables;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.Packets;

/// <summary>A packet of which nobody knows yet what MOSIP made of it.</summary>
public sealed class WatchedPacket : ITableEntity
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <summary>The registration id.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The event that it tells of.</summary>
    public string EventKey { get; set; } = "";

    /// <summary>Its process.</summary>
    public string Process { get; set; } = "";

    /// <summary>When MOSIP is asked next.</summary>
    public DateTimeOffset NextAt { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Asked { get; set; }

    /// <summary>What MOSIP's hub has told of it; null while it has not.</summary>
    public string? Told { get; set; }
}

/// <summary>The packets that MOSIP works on: table <c>packets</c>. Those that it has done with are not kept.</summary>
/// <param name="storage">The storage account.</param>
/// <param name="options">The gaps between questions.</param>
/// <param name="time">The clock.</param>
public sealed class PacketWatch(StorageClients storage, PacketOptions options, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "packets";

    private const string Partition = "open";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    private QuestionGaps Gaps => new(options.FirstStatusAfter, options.LongestStatusGap);

    /// <summary>Begins to watch a packet.</summary>
    /// <param name="id">Its registration id.</param>
    /// <param name="eventKey">The event that it tells of.</param>
    /// <param name="process">Its process.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task AddAsync(string id, string eventKey, string process, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Table.UpsertEntityAsync(
            new WatchedPacket
            {
                PartitionKey = Partition,
                RowKey = id,
                EventKey = eventKey,
                Process = process,
                NextAt = time.GetUtcNow() + Gaps.First,
            },
            TableUpdateMode.Replace,
            cancellationToken
        );
    }

    /// <summary>The packets about which MOSIP is to be asked now, a page at a time.</summary>
    /// <param name="pageSize">How many one question asks about.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public IAsyncEnumerable<Page<WatchedPacket>> DueAsync(int pageSize, CancellationToken cancellationToken) =>
        Table
            .QueryAsync<WatchedPacket>(
                Gaps.Due(Partition, time.GetUtcNow()),
                pageSize,
                cancellationToken: cancellationToken
            )
            .AsPages();

    /// <summary>
    /// Takes what MOSIP's hub tells of a packet. It is settled with the next run; of the country's other packets
    /// nothing is kept.
    /// </summary>
    /// <param name="id">Its registration id.</param>
    /// <param name="status">What became of it; null to ask MOSIP for it now.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether it is one of ours of which nobody knew.</returns>
    public async Task<bool> TellAsync(string id, string? status, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        while (true)
        {
            if (await Table.FindAsync<WatchedPacket>(Partition, id, cancellationToken) is not { } packet)
            {
                return false;
            }

            packet.Told ??= status;
            packet.NextAt = time.GetUtcNow();
            try
            {
                await Table.UpdateEntityAsync(packet, packet.ETag, TableUpdateMode.Replace, cancellationToken);
                return true;
            }
            catch (RequestFailedException moved) when (moved.Status is 404 or 412)
            {
                // It was settled or put off at this moment: look again.
            }
        }
    }

    /// <summary>Has MOSIP asked again after a gap that is twice as long.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task LaterAsync(WatchedPacket packet, CancellationToken cancellationToken)
    {
        packet.Asked++;
        packet.NextAt = time.GetUtcNow() + Gaps.After(packet.Asked);
        try
        {
            await Table.UpdateEntityAsync(packet, packet.ETag, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException moved) when (moved.Status is 404 or 412)
        {
            // Another worker was faster, or the packet was sent again.
        }
    }

    /// <summary>Ends the watch: MOSIP has done with the packet.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(WatchedPacket packet, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(packet.PartitionKey, packet.RowKey, ETag.All, cancellationToken);
}
