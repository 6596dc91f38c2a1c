using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Interop;

/// <summary>What the country configuration's client of mosip-api tells of a registration or correction.</summary>
/// <param name="TrackingId">The record's tracking id.</param>
/// <param name="EventId">The record's id, which the client tells since 2.1.</param>
/// <param name="Fields">What MOSIP is to be told, by MOSIP's names. Lists and objects are JSON.</param>
/// <param name="Recipient">Whom MOSIP would write to, as far as that is told.</param>
internal sealed record InteropNotice(
    string? TrackingId,
    string? EventId,
    IReadOnlyDictionary<string, string> Fields,
    Person? Recipient
)
{
    private const string BirthField = "birthCertificateNumber";
    private const string DeathField = "deathCertificateNumber";
    private const string NameField = "fullName";
    private const string BirthDateField = "dateOfBirth";
    private const string GenderField = "gender";

    // Whichever of them a country sends: nationalIdNumber is what OpenCRVS's own example does.
    private static readonly string[] NumberFields = ["UIN", "VID", "nationalIdNumber", "nationalId", "nid"];

    private static readonly string[] ReadFields =
    [
        BirthField,
        DeathField,
        NameField,
        BirthDateField,
        GenderField,
        .. NumberFields,
    ];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32 };

    /// <summary>The birth's registration number.</summary>
    public string? BirthNumber => Number(BirthField);

    /// <summary>The death's registration number.</summary>
    public string? DeathNumber => Number(DeathField);

    /// <summary>Whether it names the person by MOSIP's number.</summary>
    public bool HasNationalId => Identifiers.Count > 0;

    /// <summary>What it tells of; null when it has neither number or both.</summary>
    public RegistrationKind? Kind =>
        (BirthNumber, DeathNumber) switch
        {
            ({ }, null) => RegistrationKind.Birth,
            (null, { }) => RegistrationKind.Death,
            _ => null,
        };

    /// <summary>The child or the deceased.</summary>
    public Person Subject =>
        new(null, Names, Word(GenderField)?.ToLowerInvariant(), Day(Text(BirthDateField)), null, Identifiers);

    /// <summary>The fields that nothing here reads: they reach MOSIP as they came.</summary>
    public IReadOnlyDictionary<string, string> Others =>
        Fields
            .Where(one => !ReadFields.Contains(one.Key))
            .ToDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal);

    private IReadOnlyList<PersonName> Names =>
        Text(NameField) is not { } text
            ? []
            : [.. Languages(text).Select(one => new PersonName(one.Language, [one.Value], null))];

    private IReadOnlyList<PersonIdentifier> Identifiers =>
        [
            .. NumberFields
                .Select(one => TypedText.Trimmed(Text(one)))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal)
                .Select(number => new PersonIdentifier("NATIONAL_ID", null, number)),
        ];

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <returns>Null when it is no JSON object.</returns>
    public static InteropNotice? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Object(root, "requestFields") is { } given)
            {
                foreach (var field in given.EnumerateObject())
                {
                    if (ValueOf(field.Value) is { } value)
                    {
                        fields[field.Name] = value;
                    }
                }
            }

            return new InteropNotice(TextOf(root, "trackingId"), TextOf(root, "eventId"), fields, RecipientOf(root));
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair is found only when the text is asked for.
            return null;
        }
    }

    /// <summary>Nothing of it.</summary>
    public override string ToString() => nameof(InteropNotice);

    private static Person? RecipientOf(JsonElement root)
    {
        var notification = Object(root, "notification");
        var name = Told(notification, "recipientFullName");
        var informant = new Person(null, name is null ? [] : [new PersonName(null, [name], null)], null, null, null, [])
        {
            Email = Told(notification, "recipientEmail"),
            Phone = Told(notification, "recipientPhone"),
            IntroducerToken = Told(Object(root, "metaInfo"), "informantPsut"),
        };
        return name is null && informant is { Email: null, Phone: null, IntroducerToken: null } ? null : informant;
    }

    /// <summary>
    /// One value for each language, as MOSIP writes it: <c>[{"language","value"}]</c>; else one of no language.
    /// </summary>
    private static IReadOnlyList<(string? Language, string Value)> Languages(string text)
    {
        if (text.TrimStart().StartsWith('['))
        {
            try
            {
                using var list = JsonDocument.Parse(text, Strict);
                return
                [
                    .. list
                        .RootElement.EnumerateArray()
                        .Where(one => one.ValueKind == JsonValueKind.Object)
                        .Select(one => (TextOf(one, "language"), TypedText.Word(TextOf(one, "value"))))
                        .Where(one => one.Item2 is not null)
                        .Select(one => (one.Item1, one.Item2!)),
                ];
            }
            catch (Exception plain) when (plain is JsonException or InvalidOperationException)
            {
                // A name that begins with a bracket.
            }
        }

        return TypedText.Word(text) is { } word ? [(null, word)] : [];
    }

    private string? Number(string field) => RegistrationNumber.Normalise(Text(field));

    private string? Word(string field) => Text(field) is { } text ? Languages(text).FirstOrDefault().Value : null;

    private string? Text(string field) => Fields.GetValueOrDefault(field);

    private static string? Day(string? date) => Fhir.EventReader.Day(date?.Replace('/', '-'));

    private static JsonElement? Object(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    private static string? ValueOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            _ => value.GetRawText(),
        };

    private static string? TextOf(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    // OpenCRVS's example has placeholders where it does not know: @TODO.
    private static string? Told(JsonElement? parent, string name) =>
        parent is { } given && TypedText.Word(TextOf(given, name)) is { } text && text[0] != '@' ? text : null;
}
