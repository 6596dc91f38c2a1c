using System.Buffers;
using System.Text.Json;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Reads an event document while its bytes stream by: one forward pass in bounded memory, whatever its size. Never
/// throws on bad input. Not for use by several threads at once.
/// </summary>
internal sealed class DocumentScanner : IDisposable
{
    private const int BufferSize = 32 * 1024;

    private readonly LongStringFilter filter = new();
    private readonly DocumentLimits limits = new();
    private readonly ActionPart actions;
    private readonly DocumentPart document;
    private readonly JsonWalk walk;
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = JsonWalk.MaxDepth + 1 });
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int filled;
    private long read;
    private string? failure;

    /// <summary>Makes a scanner for one document.</summary>
    /// <param name="fields">The fields whose values are wanted.</param>
    public DocumentScanner(IReadOnlySet<string> fields)
    {
        actions = new ActionPart(new DeclarationPart(fields, limits), limits);
        document = new DocumentPart(actions);
        walk = new JsonWalk(document);
    }

    /// <summary>Takes the document's next bytes; split anywhere.</summary>
    /// <param name="chunk">The bytes.</param>
    public void Append(ReadOnlySpan<byte> chunk)
    {
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

    /// <summary>What the document says, once all of it was appended.</summary>
    public EventDocument Complete()
    {
        if (failure is null)
        {
            Read(isLast: true);
        }

        return failure is not null
            ? new EventDocument(null, null, null, []) { Problem = failure }
            : new EventDocument(
                document.Texts.GetValueOrDefault("id"),
                document.Texts.GetValueOrDefault("type"),
                document.Texts.GetValueOrDefault("trackingId"),
                actions.All
            );
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            // It held names: the pool's next user gets it empty.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            buffer = [];
        }
    }

    private void Read(bool isLast)
    {
        var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), isLast, state);
        try
        {
            while (failure is null && reader.Read())
            {
                walk.Take(ref reader, 0, 0);
                failure =
                    walk.TooDeep ? FlagReasons.TooDeep
                    : limits.Passed ? ActionReasons.TooMuch
                    : null;
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

        Keep((int)reader.BytesConsumed);
        state = reader.CurrentState;
    }

    private void Keep(int consumed)
    {
        if (consumed == 0 && filled == BufferSize)
        {
            failure ??= FlagReasons.TokenTooLong;
        }

        buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
        filled -= consumed;
        read += consumed;
        // It keeps the places of its cuts until somebody asks.
        filter.Original(read);
    }
}
