namespace NationalId.Core.Mosip.Mediator;

/// <summary>A change to a text: some bytes at a place give way to others.</summary>
/// <param name="At">Bytes from the start of the original.</param>
/// <param name="Length">How many bytes go; with none the text is put in.</param>
/// <param name="Text">What comes.</param>
/// <param name="Order">Which of several at one place comes first.</param>
internal readonly record struct BodyEdit(long At, long Length, byte[] Text, int Order);

/// <summary>
/// Changes to a text that is too long to be held. Their number is bounded: a real event needs a few dozen.
/// </summary>
internal sealed class BodyEdits
{
    private const int Most = 10_000;

    private readonly List<BodyEdit> edits = [];
    private bool sorted = true;

    /// <summary>Whether there were more than anybody can want; some are missing then.</summary>
    public bool TooMany { get; private set; }

    public void Insert(long at, byte[] text) => Add(at, 0, text);

    public void Delete(long from, long end) => Add(from, end - from, []);

    public void Replace(long from, long end, byte[] text) => Add(from, end - from, text);

    /// <summary>The changes that start in a part of the text, in its order.</summary>
    /// <param name="from">Where the part starts.</param>
    /// <param name="end">Where what follows it starts.</param>
    public IEnumerable<BodyEdit> Between(long from, long end)
    {
        if (!sorted)
        {
            edits.Sort((a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Order.CompareTo(b.Order));
            sorted = true;
        }

        var low = 0;
        var high = edits.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (edits[middle].At < from)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        for (; low < edits.Count && edits[low].At < end; low++)
        {
            yield return edits[low];
        }
    }

    private void Add(long at, long length, byte[] text)
    {
        if (edits.Count == Most)
        {
            TooMany = true;
            return;
        }

        edits.Add(new(at, length, text, edits.Count));
        sorted = false;
    }
}
