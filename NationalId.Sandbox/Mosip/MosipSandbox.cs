using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Mosip;

/// <summary>MOSIP: token endpoint, application ids, births and deaths, UIN tokens back, and IDA.</summary>
public sealed class MosipSandbox
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly EventIntake intake;
    private readonly Ida ida;
    private readonly ConcurrentDictionary<string, DateTimeOffset> tokens = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> aids = new();
    private readonly ConcurrentDictionary<string, Person> births = new();
    private readonly ConcurrentQueue<Person> persons = new();
    private int tokenCalls;

    internal MosipSandbox(SandboxSettings settings, SandboxKeys keys)
    {
        this.settings = settings;
        this.keys = keys;
        intake = new EventIntake(this, settings, keys);
        ida = new Ida(this, settings, keys);
        Packets = new Packets(this, settings, keys);
    }

    public FaultSwitch Token { get; } = new("mosip-token");

    public FaultSwitch Aid { get; } = new("mosip-aid");

    public FaultSwitch Birth { get; } = new("mosip-birth");

    public FaultSwitch Death { get; } = new("mosip-death");

    public FaultSwitch Authentication { get; } = new("ida");

    /// <summary>MOSIP's registration side without a mediator.</summary>
    public Packets Packets { get; }

    /// <summary>How many tokens were asked for, in vain or not.</summary>
    public int TokenCalls => tokenCalls;

    /// <summary>Every AID drawn.</summary>
    public IReadOnlyCollection<string> DrawnAids => [.. aids.Keys];

    /// <summary>The tokens that were given out.</summary>
    public IReadOnlyCollection<string> IssuedTokens => [.. tokens.Keys];

    public IReadOnlyCollection<Person> Persons => persons;

    public IReadOnlyCollection<ReceivedEvent> Received => intake.Received;

    public IReadOnlyCollection<RefusedEvent> Refused => intake.Refused;

    /// <summary>IDA's answers: the error codes of each call, or "ok".</summary>
    public IReadOnlyCollection<string> Authentications => ida.Answers;

    internal Action<Person>? Born { get; set; }

    public IEnumerable<ReceivedEvent> ReceivedOf(string registrationNumber) =>
        Received.Where(item => item.RegistrationNumber == registrationNumber);

    public Person? FindByBirth(string birthRegistrationNumber) => births.GetValueOrDefault(birthRegistrationNumber);

    /// <summary>Adds somebody who was not born in the sandbox.</summary>
    public Person AddPerson(string name, string? gender, string birthDate)
    {
        var person = new Person
        {
            Uin = Numbers.New(settings.UinLength),
            Vid = Numbers.New(settings.VidLength),
            Name = name,
            Gender = gender,
            BirthDate = birthDate,
        };
        persons.Enqueue(person);
        return person;
    }

    /// <summary>Makes every token given out so far invalid.</summary>
    public void ForgetTokens() => tokens.Clear();

    internal bool KnowsAid(string aid) => aids.ContainsKey(aid);

    /// <summary>Somebody whose birth came as a packet.</summary>
    internal Person Register(string number, string aid, string name, string gender, string birthDate) =>
        Register(
            number,
            () =>
                new Person
                {
                    Uin = Numbers.New(settings.UinLength),
                    Vid = Numbers.New(settings.VidLength),
                    BirthRegistrationNumber = number,
                    Aid = aid,
                    Name = name,
                    Gender = gender,
                    BirthDate = birthDate,
                }
        );

    internal Person Register(EventFacts facts, string aid) =>
        Register(
            facts.RegistrationNumber ?? facts.CompositionId ?? aid,
            () =>
                new Person
                {
                    Uin = Numbers.New(settings.UinLength),
                    Vid = Numbers.New(settings.VidLength),
                    BirthRegistrationNumber = facts.RegistrationNumber,
                    BirthPatientId = facts.PatientId,
                    Aid = aid,
                    Name = facts.Name,
                    Gender = facts.Gender,
                    BirthDate = facts.BirthDate,
                }
        );

    private Person Register(string key, Func<Person> create)
    {
        var created = false;
        var person = births.GetOrAdd(
            key,
            _ =>
            {
                created = true;
                return create();
            }
        );
        if (created && births[key] == person)
        {
            persons.Enqueue(person);
            Born?.Invoke(person);
        }

        return person;
    }

    internal void Map(IEndpointRouteBuilder app)
    {
        Packets.Map(app);
        app.MapPost("/token", Token.Around(TokenAsync));
        app.MapGet(
            "/aid",
            Aid.Around(context => Task.FromResult(Authorized(context) ? DrawAid() : Results.Unauthorized()))
        );
        app.MapPost("/birth", Birth.Around(context => intake.ReceiveAsync(context, "birth")));
        app.MapPost("/death", Death.Around(context => intake.ReceiveAsync(context, "death")));
        app.MapPost(
            "/idauthentication/v1/auth/{licence}/{partner}/{apiKey}",
            Authentication.Around(ida.AnswerAsync, ida.Failure)
        );
    }

    internal bool Authorized(HttpContext context)
    {
        if (context.Request.Cookies["Authorization"] is not { } token)
        {
            return false;
        }

        return settings.MosipHasTokenEndpoint
            ? tokens.TryGetValue(token, out var until) && until > settings.TimeProvider.GetUtcNow()
            : token == "Authorization";
    }

    /// <summary>The envelope and signature that carry a UIN token to the client.</summary>
    internal (string Data, string Signature) SealToken(
        string birthRegistrationNumber,
        string uinToken,
        UinTokenOptions options
    )
    {
        var plain = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
            new { opencrvsBRN = birthRegistrationNumber, uinToken }
        );
        // The client has no certificate in the mediator's protocol, a bare key only: its hash stands for the
        // thumbprint.
        var thumbprint = SHA256.HashData(keys.Client.ExportSubjectPublicKeyInfo());
        var data = Envelope.Seal(plain, keys.Client, thumbprint, options.Shape);
        using var stranger = options.SignWithAnotherKey ? RSA.Create(2048) : null;
        using var own = keys.Mosip.GetRSAPrivateKey()!;
        var signature = (stranger ?? own).SignData(
            options.SignPlainText ? plain : data,
            HashAlgorithmName.SHA512,
            RSASignaturePadding.Pkcs1
        );
        return options.Base64Url
            ? (Envelope.ToBase64Url(data), Envelope.ToBase64Url(signature))
            : (Convert.ToBase64String(data), Convert.ToBase64String(signature));
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        Interlocked.Increment(ref tokenCalls);
        if (!settings.MosipHasTokenEndpoint)
        {
            return Results.NotFound();
        }

        if (!context.Request.HasFormContentType)
        {
            return Results.BadRequest();
        }

        var form = await context.Request.ReadFormAsync();
        if (
            form["client_id"] != keys.MosipClientId
            || form["client_secret"] != keys.MosipClientSecret
            || form["username"] != keys.MosipUser
            || form["password"] != keys.MosipPassword
            || form["grant_type"] != "password"
        )
        {
            return Results.Json(
                new { error = "invalid_grant", error_description = "Invalid user credentials" },
                statusCode: 401
            );
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        tokens[token] = settings.TimeProvider.GetUtcNow() + settings.MosipTokenLifetime;
        return Results.Json(
            new
            {
                access_token = token,
                expires_in = (int)settings.MosipTokenLifetime.TotalSeconds,
                token_type = "Bearer",
            }
        );
    }

    private IResult DrawAid()
    {
        var now = settings.TimeProvider.GetUtcNow();
        string aid;
        do
        {
            // Centre, machine, sequence and time, as MOSIP's registration ids are built.
            aid = "10001" + "10001" + Numbers.Digits(5) + now.ToString("yyyyMMddHHmmss");
        } while (!aids.TryAdd(aid, now));
        return Results.Json(aid);
    }
}
