using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Records;

namespace NationalId.Tests.Support;

/// <summary>Triggers as OpenCRVS 1.9 and 2.x send them, of people who don't exist.</summary>
internal static class TestTriggers
{
    private static readonly Lazy<RSA> Drawn = new(() => RSA.Create(2048));

    /// <summary>OpenCRVS's key.</summary>
    public static RSA Key => Drawn.Value;

    public static string PublicKey => Key.ExportSubjectPublicKeyInfoPem();

    public static string[] Fixtures { get; } =
    [
        .. Directory
            .GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "triggers"), "*.json")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Order(StringComparer.Ordinal),
    ];

    public static byte[] Fixture(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "triggers", name + ".json"));

    /// <summary>The settings of a client of any system, that OpenCRVS 2.0 triggers.</summary>
    public static void Configure(Dictionary<string, string?> settings, string version = "2.0")
    {
        settings["NationalId:OpenCrvs:Version"] = version;
        settings["NationalId:OpenCrvs:PublicKey"] = PublicKey;
        settings["NationalId:OpenCrvs:EventsUrl"] = "http://127.0.0.1:9/events";
        settings["NATIONALID_RECORD_TOKEN_KEY"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    }

    /// <summary>What is noted of a birth whose registration waits for our acceptance.</summary>
    public static ConfirmationRow Confirmation(string eventKey, string number, DateTimeOffset openedAt) =>
        ConfirmationRow.From(
            new PendingAction(
                eventKey,
                "record",
                "action",
                "transaction",
                "birth",
                EventAction.Register,
                "ABC123",
                openedAt,
                BySystem: false,
                ForwardedNumber: null,
                RequestId: null
            ),
            number,
            openedAt
        );

    /// <summary>A record whose registration waits.</summary>
    /// <param name="type">The type of event.</param>
    /// <param name="change">Changes it as a test says.</param>
    public static JsonObject Record(string type = "birth", Action<JsonObject>? change = null)
    {
        var person = type == "death" ? "deceased" : "child";
        var record = new JsonObject
        {
            ["id"] = Id(),
            ["type"] = type,
            ["createdAt"] = "2026-11-25T02:45:24.982Z",
            ["updatedAt"] = "2026-11-25T02:45:24.982Z",
            ["actions"] = new JsonArray(
                Action("CREATE", "Accepted", 0),
                Action(
                    "DECLARE",
                    "Requested",
                    1,
                    new JsonObject
                    {
                        [person + ".dob"] = "2026-06-20",
                        [person + ".name"] = new JsonObject { ["firstname"] = "Ada", ["surname"] = TestEvents.Name },
                        [person + ".gender"] = "female",
                        ["mother.verified"] = "authenticated",
                    }
                ),
                Action("DECLARE", "Accepted", 2),
                Action("REGISTER", "Requested", 3)
            ),
            ["trackingId"] = Id()[..6].ToUpperInvariant(),
        };
        var actions = record["actions"]!.AsArray();
        actions[2]!["originalActionId"] = actions[1]!["id"]!.GetValue<string>();
        change?.Invoke(record);
        return record;
    }

    public static JsonObject Action(string type, string status, int second, JsonObject? declaration = null) =>
        new()
        {
            ["id"] = Id(),
            ["transactionId"] = Id(),
            ["createdByUserType"] = "user",
            ["createdAt"] = $"2026-11-25T02:45:{second:00}.000Z",
            ["createdBy"] = "55555555-5555-4555-8555-555555555555",
            ["createdByRole"] = "LOCAL_REGISTRAR",
            ["createdAtLocation"] = "33333333-3333-4333-8333-333333333333",
            ["declaration"] = declaration ?? [],
            ["status"] = status,
            ["type"] = type,
        };

    public static string Id() => Guid.NewGuid().ToString();

    public static string IdOf(JsonNode record) => record["id"]!.GetValue<string>();

    /// <summary>The action that waits: the last one.</summary>
    public static string PendingOf(JsonNode record) => record["actions"]!.AsArray()[^1]!["id"]!.GetValue<string>();

    /// <summary>The token that OpenCRVS sends with it.</summary>
    public static string Token(JsonNode record, Action<JsonObject>? change = null, RSA? key = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["scope"] = new JsonArray(
                "type=record.confirm-registration",
                "type=record.reject-registration",
                "type=record.read&event=birth"
            ),
            ["eventId"] = IdOf(record),
            ["actionId"] = PendingOf(record),
            ["userType"] = "user",
            ["iat"] = now,
            ["exp"] = now + 604800,
            ["aud"] = new JsonArray("opencrvs:gateway-user", "opencrvs:countryconfig-user"),
            ["iss"] = "opencrvs:auth-service",
            ["sub"] = "55555555-5555-4555-8555-555555555555",
        };
        change?.Invoke(claims);
        var signed = Part("""{"alg":"RS256","typ":"JWT"}""") + "." + Part(claims.ToJsonString());
        var signature = (key ?? Key).SignData(
            Encoding.ASCII.GetBytes(signed),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        );
        return signed + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>The trigger, as the country configuration forwards it.</summary>
    public static HttpRequestMessage Request(
        Uri client,
        JsonNode record,
        string? token = null,
        string? number = null,
        string action = "REGISTER"
    )
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(client, $"api/trigger/events/{record["type"]}/actions/{action}")
        )
        {
            Content = new StringContent(record.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + (token ?? Token(record)));
        if (number is not null)
        {
            request.Headers.Add(TriggerIntake.NumberHeader, number);
        }

        return request;
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
