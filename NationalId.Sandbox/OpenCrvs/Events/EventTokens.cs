using System.Text.Json;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>Who calls core.</summary>
internal sealed record Caller(
    string Subject,
    bool IsSystem,
    IReadOnlyList<string> Scopes,
    string? EventId = null,
    string? ActionId = null
)
{
    /// <summary>A person's role; systems have none.</summary>
    public string? Role => IsSystem ? null : "LOCAL_REGISTRAR";

    public string UserType => IsSystem ? "system" : "user";

    /// <summary>Whether one of the scopes has one of the names, in any version's spelling.</summary>
    public bool Has(params string[] names) => Scopes.Any(scope => names.Contains(NameOf(scope)));

    /// <summary>Whether such a scope reaches records of a type.</summary>
    public bool Reaches(string name, string type) =>
        Scopes.Any(scope =>
            NameOf(scope) == name
            && (!scope.Contains("event=", StringComparison.Ordinal) || Events(scope).Contains(type))
        );

    /// <summary>An action of this caller's, accepted unless it is said otherwise.</summary>
    public EventAction Act(string type, string transactionId, string? location) =>
        new()
        {
            TransactionId = transactionId,
            CreatedByUserType = UserType,
            CreatedBy = Subject,
            CreatedByRole = Role,
            CreatedAtLocation = location,
            Status = EventAction.Accepted,
            Type = type,
        };

    // type=record.correct&event=birth in 2.x, record.registered.correct[event=birth|death] in 1.9.
    private static string NameOf(string scope) => scope.Replace("type=", "").Split('&', '[')[0];

    private static string[] Events(string scope) =>
        scope[(scope.IndexOf("event=", StringComparison.Ordinal) + 6)..].Split('&', ']')[0].Split('|', ',');
}

/// <summary>Tokens of core's own: those of one record, and what they are exchanged for.</summary>
internal sealed class EventTokens(OpenCrvsSandbox owner, SandboxSettings settings)
{
    private static readonly string[] Audience19 =
    [
        "opencrvs:gateway-user",
        "opencrvs:user-mgnt-user",
        "opencrvs:auth-user",
        "opencrvs:hearth-user",
        "opencrvs:notification-user",
        "opencrvs:workflow-user",
        "opencrvs:search-user",
        "opencrvs:metrics-user",
        "opencrvs:countryconfig-user",
        "opencrvs:webhooks-user",
        "opencrvs:config-user",
        "opencrvs:documents-user",
        "opencrvs:notification-api-user",
    ];

    private static readonly string[] Audience20 =
    [
        "opencrvs:gateway-user",
        "opencrvs:events-user",
        "opencrvs:user-mgnt-user",
        "opencrvs:auth-user",
        "opencrvs:countryconfig-user",
        "opencrvs:documents-user",
    ];

    private bool Is19 => settings.OpenCrvsVersion == OpenCrvsVersion.V19;

    private bool Is21 => settings.OpenCrvsVersion == OpenCrvsVersion.V21;

    /// <summary>The National ID client's id.</summary>
    public string ClientId => owner.ClientId;

    /// <summary>The scopes of a registrar, as far as they matter here.</summary>
    public IReadOnlyList<string> RegistrarScopes =>
        Is19
            ? ["record.register[event=birth|death]", "record.read[event=birth|death]", "record.declared.reject"]
            : ["type=record.register", "type=record.read", "type=record.reject", "type=record.correct"];

    /// <summary>The scopes of the client that docs/opencrvs-2.md has the country create.</summary>
    public IReadOnlyList<string> ClientScopes =>
        settings.Events.ClientScopes
        ?? settings.OpenCrvsVersion switch
        {
            OpenCrvsVersion.V19 =>
            [
                "nationalId",
                "record.read[event=birth|death]",
                "record.registered.correct[event=birth|death]",
                "record.search[event=birth|death]",
            ],
            OpenCrvsVersion.V21 =>
            [
                "type=record.read",
                "type=record.correct",
                "type=record.search",
                "type=record.action.accept",
                "type=record.action.reject",
            ],
            _ => ["type=record.read", "type=record.correct", "type=record.search"],
        };

    /// <summary>A token as the client gets it for its id and secret.</summary>
    public string OfClient(string clientId) =>
        owner.IssueToken(
            new IssuedTokenOptions
            {
                Subject = clientId,
                UserType = "system",
                Scope = ClientScopes,
                Audience = Is19 ? [.. Audience19, "opencrvs:nationalid-user"] : Audience20,
            }
        );

    /// <summary>A person's token.</summary>
    public string OfUser(string user) =>
        owner.IssueToken(
            new IssuedTokenOptions
            {
                Subject = user,
                UserType = "user",
                Scope = RegistrarScopes,
                Audience = Is19 ? Audience19 : Audience20,
            }
        );

    /// <summary>The token that goes with a trigger.</summary>
    public string OfTrigger(Caller caller, string eventId, string actionId) =>
        Is21
            ? owner.IssueToken(
                new IssuedTokenOptions
                {
                    Subject = "opencrvs:events-service",
                    UserType = "system",
                    Scope = [],
                    Audience = Audience20,
                }
            )
            : OfRecord(caller, eventId, actionId);

    /// <summary>Exchanges any valid token for one of a record.</summary>
    /// <returns>Null when the token is not valid.</returns>
    public string? Exchange(string? token, string eventId, string actionId) =>
        Read(token) is { } caller ? OfRecord(caller, eventId, actionId) : null;

    /// <summary>Who has a token; null when it is not valid.</summary>
    public Caller? Read(string? token)
    {
        if (owner.Tokens.Read(token) is not { } claims)
        {
            return null;
        }

        string[] audience = [.. claims.GetProperty("aud").EnumerateArray().Select(one => one.GetString()!)];
        return audience.Contains(Is19 ? "opencrvs:gateway-user" : "opencrvs:events-user")
            ? new Caller(
                Text(claims, "sub")!,
                Text(claims, "userType") == "system",
                [.. claims.GetProperty("scope").EnumerateArray().Select(scope => scope.GetString()!)],
                Text(claims, "eventId"),
                Text(claims, "actionId")
            )
            : null;
    }

    private string OfRecord(Caller caller, string eventId, string actionId)
    {
        var prefix = Is19 ? "" : "type=";
        return owner.IssueToken(
            new IssuedTokenOptions
            {
                Subject = caller.Subject,
                // NOTE: 1.9 takes everybody for a person.
                UserType = Is19 ? "user" : caller.UserType,
                EventId = eventId,
                ActionId = actionId,
                Lifetime = settings.Events.RecordTokenLifetime,
                Audience = Is19 ? Audience19 : Audience20,
                Scope =
                [
                    prefix + "record.confirm-registration",
                    prefix + "record.reject-registration",
                    .. caller.Scopes.Where(scope =>
                        scope.Contains("record.read", StringComparison.Ordinal)
                        || scope.EndsWith("record.reject", StringComparison.Ordinal)
                        || scope.Contains("record.declared.reject", StringComparison.Ordinal)
                    ),
                ],
            }
        );
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) ? value.GetString() : null;
}
