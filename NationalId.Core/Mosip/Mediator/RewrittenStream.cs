namespace NationalId.Core.Mosip.Mediator;

/// <summary>Opens a part of a text: from here, up to there.</summary>
internal delegate ValueTask<Stream> OpenRange(long from, long end, CancellationToken cancellationToken);

/// <summary>
/// Reads a text piece by piece, forward and asynchronously only. Each run of the original is opened once.
/// </summary>
/// <param name="pieces">What to read.</param>
/// <param name="open">Opens the original.</param>
internal sealed class RewrittenStream(IEnumerable<BodyPiece> pieces, OpenRange open) : Stream
{
    private readonly IEnumerator<BodyPiece> pieces = pieces.GetEnumerator();
    private BodyPiece piece;
    private long done;
    private BodyRun? run;
    private Stream? source;
    private long sourceAt;
    private byte[]? scrap;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (done == piece.Length)
        {
            if (!pieces.MoveNext())
            {
                return 0;
            }

            piece = pieces.Current;
            done = 0;
        }

        var size = (int)Math.Min(piece.Length - done, buffer.Length);
        if (piece.Text is { } text)
        {
            text.AsSpan((int)done, size).CopyTo(buffer.Span);
        }
        else
        {
            await GoToAsync(piece.From + done, cancellationToken);
            size = await source!.ReadAsync(buffer[..size], cancellationToken);
            sourceAt += Checked(size);
        }

        done += size;
        return size;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (source is not null)
        {
            await source.DisposeAsync();
        }

        pieces.Dispose();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source?.Dispose();
            pieces.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask GoToAsync(long place, CancellationToken cancellationToken)
    {
        if (run != piece.Run)
        {
            if (source is not null)
            {
                await source.DisposeAsync();
                source = null;
            }

            run = piece.Run;
            source = await open(place, run!.End, cancellationToken);
            sourceAt = place;
        }

        // What a change took away is read past: it is a few bytes as a rule.
        while (sourceAt < place)
        {
            scrap ??= new byte[4096];
            var size = (int)Math.Min(scrap.Length, place - sourceAt);
            sourceAt += Checked(await source!.ReadAsync(scrap.AsMemory(0, size), cancellationToken));
        }
    }

    private static int Checked(int size) =>
        size > 0 ? size : throw new InvalidDataException("The body is shorter than it was.");
}
