using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>Which field of MOSIP is filled from what of the record, as the settings say.</summary>
/// <param name="Field">MOSIP's field.</param>
/// <param name="Sources">Where its value comes from; the first that is there counts.</param>
internal sealed record FieldRule(string Field, IReadOnlyList<string> Sources);

/// <summary>Reads the settings' rules for fields: <c>field=source|source|'text'; …</c>.</summary>
internal static class FieldMap
{
    /// <summary>The registration number.</summary>
    public const string Number = "number";

    /// <summary>The UIN of the deceased, whom IDA recognised by it.</summary>
    public const string Uin = "uin";

    /// <summary>The day on which OpenCRVS told of the registration.</summary>
    public const string Received = "received";

    /// <summary>Why a registration was revoked.</summary>
    public const string Reason = "reason";

    /// <summary>The version of the schema.</summary>
    public const string SchemaVersion = "schemaVersion";

    /// <summary>
    /// Whose address is the registration's: that of the first of subject, mother, father and informant who has one. It
    /// is never put together of two people's.
    /// </summary>
    public const string Home = "home";

    /// <summary>A field that the sender has named as MOSIP takes it: <c>sent.phone</c>.</summary>
    public const string Sent = "sent.";

    /// <summary>The parts of an address.</summary>
    public static readonly IReadOnlyList<string> AddressParts =
    [
        "address",
        "city",
        "district",
        "state",
        "country",
        "postalCode",
    ];

    /// <summary>What can be said of each person.</summary>
    public static readonly IReadOnlyList<string> Parts =
    [
        "name",
        "given",
        "family",
        "gender",
        "birthDate",
        "deathDate",
        "nationalId",
        "phone",
        "email",
        "introducerToken",
        .. AddressParts,
    ];

    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>The rules of a setting.</summary>
    public static IReadOnlyList<FieldRule> Read(string setting) =>
        [
            .. setting
                .Split(';', Tidy)
                .Select(rule => rule.Split('=', 2, StringSplitOptions.TrimEntries))
                .Select(rule => new FieldRule(rule[0], rule.Length < 2 ? [] : rule[1].Split('|', Tidy))),
        ];

    /// <summary>The names in a setting that lists fields.</summary>
    public static IReadOnlyList<string> Names(string setting) => setting.Split(',', Tidy);

    /// <summary>A text that stands for itself; null for a source that is a name.</summary>
    public static string? Literal(string source) =>
        source.Length >= 2 && source[0] == '\'' && source[^1] == '\'' ? source[1..^1] : null;

    /// <summary>The person and the part that a source names; null when it names none.</summary>
    public static (PersonRole Role, string Part)? PartOf(string source) =>
        source.Split('.') is [var role, var part]
        && Parts.Contains(part)
        && role.All(char.IsAsciiLetter)
        && Enum.TryParse<PersonRole>(role, ignoreCase: true, out var known)
            ? (known, part)
            : null;

    /// <summary>The part of the registration's address that a source names; null when it names none.</summary>
    public static string? HomePartOf(string source) =>
        source.Split('.') is [Home, var part] && AddressParts.Contains(part) ? part : null;

    /// <summary>The sender's field that a source names; null when it names none.</summary>
    public static string? SentOf(string source) =>
        source.StartsWith(Sent, StringComparison.Ordinal) && source.Length > Sent.Length ? source[Sent.Length..] : null;

    /// <summary>Says what is wrong with a setting before anything is sent by it.</summary>
    public static void Check(
        SettingsProblems problems,
        PacketSchema schema,
        string option,
        string setting,
        string required
    )
    {
        var rules = Read(setting);
        foreach (var rule in rules)
        {
            if (!schema.Has(rule.Field))
            {
                problems.AddOption(
                    option,
                    $"fills {rule.Field}, which the identity schema does not have: MOSIP would drop it silently"
                );
            }

            if (rule.Sources.Count == 0 || rule.Sources.FirstOrDefault(source => !IsSource(source)) is not null)
            {
                problems.AddOption(
                    option,
                    $"fills {rule.Field} from something unknown. Sources are {Number}, {Uin}, {Received}, "
                        + $"{Reason}, {SchemaVersion}, a text in single quotes, {Sent} and a field's name, "
                        + $"{Home} and a part of an address, and of subject, mother, father, spouse and informant: "
                        + string.Join(", ", Parts)
                );
            }
        }

        if (rules.Select(rule => rule.Field).Distinct(StringComparer.Ordinal).Count() < rules.Count)
        {
            problems.AddOption(option, "fills a field twice");
        }

        if (Names(required).FirstOrDefault(field => rules.All(rule => rule.Field != field)) is { } missing)
        {
            problems.AddOption(option, $"does not fill {missing}, without which MOSIP fails the packet");
        }
    }

    private static bool IsSource(string source) =>
        source is Number or Uin or Received or Reason or SchemaVersion
        || Literal(source) is not null
        || SentOf(source) is not null
        || HomePartOf(source) is not null
        || PartOf(source) is not null;
}
