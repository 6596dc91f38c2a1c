using System.Globalization;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>The country's forms, farajaland's names, and what core does with values that don't fit them.</summary>
internal static class EventForms
{
    private static readonly Dictionary<string, Dictionary<string, string>> Fields = new()
    {
        ["birth"] = new()
        {
            ["child.name"] = "NAME",
            ["child.gender"] = "SELECT",
            ["child.dob"] = "DATE",
            ["child.nid"] = "TEXT",
            ["child.aid"] = "TEXT",
            ["child.uinToken"] = "TEXT",
            ["child.birthLocation"] = "FACILITY",
            ["mother.name"] = "NAME",
            ["mother.dob"] = "DATE",
            ["mother.idType"] = "SELECT",
            ["mother.nid"] = "TEXT",
            ["mother.address"] = "ADDRESS",
            ["mother.verified"] = "VERIFICATION_STATUS",
            ["mother.verify-nid-http-fetch"] = "HTTP",
            ["father.name"] = "NAME",
            ["father.dob"] = "DATE",
            ["father.idType"] = "SELECT",
            ["father.nid"] = "TEXT",
            ["father.address"] = "ADDRESS",
            ["father.verified"] = "VERIFICATION_STATUS",
            ["informant.relation"] = "SELECT",
            ["informant.name"] = "NAME",
            ["informant.dob"] = "DATE",
            ["informant.nid"] = "TEXT",
            ["informant.address"] = "ADDRESS",
            ["informant.phoneNo"] = "TEXT",
            ["informant.email"] = "TEXT",
            ["informant.verified"] = "VERIFICATION_STATUS",
        },
        ["death"] = new()
        {
            ["deceased.name"] = "NAME",
            ["deceased.gender"] = "SELECT",
            ["deceased.dob"] = "DATE",
            ["deceased.idType"] = "SELECT",
            ["deceased.nid"] = "TEXT",
            ["deceased.aid"] = "TEXT",
            ["deceased.verified"] = "VERIFICATION_STATUS",
            ["eventDetails.date"] = "DATE",
            ["eventDetails.mannerOfDeath"] = "SELECT",
            ["spouse.name"] = "NAME",
            ["spouse.dob"] = "DATE",
            ["spouse.nid"] = "TEXT",
            ["deceased.address"] = "ADDRESS",
            ["informant.relation"] = "SELECT",
            ["informant.name"] = "NAME",
            ["informant.phoneNo"] = "TEXT",
        },
    };

    /// <summary>What the country configuration tells of its forms: an array of event configurations.</summary>
    public static JsonArray Configuration() =>
        [
            .. Fields.Select(form => new JsonObject
            {
                ["id"] = form.Key,
                ["label"] = Label(form.Key),
                ["declaration"] = new JsonObject
                {
                    ["label"] = Label(form.Key + " form"),
                    ["pages"] = new JsonArray([
                        .. form
                            .Value.GroupBy(field => field.Key.Split('.')[0])
                            .Select(page => new JsonObject
                            {
                                ["id"] = page.Key,
                                ["type"] = "FORM",
                                ["title"] = Label(page.Key),
                                ["fields"] = new JsonArray([
                                    .. page.Select(field => new JsonObject
                                    {
                                        ["id"] = field.Key,
                                        ["type"] = field.Value,
                                        ["required"] = false,
                                        ["label"] = Label(field.Key),
                                    }),
                                ]),
                            }),
                    ]),
                },
                ["actions"] = new JsonArray(new JsonObject { ["type"] = "REGISTER" }),
            }),
        ];

    /// <summary>Core can't read a record any more that holds a field which the form lacks.</summary>
    /// <exception cref="CoreException">It holds one.</exception>
    public static void EnsureReadable(EventDocument document)
    {
        if (document.Actions.Any(action => action.Declaration.Any(field => TypeOf(document.Type, field.Key) is null)))
        {
            throw UnknownField();
        }
    }

    /// <summary>Checks what a person or a correction declares. Acceptances are not checked.</summary>
    /// <exception cref="CoreException">A field or a value does not fit the form.</exception>
    public static void Check(string type, JsonObject declaration)
    {
        foreach (var (field, value) in declaration)
        {
            var kind = TypeOf(type, field) ?? throw UnknownField();
            if (value is not null && !Fits(kind, value))
            {
                throw CoreException.BadRequest(
                    new JsonArray(new JsonObject { ["message"] = "Invalid input", ["id"] = field }).ToJsonString()
                );
            }
        }
    }

    private static CoreException UnknownField() =>
        CoreException.Internal("Cannot read properties of undefined (reading 'type')");

    private static string? TypeOf(string type, string field) =>
        Fields.GetValueOrDefault(type)?.GetValueOrDefault(field);

    private static bool Fits(string kind, JsonNode value) =>
        kind switch
        {
            "NAME" or "ADDRESS" or "HTTP" => value is JsonObject,
            "DATE" => value is JsonValue date
                && date.TryGetValue<string>(out var text)
                && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            _ => value is JsonValue word && word.TryGetValue<string>(out _),
        };

    private static JsonObject Label(string text) =>
        new()
        {
            ["id"] = "v2.label." + text,
            ["defaultMessage"] = text,
            ["description"] = "A label",
        };
}
