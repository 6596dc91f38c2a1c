using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Operations;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Tests.EndToEnd;
using NationalId.Tests.Mosip.TokenSeeder;
using Person = NationalId.Sandbox.Mosip.Person;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>
/// Rotation as an operator does it in the portal, seen from outside: a running host with the real SecretClient, the
/// tests' own Key Vault, and partners who refuse what is old. <c>Short</c> waits for the cache, which is a second here
/// and five minutes by default; with <c>Long</c> only a refusal can have made the client look again.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class RotationTests : IAsyncLifetime
{
    private const string Short = "00:00:01";
    private const string Long = "12:00:00";

    private Dictionary<string, string> firstVersions = [];
    private TestVault vault = null!;

    public async Task InitializeAsync() => vault = await TestVault.StartAsync();

    public async Task DisposeAsync() => await vault.DisposeAsync();

    [Fact]
    public async Task Old_and_new_webhook_secret_pass_until_the_old_one_is_disabled()
    {
        await using var world = await StartAsync(Short);
        var (openCrvs, old) = (world.Sandbox.OpenCrvs, world.Sandbox.OpenCrvs.WebhookSecret);
        await world.DeliveredAsync(await openCrvs.SendBirthAsync());

        const string Fresh = "the-webhook-secret-after-the-rotation";
        vault.Put(SecretNames.WebhookSecret, Fresh);
        await Eventually.TrueAsync(() => PassesAsync(Fresh));
        Assert.True(await PassesAsync(old));

        vault.Enable(SecretNames.WebhookSecret, firstVersions[SecretNames.WebhookSecret], false);
        await Eventually.TrueAsync(async () => !await PassesAsync(old));
        Assert.True(await PassesAsync(Fresh));
        openCrvs.WebhookSecret = Fresh;
        await world.DeliveredAsync(await openCrvs.SendBirthAsync());

        async Task<bool> PassesAsync(string secret)
        {
            openCrvs.WebhookSecret = secret;
            var status = (await openCrvs.SendBirthAsync()).Status;
            Assert.True(status is 202 or 401, $"answered {status}");
            return status == 202;
        }
    }

    [Theory]
    [InlineData("licence")]
    [InlineData("api key")]
    [InlineData("certificate")]
    [InlineData("licence", true)]
    public async Task What_IDA_refuses_is_read_again_at_once_and_the_call_repeated(string what, bool by401 = false)
    {
        await using var world = await StartAsync(Long);
        var (mosip, keys) = (world.Sandbox.Mosip, world.Sandbox.Keys);
        var person = mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));

        switch (what)
        {
            case "licence":
                vault.Put(SecretNames.MispLicenceKey, keys.RotateMispLicenceKey());
                break;
            case "api key":
                vault.Put(SecretNames.PartnerApiKey, keys.RotatePartnerApiKey());
                break;
            default:
                var (certificate, p12, password) = keys.IssuePartnerCertificate();
                keys.Partner = certificate;
                vault.Put(SecretNames.SignP12, p12);
                vault.Put(SecretNames.SignP12Password, password);
                break;
        }

        if (by401)
        {
            mosip.Authentication.Set(Fault.Unauthorized, times: 1);
        }

        // OpenCRVS sends one request, and it is answered as usual.
        var before = mosip.Authentication.Calls;
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));
        Assert.Equal(before + 2, mosip.Authentication.Calls);
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));
        Assert.Equal(before + 3, mosip.Authentication.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Half_a_rotation_of_the_P12_keeps_the_last_good_pair_and_raises_the_alert(bool passwordFirst)
    {
        await using var world = await StartAsync(Short);
        var keys = world.Sandbox.Keys;
        var person = world.Sandbox.Mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));
        using var mismatch = new Gauge(world, "nationalid.signing.mismatch");
        Assert.Equal(0, mismatch.Read());

        // MOSIP takes the old certificate until the rotation is whole.
        var (certificate, p12, password) = keys.IssuePartnerCertificate();
        vault.Put(passwordFirst ? SecretNames.SignP12Password : SecretNames.SignP12, passwordFirst ? password : p12);
        await Eventually.TrueAsync(async () => await HealthAsync(world, "secrets") == "signing key pair mismatch");
        Assert.Equal(1, mismatch.Read());
        Assert.Contains(world.Logs.Lines, line => line.StartsWith("Error The newest P12", StringComparison.Ordinal));
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));

        vault.Put(passwordFirst ? SecretNames.SignP12 : SecretNames.SignP12Password, passwordFirst ? p12 : password);
        keys.Partner = certificate;
        await Eventually.TrueAsync(async () => await HealthAsync(world, "secrets") == "healthy");
        Assert.Equal(0, mismatch.Read());
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_UIN_token_sealed_for_our_new_key_is_taken_when_the_key_is_there_and_put_off_until_then(
        bool signsPlainText
    )
    {
        await using var world = await StartAsync(Long);
        var birth = await UinTokenTests.BirthAsync(world);
        // The present key is in use, and kept for hours.
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        using var key = RSA.Create(2048);
        var other = await UinTokenTests.BirthAsync(world);
        var token = world.Sandbox.Mosip.FindByBirth(other.RegistrationNumber)!.UinToken;
        vault.Put(SecretNames.OpenCrvsPrivateKey, key.ExportPkcs8PrivateKeyPem());
        Assert.Equal(200, (await SendAsync(key)).Status);
        await world.EventAsync(other.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);

        using var unknown = RSA.Create(2048);
        var putOff = await SendAsync(unknown);
        Assert.Equal(503, putOff.Status);
        Assert.Contains("sealed for a key", putOff.Body);

        Task<TokenAnswer> SendAsync(RSA receiver)
        {
            var plain = JsonSerializer.SerializeToUtf8Bytes(
                new { opencrvsBRN = other.RegistrationNumber, uinToken = token }
            );
            var envelope = Envelope.Seal(plain, receiver, new byte[32]);
            var signature = world
                .Sandbox.Keys.Mosip.GetRSAPrivateKey()!
                .SignData(signsPlainText ? plain : envelope, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
            return world.Sandbox.SendUinTokenRawAsync(
                JsonContent.Create(
                    new { data = Convert.ToBase64String(envelope), signature = Convert.ToBase64String(signature) }
                )
            );
        }
    }

    [Fact]
    public async Task A_number_that_another_worker_noted_under_a_newer_ledger_key_is_the_same_number()
    {
        await using var world = await StartAsync(Long);
        var birth = await UinTokenTests.BirthAsync(world);
        // This worker's key is in use, and kept for hours.
        await world.Registrations.HashesAsync("warm", default);
        vault.Put(SecretNames.LedgerKey, "the ledger key after the rotation");
        var token = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.UinToken;
        var noted = Convert.ToHexStringLower(
            HMACSHA256.HashData("the ledger key after the rotation"u8, Encoding.UTF8.GetBytes(token))
        );
        await world.Registrations.ChangeAsync(
            RegistrationKind.Birth,
            birth.RegistrationNumber,
            row => row.TokenHash = noted,
            default
        );

        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        Assert.Equal(token, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken);
    }

    [Fact]
    public async Task A_client_P12_that_comes_before_its_password_leaves_the_earlier_one_in_use_in_a_new_process_too()
    {
        await using var world = await StartAsync(
            Long,
            sandbox: settings => settings.ClientName = "Freedonia",
            client: settings =>
            {
                settings["NationalId:DefaultSystem:Authentication"] = "Certificate";
                vault.Put(SecretNames.DefaultSystemClientCertificate, P12("first"));
                vault.Put(SecretNames.DefaultSystemClientCertificatePassword, "first");
                vault.Put(SecretNames.DefaultSystemClientCertificate, P12("second"));
            }
        );
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());

        static string P12(string password)
        {
            using var certificate = TestIda.Certificate("client");
            return Convert.ToBase64String(certificate.Export(X509ContentType.Pkcs12, password));
        }
    }

    [Fact]
    public async Task A_new_client_secret_of_OpenCRVS_counts_in_the_very_delivery_that_was_refused()
    {
        // Tokens are used up quickly: a delivery soon asks for another.
        await using var world = await StartAsync(
            Long,
            sandbox: settings => settings.OpenCrvsTokenLifetime = TimeSpan.FromSeconds(3)
        );
        var openCrvs = world.Sandbox.OpenCrvs;
        await world.DeliveredAsync(await openCrvs.SendBirthAsync());

        vault.Put(SecretNames.OpenCrvsClientSecret, world.Sandbox.Keys.RotateOpenCrvsClientSecret());
        var calls = openCrvs.Auth.Calls;
        await Eventually.TrueAsync(async () =>
        {
            var sent = await openCrvs.SendBirthAsync();
            var row = await world.DeliveredAsync(sent);
            Assert.True(row.Attempt == 1, $"It was put back to its queue: {row.History}");
            Assert.NotNull(openCrvs.Find(sent.RegistrationNumber)!.Aid);
            return openCrvs.Auth.Calls > calls;
        });
    }

    [Fact]
    public async Task While_the_vault_is_away_the_last_good_values_serve_and_health_says_degraded()
    {
        await using var world = await StartAsync(Short);
        var openCrvs = world.Sandbox.OpenCrvs;
        var known = await openCrvs.SendBirthAsync();
        await world.DeliveredAsync(known);
        var person = world.Sandbox.Mosip.AddPerson("Amina Zoë Óladóttir", "female", "1957-03-04");
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(known.RegistrationNumber)).Status);
        using var degraded = new Gauge(world, "nationalid.secrets.degraded");

        vault.Fault = 0;
        await Eventually.TrueAsync(async () => await HealthAsync(world, "secrets") == "degraded");
        Assert.Equal("degraded", await HealthAsync(world));
        Assert.Equal(1, degraded.Read());
        Assert.Equal("Degraded", (await SummaryAsync(world)).GetProperty("secrets").GetString());
        var sent = await openCrvs.SendBirthAsync();
        Assert.Equal(202, sent.Status);
        await world.DeliveredAsync(sent);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(sent.RegistrationNumber)).Status);
        Assert.Equal(person.UinToken, await AuthenticateAsync(world, person));

        vault.Fault = null;
        await Eventually.TrueAsync(async () => await HealthAsync(world, "secrets") == "healthy");
        Assert.Equal(0, degraded.Read());
    }

    [Fact]
    public async Task A_cold_start_without_the_vault_keeps_events_in_quarantine_and_checks_them_when_it_is_back()
    {
        await using var world = await StartAsync(
            Short,
            client: settings => settings["NationalId:Quarantine:MaxCount"] = "2"
        );
        var openCrvs = world.Sandbox.OpenCrvs;
        var secret = openCrvs.WebhookSecret;
        var known = await openCrvs.SendBirthAsync();
        await world.DeliveredAsync(known);
        await world.Host.DisposeAsync();
        vault.Fault = 0;
        await world.StartHostAsync();

        // OpenCRVS takes any answer as delivered, so a webhook that can't be checked now is kept and checked later.
        var genuine = await openCrvs.SendBirthAsync();
        openCrvs.WebhookSecret = "the-secret-of-somebody-else";
        var forged = await openCrvs.SendBirthAsync();
        openCrvs.WebhookSecret = secret;
        Assert.Equal((202, 202), (genuine.Status, forged.Status));

        // The quarantine is full. OpenCRVS gets no answer, so that it tries again.
        using var refusals = new Refusals();
        var tooMany = await openCrvs.SendBirthAsync();
        Assert.Equal(3, tooMany.Attempts.Count);
        Assert.All(tooMany.Attempts, attempt => Assert.Null(attempt.Status));
        Assert.True(refusals.Of("quarantine-full") >= 3, "Nobody would be told.");

        // Callers that read answers are told to come again.
        Assert.Equal(503, (await world.Sandbox.SendUinTokenAsync(known.RegistrationNumber)).Status);
        Assert.Equal(
            HttpStatusCode.ServiceUnavailable,
            (await SendAsOperatorAsync(world, HttpMethod.Post, "api/subscribe")).StatusCode
        );

        // The operator's page needs no secret of the vault, and shows why.
        var summary = await SummaryAsync(world);
        Assert.Equal(
            ("NeverReached", 2),
            (summary.GetProperty("secrets").GetString(), summary.GetProperty("quarantined").GetInt32())
        );
        Assert.Equal("degraded", await HealthAsync(world));
        Assert.Equal("unreachable", await HealthAsync(world, "secrets"));
        Assert.Empty(await world.Ledger.FindAsync(genuine.RegistrationNumber, default));

        // A sweep in vain changes nothing.
        await world.SweepAsync();
        Assert.Equal(2, (await SummaryAsync(world)).GetProperty("quarantined").GetInt32());

        vault.Fault = null;
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return (await SummaryAsync(world)).GetProperty("quarantined").GetInt32() == 1;
        });
        await world.DeliveredAsync(genuine);
        Assert.NotNull(openCrvs.Find(genuine.RegistrationNumber)!.Aid);
        Assert.Empty(await world.Ledger.FindAsync(forged.RegistrationNumber, default));
        Assert.Empty(world.Sandbox.Mosip.ReceivedOf(forged.RegistrationNumber));
        Assert.Equal(202, (await openCrvs.SendBirthAsync()).Status);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(known.RegistrationNumber)).Status);
    }

    [Fact]
    public async Task A_wrong_secret_in_the_vault_drops_nothing_from_quarantine_and_the_right_one_brings_all_in()
    {
        await using var world = await StartAsync(Short);
        var openCrvs = world.Sandbox.OpenCrvs;
        var right = openCrvs.WebhookSecret;
        await world.Host.DisposeAsync();
        vault.Fault = 0;
        await world.StartHostAsync();
        List<SentEvent> sent = [];
        for (var i = 0; i < 3; i++)
        {
            sent.Add(await openCrvs.SendBirthAsync());
        }

        Assert.All(sent, one => Assert.Equal(202, one.Status));

        // The vault is back, and somebody put the wrong secret into it.
        vault.DisableAll(SecretNames.WebhookSecret);
        vault.Put(SecretNames.WebhookSecret, "the-secret-of-somebody-else");
        vault.Fault = null;
        await Eventually.TrueAsync(async () => await HealthAsync(world, "secrets") == "healthy");
        await world.SweepAsync();
        await world.SweepAsync();
        var summary = await SummaryAsync(world);
        Assert.Equal(3, summary.GetProperty("quarantined").GetInt32());

        vault.Put(SecretNames.WebhookSecret, right);
        await Eventually.TrueAsync(async () =>
        {
            await world.SweepAsync();
            return (await SummaryAsync(world)).GetProperty("quarantined").GetInt32() == 0;
        });
        foreach (var one in sent)
        {
            await world.DeliveredAsync(one);
        }
    }

    [Fact]
    public async Task The_quarantine_is_bounded_in_bytes_too()
    {
        vault.Fault = 503;
        await using var world = await StartAsync(
            Short,
            client: settings => settings["NationalId:Quarantine:MaxBytes"] = "12000"
        );
        var accepted = 0;
        SentEvent sent;
        while ((sent = await world.Sandbox.OpenCrvs.SendBirthAsync()).Status is not null)
        {
            Assert.Equal(202, sent.Status);
            accepted++;
        }

        Assert.InRange(accepted, 1, 12000 / sent.Body.Length + 1);
        Assert.All(sent.Attempts, attempt => Assert.Null(attempt.Status));
        Assert.Equal(accepted, (await SummaryAsync(world)).GetProperty("quarantined").GetInt32());
    }

    [Fact]
    public async Task Many_at_once_do_not_overfill_the_quarantine()
    {
        vault.Fault = 503;
        await using var world = await StartAsync(
            Short,
            client: settings => settings["NationalId:Quarantine:MaxCount"] = "3"
        );
        var sent = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => world.Sandbox.OpenCrvs.SendBirthAsync()));
        var accepted = sent.Count(one => one.Status == 202);
        Assert.InRange(accepted, 1, 3);
        Assert.All(sent, one => Assert.True(one.Status is 202 or null, $"answered {one.Status}"));
        Assert.Equal(accepted, (await SummaryAsync(world)).GetProperty("quarantined").GetInt32());
    }

    [Fact]
    public async Task The_default_path_answers_the_other_systems_call_with_503_while_there_is_nothing_to_check_it_with()
    {
        vault.Fault = 503;
        await using var world = await StartAsync(Short, sandbox: settings => settings.ClientName = "Freedonia");
        var body = """{"brn":"2026BTEST01","nationalId":"1234567890"}"""u8.ToArray();
        using var answer = await world.Http.PostAsync("api/national-id", TestEvents.Signed(body, "whatever"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    /// <summary>A world whose secrets are in the vault, and only there.</summary>
    private async Task<World> StartAsync(
        string cacheFor,
        Action<SandboxSettings>? sandbox = null,
        Action<Dictionary<string, string?>>? client = null
    ) =>
        await World.StartAsync(
            settings =>
            {
                // Keys of its own: they are rotated.
                settings.Keys = SandboxKeys.Create();
                sandbox?.Invoke(settings);
            },
            settings =>
            {
                firstVersions = vault.Take(settings, cacheFor);
                settings["NationalId:OpenCrvs:CallbackUrl"] = "http://127.0.0.1:9/api/webhooks";
                client?.Invoke(settings);
            },
            services: services => services.AddSingleton(vault.Client())
        );

    private static async Task<string?> AuthenticateAsync(World world, Person person)
    {
        using var answer = await world.Http.PostAsJsonAsync(
            "api/authtoken/json",
            new
            {
                id = "string",
                version = "string",
                metadata = "string",
                requesttime = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
                request = new
                {
                    lang = "eng",
                    deliverytype = "sync",
                    authdata = new
                    {
                        vid = person.Vid,
                        name = person.Name,
                        gender = person.Gender,
                        dob = person.BirthDate!.Replace('-', '/'),
                    },
                },
            }
        );
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("response") is { ValueKind: JsonValueKind.Object } response
            ? response.GetProperty("authToken").GetString()
            : json.RootElement.GetRawText();
    }

    private static async Task<string?> HealthAsync(World world, string? part = null)
    {
        var health = await world.Http.GetFromJsonAsync<JsonElement>("api/health");
        return (
            part is null ? health.GetProperty("status") : health.GetProperty("parts").GetProperty(part)
        ).GetString();
    }

    private static async Task<JsonElement> SummaryAsync(World world)
    {
        using var answer = await SendAsOperatorAsync(world, HttpMethod.Get, "api/ops/summary");
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<HttpResponseMessage> SendAsOperatorAsync(World world, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, world.Url(path));
        request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "test");
        return await world.Http.SendAsync(request);
    }

    /// <summary>One of a host's gauges, read as a collector reads it.</summary>
    private sealed class Gauge : IDisposable
    {
        private readonly MeterListener listener = new();
        private int last;

        public Gauge(World world, string name)
        {
            var meter = world.Host.Services.GetRequiredService<HostGauges>().Meter;
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter == meter && instrument.Name == name)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<int>((_, value, _, _) => last = value);
            listener.Start();
        }

        public int Read()
        {
            listener.RecordObservableInstruments();
            return last;
        }

        public void Dispose() => listener.Dispose();
    }
}
