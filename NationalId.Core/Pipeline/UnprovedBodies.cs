namespace NationalId.Core.Pipeline;

/// <summary>A body was cut because callers who have proved nothing have too many bytes under way.</summary>
public sealed class UnprovedBodiesFullException()
    : Exception("Too many bytes are under way from callers who have proved nothing.");

/// <summary>
/// Bounds the bytes that are under way in this process from callers who have proved nothing: a signature is known to
/// fit only at the end of its body. When there is no room, a body waits a little. If none becomes free, the body that
/// has been under way the longest is cut: callers who send slowly on purpose can't keep others out for long.
/// </summary>
public sealed class UnprovedBodies
{
    private readonly IntakeOptions options;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly LinkedList<UnprovedBody> underWay = [];
    private long bytes;
    private long leaving;
    private TaskCompletionSource roomMade = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins with nothing under way.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="time">The clock.</param>
    public UnprovedBodies(IntakeOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
    }

    /// <summary>How many bytes are under way.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    /// <summary>Counts a body's bytes while it is read, until the stream is disposed.</summary>
    /// <param name="body">The body.</param>
    /// <param name="aborted">Set when the sender has gone.</param>
    public UnprovedBody Watch(Stream body, CancellationToken aborted)
    {
        var watched = new UnprovedBody(this, body, aborted);
        lock (gate)
        {
            underWay.AddLast(watched.Place);
        }

        return watched;
    }

    /// <summary>Counts bytes that have come, and holds their sender up when there are too many.</summary>
    internal async ValueTask AddAsync(UnprovedBody body, int count, CancellationToken stop)
    {
        lock (gate)
        {
            if (!body.IsCounted)
            {
                return;
            }

            bytes += count;
            body.Bytes += count;
            leaving += body.Place.List is null ? count : 0;
        }

        var since = time.GetTimestamp();
        while (true)
        {
            Task room;
            lock (gate)
            {
                if (bytes <= options.MaxUnprovedBytes)
                {
                    return;
                }

                room = roomMade.Task;
                // Not more are cut than is needed: those that are being cut are on their way out already.
                if (
                    time.GetElapsedTime(since) >= options.WaitForRoom
                    && bytes - leaving > options.MaxUnprovedBytes
                    && underWay.First is { Value: var oldest }
                )
                {
                    since = time.GetTimestamp();
                    underWay.RemoveFirst();
                    leaving += oldest.Bytes;
                    oldest.Cut();
                }
            }

            await WaitAsync(room, stop);
        }
    }

    internal void Remove(UnprovedBody body)
    {
        TaskCompletionSource made;
        lock (gate)
        {
            if (!body.IsCounted)
            {
                return;
            }

            body.IsCounted = false;
            bytes -= body.Bytes;
            if (body.Place.List is not null)
            {
                underWay.Remove(body.Place);
            }
            else
            {
                leaving -= body.Bytes;
            }

            made = roomMade;
            roomMade = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        made.SetResult();
    }

    private async Task WaitAsync(Task room, CancellationToken stop)
    {
        try
        {
            await room.WaitAsync(options.WaitForRoom, time, stop);
        }
        catch (TimeoutException)
        {
            // The caller looks for itself whether there is room now.
        }
    }
}

/// <summary>
/// A body whose bytes count as unproved while it is read. Disposing it says that they don't any more: they are proved,
/// or thrown away. The body itself stays open.
/// </summary>
public sealed class UnprovedBody : Stream
{
    private readonly UnprovedBodies all;
    private readonly Stream body;
    private readonly CancellationTokenSource cut = new();
    private readonly CancellationTokenSource linked;
    private readonly CancellationToken stop;

    internal UnprovedBody(UnprovedBodies all, Stream body, CancellationToken aborted)
    {
        this.all = all;
        this.body = body;
        linked = CancellationTokenSource.CreateLinkedTokenSource(aborted, cut.Token);
        stop = linked.Token;
        Place = new LinkedListNode<UnprovedBody>(this);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Its place among all: the first has been under way the longest.</summary>
    internal LinkedListNode<UnprovedBody> Place { get; }

    /// <summary>How many bytes of it have come. Read and written under the lock of all.</summary>
    internal long Bytes { get; set; }

    /// <summary>Whether its bytes still count. Read and written under the lock of all.</summary>
    internal bool IsCounted { get; set; } = true;

    /// <inheritdoc/>
    /// <exception cref="UnprovedBodiesFullException">It was cut to make room.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            // The caller's token is the one that this was made with.
            var read = await body.ReadAsync(buffer, stop);
            await all.AddAsync(this, read, stop);
            return read;
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            throw new UnprovedBodiesFullException();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Ends its reading, now or when it is read next.</summary>
    internal void Cut() => _ = cut.CancelAsync();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        all.Remove(this);
        linked.Dispose();
        base.Dispose(disposing);
    }
}
