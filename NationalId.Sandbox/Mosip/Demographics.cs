using System.Text.Json;
using System.Text.RegularExpressions;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// Compares what a caller says of a person with what MOSIP knows. A field that is not sent is not compared.
/// </summary>
internal static partial class Demographics
{
    private static readonly Dictionary<string, string> Genders = new(StringComparer.OrdinalIgnoreCase)
    {
        ["male"] = "male",
        ["mle"] = "male",
        ["m"] = "male",
        ["female"] = "female",
        ["fle"] = "female",
        ["f"] = "female",
    };

    public static void Compare(JsonElement demographics, Person person)
    {
        var compared = CompareValues(demographics, "name", value => Same(value, person.Name));
        compared |= CompareValues(demographics, "gender", value => Gender(value) == Gender(person.Gender ?? ""));
        if (demographics.TryGetProperty("dob", out var dob) && dob.ValueKind != JsonValueKind.Null)
        {
            var text = dob.ValueKind == JsonValueKind.String ? dob.GetString()! : "";
            if (!BirthDate.IsMatch(text))
            {
                throw new IdaException("IDA-MLC-009", "Invalid Input Parameter - request/demographics/dob");
            }

            if (text.Replace('/', '-') != person.BirthDate)
            {
                throw new IdaException("IDA-DEA-001", "Demographic data dob did not match", "Please re-enter your dob");
            }

            compared = true;
        }

        if (!compared)
        {
            throw new IdaException("IDA-MLC-013", "Missing demo auth attribute");
        }
    }

    [GeneratedRegex(@"^\d{4}/\d\d/\d\d$")]
    private static partial Regex BirthDate { get; }

    [GeneratedRegex(@"^[a-z]{3}$")]
    private static partial Regex Language { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces { get; }

    private static bool CompareValues(JsonElement demographics, string field, Func<string, bool> fits)
    {
        if (!demographics.TryGetProperty(field, out var values) || values.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        if (values.ValueKind != JsonValueKind.Array)
        {
            throw new IdaException("IDA-MLC-009", $"Invalid Input Parameter - request/demographics/{field}");
        }

        if (values.EnumerateArray().CountBy(LanguageOf).Any(count => count.Value > 1))
        {
            throw new IdaException("IDA-MLC-009", "Invalid Input Parameter - LanguageCode");
        }

        var language = "";
        foreach (var item in values.EnumerateArray())
        {
            if (
                item.ValueKind != JsonValueKind.Object
                || !item.TryGetProperty("language", out var named)
                || named.ValueKind != JsonValueKind.String
                || !item.TryGetProperty("value", out var value)
                || value.ValueKind != JsonValueKind.String
            )
            {
                throw new IdaException("IDA-MLC-009", $"Invalid Input Parameter - request/demographics/{field}");
            }

            language = named.GetString()!;
            if (!Language.IsMatch(language))
            {
                throw new IdaException(
                    "IDA-DEA-002",
                    $"Unsupported Language Code - {language}",
                    "Please provide valid Language"
                );
            }

            if (fits(value.GetString()!))
            {
                return true;
            }
        }

        if (values.GetArrayLength() == 0)
        {
            return false;
        }

        throw new IdaException(
            "IDA-DEA-001",
            $"Demographic data {field} in {language} did not match",
            $"Please re-enter your {field} in {language}"
        );
    }

    private static bool Same(string a, string b) =>
        string.Equals(Spaces.Replace(a, " ").Trim(), Spaces.Replace(b, " ").Trim(), StringComparison.OrdinalIgnoreCase);

    private static string LanguageOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty("language", out var named)
            ? named.ToString()
            : "";

    private static string Gender(string value) =>
        Genders.GetValueOrDefault(value.Trim(), value.Trim().ToLowerInvariant());
}
