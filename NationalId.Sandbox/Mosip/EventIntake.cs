using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using NationalId.Sandbox.Crypto;

namespace NationalId.Sandbox.Mosip;

/// <summary>
/// MOSIP's birth and death endpoints: open the envelope, check the signature, refuse what is wrong and say why.
/// </summary>
internal sealed partial class EventIntake(MosipSandbox mosip, SandboxSettings settings, SandboxKeys keys)
{
    private const int Large = 4 * 1024 * 1024;
    private readonly ConcurrentQueue<ReceivedEvent> received = new();
    private readonly ConcurrentQueue<RefusedEvent> refused = new();
    private readonly SemaphoreSlim largeOnes = new(1, 1);
    private readonly byte[] thumbprint = SHA256.HashData(keys.Mosip.RawData);

    public IReadOnlyCollection<ReceivedEvent> Received => received;

    public IReadOnlyCollection<RefusedEvent> Refused => refused;

    public async Task<IResult> ReceiveAsync(HttpContext context, string kind)
    {
        if (!mosip.Authorized(context))
        {
            return Results.Unauthorized();
        }
        // Opening a 50 MB event takes three times its size, so one is opened at a time.
        var large = context.Request.ContentLength is null or > Large;
        if (large)
        {
            await largeOnes.WaitAsync(context.RequestAborted);
        }

        try
        {
            var item = await TakeAsync(context.Request, kind);
            received.Enqueue(item);
            return Results.Json(new { ok = true, id = item.CompositionId });
        }
        catch (RefusedException e)
        {
            refused.Enqueue(new RefusedEvent(kind, e.Message, settings.TimeProvider.GetUtcNow()));
            return e.Answer(context.Request.Path);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            refused.Enqueue(new RefusedEvent(kind, e.Message, settings.TimeProvider.GetUtcNow()));
            return Results.Json(new { ok = false, reason = e.Message }, statusCode: 400);
        }
        finally
        {
            if (large)
            {
                largeOnes.Release();
            }
        }
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
    private static partial Regex MillisecondsUtc { get; }

    private async Task<ReceivedEvent> TakeAsync(HttpRequest request, string kind)
    {
        byte[] data,
            signature;
        string id,
            time;
        using (
            var json = await JsonDocument.ParseAsync(
                request.Body,
                cancellationToken: request.HttpContext.RequestAborted
            )
        )
        {
            var root = json.RootElement;
            id = Text("id");
            time = Text("requestTime");
            _ = Text("data");
            data = root.GetProperty("data").TryGetBytesFromBase64(out var bytes)
                ? bytes
                : throw new FormatException("data is not base64");
            signature = Convert.FromBase64String(Text("signature"));

            string Text(string name) =>
                root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
                    ? value.GetString()!
                    : throw new FormatException($"{name} is missing");
        }

        if (!MillisecondsUtc.IsMatch(time))
        {
            throw new FormatException("requestTime is not ISO 8601 with milliseconds and Z");
        }

        if (!keys.Client.VerifyData(data, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1))
        {
            throw new RefusedException("OPN-CRVS-026", "the signature is not the client's over these bytes");
        }

        using var key = keys.Mosip.GetRSAPrivateKey()!;
        var plain = Open(data, key);
        if (settings.MosipReadsStrictly)
        {
            PublishedReceiver.Check(plain, kind == "birth", settings.MosipNeedsNationalId);
        }

        var facts = EventReader.Read(plain, firstPatient: settings.MosipReadsStrictly);
        if (facts.IsBirth != (kind == "birth"))
        {
            throw new FormatException($"the event is not a {kind}");
        }

        if (facts.CompositionId is not null && facts.CompositionId != id)
        {
            throw new FormatException("id is not the composition's");
        }

        var aids = facts.Values("MOSIP_AID").ToList();
        if (aids is not [var aid])
        {
            throw new FormatException($"the subject has {aids.Count} MOSIP_AID identifiers instead of one");
        }

        if (facts.OthersCodes.Contains("MOSIP_AID"))
        {
            throw new FormatException("somebody else than the subject has a MOSIP_AID");
        }

        var (by, deactivated) = facts.IsBirth ? Born(facts, aid) : Died(facts);
        return new ReceivedEvent(
            kind,
            facts.CompositionId,
            facts.RegistrationNumber,
            aid,
            mosip.KnowsAid(aid),
            time,
            plain.Length,
            Envelope.Hash(plain),
            settings.TimeProvider.GetUtcNow(),
            by,
            deactivated
        )
        {
            Payload = settings.KeepPayloads ? plain : null,
        };
    }

    private byte[] Open(byte[] data, RSA key)
    {
        try
        {
            return Envelope.Open(data, key, thumbprint);
        }
        catch (EnvelopeException e)
        {
            throw new RefusedException("OPN-CRVS-022", e.Message);
        }
    }

    private (string? By, string? Uin) Born(EventFacts facts, string aid)
    {
        mosip.Register(facts, aid);
        return default;
    }

    private (string? By, string? Uin) Died(EventFacts facts)
    {
        foreach (var entry in facts.Values("BIRTH_PATIENT_ENTRY"))
        {
            if (mosip.Persons.FirstOrDefault(person => person.BirthPatientId == entry) is { } person)
            {
                return Deactivate(person, "BIRTH_PATIENT_ENTRY");
            }
        }

        foreach (var token in facts.Values("MOSIP_UINTOKEN", "UINTOKEN", "MOSIP_PSUT_TOKEN_ID"))
        {
            if (mosip.Persons.FirstOrDefault(person => person.UinToken == token) is { } person)
            {
                return Deactivate(person, "UINTOKEN");
            }
        }

        // A number can be mistyped, so the name and birth date must be the person's too.
        foreach (var number in facts.Values("NATIONAL_ID"))
        {
            if (
                mosip.Persons.FirstOrDefault(person => person.Uin == number || person.Vid == number) is { } person
                && person.Name == facts.Name
                && person.BirthDate == facts.BirthDate
            )
            {
                return Deactivate(person, "NATIONAL_ID");
            }
        }

        return default;

        (string?, string?) Deactivate(Person person, string by)
        {
            person.Active = false;
            person.DeathRegistrationNumber ??= facts.RegistrationNumber;
            return (by, person.Uin);
        }
    }
}
