using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Stands between OpenCRVS and the country configuration while OpenCRVS reindexes: every record passes by, those too
/// that no search shows. Each piece is stored and then passed on unchanged. What can't be stored is passed on all the
/// same, since a reindexing that fails leaves the country without its search.
/// </summary>
/// <param name="http">The country configuration's client.</param>
/// <param name="parts">Keeps what passes by.</param>
/// <param name="batches">The batch that it is kept for.</param>
/// <param name="options">Where the country configuration is, and who may send.</param>
/// <param name="callers">The header by which a proxy tells who sends.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what could not be stored.</param>
public sealed partial class ReindexTap(
    [FromKeyedServices(ReindexTap.ClientName)] HttpClient http,
    ReindexParts parts,
    ReindexBatches batches,
    ReconcileOptions options,
    CallerOptions callers,
    TimeProvider time,
    ILogger<ReindexTap> logger
)
{
    /// <summary>The name of its client.</summary>
    public const string ClientName = "opencrvs-reindex";

    private const int PieceLength = 1024 * 1024;
    private const int LongestAnswer = 1024 * 1024;

    private static readonly TimeSpan StoreWithin = TimeSpan.FromSeconds(5);

    /// <summary>Takes one request of a reindexing, and answers what the country configuration answers.</summary>
    /// <param name="request">OpenCRVS's request.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (!IsAllowed(CallerAddress.Of(request, callers.AddressHeader)))
        {
            return Problems.Forbidden("A reindexing is not taken from this address.");
        }

        // 1. Through us to the country configuration, piece by piece.
        var batch = await BatchAsync(stop);
        var part = new Part(batch, batch is null ? null : parts.NewName(batch.RowKey));
        using var passedOn = new HttpRequestMessage(HttpMethod.Post, options.ReindexUrl);
        passedOn.Content = new PassedContent(request.Body, bytes => StoreAsync(part, bytes));
        passedOn.Content.Headers.ContentLength = request.ContentLength;
        passedOn.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType ?? "application/json");
        foreach (var name in (string[])["Authorization", "User-Agent"])
        {
            passedOn.Headers.TryAddWithoutValidation(name, request.Headers[name].ToArray());
        }

        byte[] content;
        using var answer = await SendAsync(passedOn, stop);
        if (answer is null)
        {
            await EndAsync(part, isWhole: false);
            return Results.StatusCode(StatusCodes.Status502BadGateway);
        }

        content = await Failures.ReadStartAsync(answer, LongestAnswer, stop);

        // 2. What passed by is a part of the batch.
        await EndAsync(part, isWhole: true);
        return new PassedAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), content);
    }

    private bool IsAllowed(IPAddress? address) =>
        address is not null && options.ReindexNetworks.Any(network => network?.Contains(address) == true);

    private async Task<HttpResponseMessage?> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            LogAway(gone.GetType().Name);
            return null;
        }
    }

    /// <summary>The batch that a part is kept for; null when storage refuses.</summary>
    private async Task<BackfillBatch?> BatchAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(StoreWithin, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            return await batches.CurrentAsync(limit.Token);
        }
        catch (Exception failure) when (StorageFailures.Is(failure) && !stop.IsCancellationRequested)
        {
            LogNotStored(failure.GetType().Name);
            return null;
        }
    }

    private async Task StoreAsync(Part part, ReadOnlyMemory<byte> bytes)
    {
        part.Hash.AppendData(bytes.Span);
        if (part.Name is null || part.IsBroken)
        {
            return;
        }

        using var limit = new CancellationTokenSource(StoreWithin, time);
        try
        {
            await parts.StageAsync(part.Name, part.Blocks, bytes, limit.Token);
            part.Blocks++;
            // A request may take hours: the reindexing is not over meanwhile.
            await batches.StayAsync(part.Batch!, limit.Token);
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            part.IsBroken = true;
            LogNotStored(failure.GetType().Name);
        }
    }

    /// <summary>
    /// Makes what passed by a part of the batch. A request that did not reach the country configuration is sent again
    /// by OpenCRVS, and is no part.
    /// </summary>
    private async Task EndAsync(Part part, bool isWhole)
    {
        using var hash = part.Hash;
        var isLost = isWhole && !await TryAsync(limit => CommitAsync(part, limit));
        var isTold = part.Batch is { } batch && await TryAsync(limit => batches.KeepAsync(batch, isLost, limit));
        batches.Lost(isLost && !isTold);
    }

    private Task CommitAsync(Part part, CancellationToken cancellationToken) =>
        part is { Name: { } name, IsBroken: false, Blocks: > 0 }
            ? parts.CommitAsync(name, part.Blocks, part.Hash.GetHashAndReset(), cancellationToken)
            : throw new IOException("A piece is missing.");

    private async Task<bool> TryAsync(Func<CancellationToken, Task> store)
    {
        using var limit = new CancellationTokenSource(StoreWithin, time);
        try
        {
            await store(limit.Token);
            return true;
        }
        catch (Exception failure)
            when (StorageFailures.Is(failure) || failure is SecretMissingException or SecretStoreUnavailableException)
        {
            LogNotStored(failure.GetType().Name);
            return false;
        }
    }

    [LoggerMessage(115, LogLevel.Error, "A part of a reindexing could not be stored ({Failure}); it was passed on")]
    private partial void LogNotStored(string failure);

    [LoggerMessage(116, LogLevel.Error, "The country configuration does not take the reindexing ({Failure})")]
    private partial void LogAway(string failure);

    private sealed class Part(BackfillBatch? batch, string? name)
    {
        public BackfillBatch? Batch { get; } = batch;

        public string? Name { get; } = name;

        public int Blocks { get; set; }

        public bool IsBroken { get; set; }

        public IncrementalHash Hash { get; } = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>A body that is stored on its way.</summary>
    private sealed class PassedContent(Stream body, Func<ReadOnlyMemory<byte>, Task> store) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var piece = new byte[PieceLength];
            int read;
            while ((read = await body.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false)) > 0)
            {
                await store(piece.AsMemory(0, read));
                await stream.WriteAsync(piece.AsMemory(0, read));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    /// <summary>The country configuration's answer, as it is.</summary>
    private sealed class PassedAnswer(int status, string? contentType, byte[] content) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = contentType;
            if (content.Length > 0)
            {
                await httpContext.Response.Body.WriteAsync(content);
            }
        }
    }
}
