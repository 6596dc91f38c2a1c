using System.Globalization;

namespace NationalId.LocalHost;

/// <summary>
/// A six-field NCRONTAB expression in UTC: second, minute, hour, day of month, month, day of week (0 is Sunday). A
/// field is <c>*</c>, a number, a range <c>a-b</c>, each with an optional step <c>/n</c>, or a list of these. All
/// fields must match.
/// </summary>
internal sealed class CronSchedule
{
    private static readonly (string Name, int Least, int Most)[] Fields =
    [
        ("second", 0, 59),
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day of month", 1, 31),
        ("month", 1, 12),
        ("day of week", 0, 6),
    ];

    private readonly string expression;
    private readonly bool[][] allowed;

    private CronSchedule(string expression, bool[][] allowed)
    {
        this.expression = expression;
        this.allowed = allowed;
    }

    /// <exception cref="FormatException">The expression is none.</exception>
    public static CronSchedule Parse(string expression)
    {
        var parts = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == Fields.Length
            ? new CronSchedule(
                expression,
                [.. parts.Select((part, i) => ParseField(part, Fields[i].Name, Fields[i].Least, Fields[i].Most))]
            )
            : throw new FormatException(
                $"A schedule has six fields (second first); '{expression}' has {parts.Length}."
            );
    }

    /// <summary>The first time after <paramref name="after"/>; null when there is none in the next ten years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        var utc = after.UtcDateTime;
        var t = new DateTime(utc.Ticks - (utc.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc).AddSeconds(1);
        var end = t.AddYears(10);
        while (t < end)
        {
            if (!allowed[4][t.Month])
            {
                t = new DateTime(t.Year, t.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1);
            }
            else if (!allowed[3][t.Day] || !allowed[5][(int)t.DayOfWeek])
            {
                t = t.Date.AddDays(1);
            }
            else if (!allowed[2][t.Hour])
            {
                t = t.Date.AddHours(t.Hour + 1);
            }
            else if (!allowed[1][t.Minute])
            {
                t = t.AddSeconds(60 - t.Second);
            }
            else if (!allowed[0][t.Second])
            {
                t = t.AddSeconds(1);
            }
            else
            {
                return t;
            }
        }

        return null;
    }

    public override string ToString() => expression;

    private static bool[] ParseField(string field, string name, int least, int most)
    {
        var allowed = new bool[most + 1];
        foreach (var item in field.Split(','))
        {
            var halves = item.Split('/');
            var bounds = halves[0].Split('-');
            if (halves.Length > 2 || bounds.Length > 2)
            {
                throw Bad();
            }

            var everything = halves[0] == "*";
            var from = everything ? least : Number(bounds[0]);
            var to = everything || (bounds.Length == 1 && halves.Length == 2) ? most : Number(bounds[^1]);
            var step = halves.Length == 2 ? Number(halves[1]) : 1;
            if (from < least || to > most || from > to || step < 1)
            {
                throw Bad();
            }

            for (var value = from; value <= to; value += step)
            {
                allowed[value] = true;
            }
        }

        return allowed;

        int Number(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad();

        FormatException Bad() => new($"'{field}' is no {name} of a schedule.");
    }
}
