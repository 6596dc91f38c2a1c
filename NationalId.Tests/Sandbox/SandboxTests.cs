using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Sandbox;

/// <summary>The sandbox is the other side of every end-to-end test: here it is tried without the client.</summary>
public sealed class SandboxTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    private const string SignInNode = """
        const body = require('fs').readFileSync(0).toString()
        const text = 'sha256:' + encodeURIComponent(body)
        console.log('sha256=' + require('crypto').createHmac('sha256', process.argv[1]).update(text).digest('hex'))
        """;

    [Theory]
    [Trait(Tier.Name, Tier.Whole)]
    [InlineData(BundleShape.Composition)]
    [InlineData(BundleShape.V12)]
    public async Task An_event_is_signed_as_node_signs_it(BundleShape shape)
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await StartAsync(client);
        var sent = await sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord
            {
                GivenNames = ["Zoë!", "(Ñ) *~'"],
                FamilyName = "李 O'Şahin 😀",
                Shape = shape,
                PaddingBytes = 70_000,
            }
        );

        Assert.Equal(202, sent.Status);
        var (path, body, headers) = Assert.Single(client.Posts);
        Assert.Equal("/api/webhooks", path);
        Assert.Equal(sent.Body, body);
        var signature = (await Node.RunAsync(SignInNode, body, sandbox.Keys.WebhookSecret)).Trim();
        Assert.Equal(signature, headers["X-Hub-Signature"]);
        Assert.Contains("Zoë!", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_birth_is_taken_once_its_envelope_signature_token_and_aid_are_right()
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await StartAsync(client);
        using var http = new HttpClient();
        var settings = sandbox.ClientSettings;
        var sent = await sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { PaddingBytes = 5_000_000 });
        var cookie = "Authorization=" + await FakeClient.MosipTokenAsync(http, settings);
        var (aidStatus, aidJson) = await CallAsync(HttpMethod.Get, settings["NationalId:Mosip:GenerateAidUrl"], null);
        Assert.Equal(HttpStatusCode.OK, aidStatus);
        var aid = JsonSerializer.Deserialize<string>(aidJson)!;
        var plain = FakeClient.WithAid(sent.Body, sent.RegistrationNumber, aid);
        var url = settings["NationalId:Mosip:BirthUrl"];

        await RefusedAsync(
            "thumbprint",
            FakeClient.Message(settings, sent.CompositionId, plain, wrongThumbprint: true)
        );
        await RefusedAsync("signature", FakeClient.Message(settings, sent.CompositionId, plain, wrongSignature: true));
        // As OpenCRVS sends it, the mother comes first and types are not the receiver's.
        await RefusedAsync("OPN-CRVS-001", FakeClient.Message(settings, sent.CompositionId, sent.Body));
        await RefusedAsync(
            "0 MOSIP_AID",
            FakeClient.Message(settings, sent.CompositionId, FakeClient.WithAid(sent.Body, sent.RegistrationNumber))
        );
        await RefusedAsync(
            "2 MOSIP_AID",
            FakeClient.Message(
                settings,
                sent.CompositionId,
                FakeClient.WithAid(sent.Body, sent.RegistrationNumber, aid, aid)
            )
        );
        Assert.Empty(sandbox.Mosip.Received);

        Assert.Equal(
            HttpStatusCode.OK,
            (await CallAsync(HttpMethod.Post, url, FakeClient.Message(settings, sent.CompositionId, plain))).Status
        );
        var received = Assert.Single(sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(plain)), received.Sha256);
        Assert.Equal((aid, true), (received.Aid, received.AidKnown));
        var person = sandbox.Mosip.FindByBirth(sent.RegistrationNumber)!;
        Assert.True(Numbers.HasCheckDigit(person.Uin) && Numbers.HasCheckDigit(person.Vid));
        Assert.Equal(sent.PatientId, person.BirthPatientId);

        sandbox.Mosip.ForgetTokens();
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await CallAsync(HttpMethod.Post, url, FakeClient.Message(settings, sent.CompositionId, plain))).Status
        );

        async Task RefusedAsync(string reason, object message)
        {
            var (status, body) = await CallAsync(HttpMethod.Post, url, message);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains(reason, body, StringComparison.Ordinal);
        }

        async Task<(HttpStatusCode Status, string Body)> CallAsync(HttpMethod method, string to, object? content)
        {
            using var request = new HttpRequestMessage(method, to)
            {
                Content = content is null ? null : JsonContent.Create(content),
            };
            request.Headers.Add("Cookie", cookie);
            using var response = await http.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_subscription_needs_the_challenge_back_unharmed()
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await StartAsync(client, subscribed: false);
        using var http = new HttpClient();
        var settings = sandbox.ClientSettings;
        var query =
            $"?client_id={settings["OPENCRVS_CLIENT_ID"]}&client_secret={settings["OPENCRVS_CLIENT_SECRET"]}"
            + "&grant_type=client_credentials";
        using var token = await http.PostAsync(settings["NationalId:OpenCrvs:AuthUrl"] + "/token" + query, null);
        var bearer = JsonDocument
            .Parse(await token.Content.ReadAsStringAsync())
            .RootElement.GetProperty("access_token")
            .GetString();
        http.DefaultRequestHeaders.Authorization = new("Bearer", bearer);
        var hub = new
        {
            hub = new
            {
                callback = new Uri(client.Url, "/api/webhooks"),
                mode = "subscribe",
                secret = settings["OPENCRVS_SHA_SECRET"],
                topic = "BIRTH_REGISTERED",
            },
        };

        client.Challenge = challenge => challenge.Replace('+', ' ');
        using (var denied = await http.PostAsJsonAsync(settings["NationalId:OpenCrvs:WebhookUrl"], hub))
        {
            Assert.Equal(HttpStatusCode.BadRequest, denied.StatusCode);
            Assert.Contains("\"mode\":\"denied\"", await denied.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        client.Challenge = challenge => challenge;
        using (var accepted = await http.PostAsJsonAsync(settings["NationalId:OpenCrvs:WebhookUrl"], hub))
        {
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        }

        var subscription = Assert.Single(sandbox.OpenCrvs.Subscribed);
        using var removed = await http.DeleteAsync($"{settings["NationalId:OpenCrvs:WebhookUrl"]}/{subscription.Id}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty(sandbox.OpenCrvs.Subscribed);
    }

    [Fact]
    public async Task The_mediator_saves_on_records_that_exist_and_wants_the_scope()
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await StartAsync(client);
        using var http = new HttpClient();
        var sent = await sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { Shape = BundleShape.V12 });
        var save = new Dictionary<string, string>
        {
            ["DRN"] = sent.RegistrationNumber,
            ["MOSIP_AID"] = "10001",
            ["BIRTH_PATIENT_ENTRY"] = "a-child",
        };

        Assert.Equal(401, await SaveAsync(sandbox.OpenCrvs.IssueToken(null, "webhook"), save));
        Assert.Equal(
            500,
            await SaveAsync(
                sandbox.OpenCrvs.IssueToken(),
                new Dictionary<string, string> { ["BRN"] = "2025B000000", ["MOSIP_AID"] = "1" }
            )
        );
        Assert.Equal(200, await SaveAsync(sandbox.OpenCrvs.IssueToken(), save));
        var record = sandbox.OpenCrvs.Find(sent.RegistrationNumber)!;
        Assert.Equal(("10001", "a-child", 1), (record.Aid, record.BirthPatientEntry, record.Saves.Count));

        async Task<int> SaveAsync(string token, object body)
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                sandbox.ClientSettings["NationalId:OpenCrvs:MediatorUrl"]
            )
            {
                Content = JsonContent.Create(body),
            };
            request.Headers.Authorization = new("Bearer", token);
            using var response = await http.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task Faults_happen_as_often_as_told_and_a_stopped_mosip_comes_back_at_its_address()
    {
        await using var sandbox = await StartAsync(null);
        using var http = new HttpClient();
        var url = sandbox.ClientSettings["NationalId:Mosip:GenerateAidUrl"];
        sandbox.Mosip.Aid.Set(Fault.Status503, times: 1, delay: TimeSpan.FromSeconds(7));
        using (var busy = await http.GetAsync(url))
        {
            Assert.Equal((503, "7"), ((int)busy.StatusCode, busy.Headers.RetryAfter!.ToString()));
        }

        using (var unknown = await http.GetAsync(url))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        }

        sandbox.Mosip.Aid.Set(Fault.Down, times: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(url));
        await sandbox.StopMosipAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(url));
        await sandbox.StartMosipAsync();
        using (var back = await http.GetAsync(url))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, back.StatusCode);
        }
    }

    [Theory]
    [InlineData(EnvelopeShape.VerR2, false)]
    [InlineData(EnvelopeShape.Legacy, true)]
    [InlineData(EnvelopeShape.LegacyWithThumbprint, true)]
    public async Task A_uin_token_goes_back_signed_by_mosip(EnvelopeShape shape, bool base64Url)
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await StartAsync(client);
        await sandbox.SendUinTokenAsync(
            "2025B123456",
            new UinTokenOptions
            {
                UinToken = Numbers.Digits(36),
                Shape = shape,
                Base64Url = base64Url,
            }
        );
        var (path, body, headers) = Assert.Single(client.Posts);
        Assert.Equal("/api/birthReceiveNid", path);
        Assert.StartsWith("Bearer ", headers["Authorization"], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(body);
        var data = Envelope.FromBase64(json.RootElement.GetProperty("data").GetString()!);
        var signature = Envelope.FromBase64(json.RootElement.GetProperty("signature").GetString()!);
        using var mosip = X509Certificate2.CreateFromPem(sandbox.ClientSettings["MOSIP_PUBLIC_KEY"]);
        using var key = mosip.GetRSAPublicKey()!;
        Assert.True(key.VerifyData(data, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [InlineData("236", "2363")]
    [InlineData("12345", "123451")]
    public void Check_digits_are_verhoeffs(string digits, string whole) =>
        Assert.Equal(whole, Numbers.WithCheckDigit(digits));

    private async Task<SandboxServer> StartAsync(FakeClient? client, bool subscribed = true) =>
        await SandboxServer.StartAsync(
            new SandboxSettings
            {
                ClientUrl = client?.Url,
                Keys = shared.Keys,
                Subscribed = subscribed,
            }
        );

    /// <summary>One set of keys for all tests: RSA keys are slow to make.</summary>
    public sealed class SharedKeys
    {
        public SandboxKeys Keys { get; } = SandboxKeys.Create();
    }
}
