using System.Buffers;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Finds out what an event is while its body streams by: one forward pass in bounded memory, whatever the body's size.
/// Never throws on bad input: what can't be understood is flagged (docs/protocols.md, "An event's bundle"). Not for use
/// by several threads at once.
/// </summary>
public sealed class EventScanner : IDisposable
{
    private const int BufferSize = 32 * 1024;
    private const int MostOfOnePerson = 256 * 1024;

    private readonly LongStringFilter filter = new();
    private readonly EventWalker walker;
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = EventWalker.MaxDepth + 1 });
    private byte[]? buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int filled;
    private long discarded;
    private string? failure;

    // The bytes of the resource under way, when the subject's are asked for.
    private ArrayBufferWriter<byte>? resource;
    private long resourceFrom = -1;

    /// <summary>Makes a scanner for one body.</summary>
    public EventScanner()
        : this(keepSubject: false) { }

    internal EventScanner(bool keepSubject)
    {
        walker = new(keepSubject);
        if (keepSubject)
        {
            resource = new();
        }
    }

    /// <summary>Takes the body's next bytes; split anywhere.</summary>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public void Append(ReadOnlySpan<byte> chunk)
    {
        ObjectDisposedException.ThrowIf(buffer is null, this);
        while (!chunk.IsEmpty && failure is null)
        {
            filled += filter.Copy(ref chunk, buffer.AsSpan(filled, BufferSize - filled));
            if (filter.Broken)
            {
                failure = FlagReasons.NotJson;
            }
            else if (filled == BufferSize)
            {
                Read(isLast: false);
            }
        }
    }

    /// <summary>Says what the body was, once all of it was appended.</summary>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public EventScan Complete()
    {
        ObjectDisposedException.ThrowIf(buffer is null, this);
        if (failure is null)
        {
            Read(isLast: true);
        }

        return failure is null ? walker.Conclude() : new(new(null, null, null, null, failure), null);
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (buffer is null)
        {
            return;
        }
        // It held names: the pool's next user gets it empty.
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = null;
        resource = null;
    }

    private void Read(bool isLast)
    {
        var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), isLast, state);
        try
        {
            while (failure is null && reader.Read())
            {
                walker.Take(ref reader, filter.Original(discarded + reader.TokenStartIndex));
                failure = walker.Failure;
                if (walker.ResourceStarts)
                {
                    StartResource(discarded + reader.TokenStartIndex);
                }
                else if (walker.ResourceEnds)
                {
                    EndResource(discarded + reader.BytesConsumed);
                }
            }
        }
        catch (JsonException)
        {
            failure = FlagReasons.NotJson;
        }
        catch (InvalidOperationException)
        {
            // What the reader says to a name or value that isn't UTF-8 or has half a surrogate pair.
            failure = FlagReasons.BadText;
        }
        if (failure is not null)
        {
            return;
        }

        var consumed = (int)reader.BytesConsumed;
        if (consumed == 0 && filled == BufferSize)
        {
            failure = FlagReasons.TokenTooLong;
        }

        KeepResource(discarded + consumed);
        state = reader.CurrentState;
        buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
        filled -= consumed;
        discarded += consumed;
    }

    private void StartResource(long from)
    {
        resource!.ResetWrittenCount();
        resourceFrom = from;
    }

    private void EndResource(long until)
    {
        KeepResource(until);
        if (walker.IsPatient && resourceFrom >= 0)
        {
            walker.KeepJson(resource!.WrittenSpan.ToArray());
        }

        resourceFrom = -1;
    }

    private void KeepResource(long until)
    {
        if (resourceFrom < 0 || resource is null)
        {
            return;
        }

        var size = (int)(until - resourceFrom);
        if (resource.WrittenCount + size > MostOfOnePerson)
        {
            // Nobody has that much without attachments, which are cut already: it is some other resource, or no use.
            resourceFrom = -1;
            return;
        }
        resource.Write(buffer.AsSpan((int)(resourceFrom - discarded), size));
        resourceFrom = until;
    }
}
