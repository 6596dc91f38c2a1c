using System.Buffers;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Copies JSON and leaves out what a string holds beyond <see cref="Kept"/> bytes, so that attachments cost no memory
/// whatever reads the copy.
/// Cuts between characters only (never in an escape, a UTF-8 sequence or a surrogate pair) and knows where each byte of
/// the copy came from.
/// </summary>
internal sealed class LongStringFilter
{
    /// <summary>How many bytes of a string are kept.</summary>
    internal const int Kept = 2048;

    // How much further a cut may be put off for a character's sake; text that still offers no place is broken anyway.
    private const int Grace = 64;

    // What ends the skipping of plain text: the quote, an escape, or what JSON does not allow in a string.
    private static readonly SearchValues<byte> Stops = SearchValues.Create([
        (byte)'"',
        (byte)'\\',
        .. Enumerable.Range(0, 0x20).Select(value => (byte)value),
    ]);

    // Cuts in the part of the copy that is not read yet: from this place in the copy on, that many bytes are missing.
    private readonly Queue<(long Place, long Missing)> cuts = new();
    private long written;
    private long missing;
    private long missingBefore;
    private int length;
    private int hexDigits;
    private int codeUnit;
    private bool inString;
    private bool afterBackslash;
    private bool cutting;

    /// <summary>
    /// A left-out part holds what JSON does not allow; the kept parts are for the copy's reader to judge.
    /// </summary>
    public bool Broken { get; private set; }

    /// <summary>Whether the input stands in a part of a string that is left out.</summary>
    public bool Cutting => cutting;

    /// <summary>
    /// Copies until either end is reached; returns the bytes written and moves <paramref name="input"/> on.
    /// </summary>
    public int Copy(ref ReadOnlySpan<byte> input, Span<byte> output)
    {
        var size = 0;
        while (!input.IsEmpty && size < output.Length && !Broken)
        {
            Skip(ref input);
            size += CopyUpToCut(ref input, output[size..]);
        }
        return size;
    }

    /// <summary>As <see cref="Copy"/>, but stops where a part that is left out begins.</summary>
    public int CopyUpToCut(ref ReadOnlySpan<byte> input, Span<byte> output)
    {
        var start = output.Length;
        while (!input.IsEmpty && !output.IsEmpty && !Broken && !cutting)
        {
            if (afterBackslash || hexDigits > 0)
            {
                CopyEscape(ref input, ref output);
            }
            else if (inString && length >= Kept)
            {
                CutOrPutOff(ref input, ref output);
            }
            else
            {
                CopyRun(ref input, ref output);
            }
        }
        return start - output.Length;
    }

    /// <summary>
    /// Passes over what is left out, up to the quote that ends the string; returns the bytes passed over and moves
    /// <paramref name="input"/> on.
    /// </summary>
    public ReadOnlySpan<byte> Skip(ref ReadOnlySpan<byte> input)
    {
        var all = input;
        while (!input.IsEmpty && !Broken && cutting)
        {
            if (afterBackslash || hexDigits > 0)
            {
                var none = default(Span<byte>);
                CopyEscape(ref input, ref none);
            }
            else
            {
                SkipText(ref input);
            }
        }

        return all[..^input.Length];
    }

    /// <summary>Where a place in the copy was in the original. Places must be asked for in ascending order.</summary>
    public long Original(long place)
    {
        while (cuts.TryPeek(out var cut) && cut.Place <= place)
        {
            missingBefore = cut.Missing;
            cuts.Dequeue();
        }
        return place + missingBefore;
    }

    // Up to an escape or the cut of a long string; in one copy, since strings are many and short.
    private void CopyRun(ref ReadOnlySpan<byte> input, ref Span<byte> output)
    {
        var size = Math.Min(input.Length, output.Length);
        var at = 0;
        var stringStart = -length;
        while (at < size)
        {
            if (!inString)
            {
                var quote = input[at..size].IndexOf((byte)'"');
                at = quote < 0 ? size : at + quote + 1;
                inString = quote >= 0;
                stringStart = at;
                codeUnit = 0;
                continue;
            }
            var end = Math.Min(size, stringStart + Kept);
            var stop = input[at..end].IndexOfAny((byte)'"', (byte)'\\');
            if (stop != 0)
            {
                codeUnit = 0;
            }

            if (stop < 0)
            {
                at = end;
                break;
            }
            at += stop + 1;
            if (input[at - 1] == '\\')
            {
                afterBackslash = true;
                break;
            }
            inString = false;
        }
        length = inString ? at - stringStart : 0;
        Take(ref input, ref output, at);
    }

    private void CutOrPutOff(ref ReadOnlySpan<byte> input, ref Span<byte> output)
    {
        var insideCharacter = (input[0] & 0xC0) == 0x80 || char.IsHighSurrogate((char)codeUnit);
        if (input[0] == '"' || (insideCharacter && length < Kept + Grace))
        {
            TakeOne(ref input, ref output);
        }
        else
        {
            cutting = true;
        }
    }

    private void SkipText(ref ReadOnlySpan<byte> input)
    {
        var stop = input.IndexOfAny(Stops);
        if (stop < 0)
        {
            missing += input.Length;
            input = [];
            return;
        }
        missing += stop;
        input = input[stop..];
        if (input[0] == '"')
        {
            cutting = false;
            cuts.Enqueue((written, missing));
        }
        else if (input[0] == '\\')
        {
            afterBackslash = true;
            SkipOne(ref input);
        }
        else
        {
            Broken = true;
        }
    }

    // One byte of text: the closing quote, the backslash of an escape, or a part of a character.
    private void TakeOne(ref ReadOnlySpan<byte> input, ref Span<byte> output)
    {
        if (input[0] == '"')
        {
            inString = false;
        }
        else if (input[0] == '\\')
        {
            afterBackslash = true;
        }
        else
        {
            codeUnit = 0;
        }

        length = inString ? length + 1 : 0;
        Take(ref input, ref output, 1);
    }

    private void CopyEscape(ref ReadOnlySpan<byte> input, ref Span<byte> output)
    {
        var value = input[0];
        if (afterBackslash)
        {
            afterBackslash = false;
            codeUnit = 0;
            hexDigits = value == 'u' ? 4 : 0;
            Broken = cutting && "\"\\/bfnrtu"u8.IndexOf(value) < 0;
        }
        else
        {
            hexDigits--;
            Broken = cutting && !char.IsAsciiHexDigit((char)value);
            codeUnit = (codeUnit << 4) | ((value & 0xF) + (value >= 'A' ? 9 : 0));
        }
        if (cutting)
        {
            SkipOne(ref input);
            return;
        }
        length++;
        Take(ref input, ref output, 1);
    }

    private void SkipOne(ref ReadOnlySpan<byte> input)
    {
        missing++;
        input = input[1..];
    }

    private void Take(ref ReadOnlySpan<byte> input, ref Span<byte> output, int size)
    {
        input[..size].CopyTo(output);
        input = input[size..];
        output = output[size..];
        written += size;
    }
}
