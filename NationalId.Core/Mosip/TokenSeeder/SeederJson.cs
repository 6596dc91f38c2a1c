using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>What of a request is left when its lines are taken out.</summary>
/// <param name="Json">The request; an array in <c>authdata</c> is empty here.</param>
/// <param name="Lines">How many lines <c>authdata</c> had; null when it is no array.</param>
internal sealed record SeederEnvelopeText(ReadOnlyMemory<byte> Json, int? Lines);

/// <summary>
/// Reads a request's JSON as it comes. The lines of an array in <c>request.authdata</c> are handed on one by one, so
/// that a batch is never in memory as a whole. What the lines have to be read by, the mapping, may come after them.
/// </summary>
internal sealed class SeederJson : IDisposable
{
    /// <summary>The most bytes of one line, and of all that is no line.</summary>
    internal const int LongestLine = 256 * 1024;

    // The depths of the tokens: request in the root, authdata in request, a line in authdata.
    private const int RequestDepth = 1;
    private const int AuthDataDepth = 2;
    private const int LineDepth = 3;

    private readonly MemoryStream envelope = new();
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 32 });
    private int read;
    private int end;
    private int lineBegin = -1;
    private int lineCount;
    private bool sawToken;
    private bool sawRequest;
    private bool sawAuthData;
    private bool nextIsRequest;
    private bool nextIsAuthData;
    private bool inRequest;
    private bool inLines;

    private enum Step
    {
        NeedMore,
        Line,
        End,
    }

    /// <summary>Reads a request to its end.</summary>
    /// <param name="body">UTF-8 JSON, with or without a byte order mark.</param>
    /// <param name="take">Gets each line's bytes, which are an object, without line breaks. They are valid during the
    /// call only.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SeederException">It is no JSON, or too large, or has something twice.</exception>
    public static async Task<SeederEnvelopeText> ReadAsync(
        Stream body,
        Func<ReadOnlyMemory<byte>, ValueTask> take,
        CancellationToken cancellationToken
    )
    {
        using var json = new SeederJson();
        try
        {
            return await json.RunAsync(body, take, cancellationToken);
        }
        catch (JsonException)
        {
            throw SeederException.Unprocessable("the body is not valid JSON");
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: JSON by its grammar, but no text.
            throw SeederException.Unprocessable("a text is not valid Unicode");
        }
    }

    public void Dispose()
    {
        // It held somebody's record.
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        buffer = [];
        envelope.Dispose();
    }

    private async Task<SeederEnvelopeText> RunAsync(
        Stream body,
        Func<ReadOnlyMemory<byte>, ValueTask> take,
        CancellationToken cancellationToken
    )
    {
        end = await body.ReadAtLeastAsync(buffer, 3, throwOnEndOfStream: false, cancellationToken);
        read = buffer.AsSpan(0, end).StartsWith("\uFEFF"u8) ? 3 : 0;
        var isFinal = end < 3;
        while (true)
        {
            switch (Advance(isFinal))
            {
                case Step.Line:
                    await take(Line());
                    lineBegin = -1;
                    break;
                case Step.End:
                    return new SeederEnvelopeText(envelope.ToArray(), sawAuthData ? lineCount : null);
                default:
                    isFinal = !await FillAsync(body, cancellationToken);
                    break;
            }
        }
    }

    private ReadOnlyMemory<byte> Line()
    {
        var line = buffer.AsMemory(lineBegin, read - lineBegin);
        if (line.Length > LongestLine)
        {
            throw SeederException.LineTooLong(LongestLine);
        }

        if (++lineCount > SeederRequest.MostLines)
        {
            throw SeederException.TooManyLines();
        }

        if (!Utf8.IsValid(line.Span))
        {
            throw SeederException.Unprocessable("the body is not UTF-8");
        }

        // Between an object's tokens these are white space, and within a text JSON has none.
        line.Span.Replace((byte)'\n', (byte)' ');
        line.Span.Replace((byte)'\r', (byte)' ');
        return line;
    }

    /// <summary>Reads on to the end of the next line, or as far as the bytes go.</summary>
    private Step Advance(bool isFinal)
    {
        if (isFinal && !sawToken && buffer.AsSpan(read, end - read).Trim(" \t\r\n"u8).IsEmpty)
        {
            throw SeederException.Invalid("missing request body");
        }

        var from = read;
        var reader = new Utf8JsonReader(buffer.AsSpan(from, end - from), isFinal, state);
        var step = isFinal ? Step.End : Step.NeedMore;
        while (reader.Read())
        {
            sawToken = true;
            if (inLines)
            {
                if (TakeLineToken(ref reader, from))
                {
                    step = Step.Line;
                    break;
                }
            }
            else if (TakeToken(ref reader))
            {
                // The bracket that opens the lines is the envelope's.
                Keep(from + (int)reader.BytesConsumed);
            }
        }

        var consumed = from + (int)reader.BytesConsumed;
        state = reader.CurrentState;
        if (inLines)
        {
            read = consumed;
        }
        else
        {
            Keep(consumed);
        }

        return step;
    }

    /// <returns>Whether a line ends here.</returns>
    private bool TakeLineToken(ref Utf8JsonReader reader, int from)
    {
        if (reader.CurrentDepth == LineDepth && lineBegin < 0)
        {
            lineBegin =
                reader.TokenType == JsonTokenType.StartObject
                    ? from + (int)reader.TokenStartIndex
                    : throw SeederException.Unprocessable("value is not a valid dict");
        }
        else if (reader.CurrentDepth == LineDepth && reader.TokenType == JsonTokenType.EndObject)
        {
            return true;
        }
        else if (reader.CurrentDepth == AuthDataDepth)
        {
            // The bracket that closes the lines is the envelope's again.
            inLines = false;
            read = from + (int)reader.TokenStartIndex;
        }

        return false;
    }

    /// <returns>Whether lines begin here.</returns>
    private bool TakeToken(ref Utf8JsonReader reader)
    {
        var (isRequest, isAuthData) = (nextIsRequest, nextIsAuthData);
        nextIsRequest = false;
        nextIsAuthData = false;
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName when reader.CurrentDepth == RequestDepth:
                nextIsRequest = Once(reader.ValueTextEquals("request"u8), ref sawRequest);
                return false;
            case JsonTokenType.PropertyName when inRequest && reader.CurrentDepth == AuthDataDepth:
                nextIsAuthData = reader.ValueTextEquals("authdata"u8);
                return false;
            case JsonTokenType.StartObject when isRequest:
                inRequest = true;
                return false;
            case JsonTokenType.EndObject when reader.CurrentDepth == RequestDepth:
                inRequest = false;
                return false;
            case JsonTokenType.StartArray when isAuthData:
                inLines = Once(true, ref sawAuthData);
                return true;
            default:
                return false;
        }
    }

    private static bool Once(bool isIt, ref bool seen)
    {
        if (isIt && seen)
        {
            throw SeederException.Unprocessable("request or authdata is given twice");
        }

        seen |= isIt;
        return isIt;
    }

    /// <summary>Puts the bytes up to here into the envelope.</summary>
    private void Keep(int upTo)
    {
        envelope.Write(buffer, read, upTo - read);
        read = upTo;
        if (envelope.Length > LongestLine)
        {
            throw SeederException.TooLarge(LongestLine);
        }
    }

    /// <returns>False when nothing more comes.</returns>
    private async Task<bool> FillAsync(Stream body, CancellationToken cancellationToken)
    {
        var keep = lineBegin < 0 ? read : lineBegin;
        buffer.AsSpan(keep, end - keep).CopyTo(buffer);
        read -= keep;
        end -= keep;
        lineBegin = lineBegin < 0 ? -1 : 0;
        if (end > LongestLine)
        {
            throw lineBegin < 0 ? SeederException.TooLarge(LongestLine) : SeederException.LineTooLong(LongestLine);
        }

        if (end == buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
            buffer.AsSpan(0, end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            buffer = larger;
        }

        var came = await body.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += came;
        return came > 0;
    }
}
