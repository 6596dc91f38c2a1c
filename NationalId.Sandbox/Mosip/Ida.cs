using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Mosip;

/// <summary>Why IDA refuses, with MOSIP's own code and words.</summary>
internal sealed class IdaException(string code, string message, string? action = null) : Exception(message)
{
    public string Code { get; } = code;

    public string? Action { get; } = action;
}

/// <summary>
/// MOSIP's ID Authentication for demographic data: checks, decrypts and compares for real (docs/protocols.md, "IDA").
/// </summary>
internal sealed partial class Ida(MosipSandbox mosip, SandboxSettings settings, SandboxKeys keys)
{
    private static readonly string[] Mandatory =
    [
        "individualId",
        "individualIdType",
        "transactionID",
        "requestTime",
        "thumbprint",
        "domainUri",
        "env",
        "request",
        "requestSessionKey",
        "requestHMAC",
    ];

    private readonly ConcurrentQueue<string> answers = new();
    private readonly JwsCheck jws = new(keys);

    /// <summary>Each call's error code, or "ok".</summary>
    public IReadOnlyCollection<string> Answers => answers;

    public async Task<IResult> AnswerAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var transaction = "";
        try
        {
            var person = Authenticate(context.Request, buffer.ToArray(), ref transaction);
            answers.Enqueue("ok");
            return Results.Json(
                Envelope(transaction, new { authStatus = true, authToken = (string?)person.UinToken }, null)
            );
        }
        catch (IdaException e)
        {
            answers.Enqueue(e.Code);
            return Results.Json(Refusal(transaction, [e]));
        }
    }

    /// <summary>
    /// What faults answer: a null response, or an error that says nothing about the person. When
    /// <paramref name="says"/> is given, the error's code is that; several are separated by commas; an answer as JSON
    /// is given as it is.
    /// </summary>
    public object Failure(Fault fault, string? says) =>
        fault is Fault.NullResponse ? Envelope("", null, null)
        : says?.StartsWith('{') == true ? JsonSerializer.Deserialize<JsonElement>(says)
        : Refusal(
            "",
            [
                .. (says ?? "IDA-MLC-007")
                    .Split(',')
                    .Select(code => new IdaException(code, "Request could not be processed. Please try again")),
            ]
        );

    [GeneratedRegex(@"^[a-zA-Z0-9]{10}$")]
    private static partial Regex TransactionId { get; }

    private Person Authenticate(HttpRequest request, byte[] body, ref string transaction)
    {
        if ((string?)request.RouteValues["licence"] != keys.MispLicenceKey)
        {
            throw new IdaException("IDA-MPA-007", "License key does not belong to a registered MISP");
        }

        if ((string?)request.RouteValues["partner"] != keys.PartnerId)
        {
            throw new IdaException("IDA-MPA-009", "Partner is not registered");
        }

        if ((string?)request.RouteValues["apiKey"] != keys.PartnerApiKey)
        {
            throw new IdaException("IDA-MPA-014", "Partner is not assigned with any policy");
        }

        if (request.Headers.Authorization.Count == 0)
        {
            throw new IdaException("IDA-MLC-006", "Missing Input Parameter - Authorization");
        }

        jws.Verify(request.Headers["Signature"].ToString(), body);

        using var json = Parse(body);
        var root = json.RootElement;
        foreach (var name in Mandatory)
        {
            if (string.IsNullOrEmpty(Text(root, name)))
            {
                throw Missing(name);
            }
        }

        transaction = Text(root, "transactionID")!;
        Demand(Text(root, "id") == "mosip.identity.auth", "id");
        Demand(Text(root, "version") == "1.0", "version");
        Demand(Text(root, "specVersion") is null or "1.0", "specVersion");
        Demand(TransactionId.IsMatch(transaction), "transactionID");
        Demand(Text(root, "domainUri") == Domain(request), "domainUri");
        CheckTime(Text(root, "requestTime")!, "requestTime");
        if (!root.TryGetProperty("consentObtained", out var consent) || consent.ValueKind != JsonValueKind.True)
        {
            throw new IdaException("IDA-MLC-012", "Individual's Consent is not available");
        }

        if (
            !root.TryGetProperty("requestedAuth", out var auth)
            || auth.ValueKind != JsonValueKind.Object
            || !auth.TryGetProperty("demo", out var demo)
            || demo.ValueKind != JsonValueKind.True
        )
        {
            throw new IdaException("IDA-MLC-008", "No authentication type selected");
        }

        using var plain = Decrypt(root);
        CheckTime(Text(plain.RootElement, "timestamp") ?? throw Missing("request/timestamp"), "request/timestamp");
        var person = Find(Text(root, "individualId")!, Text(root, "individualIdType")!);
        if (
            !plain.RootElement.TryGetProperty("demographics", out var demographics)
            || demographics.ValueKind != JsonValueKind.Object
        )
        {
            throw Missing("request/demographics");
        }

        Demographics.Compare(demographics, person);
        return person;
    }

    private string Domain(HttpRequest request) => settings.IdaDomain ?? $"{request.Scheme}://{request.Host}";

    private void CheckTime(string text, string name)
    {
        // Three decimals and Z: DateTimeOffset alone would take many forms more.
        Demand(
            DateTimeOffset.TryParseExact(
                text,
                "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                null,
                System.Globalization.DateTimeStyles.AssumeUniversal,
                out var time
            ),
            name
        );
        if ((settings.TimeProvider.GetUtcNow() - time).Duration() > settings.IdaTimeTolerance)
        {
            var seconds = (int)settings.IdaTimeTolerance.TotalSeconds;
            throw new IdaException(
                "IDA-MLC-001",
                $"Request to be received at MOSIP within {seconds} seconds",
                $"Please send the request within {seconds} seconds"
            );
        }
    }

    private JsonDocument Decrypt(JsonElement root)
    {
        // MOSIP looks its key up by the thumbprint; it is base64url with padding.
        if (Text(root, "thumbprint") != Crypto.Envelope.ToBase64Url(SHA256.HashData(keys.Ida.RawData)))
        {
            throw Undecipherable();
        }

        try
        {
            using var own = keys.Ida.GetRSAPrivateKey()!;
            var key = own.Decrypt(Bytes("requestSessionKey"), RSAEncryptionPadding.OaepSHA256);
            if (key.Length != 32)
            {
                throw Undecipherable();
            }

            var plain = WideNonceGcm.Open(key, Bytes("request")) ?? throw Undecipherable();
            var hash = WideNonceGcm.Open(key, Bytes("requestHMAC")) ?? throw Undecipherable();
            return hash.AsSpan().SequenceEqual(Crypto.Envelope.Utf8(Convert.ToHexString(SHA256.HashData(plain))))
                ? Parse(plain)
                : throw new IdaException("IDA-MPA-016", "HMAC Validation failed");
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw Undecipherable();
        }

        byte[] Bytes(string name)
        {
            var text = Text(root, name)!;
            return text.Contains('+') || text.Contains('/')
                ? throw new FormatException()
                : Crypto.Envelope.FromBase64(text);
        }

        static IdaException Undecipherable() => new("IDA-MPA-003", "Unable to decrypt Request");
    }

    private Person Find(string id, string type)
    {
        var uin = type switch
        {
            "UIN" => true,
            "VID" => false,
            _ => throw new IdaException("IDA-MLC-015", $"Identity Type - {type} not configured for the country"),
        };
        var known = mosip.Persons.FirstOrDefault(person => id == (uin ? person.Uin : person.Vid));
        if (id.Length != (uin ? settings.UinLength : settings.VidLength) || !Numbers.HasCheckDigit(id) || known is null)
        {
            throw uin
                ? new IdaException("IDA-MLC-002", "Invalid UIN", "Please retry with the correct UIN")
                : new IdaException("IDA-MLC-004", "Invalid VID", "Please retry with correct VID");
        }

        if (known.Active)
        {
            return known;
        }

        throw uin
            ? new IdaException("IDA-MLC-003", "UIN has been deactivated", "Your UIN status is not active")
            : new IdaException("IDA-MLC-010", "VID corresponding to a deactivated UIN");
    }

    private object Envelope(string transaction, object? response, object[]? errors) =>
        new
        {
            transactionID = transaction,
            version = "1.0",
            id = "mosip.identity.auth",
            errors,
            responseTime = settings.TimeProvider.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            response,
        };

    private object Refusal(string transaction, IEnumerable<IdaException> errors) =>
        Envelope(
            transaction,
            new { authStatus = false, authToken = (string?)null },
            [
                .. errors.Select(e => new
                {
                    errorCode = e.Code,
                    errorMessage = e.Message,
                    actionMessage = e.Action,
                }),
            ]
        );

    private static JsonDocument Parse(byte[] body)
    {
        try
        {
            var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? json
                : throw new IdaException("IDA-IDV-001", "Input Data Validation Failed");
        }
        catch (JsonException)
        {
            throw new IdaException("IDA-IDV-001", "Input Data Validation Failed");
        }
    }

    private static string? Text(JsonElement at, string name) =>
        at.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IdaException Missing(string name) => new("IDA-MLC-006", $"Missing Input Parameter - {name}");

    private static void Demand(bool fits, string name)
    {
        if (!fits)
        {
            throw new IdaException("IDA-MLC-009", $"Invalid Input Parameter - {name}");
        }
    }
}
