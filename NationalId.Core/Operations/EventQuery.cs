using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Operations;

/// <summary>Which events an operator's page asks for.</summary>
/// <param name="Range">Which.</param>
/// <param name="Limit">How many.</param>
internal sealed partial record EventQuery(EventRange Range, int Limit)
{
    private const int LongestGroup = 300;

    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads it from an address.</summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="query">What it asks for.</param>
    /// <param name="refusal">What is wrong with it: 400.</param>
    /// <returns>Whether it can be answered.</returns>
    public static bool TryRead(
        HttpRequest request,
        [NotNullWhen(true)] out EventQuery? query,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        query = null;
        refusal = null;
        if (
            ((string[])["state", "from", "to", "limit", "reason", "after"]).FirstOrDefault(name =>
                request.Query[name].Count > 1
            ) is
            { } twice
        )
        {
            refusal = Problems.BadRequest($"{twice} is given more than once.");
            return false;
        }

        if (!TryTime("from", out var from) || !TryTime("to", out var to))
        {
            refusal = Problems.BadRequest("from and to are times in ISO 8601, e.g. 2026-11-23T00:00:00Z.");
            return false;
        }

        if (from >= to)
        {
            refusal = Problems.BadRequest("from has to be before to.");
            return false;
        }

        if (
            !int.TryParse(Value("limit") ?? "100", NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            || limit is < 1 or > 1000
        )
        {
            refusal = Problems.BadRequest("limit is a number from 1 to 1000.");
            return false;
        }

        var state = StateOf(Value("state"));
        if (state is null && Value("state") is not null)
        {
            refusal = Problems.BadRequest($"state is one of {string.Join(", ", Enum.GetNames<EventState>())}.");
            return false;
        }

        var reason = Value("reason");
        if (reason is not null && (state is not { } one || !EventIndex.IsOpen(one) || reason.Length > LongestGroup))
        {
            refusal = Problems.BadRequest("reason goes with a state that is open, and is one that the summary names.");
            return false;
        }

        if (!IsCursor(Value("after")))
        {
            refusal = Problems.BadRequest("after is what the page before said in its header Link.");
            return false;
        }

        query = new EventQuery(new EventRange(state, from, to, reason, Value("after")), limit);
        return true;

        string? Value(string name) => request.Query[name] is [{ Length: > 0 } one] ? one : null;

        bool TryTime(string name, out DateTimeOffset? at)
        {
            at = null;
            if (Value(name) is not { } value)
            {
                return true;
            }

            var good = DateTimeOffset.TryParseExact(
                value,
                TimeFormats,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var parsed
            );
            at = good ? parsed : null;
            return good;
        }
    }

    /// <summary>A state by its name; null when it is none.</summary>
    public static EventState? StateOf(string? text)
    {
        // Not Enum.TryParse: it takes numbers and sums of names too.
        var index = Array.FindIndex(
            Enum.GetNames<EventState>(),
            name => name.Equals(text, StringComparison.OrdinalIgnoreCase)
        );
        return index < 0 ? null : Enum.GetValues<EventState>()[index];
    }

    /// <summary>Whether a text is a place in the list, or none.</summary>
    public static bool IsCursor(string? text) => text is null || Cursor().IsMatch(text);

    [GeneratedRegex("^[0-9]{19}_[0-9a-f]{64}$")]
    private static partial Regex Cursor();
}
