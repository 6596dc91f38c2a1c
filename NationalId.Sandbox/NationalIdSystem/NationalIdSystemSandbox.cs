using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.NationalIdSystem;

/// <summary>A birth or death as the National ID system got it.</summary>
public sealed record Notice(
    string Kind,
    string? RegistrationNumber,
    int Length,
    string Sha256,
    string? ContentType,
    DateTimeOffset At,
    string? Number
)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public byte[]? Payload { get; init; }

    /// <summary>The <c>Idempotency-Key</c> it came with: two with the same are one event.</summary>
    public string? EventKey { get; init; }

    /// <summary>What the client says of OpenCRVS's signature, where there is none.</summary>
    public string? Signature { get; init; }

    /// <summary>What is done to a registration that the system has; null when it is a new one.</summary>
    public string? Action { get; init; }
}

/// <summary>A number given to a child.</summary>
public sealed class AssignedNumber(string birthRegistrationNumber, string? patientId)
{
    public string BirthRegistrationNumber { get; } = birthRegistrationNumber;

    public string? PatientId { get; } = patientId;

    public string Number { get; } = Numbers.NewUin();

    /// <summary>Whether it is in use: its birth counts, and no death of its person does.</summary>
    public bool Valid => !BirthRevoked && (DeathRegistrationNumber is null || DeathRevoked);

    public bool BirthRevoked { get; set; }

    public bool DeathRevoked { get; set; }

    public string? DeathRegistrationNumber { get; set; }

    /// <summary>Whether the client has taken the call-back.</summary>
    public bool CalledBack { get; set; }
}

/// <summary>
/// Any other National ID system: receives OpenCRVS's webhooks unchanged, gives numbers and invalidates them.
/// </summary>
public sealed class NationalIdSystemSandbox
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly HttpClient http;
    private readonly CancellationToken stopping;
    private readonly ConcurrentDictionary<string, AssignedNumber> numbers = new();
    private readonly ConcurrentQueue<Notice> received = new();
    private readonly ConcurrentQueue<string> refused = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();

    internal NationalIdSystemSandbox(
        SandboxSettings settings,
        SandboxKeys keys,
        HttpClient http,
        CancellationToken stopping
    )
    {
        this.settings = settings;
        this.keys = keys;
        this.http = http;
        this.stopping = stopping;
        Answer = settings.NumberAnswer;
    }

    public FaultSwitch Births { get; } = new("nid-births");

    public FaultSwitch Deaths { get; } = new("nid-deaths");

    public FaultSwitch Token { get; } = new("nid-token");

    public NumberAnswer Answer { get; set; }

    public IReadOnlyCollection<Notice> Received => received;

    /// <summary>Why requests were refused.</summary>
    public IReadOnlyCollection<string> Refused => refused;

    public IReadOnlyDictionary<string, AssignedNumber> AssignedNumbers => numbers;

    public AssignedNumber? FindByBirth(string birthRegistrationNumber) =>
        numbers.GetValueOrDefault(birthRegistrationNumber);

    /// <summary>Makes every bearer token given out so far invalid.</summary>
    public void ForgetTokens() => tokens.Clear();

    /// <summary>Calls the client back with a number, once: that of the birth, or any other.</summary>
    /// <returns>The client's status.</returns>
    public async Task<int> CallBackAsync(
        string birthRegistrationNumber,
        string? nationalId = null,
        string? signature = null,
        CancellationToken ct = default
    )
    {
        var client = settings.ClientUrl ?? throw new InvalidOperationException("ClientUrl is not set");
        nationalId ??=
            FindByBirth(birthRegistrationNumber)?.Number
            ?? throw new InvalidOperationException("no number is assigned to this birth");
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, string> { ["BRN"] = birthRegistrationNumber, ["nationalId"] = nationalId }
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(client, "/api/national-id"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation(
            "X-Hub-Signature",
            signature ?? HubSignature.Sign(body, keys.CallbackSecret)
        );
        using var response = await http.SendAsync(request, ct);
        return (int)response.StatusCode;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/token", Token.Around(TokenAsync));
        app.MapPost("/births", Births.Around(context => ReceiveAsync(context, true)));
        app.MapPost("/deaths", Deaths.Around(context => ReceiveAsync(context, false)));
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        // Client credentials may come in the form or as Basic: both are OAuth 2.
        var basic = "Basic " + Convert.ToBase64String(Envelope.Utf8($"{keys.OAuthClientId}:{keys.OAuthClientSecret}"));
        var known =
            (form["client_id"] == keys.OAuthClientId && form["client_secret"] == keys.OAuthClientSecret)
            || context.Request.Headers.Authorization == basic;
        if (form["grant_type"] != "client_credentials" || !known)
        {
            return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        tokens[token] = settings.TimeProvider.GetUtcNow() + TimeSpan.FromMinutes(5);
        return Results.Json(
            new
            {
                access_token = token,
                expires_in = 300,
                token_type = "Bearer",
            }
        );
    }

    private async Task<IResult> ReceiveAsync(HttpContext context, bool birth)
    {
        if (
            settings.NationalIdSystemOAuth
            && !(
                tokens.TryGetValue(
                    context
                        .Request.Headers.Authorization.ToString()
                        .Replace("Bearer ", "", StringComparison.OrdinalIgnoreCase),
                    out var until
                )
                && until > settings.TimeProvider.GetUtcNow()
            )
        )
        {
            return Refuse("no valid bearer token", 401);
        }

        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.ToArray();
        if (!HubSignature.Verify(body, keys.SignSecret, context.Request.Headers["X-Hub-Signature"].FirstOrDefault()))
        {
            return Refuse("X-Hub-Signature doesn't fit the body", 401);
        }

        if (context.Request.Headers["X-OpenCRVS-Action"].FirstOrDefault() is { } action)
        {
            return Change(context, body, birth, action) is { } wrong ? Refuse(wrong, 400) : Results.Accepted();
        }

        EventFacts facts;
        try
        {
            facts = EventReader.Read(body);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return Refuse(e.Message, 400);
        }

        if (facts.IsBirth != birth)
        {
            return Refuse("the event is of the other kind", 400);
        }

        var number = birth ? Assign(facts) : Invalidate(facts);
        received.Enqueue(
            NoticeOf(context, body, birth ? "birth" : "death", facts.RegistrationNumber, number?.Number) with
            {
                Signature = context.Request.Headers["X-OpenCRVS-Signature"].FirstOrDefault(),
            }
        );
        if (birth && number is not null && Answer is NumberAnswer.AtOnce)
        {
            return Results.Json(new { nationalId = number.Number });
        }

        if (birth && number is not null && Answer is NumberAnswer.CallBack)
        {
            _ = CallBackLaterAsync(number);
        }

        return Results.Accepted();

        IResult Refuse(string reason, int status)
        {
            refused.Enqueue(reason);
            return Results.Json(new { reason }, statusCode: status);
        }
    }

    /// <summary>A registration that the system has is revoked or reinstated.</summary>
    /// <returns>What is wrong with the message; null when nothing is.</returns>
    private string? Change(HttpContext context, byte[] body, bool birth, string action)
    {
        if (action == "correct")
        {
            return Correct(context, body, birth);
        }

        var said = JsonSerializer.Deserialize<Dictionary<string, string>>(body)!;
        string[] known = ["id", "timestamp", "registrationNumber", "kind", "action", "reason", "nationalId"];
        if (said.Keys.FirstOrDefault(name => !known.Contains(name)) is { } strange)
        {
            return $"there is {strange} in it";
        }

        if (known[..5].FirstOrDefault(name => !said.ContainsKey(name)) is { } missing)
        {
            return $"there is no {missing} in it";
        }

        if (
            said["action"] != action
            || action is not ("revoke" or "reinstate")
            || said["kind"] != (birth ? "birth" : "death")
        )
        {
            return "header, address and body don't fit";
        }

        var number = said["registrationNumber"];
        if (
            numbers.Values.FirstOrDefault(one =>
                number == (birth ? one.BirthRegistrationNumber : one.DeathRegistrationNumber)
            ) is
            { } assigned
        )
        {
            if (birth)
            {
                assigned.BirthRevoked = action == "revoke";
            }
            else
            {
                assigned.DeathRevoked = action == "revoke";
            }
        }

        received.Enqueue(NoticeOf(context, body, said["kind"], number, null) with { Action = action });
        return null;
    }

    /// <summary>A registration that the system has is corrected: it gets the whole document.</summary>
    private string? Correct(HttpContext context, byte[] body, bool birth)
    {
        var facts = EventReader.Read(body);
        if (facts.IsBirth != birth)
        {
            return "the correction is of the other kind";
        }

        received.Enqueue(
            NoticeOf(context, body, birth ? "birth" : "death", facts.RegistrationNumber, null) with
            {
                Action = "correct",
            }
        );
        return null;
    }

    private Notice NoticeOf(HttpContext context, byte[] body, string kind, string? number, string? given) =>
        new(
            kind,
            number,
            body.Length,
            Envelope.Hash(body),
            context.Request.ContentType,
            settings.TimeProvider.GetUtcNow(),
            given
        )
        {
            Payload = settings.KeepPayloads ? body : null,
            EventKey = context.Request.Headers["Idempotency-Key"].FirstOrDefault(),
        };

    private AssignedNumber? Assign(EventFacts facts) =>
        facts.RegistrationNumber is not { } brn
            ? null
            : numbers.GetOrAdd(brn, _ => new AssignedNumber(brn, facts.PatientId));

    private AssignedNumber? Invalidate(EventFacts facts)
    {
        var ids = facts.Values("NATIONAL_ID").ToList();
        var entries = facts.Values("BIRTH_PATIENT_ENTRY").ToList();
        var number = numbers.Values.FirstOrDefault(number =>
            ids.Contains(number.Number) || (number.PatientId is { } id && entries.Contains(id))
        );
        if (number is not null)
        {
            number.DeathRegistrationNumber ??= facts.RegistrationNumber;
        }

        return number;
    }

    private async Task CallBackLaterAsync(AssignedNumber number)
    {
        try
        {
            for (var i = 0; i < 600 && !number.CalledBack; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(i == 0 ? 0.2 : 1), stopping);
                try
                {
                    number.CalledBack =
                        await CallBackAsync(number.BirthRegistrationNumber, ct: stopping) is >= 200 and < 300;
                }
                catch (Exception e)
                    when (e is HttpRequestException or InvalidOperationException
                        || (e is TaskCanceledException && !stopping.IsCancellationRequested)
                    )
                {
                    // The client is away: it will be back.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The sandbox ends.
        }
    }
}
