using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// An upload on its way: it is stored as it comes, since what it has to be read by may come last. Unless it becomes a
/// batch, nothing of it is left.
/// </summary>
/// <param name="store">Where it goes.</param>
/// <param name="batch">The batch's key in storage.</param>
/// <param name="stop">Set when the caller has gone.</param>
internal sealed class SeederUpload(SeederStore store, string batch, CancellationToken stop) : IAsyncDisposable
{
    private static readonly TimeSpan LongestRemoval = TimeSpan.FromSeconds(10);
    private static readonly byte[] LineEnd = "\n"u8.ToArray();
    private Stream? writing;
    private bool isStored;

    /// <summary>The batch's key in storage.</summary>
    public string Batch => batch;

    /// <summary>Whether it has become a batch.</summary>
    public bool IsKept { get; set; }

    /// <summary>Adds a line of JSON.</summary>
    public async ValueTask AddAsync(ReadOnlyMemory<byte> line)
    {
        var stream = await WriterAsync();
        await stream.WriteAsync(line, stop);
        await stream.WriteAsync(LineEnd, stop);
    }

    /// <summary>Stores a whole file.</summary>
    public async Task AddFileAsync(Stream file)
    {
        await file.CopyToAsync(await WriterAsync(), 64 * 1024, stop);
    }

    /// <summary>Ends the storing and reads what is stored.</summary>
    public async Task<Stream> OpenAsync()
    {
        await CloseAsync();
        return await store.OpenUploadAsync(batch, stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (IsKept || !isStored)
        {
            return;
        }

        using var limit = new CancellationTokenSource(LongestRemoval);
        try
        {
            await CloseAsync();
            await store.RemoveBlobsAsync(batch, limit.Token);
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            // The sweep removes what has no batch.
        }
    }

    private async ValueTask<Stream> WriterAsync()
    {
        isStored = true;
        return writing ??= await store.OpenUploadForWritingAsync(batch, stop);
    }

    private async Task CloseAsync()
    {
        var open = writing;
        writing = null;
        if (open is not null)
        {
            await open.DisposeAsync();
        }
    }
}
