using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Ledger;

/// <summary>
/// What a payload's blob says about itself, so that the sweep can rebuild its message and row. No personal data.
/// </summary>
/// <param name="Key">The event's key.</param>
/// <param name="Topic">The hub topic or action.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="CompositionId">The record's id.</param>
/// <param name="RegistrationNumber">The BRN or DRN.</param>
/// <param name="TrackingId">The tracking id.</param>
/// <param name="FlagReason">Why it is not delivered.</param>
/// <param name="TraceParent">The W3C trace of the message that brought it.</param>
public sealed record PayloadInfo(
    string Key,
    string Topic,
    DateTimeOffset ReceivedAt,
    string? CompositionId,
    string? RegistrationNumber,
    string? TrackingId,
    string? FlagReason,
    string? TraceParent
)
{
    /// <summary>The way in that it took, e.g. <c>webhook</c>: it says who can read it.</summary>
    public string Source { get; init; } = "";

    /// <summary>When the sender signed it, by the payload itself; null when it does not say.</summary>
    public DateTimeOffset? SignedAt { get; init; }

    /// <summary>
    /// Why the client fetched it itself (<see cref="Registry.EventOrigins"/>); null when it was sent.
    /// </summary>
    public string? Origin { get; init; }

    /// <summary>When OpenCRVS registered what was fetched; null when it was sent.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>Why it is kept and not sent, though nothing is wrong with it.</summary>
    public string? KeptReason { get; init; }

    /// <summary>The operator who brought it in; null when no operator did.</summary>
    public string? By { get; init; }

    /// <summary>In quarantine: the signature that is still to be checked.</summary>
    public string? Signature { get; init; }

    /// <summary>In quarantine: a word for the secrets that did not fit the signature.</summary>
    public string? TriedWith { get; init; }

    /// <summary>That we stored it as it is (<see cref="PayloadSeals"/>); in quarantine there is none.</summary>
    public string? Seal { get; init; }

    /// <summary>The same as a blob's metadata.</summary>
    public IDictionary<string, string> ToMetadata()
    {
        // Header values must be ASCII: a registration number may be anything.
        var metadata = new Dictionary<string, string>
        {
            ["eventkey"] = Key,
            ["topic"] = Uri.EscapeDataString(Topic),
            ["receivedat"] = ReceivedAt.ToString("O", CultureInfo.InvariantCulture),
        };
        Add("composition", CompositionId);
        Add("number", RegistrationNumber);
        Add("tracking", TrackingId);
        Add("flag", FlagReason);
        Add("kept", KeptReason);
        Add("traceparent", TraceParent);
        Add("signature", Signature);
        Add("tried", TriedWith);
        Add("seal", Seal);
        Add("source", Source);
        Add("signedat", SignedAt?.ToString("O", CultureInfo.InvariantCulture));
        Add("origin", Origin);
        Add("registeredat", RegisteredAt?.ToString("O", CultureInfo.InvariantCulture));
        Add("by", By);
        return metadata;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                metadata[name] = Uri.EscapeDataString(value);
            }
        }
    }

    /// <summary>Reads a blob's metadata.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <returns>Null when they are not a payload's.</returns>
    public static PayloadInfo? FromMetadata(IDictionary<string, string>? metadata)
    {
        if (
            metadata is null
            || Value("eventkey") is not { Length: 64 } key
            || Value("topic") is not { } topic
            || Time("receivedat") is not { } receivedAt
        )
        {
            return null;
        }

        return new PayloadInfo(
            key,
            topic,
            receivedAt,
            Value("composition"),
            Value("number"),
            Value("tracking"),
            Value("flag"),
            Value("traceparent")
        )
        {
            KeptReason = Value("kept"),
            By = Value("by"),
            Signature = Value("signature"),
            TriedWith = Value("tried"),
            Seal = Value("seal"),
            Source = Value("source") ?? "",
            SignedAt = Time("signedat"),
            Origin = Value("origin"),
            RegisteredAt = Time("registeredat"),
        };

        string? Value(string name) => metadata.TryGetValue(name, out var value) ? Uri.UnescapeDataString(value) : null;

        DateTimeOffset? Time(string name) =>
            DateTimeOffset.TryParse(Value(name), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at)
                ? at
                : null;
    }
}

/// <summary>The original bodies, one blob each. Messages and rows say only where they are.</summary>
/// <param name="storage">The storage account.</param>
/// <param name="time">The clock.</param>
/// <param name="container">The container.</param>
public sealed class PayloadStore(StorageClients storage, TimeProvider time, string container)
{
    /// <summary>The container of what was accepted.</summary>
    public const string AcceptedContainer = "payloads";

    /// <summary>The store of what was accepted.</summary>
    /// <param name="storage">The storage account.</param>
    /// <param name="time">The clock.</param>
    public PayloadStore(StorageClients storage, TimeProvider time)
        : this(storage, time, AcceptedContainer) { }

    private BlobContainerClient Container => field ??= storage.Blobs.GetBlobContainerClient(container);

    /// <summary>The blob of the answer from which a payload was rebuilt.</summary>
    /// <param name="blob">The payload's blob.</param>
    public static string AnswerOf(string blob) => blob + ".answer";

    /// <summary>Keeps the answer from which a payload is rebuilt.</summary>
    /// <param name="blob">The payload's blob.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task PutAnswerAsync(string blob, byte[] answer, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Container
            .GetBlobClient(AnswerOf(blob))
            .UploadAsync(BinaryData.FromBytes(answer), overwrite: true, cancellationToken);
    }

    /// <summary>A new blob name. It begins with the time, so that the sweep reads only the days it needs.</summary>
    public string NewName() =>
        time.GetUtcNow().ToString("yyyy/MM/dd/HHmmss", CultureInfo.InvariantCulture)
        + "-"
        + RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>When a payload came, to the second, by its name; null when it is not such a name.</summary>
    public static DateTimeOffset? CameAt(string? blob) =>
        blob is { Length: > 17 }
        && DateTimeOffset.TryParseExact(
            blob[..17],
            "yyyy/MM/dd/HHmmss",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var at
        )
            ? at
            : null;

    /// <summary>Stores a body in one call.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="body">The body.</param>
    /// <param name="info">What it is.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task PutAsync(string blob, Stream body, PayloadInfo info, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Container
            .GetBlobClient(blob)
            .UploadAsync(body, new BlobUploadOptions { Metadata = info.ToMetadata() }, cancellationToken);
    }

    /// <summary>Stores a block of a body. Nobody sees it before <see cref="CommitAsync"/>.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="block">The block's number, from 0.</param>
    /// <param name="bytes">The block.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task StageAsync(string blob, int block, Stream bytes, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await Container
            .GetBlockBlobClient(blob)
            .StageBlockAsync(BlockId(block), bytes, cancellationToken: cancellationToken);
    }

    /// <summary>Makes the blocks that were stored a blob.</summary>
    /// <param name="blob">Its blob.</param>
    /// <param name="blocks">How many blocks there are.</param>
    /// <param name="info">What it is.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task CommitAsync(string blob, int blocks, PayloadInfo info, CancellationToken cancellationToken) =>
        Container
            .GetBlockBlobClient(blob)
            .CommitBlockListAsync(
                Enumerable.Range(0, blocks).Select(BlockId),
                new CommitBlockListOptions { Metadata = info.ToMetadata() },
                cancellationToken
            );

    /// <summary>Opens a payload for one pass over it.</summary>
    /// <exception cref="PayloadMissingException">There is no such blob.</exception>
    public async Task<Payload> OpenAsync(string blob, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            var download = (
                await Container.GetBlobClient(blob).DownloadStreamingAsync(cancellationToken: cancellationToken)
            ).Value;
            return new Payload(
                download.Content,
                download.Details.ContentLength,
                PayloadInfo.FromMetadata(download.Details.Metadata)
            );
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new PayloadMissingException();
        }
    }

    /// <summary>Opens a part of a payload.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="from">Where the part starts.</param>
    /// <param name="end">Where what follows it starts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PayloadMissingException">There is no such blob.</exception>
    public async Task<Stream> OpenRangeAsync(string blob, long from, long end, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(from, end - from) };
            var download = await Container
                .GetBlobClient(blob)
                .DownloadStreamingAsync(options, cancellationToken: cancellationToken);
            return download.Value.Content;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new PayloadMissingException();
        }
    }

    /// <summary>What a blob says about itself; null when there is no such blob.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<PayloadInfo?> GetInfoAsync(string blob, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        try
        {
            return PayloadInfo.FromMetadata(
                (await Container.GetBlobClient(blob).GetPropertiesAsync(cancellationToken: cancellationToken))
                    .Value
                    .Metadata
            );
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Changes what a blob says about itself.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="info">What it is.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SetInfoAsync(string blob, PayloadInfo info, CancellationToken cancellationToken) =>
        Container.GetBlobClient(blob).SetMetadataAsync(info.ToMetadata(), cancellationToken: cancellationToken);

    /// <summary>Removes a blob, if it is there.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task DeleteAsync(string blob, CancellationToken cancellationToken) =>
        Container.DeleteBlobIfExistsAsync(
            blob,
            DeleteSnapshotsOption.IncludeSnapshots,
            cancellationToken: cancellationToken
        );

    /// <summary>Whether a payload of an event is there, among those that came in a time of minutes.</summary>
    /// <param name="eventKey">The event's key.</param>
    /// <param name="from">When it may have come at the earliest.</param>
    /// <param name="until">When it may have come at the latest.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<bool> HasAsync(
        string eventKey,
        DateTimeOffset from,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var minute = TimeSpan.FromMinutes(1);
        var last = Math.Min(until.UtcTicks, time.GetUtcNow().UtcTicks) + minute.Ticks;
        for (var at = from.UtcDateTime; at.Ticks < last; at += minute)
        {
            var names = at.ToString("yyyy/MM/dd/HHmm", CultureInfo.InvariantCulture);
            await foreach (var item in List(names, BlobStates.None, cancellationToken))
            {
                if (PayloadInfo.FromMetadata(item.Metadata)?.Key == eventKey)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Committed and uncommitted blobs of one day.</summary>
    public AsyncPageable<BlobItem> ListDay(DateOnly day, CancellationToken cancellationToken) =>
        List(day.ToString("yyyy/MM/dd/", CultureInfo.InvariantCulture), BlobStates.Uncommitted, cancellationToken);

    /// <summary>All committed blobs, oldest first.</summary>
    public async IAsyncEnumerable<BlobItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await foreach (var item in List(null, BlobStates.None, cancellationToken))
        {
            yield return item;
        }
    }

    /// <summary>
    /// Throws away what was staged but never committed: an empty blob replaces the blocks and goes. A committed blob
    /// with content stays.
    /// </summary>
    public async Task DiscardStagedAsync(string blob, CancellationToken cancellationToken)
    {
        var client = Container.GetBlockBlobClient(blob);
        try
        {
            var onlyIfNew = new CommitBlockListOptions
            {
                Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            };
            await client.CommitBlockListAsync([], onlyIfNew, cancellationToken);
        }
        catch (RequestFailedException committed) when (committed.Status is 409 or 412)
        {
            // It has content, or an earlier run died between the two steps and left it empty.
            if ((await client.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength > 0)
            {
                return;
            }
        }

        await DeleteAsync(blob, cancellationToken);
    }

    /// <summary>The blobs whose names begin so, oldest first, with what they say about themselves.</summary>
    private AsyncPageable<BlobItem> List(string? names, BlobStates states, CancellationToken cancellationToken) =>
        Container.GetBlobsAsync(
            new GetBlobsOptions
            {
                Traits = BlobTraits.Metadata,
                States = states,
                Prefix = names,
            },
            cancellationToken
        );

    private static string BlockId(int block) => Convert.ToBase64String(BitConverter.GetBytes(block));
}

/// <summary>A payload opened for reading.</summary>
/// <param name="Content">Its bytes, for one pass.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Info">What it says about itself.</param>
public sealed record Payload(Stream Content, long Length, PayloadInfo? Info) : IAsyncDisposable
{
    /// <summary>All of it, where it is short enough to be held; null otherwise.</summary>
    public byte[]? Whole { get; init; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

/// <summary>The payload's blob is gone: retention or an operator removed it.</summary>
public sealed class PayloadMissingException() : Exception("The event's payload is not in storage any more.");
