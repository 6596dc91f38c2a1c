using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Mosip;

/// <summary>Who signs a credential.</summary>
public enum CredentialSigner
{
    Mosip,

    /// <summary>Somebody with a certificate of their own, sent along.</summary>
    Stranger,
    Nobody,
}

/// <summary>How a credential is brought.</summary>
public enum CredentialWay
{
    /// <summary>In the message.</summary>
    InMessage,

    /// <summary>At an address of MOSIP's data share.</summary>
    DataShare,

    /// <summary>At an address that is not MOSIP's.</summary>
    ForeignShare,
}

/// <summary>How to issue a credential; the default is what the client must accept.</summary>
public sealed record CredentialOptions
{
    public string Type { get; init; } = "vercred";

    /// <summary>The event's id; null: a new one.</summary>
    public string? EventId { get; init; }

    public HubSigning Signing { get; init; }

    public CredentialSigner Signer { get; init; }

    public CredentialWay Way { get; init; }

    /// <summary>Signs another text than is sealed.</summary>
    public bool SignAnotherText { get; init; }

    /// <summary>PS256 instead of RS256.</summary>
    public bool Pss { get; init; }

    /// <summary>Leaves the certificate out of the signature's header.</summary>
    public bool WithoutCertificate { get; init; }

    /// <summary>Seals for a key that nobody has.</summary>
    public bool SealForAnother { get; init; }

    /// <summary>MOSIP's default provider: no context, no own proof.</summary>
    public bool DefaultProvider { get; init; }

    /// <summary>The registration id in the message; null: the subject's.</summary>
    public string? RegistrationId { get; init; }

    /// <summary>The registration id in the credential; null: the person's.</summary>
    public string? SubjectId { get; init; }

    /// <summary>The attributes that the policy shares; null: UIN, VID and the certificate's number.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>Attributes that are encrypted once more.</summary>
    public IReadOnlyList<string> Protected { get; init; } = [];

    /// <summary>Standard base64, as OpenCRVS's mosip-mock writes it.</summary>
    public bool StandardBase64 { get; init; }
}

/// <summary>
/// MOSIP's credential service, written from docs/protocols.md, "MOSIP's hub": seals what the policy shares for the
/// partner, signs its text and has the hub publish it.
/// </summary>
public sealed class CredentialIssuer
{
    private readonly SandboxSettings settings;
    private readonly SandboxKeys keys;
    private readonly Hub hub;
    private readonly ConcurrentDictionary<string, string> shared = new();
    private readonly Func<Uri> mosip;

    internal CredentialIssuer(SandboxSettings settings, SandboxKeys keys, Hub hub, Func<Uri> mosip)
    {
        this.settings = settings;
        this.keys = keys;
        this.hub = hub;
        this.mosip = mosip;
    }

    public FaultSwitch Share { get; } = new("data-share");

    internal void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
            "/v1/datashare/get/{id}",
            Share.Around(context =>
            {
                var found = shared.TryGetValue((string)context.GetRouteValue("id")!, out var envelope);
                return Task.FromResult(
                    !hub.Authorized(context) ? Results.Unauthorized()
                    : found ? Results.Text(envelope, "text/plain")
                    : Results.NotFound()
                );
            })
        );

    /// <summary>Issues somebody's credential and has it delivered.</summary>
    public Task<HubDelivery> IssueAsync(Person person, CredentialOptions options, CancellationToken ct = default)
    {
        var attributes = new Dictionary<string, string> { ["UIN"] = person.Uin, ["VID"] = person.Vid };
        if (person.BirthRegistrationNumber is { } number)
        {
            attributes["birthCertificateNumber"] = number;
        }

        return IssueAsync(person.Aid!, attributes, options, ct);
    }

    /// <summary>Issues somebody's credential after a while, once: what the hub can't deliver then is lost.</summary>
    internal async Task IssueLaterAsync(Person person, TimeSpan delay, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(delay, settings.TimeProvider, stopping);
            await IssueAsync(person, new CredentialOptions(), stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // The sandbox ends, or nobody is subscribed.
        }
    }

    /// <summary>Issues a credential under a registration id and has it delivered.</summary>
    public Task<HubDelivery> IssueAsync(
        string registrationId,
        IReadOnlyDictionary<string, string> attributes,
        CredentialOptions options,
        CancellationToken ct = default
    )
    {
        var text = Write(options.SubjectId ?? registrationId, options.Attributes ?? attributes, options);
        return hub.PublishAsync(Message(registrationId, text, options), options.Signing, ct);
    }

    private byte[] Write(string id, IReadOnlyDictionary<string, string> attributes, CredentialOptions options)
    {
        var subject = new JsonObject();
        foreach (var (name, value) in attributes)
        {
            subject[name] = options.Protected.Contains(name)
                ? Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))
                : value;
        }

        var credential = new JsonObject { ["issuanceDate"] = Now() };
        if (options.DefaultProvider)
        {
            subject["id"] = id;
            credential["id"] = Guid.NewGuid().ToString();
            credential["type"] = new JsonArray();
            credential["issuer"] = "https://mosip.example/.well-known/controller.json";
            credential["issuedTo"] = keys.PartnerId;
            credential["consent"] = "";
            credential["protectedAttributes"] = new JsonArray([.. options.Protected.Select(one => (JsonNode)one)]);
        }
        else
        {
            subject["id"] = "http://credential.idrepo/credentials/" + id;
            subject["vcVer"] = "VC-V1";
            credential["id"] = "http://credential.idrepo/credentials/" + Guid.NewGuid();
            credential["type"] = new JsonArray("VerifiableCredential", "MOSIPVerifiableCredential");
            credential["@context"] = new JsonArray(
                "https://www.w3.org/2018/credentials/v1",
                "https://mosip.example/.well-known/mosip-context.json",
                new JsonObject { ["sec"] = "https://w3id.org/security#" }
            );
            credential["issuer"] = "https://mosip.example/.well-known/controller.json";
            if (options.Protected.Count > 0)
            {
                credential["protectedAttributes"] = new JsonArray([.. options.Protected.Select(one => (JsonNode)one)]);
            }
        }

        credential["credentialSubject"] = subject;
        return Encoding.UTF8.GetBytes(credential.ToJsonString());
    }

    private byte[] Message(string registrationId, byte[] text, CredentialOptions options)
    {
        using var another = options.SealForAnother ? RSA.Create(2048) : null;
        var receiver = another ?? keys.Client;
        var data = Envelope.Seal(text, receiver, SHA256.HashData(receiver.ExportSubjectPublicKeyInfo()));
        var envelope = options.StandardBase64 ? Convert.ToBase64String(data) : Envelope.ToBase64Url(data).TrimEnd('=');
        var content = new JsonObject
        {
            ["registrationId"] = options.RegistrationId ?? registrationId,
            ["templateTypeCode"] = "RPR_UIN_CARD_TEMPLATE",
            ["ExpiryTimestamp"] = Now(),
            ["TransactionLimit"] = null,
            ["credentialType"] = options.Type,
            ["protectionKey"] = "275700",
        };
        string? share = null;
        if (options.Way == CredentialWay.InMessage)
        {
            content["credential"] = envelope;
        }
        else
        {
            var id = Guid.NewGuid().ToString();
            shared[id] = envelope;
            share =
                options.Way == CredentialWay.DataShare
                    ? new Uri(mosip(), "/v1/datashare/get/" + id).AbsoluteUri
                    : "http://127.0.0.1:9/v1/datashare/get/" + id;
        }

        if (options.Signer != CredentialSigner.Nobody)
        {
            content["proof"] = new JsonObject
            {
                ["signature"] = Sign(options.SignAnotherText ? [.. text, 32] : text, options),
            };
        }

        return Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["publisher"] = "CREDENTIAL_SERVICE",
                ["topic"] = hub.Topic,
                ["publishedOn"] = Now(),
                ["event"] = new JsonObject
                {
                    ["id"] = options.EventId ?? Guid.NewGuid().ToString(),
                    ["transactionId"] = Guid.NewGuid().ToString(),
                    ["type"] = new JsonObject { ["namespace"] = "mosip", ["name"] = "mosip" },
                    ["timestamp"] = Now(),
                    ["dataShareUri"] = share,
                    ["data"] = content,
                },
            }.ToJsonString()
        );
    }

    /// <summary>A detached JWS over the text, as MOSIP's key manager makes it.</summary>
    private string Sign(byte[] text, CredentialOptions options)
    {
        using var stranger = options.Signer == CredentialSigner.Stranger ? RSA.Create(2048) : null;
        using var own = keys.Mosip.GetRSAPrivateKey()!;
        var certificate = stranger is null
            ? keys.Mosip.RawData
            : new CertificateRequest("CN=MOSIP sandbox", stranger, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1))
                .RawData;
        var header = new JsonObject { ["alg"] = options.Pss ? "PS256" : "RS256" };
        if (!options.WithoutCertificate)
        {
            header["x5c"] = new JsonArray(Convert.ToBase64String(certificate));
            header["x5t#S256"] = Encode(SHA256.HashData(certificate));
        }

        var head = Encode(JsonSerializer.SerializeToUtf8Bytes(header));
        var signature = (stranger ?? own).SignData(
            Encoding.ASCII.GetBytes(head + "." + Encode(text)),
            HashAlgorithmName.SHA256,
            options.Pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
        );
        return $"{head}..{Encode(signature)}";
    }

    private string Now() => settings.TimeProvider.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ");

    private static string Encode(ReadOnlySpan<byte> bytes) => Envelope.ToBase64Url(bytes).TrimEnd('=');
}
