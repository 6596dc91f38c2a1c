using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>What a packet tells of a registration.</summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="Number">The BRN or DRN; null when there is none.</param>
/// <param name="Record">The registration as it was read.</param>
/// <param name="ReceivedAt">When OpenCRVS told of it.</param>
/// <param name="Uin">The number of the deceased.</param>
internal sealed record PacketContent(
    RegistrationKind Kind,
    string? Number,
    VitalEvent Record,
    DateTimeOffset ReceivedAt,
    string? Uin
)
{
    /// <summary>Why the registration was revoked; null when it was not, or nobody said why.</summary>
    public string? Reason { get; init; }

    /// <summary>The kind alone.</summary>
    public override string ToString() => $"{nameof(PacketContent)} {Kind}";
}

/// <summary>
/// Fills MOSIP's fields from a registration. All are texts: objects and lists stand in them as JSON.
/// </summary>
/// <param name="options">Which field is filled from what.</param>
/// <param name="mapping">The country's words for languages and genders.</param>
/// <param name="time">The clock.</param>
public sealed class PacketFields(PacketOptions options, IdaMapping mapping, TimeProvider time)
{
    // NOTE: written as it is. MOSIP's own clients don't escape letters of other scripts either.
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Whose address a registration has, if the record does not say where the child lives.
    private static readonly PersonRole[] Households =
    [
        PersonRole.Subject,
        PersonRole.Mother,
        PersonRole.Father,
        PersonRole.Informant,
    ];

    private readonly PacketSchema schema =
        PacketSchema.TryRead(options, out var problem) ?? throw new InvalidOperationException(problem);
    private readonly IReadOnlyList<FieldRule> birth = FieldMap.Read(options.BirthFields);
    private readonly IReadOnlyList<FieldRule> death = FieldMap.Read(options.DeathFields);
    private readonly IReadOnlyList<FieldRule> correction = FieldMap.Read(options.CorrectionFields);
    private readonly IReadOnlyList<FieldRule> birthRevoked = FieldMap.Read(options.BirthRevokedFields);
    private readonly IReadOnlyList<FieldRule> deathRevoked = FieldMap.Read(options.DeathRevokedFields);

    private string SchemaVersion =>
        double.Parse(options.SchemaVersion, CultureInfo.InvariantCulture)
            .ToString("0.0##", CultureInfo.InvariantCulture);

    /// <summary>The schema's text.</summary>
    internal string SchemaJson => schema.Json;

    /// <summary>The fields of a registration's packet.</summary>
    /// <param name="content">The registration.</param>
    /// <exception cref="FlaggedException">
    /// A field that MOSIP can't do without has no value, or the child is too old for it.
    /// </exception>
    internal JsonObject Of(PacketContent content)
    {
        var isBirth = content.Kind == RegistrationKind.Birth;
        if (isBirth)
        {
            CheckAge(content.Record.Subject);
        }

        var rules = isBirth ? birth : death;
        var fields = Fill(rules, content);
        AddSent(fields, rules, content.Record);
        var missing = FieldMap
            .Names(isBirth ? options.BirthRequired : options.DeathRequired)
            .Where(field => !fields.ContainsKey(field))
            .ToList();
        return missing.Count == 0
            ? fields
            : throw new FlaggedException(
                $"MOSIP would fail the packet silently: the record gives no {string.Join(", ", missing)}."
            );
    }

    /// <summary>The fields of the packet by which a number is given up, or taken back.</summary>
    /// <param name="number">The number.</param>
    internal JsonObject OfNumber(string number) => new() { ["IDSchemaVersion"] = SchemaVersion, ["UIN"] = number };

    /// <summary>The fields of the packet that tells of a correction.</summary>
    /// <param name="content">The registration as it is now.</param>
    /// <param name="before">The same as it was; null when nobody told.</param>
    /// <returns>Null when none of them was corrected.</returns>
    internal JsonObject? OfCorrection(PacketContent content, PacketContent? before)
    {
        var fields = Fill(correction, content);
        if (before is not null && JsonNode.DeepEquals(fields, Fill(correction, before)))
        {
            return null;
        }

        AddSent(fields, correction, content.Record);
        return fields;
    }

    /// <summary>The fields of the packet that tells of a revocation, where MOSIP has a process for it.</summary>
    /// <param name="content">The registration.</param>
    internal JsonObject OfRevocation(PacketContent content) =>
        Fill(content.Kind == RegistrationKind.Birth ? birthRevoked : deathRevoked, content);

    private JsonObject Fill(IReadOnlyList<FieldRule> rules, PacketContent content)
    {
        var fields = new JsonObject();
        foreach (var rule in rules)
        {
            var values = rule.Sources.Select(source => ValuesOf(source, content)).FirstOrDefault(one => one.Count > 0);
            if (values is not null)
            {
                fields[rule.Field] = Text(rule.Field, values);
            }
        }

        return fields;
    }

    /// <summary>What a sender has named as MOSIP takes it goes on as it is, where no rule says otherwise.</summary>
    private void AddSent(JsonObject fields, IReadOnlyList<FieldRule> rules, VitalEvent record)
    {
        foreach (var (field, value) in record.Sent)
        {
            if (schema.Has(field) && rules.All(rule => rule.Field != field) && One(value) is { Count: > 0 } values)
            {
                fields[field] = Text(field, values);
            }
        }
    }

    private string Text(string field, IReadOnlyList<IdaField> values) =>
        !schema.HasLanguages(field)
            ? (values.FirstOrDefault(value => value.Language == mapping.Language) ?? values[0]).Value
        // A sender may have written it as MOSIP stores it: a text of values by language.
        : values is [{ Value: ['[', ..] and [.., ']'] and var whole }] ? whole
        : JsonSerializer.Serialize(
            values.Select(value => new { language = value.Language, value = value.Value }),
            Plain
        );

    private IReadOnlyList<IdaField> ValuesOf(string source, PacketContent content) =>
        source switch
        {
            FieldMap.Number => One(content.Number),
            FieldMap.Uin => One(content.Uin),
            FieldMap.Received => One(
                content.ReceivedAt.UtcDateTime.ToString("yyyy'/'MM'/'dd", CultureInfo.InvariantCulture)
            ),
            FieldMap.SchemaVersion => One(SchemaVersion),
            FieldMap.Reason => One(content.Reason),
            _ when FieldMap.Literal(source) is { } text => One(text),
            _ when FieldMap.SentOf(source) is { } sent => One(content.Record.Sent.GetValueOrDefault(sent)),
            _ when FieldMap.HomePartOf(source) is { } part => One(AddressPart(Home(content.Record), part)),
            _ when FieldMap.PartOf(source) is var (role, part) => content.Record.People.TryGetValue(
                role,
                out var person
            )
                ? ValuesOf(person, part)
                : [],
            _ => [],
        };

    private IReadOnlyList<IdaField> ValuesOf(Person person, string part) =>
        part switch
        {
            "name" => mapping.Names(person.Names),
            "given" => mapping.Names(person.Names.Select(name => name with { Family = null })),
            "family" => mapping.Names(person.Names.Select(name => name with { Given = [] })),
            "gender" => mapping.Gender(mapping.Names(person.Names), person.Gender),
            "birthDate" => One(IdaMapping.Dob(person.BirthDate)),
            "deathDate" => One(IdaMapping.Dob(person.DeceasedDate)),
            "nationalId" => One(person.NationalId),
            "phone" => One(person.Phone),
            "email" => One(person.Email),
            "introducerToken" => One(person.IntroducerToken),
            _ => One(AddressPart(person.Address, part)),
        };

    private static PersonAddress? Home(VitalEvent record) =>
        Households
            .Select(role => record.People.GetValueOrDefault(role)?.Address)
            .FirstOrDefault(address =>
                address is { State: not null } or { District: not null } or { Line.Length: > 0 }
            );

    private static string? AddressPart(PersonAddress? address, string part) =>
        part switch
        {
            "address" => address?.Line,
            "city" => address?.City,
            "district" => address?.District,
            "state" => address?.State,
            "country" => address?.Country,
            "postalCode" => address?.PostalCode,
            _ => null,
        };

    private IReadOnlyList<IdaField> One(string? text) =>
        TypedText.Word(text) is { } word ? [new IdaField(mapping.Language, word)] : [];

    /// <summary>MOSIP takes infants alone by this way: whoever is older ends as failed, and nobody is told.</summary>
    private void CheckAge(Person child)
    {
        if (!DateOnly.TryParseExact(child.BirthDate, "yyyy-MM-dd", out var born))
        {
            // A country that takes an age instead says so in its fields.
            return;
        }

        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (born.AddYears(options.OldestInfant + 1) <= today)
        {
            throw new FlaggedException(
                $"MOSIP would fail the packet silently: it takes children up to {options.OldestInfant} years."
            );
        }
    }
}
