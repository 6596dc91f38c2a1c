using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>A person of a registration, as OSIA is told of them.</summary>
/// <param name="Person">The person, as the record has them.</param>
/// <param name="Uin">The person's number; null where there is none yet.</param>
internal sealed record OsiaPerson(Person Person, string? Uin)
{
    /// <summary>The gender where the record has none: a mother's, a father's.</summary>
    public string? Gender { get; init; }

    /// <summary>The BRN or DRN.</summary>
    public string? RegistrationNumber { get; init; }

    /// <summary>The numbers of the parents, the mother first; a lone parent is the first.</summary>
    public IReadOnlyList<string> Parents { get; init; } = [];

    /// <summary>Whether the person's death is registered.</summary>
    public bool IsDead { get; init; }

    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(OsiaPerson);
}

/// <summary>
/// The attributes of people under the names that are agreed with the registry's owner. All values are text: OSIA's
/// schema takes no whole number.
/// </summary>
/// <param name="options">The names, and the words for genders.</param>
public sealed class OsiaAttributes(OsiaOptions options)
{
    /// <summary>What an attribute can be filled from.</summary>
    internal static readonly string[] Sources =
    [
        "uin",
        "firstName",
        "lastName",
        "dateOfBirth",
        "gender",
        "dateOfDeath",
        "status",
        "registrationNumber",
        "parent1",
        "parent2",
    ];

    private readonly Dictionary<string, string> genders = Map(OsiaOptions.Pairs(options.Genders, ','));

    /// <summary>The names that we know, and what each is filled from.</summary>
    private readonly Dictionary<string, string> map = Map(OsiaOptions.Pairs(options.Attributes, ';'));

    /// <summary>The attributes by which people are matched.</summary>
    internal IReadOnlyList<string> Matched { get; } = OsiaOptions.Items(options.MatchAttributes);

    /// <summary>The name of the attribute that is a person's number.</summary>
    internal string UinName => NameOf("uin") ?? "uin";

    /// <summary>The name of the attribute that is a person's date of birth; null when it is not served.</summary>
    internal string? BirthDateName => NameOf("dateOfBirth");

    /// <summary>Whether an attribute is one that we serve.</summary>
    /// <param name="name">Its name.</param>
    internal bool Has(string name) => map.ContainsKey(name);

    /// <summary>All attributes of a person that have a value.</summary>
    /// <param name="person">The person.</param>
    internal Dictionary<string, string> Of(OsiaPerson person) => Of(person, map.Keys);

    /// <summary>Those of the attributes named that have a value.</summary>
    /// <param name="person">The person.</param>
    /// <param name="names">The names.</param>
    internal Dictionary<string, string> Of(OsiaPerson person, IEnumerable<string> names)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (map.TryGetValue(name, out var source) && Value(person, source) is { } value)
            {
                values[name] = value;
            }
        }

        return values;
    }

    /// <summary>What people are matched by; null when there is too little of it to tell one from another.</summary>
    /// <param name="person">The person.</param>
    internal Dictionary<string, string>? ToMatch(Person person)
    {
        var values = Of(new OsiaPerson(person, null), Matched);
        var hasName = map.Any(pair => pair.Value is "firstName" or "lastName" && values.ContainsKey(pair.Key));
        var hasDate =
            BirthDateName is { } born
            && values.TryGetValue(born, out var date)
            && !date.Contains('X')
            && date.Length > 0;
        return hasName && hasDate ? values : null;
    }

    /// <summary>What the generator of UINs is told of a child.</summary>
    /// <param name="child">The child.</param>
    internal Dictionary<string, string> ForNumber(OsiaPerson child) =>
        Of(child, OsiaOptions.Items(options.UinAttributes));

    /// <summary>
    /// A number as people have it. OSIA does not say how numbers look: no white space, and at most 200 characters.
    /// </summary>
    /// <param name="typed">What a record has.</param>
    internal static string? NumberOf(string? typed) =>
        TypedText.Trimmed(typed) is { Length: <= RegistrationNumber.Longest } number
        && !number.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? number
            : null;

    /// <summary>A scalar as text; null for what is none.</summary>
    /// <param name="value">The JSON value.</param>
    internal static string? Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };

    /// <summary>Whether two values are the same: exactly, but for white space around them.</summary>
    internal static bool AreSame(string one, string other) => one.Trim() == other.Trim();

    /// <summary>Attributes as they are stored.</summary>
    internal static string Write(IReadOnlyDictionary<string, string> values) =>
        JsonSerializer.Serialize(values, OsiaJson.Default.IReadOnlyDictionaryStringString);

    /// <summary>Attributes that were stored.</summary>
    internal static Dictionary<string, string> Read(string json) =>
        JsonSerializer.Deserialize(json, OsiaJson.Default.DictionaryStringString) ?? [];

    private string? Value(OsiaPerson person, string source)
    {
        var one = person.Person;
        var value = source switch
        {
            "uin" => person.Uin,
            "firstName" => NameIn(one) is { } name ? string.Join(' ', name.Given) : null,
            "lastName" => NameIn(one)?.Family,
            "dateOfBirth" => Date(one.BirthDate),
            "gender" => Gender(one.Gender ?? person.Gender),
            "dateOfDeath" => Date(one.DeceasedDate),
            "status" => person.IsDead ? "DEAD" : "ALIVE",
            "registrationNumber" => person.RegistrationNumber,
            "parent1" => person.Parents.ElementAtOrDefault(0),
            "parent2" => person.Parents.ElementAtOrDefault(1),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(value) ? null : value;
    }

    private PersonName? NameIn(Person person) =>
        person.Names.FirstOrDefault(name => name.Language == options.Language) ?? person.Names.FirstOrDefault();

    private string? Gender(string? word) => word is not null && genders.TryGetValue(word, out var value) ? value : null;

    private string? Date(string? date) =>
        date?.Length switch
        {
            10 => date,
            7 when options.PartialDates => date + "-XX",
            4 when options.PartialDates => date + "-XX-XX",
            _ => null,
        };

    private string? NameOf(string source) => map.FirstOrDefault(pair => pair.Value == source).Key;

    // A later pair of the same name counts, as everywhere in settings.
    private static Dictionary<string, string> Map(IReadOnlyList<(string Name, string Value)> pairs)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
        {
            map[name] = value;
        }

        return map;
    }
}
