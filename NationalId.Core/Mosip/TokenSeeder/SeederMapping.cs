using System.Globalization;
using System.Text.Json;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// Which fields of a line hold what IDA compares. A name may lead into nested objects and arrays (<c>qrcode.vid</c>,
/// <c>names[0].value</c>); name and address may be built from several.
/// </summary>
internal sealed record SeederMapping(
    string Vid,
    IReadOnlyList<string> Name,
    string Gender,
    string Dob,
    string PhoneNumber,
    string EmailId,
    IReadOnlyList<string> FullAddress
)
{
    // Each line looks at each field: without a limit a small request could ask for much work.
    private const int MostFields = 20;
    private const int LongestName = 200;

    // What is taken of a line goes into one part of a batch with others.
    private const int LongestTaken = 64 * 1024;

    public static SeederMapping Read(JsonElement? mapping)
    {
        if (mapping is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
        {
            throw SeederException.Unprocessable("value is not a valid dict");
        }

        return new SeederMapping(
            One("vid"),
            Several("name"),
            One("gender"),
            One("dob"),
            One("phoneNumber"),
            One("emailId"),
            Several("fullAddress")
        );

        string One(string field) =>
            Several(field) is [var only] ? only : throw SeederException.Unprocessable("str type expected");

        IReadOnlyList<string> Several(string field) =>
            mapping is { ValueKind: JsonValueKind.Object } found && found.TryGetProperty(field, out var names)
                ? names.ValueKind switch
                {
                    JsonValueKind.String => [Name(names)],
                    JsonValueKind.Array
                        when names.GetArrayLength() <= MostFields
                            && names.EnumerateArray().All(name => name.ValueKind is JsonValueKind.String) =>
                    [
                        // Once each: a field that is named again and again would multiply what a line holds.
                        .. names.EnumerateArray().Select(Name).Distinct(StringComparer.Ordinal),
                    ],
                    _ => throw SeederException.Unprocessable("value is not a valid list"),
                }
                : [field];

        static string Name(JsonElement name) =>
            name.GetString() is { Length: <= LongestName } text
                ? text
                : throw SeederException.Unprocessable($"ensure this value has at most {LongestName} characters");
    }

    /// <summary>
    /// Takes one line by the mapping and checks it as the seeder does: the mandatory fields are there, and the id is a
    /// UIN or a VID.
    /// </summary>
    /// <param name="find">A field's text: null when it is not there.</param>
    /// <param name="language">The request's language.</param>
    /// <param name="options">The mandatory fields and the delimiters.</param>
    /// <exception cref="SeederException">It is too much: two names may lead to the same long field.</exception>
    public SeederLine Take(Func<string, string?> find, string? language, TokenSeederOptions options)
    {
        var left = LongestTaken;
        var typed = TextOf(Vid);
        if (string.IsNullOrEmpty(typed))
        {
            return SeederLine.Invalid(TextOf("vid"), "ATS-REQ-009", "vid or its mapping not present");
        }

        var name = Join(Name, options.NameDelimiter);
        var address = Join(FullAddress, options.FullAddressDelimiter);
        var (gender, dob, phone, email) = (TextOf(Gender), TextOf(Dob), TextOf(PhoneNumber), TextOf(EmailId));
        var missing =
            Missing(
                "name",
                name,
                "ATS-REQ-010",
                "name or its mapping not present",
                "ATS-REQ-003",
                "name is not provided"
            )
            ?? Missing(
                "gender",
                gender,
                "ATS-REQ-011",
                "gender or its mapping not present",
                "ATS-REQ-004",
                "gender is empty"
            )
            ?? Missing(
                "dob",
                dob,
                "ATS-REQ-012",
                "dateOfBirth or its mapping not present",
                "ATS-REQ-006",
                "date of birth is empty"
            )
            ?? Missing("phoneNumber", phone, "ATS-REQ-013", "phoneNumber or its mapping not present")
            ?? Missing("emailId", email, "ATS-REQ-014", "emailId or its mapping not present")
            ?? Missing(
                "fullAddress",
                address,
                "ATS-REQ-015",
                "fullAddress or its mapping not present",
                "ATS-REQ-008",
                "address is empty"
            );
        if (missing is not null)
        {
            return missing;
        }

        var vid = NationalIdNumber.Normalise(typed);
        return options.NationalIdFormat.Classify(vid) is not { } type
            ? SeederLine.Invalid(typed, SeederCodes.InvalidVid, "invalid vid construct")
            : new SeederLine(
                vid,
                new SeederPerson(
                    name,
                    gender,
                    dob,
                    phone,
                    email,
                    address,
                    string.IsNullOrEmpty(language) ? options.DefaultLanguage : language
                ),
                null,
                null
            )
            {
                Type = type,
            };

        SeederLine? Missing(
            string field,
            string? value,
            string absentCode,
            string absent,
            string? emptyCode = null,
            string? empty = null
        ) =>
            !options.MandatoryFields.Contains(field) ? null
            : value is null ? SeederLine.Invalid(typed, absentCode, absent)
            : value.Length == 0 && emptyCode is not null ? SeederLine.Invalid(typed, emptyCode, empty!)
            : null;

        string? TextOf(string name)
        {
            var text = find(name);
            left -= text?.Length ?? 0;
            return left >= 0 ? text : throw SeederException.LineTooLong(LongestTaken);
        }

        // Null when no field is there, empty when all are.
        string? Join(IReadOnlyList<string> fields, string delimiter)
        {
            var found = fields.Select(TextOf).OfType<string>().ToList();
            return found.Count == 0 ? null : string.Join(delimiter, found.Where(text => text.Length > 0));
        }
    }

    /// <summary>A field of a JSON line: by its whole name, else by the path that the name is.</summary>
    /// <exception cref="SeederException">The text is no text: half of a surrogate pair.</exception>
    public static string? FieldOf(JsonElement line, string name)
    {
        try
        {
            return Find(line, name);
        }
        catch (InvalidOperationException)
        {
            throw SeederException.Unprocessable("a text is not valid Unicode");
        }
    }

    private static string? Find(JsonElement line, string name)
    {
        if (line.TryGetProperty(name, out var direct))
        {
            return Text(direct);
        }

        JsonElement? at = line;
        foreach (var step in name.Split('.'))
        {
            if (at is null)
            {
                return null;
            }

            var parts = step.Split('[');
            at =
                parts[0].Length == 0 ? at
                : at is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(parts[0], out var child)
                    ? child
                : null;
            foreach (var part in parts.Skip(1))
            {
                at =
                    at is { ValueKind: JsonValueKind.Array } array
                    && int.TryParse(part.TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < array.GetArrayLength()
                        ? array[index]
                        : null;
            }
        }

        return at is { } found ? Text(found) : null;
    }

    private static string? Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
}
