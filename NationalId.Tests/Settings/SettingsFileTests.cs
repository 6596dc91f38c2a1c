using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NationalId.Core;
using NationalId.Core.AnySystem;
using NationalId.Core.Mosip;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.LocalHost;

namespace NationalId.Tests.Settings;

/// <summary>local.settings.sample.json and docs/settings.md say what the code reads: no more, no less.</summary>
public sealed class SettingsFileTests
{
    private static readonly string[] Platform =
    [
        "FUNCTIONS_WORKER_RUNTIME",
        "AzureWebJobsStorage",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    ];

    private static readonly string[] Secrets = [.. ReadSettings.Secrets.Select(name => name.Replace('-', '_'))];

    private static IEnumerable<string> All => [.. Platform, .. ReadSettings.Client, .. Secrets];

    [Fact]
    public void The_sample_has_every_setting_and_nothing_else() =>
        Assert.Equal(All.Order(StringComparer.Ordinal), Sample().Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_sample_has_no_secret() => Assert.All(Secrets, secret => Assert.Equal("", Sample()[secret]));

    [Fact]
    public void The_sample_shows_the_defaults()
    {
        var sample = new SettingsRegister(Configuration(Sample()));
        Assert.Equivalent(new DeliveryOptions(), sample.Read<DeliveryOptions>(), strict: true);
        Assert.Equivalent(new QuarantineOptions(), sample.Read<QuarantineOptions>(), strict: true);
        Assert.Equivalent(new SecretOptions(), sample.Read<SecretOptions>(), strict: true);
        Assert.Equivalent(new AnySystemOptions(), sample.Read<AnySystemOptions>(), strict: true);
        Assert.Equivalent(new ActionsOptions(), sample.Read<ActionsOptions>(), strict: true);
        Assert.Equivalent(new FieldOptions(), sample.Read<FieldOptions>(), strict: true);
        Assert.Equal(new MosipOptions().Timeout, sample.Read<MosipOptions>().Timeout);
        Assert.Equal(new OpenCrvsOptions().Topics, sample.Read<OpenCrvsOptions>().Topics);
        Assert.Equal(new OpenCrvsOptions().TokenField, sample.Read<OpenCrvsOptions>().TokenField);
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task The_sample_starts_the_local_host_as_it_is()
    {
        var values = Sample();
        Assert.Equal(ValidateOptionsResult.Success, NationalIdServices.CheckSettings(Configuration(values)));

        // Azurite's usual ports may be taken here.
        values["AzureWebJobsStorage"] = await TestAzurite.NewAccountAsync();
        await using var server = await LocalHostServer.StartAsync(
            new LocalHostSettings { Configuration = values, RunTimers = false }
        );
        Assert.Contains("ReceiveWebhook", server.Banner());
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task The_sample_as_it_is_carries_a_birth_and_its_token_given_a_sandbox_s_addresses_and_secrets()
    {
        // What LocalHost does with --settings local.settings.sample.json --sandbox, and the jq line of
        // docs/on-premises.md.
        await using var world = await World.StartAsync(client: settings =>
        {
            foreach (var (name, value) in Sample())
            {
                settings.TryAdd(name.Replace("__", ":", StringComparison.Ordinal), value);
            }
        });
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        await Eventually.TrueAsync(() => world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken is not null);
    }

    [Fact]
    public void The_documentation_has_every_setting()
    {
        var text = File.ReadAllText(Repository.PathOf("docs", "settings.md"));
        Assert.All(All, setting => Assert.Contains($"`{setting}`", text));
    }

    [Fact]
    public void The_default_path_s_page_has_every_setting_and_secret_of_that_path()
    {
        var text = File.ReadAllText(Repository.PathOf("docs", "default-system.md"));
        Assert.All(
            All.Where(setting => setting.StartsWith("NationalId__DefaultSystem__", StringComparison.Ordinal)),
            setting => Assert.Contains($"`{setting}`", text)
        );
        Assert.All(
            Secrets.Where(secret =>
                secret.StartsWith("NATIONALID_", StringComparison.Ordinal) && secret != "NATIONALID_LEDGER_KEY"
            ),
            secret => Assert.Contains($"`{secret.Replace('_', '-')}`", text)
        );
    }

    private static Dictionary<string, string?> Sample() =>
        LocalFiles.ReadLocalSettings(Repository.PathOf("local.settings.sample.json"));

    private static IConfiguration Configuration(Dictionary<string, string?> values) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                values.Select(value =>
                    KeyValuePair.Create(value.Key.Replace("__", ":", StringComparison.Ordinal), value.Value)
                )
            )
            .Build();
}
