namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>Reads a stream with a fragment put in at one place, in place of a few bytes there.</summary>
internal sealed class SplicedStream(Stream original, long offset, int replaced, byte[] fragment) : Stream
{
    private long position;
    private int skipped;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => original.Length - replaced + fragment.Length;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    private bool InFragment => position >= offset && position < offset + fragment.Length;

    // Room that must not be read past: before the fragment, up to it.
    private int Room(int size) => position < offset ? (int)Math.Min(size, offset - position) : size;

    public override int Read(Span<byte> buffer)
    {
        if (InFragment)
        {
            return ReadFragment(buffer);
        }

        Span<byte> scrap = stackalloc byte[8];
        while (position >= offset && skipped < replaced)
        {
            skipped += Checked(original.Read(scrap[..Math.Min(scrap.Length, replaced - skipped)]), 1);
        }

        return Moved(original.Read(buffer[..Room(buffer.Length)]), buffer.Length);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (InFragment)
        {
            return ReadFragment(buffer.Span);
        }

        while (position >= offset && skipped < replaced)
        {
            var scrap = new byte[replaced - skipped];
            skipped += Checked(await original.ReadAsync(scrap, cancellationToken), 1);
        }
        return Moved(await original.ReadAsync(buffer[..Room(buffer.Length)], cancellationToken), buffer.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await original.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            original.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadFragment(Span<byte> buffer)
    {
        var rest = fragment.AsSpan((int)(position - offset));
        var size = Math.Min(rest.Length, buffer.Length);
        rest[..size].CopyTo(buffer);
        position += size;
        return size;
    }

    private int Moved(int size, int asked)
    {
        if (position < offset)
        {
            Checked(size, asked);
        }

        position += size;
        return size;
    }

    private static int Checked(int size, int asked) =>
        size > 0 || asked == 0
            ? size
            : throw new InvalidDataException("The body ends before the place where identifiers go.");
}
