using System.Globalization;
using System.Text.Json;

namespace NationalId.Core.Osia;

/// <summary>One expression about an attribute, as <c>verify</c> takes it.</summary>
/// <param name="Name">The attribute.</param>
/// <param name="Operator">The operator.</param>
/// <param name="Value">What it is compared with.</param>
internal sealed record OsiaExpression(string Name, string Operator, string Value)
{
    // The days and months that are not known may be any.
    private const string Unknown = "XX";

    /// <summary>Nothing of the value.</summary>
    public override string ToString() => $"{nameof(OsiaExpression)} {Name}";

    /// <summary>
    /// Whether it holds of a person's value. Of a date that is known in part, whatever the rest may be.
    /// </summary>
    /// <param name="actual">The person's value.</param>
    public bool Holds(string actual) =>
        Operator == "="
            ? OsiaAttributes.AreSame(actual, Value)
            : HoldsOf(actual.Replace(Unknown, "00", StringComparison.Ordinal))
                && HoldsOf(actual.Replace(Unknown, "99", StringComparison.Ordinal));

    private bool HoldsOf(string actual)
    {
        var order =
            Number(actual) is { } one && Number(Value) is { } other
                ? one.CompareTo(other)
                : string.CompareOrdinal(actual, Value);
        return Operator switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>Reads the bodies of questions about people.</summary>
internal static class DataAccessQuestions
{
    private const int Most = 100;
    private static readonly string[] Operators = ["<", ">", "=", ">=", "<="];

    /// <summary>Attributes and their values; null when it is something else.</summary>
    /// <param name="body">The body.</param>
    public static IReadOnlyDictionary<string, string>? Attributes(byte[] body) =>
        Read<IReadOnlyDictionary<string, string>>(
            body,
            root =>
            {
                var values = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var one in root.EnumerateObject())
                {
                    values[one.Name] = Scalar(one.Value);
                }

                return values.Count <= Most ? values : null;
            }
        );

    /// <summary>Expressions; null when it is something else.</summary>
    /// <param name="body">The body.</param>
    public static IReadOnlyList<OsiaExpression>? Expressions(byte[] body) =>
        Read<IReadOnlyList<OsiaExpression>>(
            body,
            root =>
                root.GetArrayLength() <= Most && root.EnumerateArray().Select(Expression).ToList() is var all
                    ? all
                    : null
        );

    private static OsiaExpression Expression(JsonElement one)
    {
        var name = one.GetProperty("attributeName").GetString();
        var compares = one.GetProperty("operator").GetString();
        return name is not null && Operators.Contains(compares)
            ? new OsiaExpression(name, compares!, Scalar(one.GetProperty("value")))
            : throw new InvalidOperationException();
    }

    private static string Scalar(JsonElement value) =>
        OsiaAttributes.Text(value) ?? throw new InvalidOperationException();

    private static T? Read<T>(byte[] body, Func<JsonElement, T?> read)
        where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return read(document.RootElement);
        }
        catch (Exception unreadable)
            when (unreadable is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
