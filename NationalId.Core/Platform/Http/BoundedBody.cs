using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// A request's body that can't be read beyond a length. It stands for the server's own limit, which is not lowered:
/// within that the server reads a refused body to its end, so that the refusal arrives, through the Functions host too.
/// </summary>
internal sealed class BoundedBody : Stream
{
    private readonly Stream body;
    private readonly Func<Exception> tooLong;
    private long left;

    private BoundedBody(Stream body, long limit, Func<Exception> tooLong)
    {
        this.body = body;
        left = limit;
        this.tooLong = tooLong;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bounds what is read of a request's body from now on.</summary>
    /// <param name="request">The request. One that says a larger length is refused at once.</param>
    /// <param name="limit">How many bytes are taken.</param>
    /// <param name="tooLong">What is thrown when there are more.</param>
    public static void Limit(HttpRequest request, long limit, Func<Exception> tooLong)
    {
        if (request.ContentLength > limit)
        {
            throw tooLong();
        }

        request.Body = new BoundedBody(request.Body, limit, tooLong);
    }

    /// <summary>The whole of a request's body; throws as <see cref="Limit"/> does.</summary>
    /// <inheritdoc cref="Limit"/>
    public static async Task<byte[]> ReadAsync(HttpRequest request, int limit, Func<Exception> tooLong)
    {
        Limit(request, limit, tooLong);
        using var whole = new MemoryStream();
        await request.Body.CopyToAsync(whole, request.HttpContext.RequestAborted);
        return whole.ToArray();
    }

    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken = default
    ) => Checked(await body.ReadAsync(buffer, cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Checked(body.Read(buffer, offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Checked(int read) => (left -= read) < 0 ? throw tooLong() : read;
}
