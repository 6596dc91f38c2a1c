using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>
/// Every <c>NationalId__OpenCrvs__Fields__…</c> says where one thing is read, that thing alone, and <c>-</c> that it is
/// not: two that were mixed up would give a child the father's date of birth.
/// </summary>
public sealed class FieldSettingsTests
{
    /// <summary>What each field of the forms holds, by the default name of the setting.</summary>
    private static readonly Dictionary<string, JsonNode> Birth = Persons("child", "mother", "father", "informant");

    private static readonly Dictionary<string, JsonNode> Death = Persons("deceased", "spouse", "informant");

    public static TheoryData<string> Settings =>
        [.. typeof(FieldOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(IsSet).Select(Name)];

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task A_field_is_read_where_its_setting_says_and_nowhere_else(string setting)
    {
        var usual = Value(new FieldOptions(), setting);
        var isOfDeath =
            setting.StartsWith("Dea", StringComparison.Ordinal)
            || setting.StartsWith("Deceased", StringComparison.Ordinal)
            || setting.StartsWith("Spouse", StringComparison.Ordinal);
        var fields = isOfDeath ? Death : Birth;
        var type = isOfDeath ? "death" : "birth";
        var expected = await ReadAsync(type, fields, new FieldOptions());

        // 1. Under its own name it is the same.
        var own = usual.StartsWith("informant.", StringComparison.Ordinal) ? "informant.own" : "its.own";
        var moved = With(setting, own);
        var renamed = Renamed(fields, setting, usual, own);
        Assert.Equal(expected, await ReadAsync(type, renamed, moved));

        // 2. What stands under the usual name is nothing then, and what stands under no name is nothing either.
        var absent = await ReadAsync(type, fields, moved);
        Assert.NotEqual(expected, absent);
        Assert.Equal(absent, await ReadAsync(type, fields, With(setting, "-")));
    }

    private static bool IsSet(PropertyInfo property) => property.PropertyType == typeof(string) && property.CanWrite;

    private static string Name(PropertyInfo property) => property.Name;

    private static string Value(FieldOptions options, string setting) =>
        (string)typeof(FieldOptions).GetProperty(setting)!.GetValue(options)!;

    private static FieldOptions With(string setting, string value)
    {
        var options = new FieldOptions();
        typeof(FieldOptions).GetProperty(setting)!.SetValue(options, value);
        return options;
    }

    private static Dictionary<string, JsonNode> Persons(params string[] persons)
    {
        var fields = new Dictionary<string, JsonNode>();
        for (var i = 0; i < persons.Length; i++)
        {
            var person = persons[i];
            fields[person + ".name"] = new JsonObject { ["firstname"] = "First " + person, ["surname"] = "Last" };
            fields[person + ".dob"] = $"19{i + 50}-01-02";
            fields[person + ".nid"] = $"{i + 1}234567890";
            fields[person + ".gender"] = i % 2 == 0 ? "female" : "male";
            fields[person + ".address"] = new JsonObject
            {
                ["country"] = "FAR",
                ["streetLevelDetails"] = new JsonObject
                {
                    ["street"] = "Street of " + person,
                    ["town"] = "Town of " + person,
                    ["district2"] = "District of " + person,
                    ["state"] = "State of " + person,
                    ["zipCode"] = "Code of " + person,
                },
            };
            fields[person + ".verify-nid-http-fetch"] = new JsonObject
            {
                ["data"] = new JsonObject { ["sub"] = "token of " + person },
            };
        }

        fields["eventDetails.date"] = "2026-11-20";
        fields["informant.relation"] = "BROTHER";
        fields["informant.phoneNo"] = "0711";
        fields["informant.email"] = "informant@example.org";
        return fields;
    }

    private static Dictionary<string, JsonNode> Renamed(
        Dictionary<string, JsonNode> fields,
        string setting,
        string usual,
        string own
    )
    {
        // Two settings name no field, but what stands in several: a part of addresses, the end of a name.
        var json = JsonSerializer.Serialize(fields);
        json = setting switch
        {
            nameof(FieldOptions.Authentication) => json.Replace('.' + usual, '.' + own, StringComparison.Ordinal),
            _ when setting.StartsWith("Address", StringComparison.Ordinal) => json.Replace(
                $"\"{usual.Split(',')[0]}\"",
                $"\"{own}\"",
                StringComparison.Ordinal
            ),
            _ => json.Replace($"\"{usual}\"", $"\"{own}\"", StringComparison.Ordinal),
        };
        return JsonSerializer.Deserialize<Dictionary<string, JsonNode>>(json)!;
    }

    private static async Task<string> ReadAsync(string type, Dictionary<string, JsonNode> fields, FieldOptions options)
    {
        // A brother is asked for his own name; a mother, who is the informant, is herself.
        var read = new List<string>();
        foreach (var relation in (string[])["BROTHER", "MOTHER", "SPOUSE"])
        {
            var record = TestTriggers.Record(
                type,
                record =>
                {
                    var declaration = record["actions"]![1]!["declaration"] = new JsonObject();
                    foreach (var (name, value) in fields)
                    {
                        var isRelation = value is JsonValue && value.ToString() == "BROTHER";
                        if (
                            relation == "BROTHER"
                            || !name.StartsWith("informant.", StringComparison.Ordinal)
                            || IsWay(value)
                        )
                        {
                            declaration[name] = isRelation ? relation : value.DeepClone();
                        }
                    }
                }
            );
            record["id"] = "9b0cbd6d-0f2b-4d3e-8f3e-1f1f1f1f1f1f";
            record["trackingId"] = "ABC123";
            var document = Encoding.UTF8.GetBytes(record.ToJsonString());
            var told = await new ActionEventReader(new ActionsOptions(), options).ReadAsync(
                new MemoryStream(document),
                default
            );
            read.Add(JsonSerializer.Serialize(told.People.OrderBy(person => person.Key)));
        }

        return string.Join('\n', read);

        static bool IsWay(JsonNode value) =>
            value is JsonValue && value.ToString() is "BROTHER" or "0711" or "informant@example.org";
    }
}
