using System.Net;
using System.Net.Http.Headers;

namespace NationalId.Core.AnySystem;

/// <summary>A stored body, byte for byte. It opens its blob anew each time it is sent.</summary>
internal sealed class PayloadContent : HttpContent
{
    private readonly long length;
    private readonly Func<CancellationToken, Task<Stream>> open;

    public PayloadContent(long length, Func<CancellationToken, Task<Stream>> open)
    {
        this.length = length;
        this.open = open;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        var body = await open(cancellationToken);
        await using var opened = body;
        await body.CopyToAsync(stream, cancellationToken);
    }
}
