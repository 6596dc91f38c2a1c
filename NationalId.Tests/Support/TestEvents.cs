using System.Net.Http.Headers;
using System.Text;
using NationalId.Core.OpenCrvs.Webhooks;

namespace NationalId.Tests.Support;

/// <summary>Webhooks as OpenCRVS sends them, of people who don't exist.</summary>
internal static class TestEvents
{
    public const string Name = "Zebulon-Testperson";

    /// <summary>A birth.</summary>
    public static byte[] Birth(string brn, string composition) =>
        Encoding.UTF8.GetBytes(
            $$$"""
            {"timestamp":"2026-11-02T08:00:00.000Z","id":"5f1d0a2e-0000-4000-8000-000000000001",
            "event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[
            {"resourceType":"Bundle","type":"document","entry":[
            {"fullUrl":"urn:uuid:{{{composition}}}","resource":{"resourceType":"Composition","id":"{{{composition}}}",
              "identifier":{"system":"urn:ietf:rfc:3986","value":"BTEST01"},
              "section":[{"code":{"coding":[{"system":"http://opencrvs.org/doc-sections","code":"child-details"}]},
                "entry":[{"reference":"Patient/aaaaaaaa-0000-4000-8000-000000000002"}]}]}},
            {"fullUrl":"urn:uuid:t","resource":{"resourceType":"Task","id":"t",
              "focus":{"reference":"Composition/{{{composition}}}"},
              "identifier":[{"system":"http://opencrvs.org/specs/id/birth-tracking-id","value":"BTEST01"},
                {"system":"http://opencrvs.org/specs/id/birth-registration-number","value":"{{{brn}}}"}]}},
            {"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"aaaaaaaa-0000-4000-8000-000000000002",
              "name":[{"use":"en","family":["{{{Name}}}"],"given":["Ada"]}],
              "gender":"female","birthDate":"2026-11-01",
              "identifier":[{"type":"BIRTH_REGISTRATION_NUMBER","value":"{{{brn}}}"}]}},
            {"fullUrl":"urn:uuid:m","resource":{"resourceType":"Patient","id":"aaaaaaaa-0000-4000-8000-000000000003",
              "name":[{"use":"en","family":["{{{Name}}}"],"given":["Eva"]}],"birthDate":"1996-05-06"}}
            ]}]}}
            """
        );

    /// <summary>The request that carries it.</summary>
    public static HttpContent Signed(byte[] body, string secret)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.Add(WebhookSignature.HeaderName, Signature(body, secret));
        return content;
    }

    /// <summary>
    /// X-Hub-Signature, by the rule of docs/protocols.md, "OpenCRVS webhooks" and not by the code under test.
    /// </summary>
    public static string Signature(byte[] body, string secret)
    {
        var text = new StringBuilder("sha256:");
        foreach (var b in body)
        {
            var c = (char)b;
            _ =
                char.IsAsciiLetterOrDigit(c) || "-_.!~*'()".Contains(c)
                    ? text.Append(c)
                    : text.Append('%').Append(b.ToString("X2", null));
        }

        return "sha256="
            + Convert.ToHexStringLower(
                System.Security.Cryptography.HMACSHA256.HashData(
                    Encoding.UTF8.GetBytes(secret),
                    Encoding.ASCII.GetBytes(text.ToString())
                )
            );
    }
}
