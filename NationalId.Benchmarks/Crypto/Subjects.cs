using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Registry;

namespace NationalId.Benchmarks.Crypto;

/// <summary>What is measured, and what it is measured against, on the same data.</summary>
internal sealed class Subjects
{
    private readonly byte[] secret = Encoding.UTF8.GetBytes(Guid.NewGuid().ToString());
    private readonly byte[] body;
    private readonly byte[] encoded;
    private readonly WebhookSignature signature;
    private readonly RSA signer = RSA.Create(2048);
    private readonly X509Certificate2 receiver = SelfSigned();
    private readonly X509Certificate2 partner = SelfSigned();
    private readonly byte[] hash = SHA512.HashData("x"u8);
    private readonly byte[] digest = new byte[32];

    public Subjects(int length)
    {
        body = Bodies.Birth(length);
        var room = new byte[(3 * body.Length) + JsUriEncoder.Slack];
        encoded = [.. "sha256:"u8, .. room[..JsUriEncoder.Encode(body, room)]];
        WebhookSignature.TryParse(JsUriHmac.Sign(body, Encoding.UTF8.GetString(secret)), out signature);
        if (Verify() != 0 || !signature.Matches(HMACSHA256.HashData(secret, encoded)))
        {
            throw new InvalidOperationException("The two don't compute the same.");
        }
    }

    public double Expansion => (double)encoded.Length / body.Length;

    /// <summary>The whole check as intake does it, over a body that comes in chunks.</summary>
    public int Verify()
    {
        using var hmac = new JsUriHmac([secret]);
        for (var at = 0; at < body.Length; at += 16 * 1024)
        {
            hmac.Append(body.AsSpan(at, Math.Min(16 * 1024, body.Length - at)));
        }

        return hmac.Verify(signature);
    }

    public void HmacAlone() => HMACSHA256.HashData(secret, encoded, digest);

    /// <summary>A whole message to MOSIP as a delivery writes it: sealed, in base64, signed, into nothing.</summary>
    public void Seal() =>
        new EnvelopeContent(
            "6f2b0c6e-7a53-4d0f-9a55-3f1de8a7c1b2",
            DateTimeOffset.UnixEpoch,
            body.Length,
            _ => new ValueTask<Stream>(new MemoryStream(body, writable: false)),
            receiver,
            signer
        )
            .CopyToAsync(Stream.Null)
            .GetAwaiter()
            .GetResult();

    public byte[] SignAlone() => signer.SignHash(hash, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);

    public IdaRequest BuildIda() =>
        IdaRequestBuilder.Build(
            new IdaAuthData
            {
                IndividualId = "2345678901",
                IdType = IdType.Uin,
                Names = [new IdaField("eng", "Siân Okonjo")],
                Genders = [new IdaField("eng", "Female")],
                Dob = "1950/03/11",
            },
            "https://ida.example",
            "Staging",
            receiver,
            partner,
            DateTimeOffset.UnixEpoch
        );

    private static X509Certificate2 SelfSigned() =>
        new CertificateRequest(
            "CN=benchmark",
            RSA.Create(2048),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
}

/// <summary>Webhook bodies of a given length.</summary>
internal static class Bodies
{
    /// <summary>
    /// JSON as OpenCRVS writes it: about a third of its bytes are punctuation that has to be percent-encoded.
    /// </summary>
    public static byte[] Birth(int length)
    {
        var text = new StringBuilder(
            "{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"event\":{\"hub\":{\"topic\":\"BIRTH_REGISTERED\"},"
                + "\"context\":[{\"entry\":["
        );
        for (var i = 0; text.Length < length; i++)
        {
            text.Append(
                $"{{\"fullUrl\":\"urn:uuid:{Guid.NewGuid()}\",\"resource\":{{\"resourceType\":"
                    + "\"Observation\",\"status\":\"final\","
                    + $"\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"57722-{i % 10}\","
                    + $"\"display\":\"Née à l'hôpital\"}}]}},\"valueQuantity\":{{\"value\":{i}}}}}}},"
            );
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString()).AsSpan(0, length).ToArray();
        return bytes;
    }
}
