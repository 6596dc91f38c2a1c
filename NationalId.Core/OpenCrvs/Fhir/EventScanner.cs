using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using NationalId.Core.Registry;

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
    private readonly EventKinds kinds;
    private readonly EventWalker walker;
    private readonly JsonWalk? beside;
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = JsonWalk.MaxDepth + 1 });
    private byte[]? buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int filled;
    private long discarded;
    private string? failure;

    // SHA-256 of the bundle, for the kinds whose key needs it, and how far the copy was hashed; -1 outside of the
    // bundle.
    private readonly IncrementalHash? hash;
    private long hashedUntil = -1;
    private string? bundleHash;

    // The bytes of the resource under way, when the subject's are asked for.
    private ArrayBufferWriter<byte>? resource;
    private long resourceFrom = -1;

    /// <summary>Makes a scanner for one body.</summary>
    /// <param name="kinds">The table of event kinds; the standard one when it is null. The bundle is hashed for a kind
    /// whose key needs its content, and for no other.</param>
    public EventScanner(EventKinds? kinds = null)
        : this(kinds ?? EventKinds.Carried, keepSubject: false) { }

    internal EventScanner(EventKinds kinds, bool keepSubject, JsonWalk? beside = null)
    {
        this.kinds = kinds;
        walker = new(kinds);
        hash = kinds.HashesContent ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        this.beside = beside;
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
            filled += filter.CopyUpToCut(ref chunk, buffer.AsSpan(filled, BufferSize - filled));
            if (filter.Cutting)
            {
                SkipRestOfString(ref chunk);
            }

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

        if (failure is not null)
        {
            return new(new(null, null, null, null, failure), null);
        }

        var scan = walker.Conclude();
        return walker.BundleFound && scan.Outline.Topic is { } topic && IsHashed(topic)
            ? scan with
            {
                BundleHash = bundleHash,
            }
            : scan;
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
        hash?.Dispose();
    }

    // What a string holds beyond what the walker sees is a part of the bundle all the same.
    private void SkipRestOfString(ref ReadOnlySpan<byte> chunk)
    {
        if (hash is not null)
        {
            // Only what was read tells whether the string is in the bundle.
            Read(isLast: false);
            HashUntil(discarded + filled);
        }

        var skipped = filter.Skip(ref chunk);
        if (hashedUntil >= 0)
        {
            hash!.AppendData(skipped);
        }
    }

    private void StartHash(long from)
    {
        // A topic that comes after the bundle may want the hash.
        if (hash is not null && (walker.Topic is not { } topic || IsHashed(topic)))
        {
            hash.GetHashAndReset();
            hashedUntil = from;
        }
    }

    private bool IsHashed(string topic) => kinds.Find(topic)?.Key == KeyRule.RecordAndContent;

    private void EndHash(long until)
    {
        if (hashedUntil >= 0)
        {
            HashUntil(until);
            bundleHash = Convert.ToHexStringLower(hash!.GetHashAndReset());
            hashedUntil = -1;
        }
    }

    private void HashUntil(long until)
    {
        if (hashedUntil >= 0 && until > hashedUntil)
        {
            hash!.AppendData(buffer.AsSpan((int)(hashedUntil - discarded), (int)(until - hashedUntil)));
            hashedUntil = until;
        }
    }

    private void Read(bool isLast)
    {
        var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), isLast, state);
        try
        {
            while (failure is null && reader.Read())
            {
                var at = filter.Original(discarded + reader.TokenStartIndex);
                var end = filter.Original(discarded + reader.BytesConsumed);
                walker.Take(ref reader, at, end);
                failure = walker.Failure;
                beside?.Take(ref reader, at, end);
                if (walker.Mark != ScanMark.None)
                {
                    FollowBytes(discarded + reader.TokenStartIndex, discarded + reader.BytesConsumed);
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
        HashUntil(discarded + consumed);
        state = reader.CurrentState;
        buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
        filled -= consumed;
        discarded += consumed;
    }

    private void FollowBytes(long from, long until)
    {
        switch (walker.Mark)
        {
            case ScanMark.BundleStarts:
                StartHash(from);
                break;
            case ScanMark.BundleEnds:
                EndHash(until);
                break;
            case ScanMark.ResourceStarts:
                resource?.ResetWrittenCount();
                resourceFrom = resource is null ? -1 : from;
                break;
            case ScanMark.ResourceEnds:
                EndResource(until);
                break;
        }
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
