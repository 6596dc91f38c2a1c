using Azure;
using Azure.Data.Tables;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>A birth that was published, and that the registry does not have yet.</summary>
public sealed class WatchedBirth : ITableEntity
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <summary>The event's key.</summary>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>When the registry is asked next.</summary>
    public DateTimeOffset NextAt { get; set; }

    /// <summary>How often it was asked.</summary>
    public int Asked { get; set; }

    /// <summary>When the birth was published last.</summary>
    public DateTimeOffset PublishedAt { get; set; }

    /// <summary>What was published, encrypted.</summary>
    public byte[] Message { get; set; } = [];
}

/// <summary>
/// The births that the registry does not have yet: table <c>osiawatch</c>. Those that it has are not kept.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="seals">Encrypts messages.</param>
/// <param name="options">The gaps between questions.</param>
/// <param name="time">The clock.</param>
public sealed class RegistryWatch(StorageClients storage, OsiaSeals seals, OsiaOptions options, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "osiawatch";

    private const string Partition = "open";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    private QuestionGaps Gaps => new(options.FirstCheckAfter, options.LongestCheckGap);

    /// <summary>The present.</summary>
    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Begins to watch a birth.</summary>
    /// <param name="eventKey">The birth's event.</param>
    /// <param name="message">What is published of it.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task AddAsync(string eventKey, string message, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var now = time.GetUtcNow();
        await Table.UpsertEntityAsync(
            new WatchedBirth
            {
                PartitionKey = Partition,
                RowKey = eventKey,
                NextAt = now + Gaps.First,
                PublishedAt = now,
                Message = await seals.SealAsync(eventKey, message, cancellationToken),
            },
            TableUpdateMode.Replace,
            cancellationToken
        );
    }

    /// <summary>The births about which the registry is to be asked now.</summary>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<IReadOnlyList<WatchedBirth>> DueAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        return await Table
            .QueryAsync<WatchedBirth>(Gaps.Due(Partition, time.GetUtcNow()), cancellationToken: cancellationToken)
            .ToListAsync(cancellationToken);
    }

    /// <summary>What was published of a birth.</summary>
    /// <param name="birth">The birth.</param>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    public Task<string> MessageOfAsync(WatchedBirth birth, CancellationToken cancellationToken) =>
        seals.OpenAsync(birth.RowKey, birth.Message, cancellationToken);

    /// <summary>Whether a birth is to be published again.</summary>
    /// <param name="birth">The birth.</param>
    public bool IsToPublish(WatchedBirth birth)
    {
        var now = time.GetUtcNow();
        return birth.PublishedAt + options.PublishAgainAfter <= now
            || birth.PublishedAt > now + options.PublishAgainAfter;
    }

    /// <summary>Has the registry asked again after a gap that is twice as long.</summary>
    /// <param name="birth">The birth.</param>
    /// <param name="published">Whether it was published again just now.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task LaterAsync(WatchedBirth birth, bool published, CancellationToken cancellationToken)
    {
        birth.Asked++;
        var now = time.GetUtcNow();
        birth.NextAt = now + Gaps.After(birth.Asked);
        if (published)
        {
            birth.PublishedAt = now;
        }

        return UpdateAsync(birth, cancellationToken);
    }

    /// <summary>Has the registry asked about a birth at the next run: it may have it now.</summary>
    /// <param name="eventKey">The birth's event.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Whether the birth is watched.</returns>
    public async Task<bool> HurryAsync(string eventKey, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        if (await Table.FindAsync<WatchedBirth>(Partition, eventKey, cancellationToken) is not { } birth)
        {
            return false;
        }

        birth.NextAt = time.GetUtcNow();
        await UpdateAsync(birth, cancellationToken);
        return true;
    }

    /// <summary>Ends the watch: the registry has the child.</summary>
    /// <param name="birth">The birth.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task RemoveAsync(WatchedBirth birth, CancellationToken cancellationToken) =>
        Table.DeleteEntityAsync(birth.PartitionKey, birth.RowKey, ETag.All, cancellationToken);

    /// <summary>Ends the watch of a birth that was revoked: it must not be published again.</summary>
    /// <param name="eventKey">The birth's event.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Whether the birth was watched, so that the registry may not have the child.</returns>
    public async Task<bool> StopAsync(string eventKey, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        if (await Table.FindAsync<WatchedBirth>(Partition, eventKey, cancellationToken) is not { } birth)
        {
            return false;
        }

        await RemoveAsync(birth, cancellationToken);
        return true;
    }

    private async Task UpdateAsync(WatchedBirth birth, CancellationToken cancellationToken)
    {
        try
        {
            await Table.UpdateEntityAsync(birth, birth.ETag, TableUpdateMode.Replace, cancellationToken);
        }
        catch (RequestFailedException moved) when (moved.Status is 404 or 412)
        {
            // Another worker was faster.
        }
    }
}
