using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>Who has signed in, as the country's form takes it.</summary>
internal static class UserInfoAnswer
{
    /// <summary>Writes the answer.</summary>
    /// <param name="claims">What e-Signet told.</param>
    /// <param name="rule">How a name is split.</param>
    /// <param name="mapping">The country's words for genders.</param>
    /// <param name="withSubject">Whether the form takes e-Signet's own name of the person and the number, as since
    /// OpenCRVS 2.0.</param>
    public static JsonObject Write(
        IReadOnlyDictionary<string, JsonElement> claims,
        NameRule rule,
        IdaMapping mapping,
        bool withSubject
    )
    {
        var answer = new JsonObject();
        if (withSubject)
        {
            answer["sub"] = Text(claims, "sub");
        }

        answer["name"] = Name(claims, rule);
        if (Text(claims, "gender") is { } gender)
        {
            answer["gender"] = Gender(gender, mapping);
        }

        if (Text(claims, "birthdate") is { } date)
        {
            answer["dobUnknown"] = null;
            // A date that is none fills nothing.
            answer["birthDate"] = IdaMapping.Dob(date)?.Replace('/', '-') ?? "";
        }

        answer["verificationStatus"] = "authenticated";
        var number = withSubject ? Text(claims, "individual_id") : null;
        answer["idType"] = number is null ? null : "NATIONAL_ID";
        answer["nid"] = number;
        return answer;
    }

    /// <summary>The parts that e-Signet tells by themselves; else the one name, split by the country's rule.</summary>
    private static JsonObject Name(IReadOnlyDictionary<string, JsonElement> claims, NameRule rule)
    {
        var given = Text(claims, "given_name");
        var family = Text(claims, "family_name");
        var (first, middle, last) =
            given is not null || family is not null ? (given, Text(claims, "middle_name"), family)
            : Text(claims, "name") is { } whole ? Split(whole, rule)
            : (null, null, null);
        var name = new JsonObject();
        Add(name, "firstname", first);
        Add(name, "middlename", middle);
        Add(name, "surname", last);
        return name;
    }

    /// <summary>Splits a name.</summary>
    internal static (string? First, string? Middle, string? Last) Split(string whole, NameRule rule)
    {
        var words = whole.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return (rule, words.Length) switch
        {
            (_, 0) => (null, null, null),
            (NameRule.Whole, _) or (_, 1) => (Join(words), null, null),
            (NameRule.FirstMiddleLast, 2) => (words[0], null, words[1]),
            (NameRule.FirstMiddleLast, _) => (words[0], Join(words[1..^1]), words[^1]),
            (NameRule.FirstIsSurname, _) => (Join(words[1..]), null, words[0]),
            (NameRule.LastTwoAreSurname, > 2) => (Join(words[..^2]), null, Join(words[^2..])),
            _ => (Join(words[..^1]), null, words[^1]),
        };
    }

    private static string Gender(string word, IdaMapping mapping) =>
        mapping
            .Genders.Where(known => known.Value.Equals(word, StringComparison.OrdinalIgnoreCase))
            .Select(known => known.Key)
            .FirstOrDefault(word)
            .ToLowerInvariant();

    private static string Join(string[] words) => string.Join(' ', words);

    private static void Add(JsonObject name, string part, string? value)
    {
        if (value is not null)
        {
            name[part] = value;
        }
    }

    /// <summary>A claim; where e-Signet tells it in several languages (<c>name#en</c>), the first.</summary>
    private static string? Text(IReadOnlyDictionary<string, JsonElement> claims, string name) =>
        claims
            .Where(claim =>
                claim.Value.ValueKind == JsonValueKind.String
                && (claim.Key == name || claim.Key.StartsWith(name + "#", StringComparison.Ordinal))
            )
            .OrderBy(claim => claim.Key.Length)
            .Select(claim => TypedText.Word(claim.Value.GetString()))
            .FirstOrDefault(text => text is not null);
}
