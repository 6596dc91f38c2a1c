using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>What MOSIP's receiver refuses: its code, and how it says so.</summary>
internal sealed class RefusedException(string code, string message, bool unchecked500 = false) : Exception(message)
{
    /// <summary>What the receiver answers: 400 with a code, or 500 where an exception of it was not foreseen.</summary>
    public IResult Answer(string path) =>
        unchecked500
            ? Results.Json(
                new
                {
                    status = 500,
                    error = "Internal Server Error",
                    message = $"{code} --> Unable to build idJson Fields from opencrvs message body ",
                    path,
                },
                statusCode: 500
            )
            : Results.Json(
                new { errors = new[] { new { errorCode = code, errorMessage = Message } } },
                statusCode: 400
            );
}

/// <summary>
/// Reads an event as strictly as MOSIP's published receiver for OpenCRVS: one value of another type anywhere in the
/// bundle and it is refused; the first Patient is the child or the deceased, the next the mother.
/// </summary>
internal static class PublishedReceiver
{
    private const string Unreadable = "OPN-CRVS-001";
    private const string Unbuildable = "OPN-CRVS-006";

    private delegate void TypeCheck(JsonElement value, string where);

    /// <exception cref="RefusedException">It refuses the event.</exception>
    public static void Check(ReadOnlyMemory<byte> plain, bool birth, bool needsNationalId)
    {
        using var json = Parse(plain);
        Types(json.RootElement);
        var resources =
            Last(Last(json.RootElement, "event"), "context") is { ValueKind: JsonValueKind.Array } contexts
            && contexts.GetArrayLength() > 0
                ? Items(Last(contexts[0], "entry")).Select(entry => Last(entry, "resource")).ToList()
                : [];
        var patients = resources.Where(resource => Is(resource, "Patient")).ToList();
        if (birth)
        {
            CheckBirth(patients, resources.Exists(resource => Is(resource, "Task")));
        }
        else if (
            needsNationalId
            && (patients.Count == 0 || !Items(Last(patients[0], "identifier")).Any(one => Code(one) == "NATIONAL_ID"))
        )
        {
            throw new RefusedException("OPN-CRVS-029", "Couldnot get UIN/VID from the death event");
        }
    }

    private static void CheckBirth(List<JsonElement?> patients, bool hasTask)
    {
        Need(patients.Count > 0, "there is no Patient for the child");
        Need(patients.Count > 1, "there is no second Patient for the mother");
        Need(hasTask, "there is no Task");
        var child = patients[0];
        Need(Last(child, "identifier") is { ValueKind: JsonValueKind.Array }, "the child has no identifiers");
        Need(Last(child, "name") is { ValueKind: JsonValueKind.Array }, "the child has no name");
        foreach (var name in Items(Last(child, "name")))
        {
            Need(Last(name, "given") is { ValueKind: JsonValueKind.Array }, "a name has no given names");
            Need(Last(name, "family") is { ValueKind: JsonValueKind.Array }, "a name has no family names");
        }

        Need(Last(child, "gender") is { ValueKind: JsonValueKind.String }, "the child has no gender");
        Need(Last(child, "birthDate") is { ValueKind: JsonValueKind.String }, "the child has no birth date");

        static void Need(bool there, string otherwise)
        {
            if (!there)
            {
                throw new RefusedException(Unbuildable, otherwise, unchecked500: true);
            }
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> plain)
    {
        try
        {
            return JsonDocument.Parse(plain);
        }
        catch (JsonException)
        {
            throw new RefusedException(Unreadable, "the event is not JSON");
        }
    }

    private static void Types(JsonElement root)
    {
        var coding = Object(("system", Text), ("code", Text));
        var identifier = Object(("type", Object(("coding", Each(coding)))), ("system", Text), ("value", Text));
        var name = Object(("use", Text), ("given", Each(Text)), ("family", Each(Text)));
        var resource = Object(
            ("resourceType", Text),
            ("focus", Object(("reference", Text))),
            ("name", Each(name)),
            ("gender", Text),
            ("birthDate", Text),
            ("address", Each(Object())),
            ("identifier", Each(identifier)),
            ("extension", Each(Object(("url", Text), ("valueString", Text))))
        );
        var context = Object(("entry", Each(Object(("resource", resource)))));
        Object(("id", Text), ("timestamp", Text), ("event", Object(("context", Each(context)))))(root, "event");
    }

    private static TypeCheck Object(params (string Name, TypeCheck Value)[] properties) =>
        (value, where) =>
        {
            Need(value, where, JsonValueKind.Object);
            foreach (var property in value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : default)
            {
                // All of them: a property that comes twice is read twice.
                foreach (var (name, check) in properties)
                {
                    if (property.NameEquals(name))
                    {
                        check(property.Value, $"{where}.{name}");
                    }
                }
            }
        };

    private static TypeCheck Each(TypeCheck item) =>
        (value, where) =>
        {
            Need(value, where, JsonValueKind.Array);
            foreach (var member in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default)
            {
                item(member, where);
            }
        };

    private static void Text(JsonElement value, string where)
    {
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            throw new RefusedException(Unreadable, $"{where} is not a text");
        }
    }

    private static void Need(JsonElement value, string where, JsonValueKind kind)
    {
        if (value.ValueKind != kind && value.ValueKind != JsonValueKind.Null)
        {
            throw new RefusedException(Unreadable, $"{where} is not of the type {kind}");
        }
    }

    private static bool Is(JsonElement? resource, string type) =>
        Last(resource, "resourceType") is { ValueKind: JsonValueKind.String } value && value.ValueEquals(type);

    private static string? Code(JsonElement identifier) =>
        Last(Items(Last(Last(identifier, "type"), "coding")).Cast<JsonElement?>().FirstOrDefault(), "code")
            is { ValueKind: JsonValueKind.String } code
            ? code.GetString()
            : null;

    private static JsonElement? Last(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } at && at.TryGetProperty(name, out var value) ? value : null;

    private static IEnumerable<JsonElement> Items(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];
}
