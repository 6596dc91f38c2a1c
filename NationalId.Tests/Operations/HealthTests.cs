using System.Net.Http.Json;
using System.Text.Json;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;

namespace NationalId.Tests.Operations;

[Trait(Tier.Name, Tier.Whole)]
public sealed class HealthTests
{
    [Theory]
    [InlineData(500)]
    [InlineData(507)]
    [InlineData(403)]
    public async Task Storage_that_answers_reads_and_refuses_writes_is_unhealthy_until_it_takes_them(int status)
    {
        await using var storage = await ReadOnlyStorage.StartAsync(await TestAzurite.NewAccountAsync());
        await using var host = await StartAsync(TestSettings.Mosip(storage.ConnectionString));
        using var http = new HttpClient { BaseAddress = new Uri(host.BaseAddress, "api/") };
        Assert.Equal((200, "healthy"), await StorageAsync(http));

        storage.Refuse(status);
        await Eventually.TrueAsync(async () => await StorageAsync(http) == (503, "refuses writes"));

        storage.Allow();
        await Eventually.TrueAsync(async () => await StorageAsync(http) == (200, "healthy"));
    }

    [Fact]
    public async Task Asking_for_health_again_and_again_writes_no_more_and_leaves_nothing_that_is_seen()
    {
        var account = await TestAzurite.NewAccountAsync();
        await using var storage = await ReadOnlyStorage.StartAsync(account);
        await using var host = await StartAsync(TestSettings.Mosip(storage.ConnectionString));
        using var http = new HttpClient { BaseAddress = new Uri(host.BaseAddress, "api/") };
        var began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => StorageAsync(http)));

        var allowed = 1 + (int)(TimeProvider.System.GetElapsedTime(began) / StorageProbe.Every);
        Assert.InRange(storage.Writes.Count(write => write.Contains("/payloads/health-probe")), 1, allowed);
        var payloads = new Azure.Storage.Blobs.BlobServiceClient(account).GetBlobContainerClient("payloads");
        Assert.Empty(payloads.GetBlobs());
    }

    [Fact]
    public async Task It_names_each_secret_with_its_problem_and_each_certificate_with_its_days_and_shows_no_content()
    {
        var publicKey = Convert.ToBase64String(World.Keys.Value.Mosip.PublicKey.ExportSubjectPublicKeyInfo());
        await using var world = await World.StartAsync(client: settings =>
        {
            settings["MOSIP_PUBLIC_KEY"] = publicKey;
            settings["TOKENSEEDER_MOSIP_AUTH:PARTNER_APIKEY"] = " ";
            settings["OPENCRVS_CLIENT_SECRET"] += "\n";
        });
        var text = await world.Http.GetStringAsync("api/health");
        var health = JsonDocument.Parse(text).RootElement;
        Assert.Equal("degraded", health.GetProperty("status").GetString());
        Assert.Equal("problems", health.GetProperty("parts").GetProperty("secrets").GetString());
        Assert.Equal(
            [
                (SecretNames.MosipCertificate, "it is a bare public key, where a certificate is needed"),
                (SecretNames.OpenCrvsClientSecret, "has white space or a BOM around it; it is used without"),
                (SecretNames.PartnerApiKey, "is missing: it has no enabled version with a value"),
            ],
            health
                .GetProperty("secrets")
                .EnumerateArray()
                .Select(one => (one.GetProperty("name").GetString()!, one.GetProperty("problem").GetString()!))
        );
        Assert.Equal(
            [SecretNames.IdaEncryptCertificate, SecretNames.SignP12],
            health.GetProperty("certificates").EnumerateArray().Select(one => one.GetProperty("name").GetString()!)
        );
        Assert.All(
            health.GetProperty("certificates").EnumerateArray(),
            one => Assert.InRange(one.GetProperty("daysLeft").GetInt32(), 30, 1000)
        );
        Assert.DoesNotContain(publicKey[..20], text);
        Assert.DoesNotContain(world.Sandbox.OpenCrvs.WebhookSecret, text);
    }

    private static Task<LocalHostServer> StartAsync(Dictionary<string, string?> settings) =>
        LocalHostServer.StartAsync(
            new LocalHostSettings
            {
                Configuration = settings,
                RunQueues = false,
                RunTimers = false,
            }
        );

    private static async Task<(int Status, string? Storage)> StorageAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("health");
        var health = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, health.GetProperty("parts").GetProperty("storage").GetString());
    }
}
