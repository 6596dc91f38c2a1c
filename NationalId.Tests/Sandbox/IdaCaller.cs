using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Tests.Sandbox;

/// <summary>
/// Calls IDA with a request that Node's crypto has built from the protocol: neither the client's nor the sandbox's
/// code.
/// </summary>
internal static class IdaCaller
{
    private const string Build = """
        const c = require('crypto'), s = JSON.parse(require('fs').readFileSync(0))
        const url = b => b.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
        const cert = new c.X509Certificate(s.encryptCertificate)
        const key = c.randomBytes(32), now = s.time || new Date().toISOString()
        const seal = text => {
          const nonce = c.randomBytes(16), gcm = c.createCipheriv('aes-256-gcm', key, nonce)
          return url(Buffer.concat([gcm.update(text), gcm.final(), gcm.getAuthTag(), nonce]))
        }
        const plain = JSON.stringify({ timestamp: now, demographics: s.demographics, biometrics: [] })
        const hash = c.createHash('sha256').update(s.wrongHash ? 'x' : plain).digest('hex').toUpperCase()
        const body = JSON.stringify({
          id: 'mosip.identity.auth', version: '1.0', specVersion: '1.0', individualId: s.id,
          individualIdType: s.id.length === 10 ? 'UIN' : 'VID',
          transactionID: '1234567890', requestTime: now,
          thumbprint: url(c.createHash('sha256').update(cert.raw).digest()), domainUri: s.domain,
          env: 'Staging', requestedAuth: { demo: true, pin: false, otp: false, bio: false },
          consentObtained: true, metadata: {},
          request: seal(plain), requestHMAC: seal(hash),
          requestSessionKey: url(c.publicEncrypt(
            { key: cert.publicKey, padding: c.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, key))
        })
        const b64u = b => Buffer.from(b).toString('base64url')
        const header = b64u(JSON.stringify({ alg: 'RS256', x5c: [s.x5c] }))
        const signature = c.sign('sha256', Buffer.from(header + '.' + b64u(body)), s.key).toString('base64url')
        const sent = s.tamper ? body.replace('Staging', 'staging') : body
        console.log(JSON.stringify({ body: sent, jws: header + '..' + signature }))
        """;

    /// <returns>IDA's whole answer.</returns>
    public static async Task<JsonElement> CallAsync(
        NationalId.Sandbox.SandboxServer sandbox,
        string id,
        string name,
        string? birthDate,
        Action<JsonObject>? change = null,
        string? apiKey = null
    )
    {
        var settings = sandbox.ClientSettings;
        using var partner = X509CertificateLoader.LoadPkcs12(
            Convert.FromBase64String(settings["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE"]),
            settings["TOKENSEEDER_CRYPTO_SIGNATURE:SIGN_P12_FILE_PASSWORD"],
            X509KeyStorageFlags.Exportable
        );
        using var key = partner.GetRSAPrivateKey()!;
        var input = new JsonObject
        {
            ["encryptCertificate"] = settings["TOKENSEEDER_CRYPTO_ENCRYPT:ENCRYPT_CERT"],
            ["id"] = id,
            ["domain"] = settings["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_DOMAIN_URI"],
            ["x5c"] = Convert.ToBase64String(partner.RawData),
            ["key"] = key.ExportPkcs8PrivateKeyPem(),
            ["demographics"] = new JsonObject
            {
                ["name"] = new JsonArray(new JsonObject { ["language"] = "eng", ["value"] = name }),
                ["dob"] = birthDate?.Replace('-', '/'),
            },
        };
        change?.Invoke(input);
        var built = JsonNode.Parse(await Node.RunAsync(Build, Encoding.UTF8.GetBytes(input.ToJsonString())))!;
        using var http = new HttpClient();
        var address = string.Join(
            '/',
            settings["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_URL"],
            settings["TOKENSEEDER_MOSIP_AUTH:PARTNER_MISP_LK"],
            settings["TOKENSEEDER_MOSIP_AUTH:PARTNER_ID"],
            apiKey ?? settings["TOKENSEEDER_MOSIP_AUTH:PARTNER_APIKEY"]
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent((string)built["body"]!, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Authorization");
        request.Headers.TryAddWithoutValidation("Signature", (string)built["jws"]!);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The first error's code; "ok" when authenticated.</summary>
    public static string Code(JsonElement answer) =>
        answer.GetProperty("errors").ValueKind == JsonValueKind.Null
            ? answer.GetProperty("response").GetProperty("authStatus").GetBoolean()
                ? "ok"
                : "false without errors"
            : answer.GetProperty("errors")[0].GetProperty("errorCode").GetString()!;
}
