using Azure.Data.Tables;

namespace NationalId.Core.Pipeline;

/// <summary>
/// When a partner is asked again about what it has not done yet: after gaps that double up to a longest one.
/// </summary>
/// <param name="First">The gap before the first question.</param>
/// <param name="Longest">The longest gap of those that follow.</param>
internal readonly record struct QuestionGaps(TimeSpan First, TimeSpan Longest)
{
    // 2^20 minutes are two years.
    private const int MostDoublings = 20;

    /// <summary>The gap before the next question.</summary>
    /// <param name="asked">How often was asked.</param>
    public TimeSpan After(int asked)
    {
        var gap = First * Math.Pow(2, Math.Min(asked, MostDoublings));
        return gap < Longest ? gap : Longest;
    }

    /// <summary>
    /// Finds the rows of a partition whose <c>NextAt</c> has come. A time that is further off than any gap was noted by
    /// a clock that was wrong: it has come too.
    /// </summary>
    /// <param name="partition">The partition.</param>
    /// <param name="now">The present.</param>
    public string Due(string partition, DateTimeOffset now)
    {
        // Twice: clocks of two hosts may differ.
        var tooFar = now + (2 * (First > Longest ? First : Longest));
        return TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and (NextAt le {now} or NextAt gt {tooFar})"
        );
    }
}
