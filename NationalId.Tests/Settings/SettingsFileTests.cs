using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using NationalId.Core;
using NationalId.Core.Secrets;
using NationalId.Core.Settings;
using NationalId.Core.TokenSeeder;
using NationalId.LocalHost;

namespace NationalId.Tests.Settings;

/// <summary>local.settings.sample.json and docs/settings.md say what the code reads: no more, no less.</summary>
public sealed class SettingsFileTests
{
    private static readonly string[] Platform =
    [
        "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "OTEL_EXPORTER_OTLP_ENDPOINT",
        "NationalId__Ida__Language",
    ];

    /// <summary>Read by the Token Seeder's batches.</summary>
    private static readonly string[] Batches =
    [
        "TOKENSEEDER_ROOT__DEFAULT_LANG_CODE", "TOKENSEEDER_ROOT__NAME_DELIMITER", "TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER", "TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS",
    ];

    private static readonly string[] Secrets = [.. typeof(SecretNames).GetFields().Select(name => ((string)name.GetRawConstantValue()!).Replace('-', '_'))];

    private static IEnumerable<string> All => Platform.Concat(SettingsReader.Paths().Select(SettingsReader.Spell)).Concat(Asked()).Concat(Batches).Concat(Secrets).Distinct();

    [Fact]
    public void The_sample_has_every_setting_and_nothing_else() =>
        Assert.Equal(All.Order(StringComparer.Ordinal), Sample().Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_sample_has_no_secret() =>
        Assert.All(Secrets, secret => Assert.Equal("", Sample()[secret]));

    [Fact]
    public void The_sample_shows_the_defaults()
    {
        var (defaults, sample) = (new NationalIdOptions(), new NationalIdOptions());
        SettingsReader.Read(Configuration(Sample()), sample);
        Assert.Equivalent(defaults.Delivery, sample.Delivery, strict: true);
        Assert.Equivalent(defaults.Quarantine, sample.Quarantine, strict: true);
        Assert.Equivalent(defaults.Secrets, sample.Secrets, strict: true);
        Assert.Equivalent(defaults.DefaultSystem, sample.DefaultSystem, strict: true);
        Assert.Equal(defaults.Mosip.Timeout, sample.Mosip.Timeout);
        Assert.Equal(defaults.OpenCrvs.Topics, sample.OpenCrvs.Topics);
    }

    [Fact]
    public async Task The_sample_starts_the_local_host_as_it_is()
    {
        var values = Sample();
        var options = new NationalIdOptions();
        SettingsReader.Read(Configuration(values), options);
        Assert.Equal(ValidateOptionsResult.Success, new NationalIdOptionsValidator(Configuration(values)).Validate(null, options));

        // Azurite's usual ports may be taken here.
        values["AzureWebJobsStorage"] = await TestAzurite.NewAccountAsync();
        await using var server = await LocalHostServer.StartAsync(new LocalHostSettings { Configuration = values, RunTimers = false });
        Assert.Contains("ReceiveWebhook", server.Banner());
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
        Assert.All(All.Where(setting => setting.StartsWith("NationalId__DefaultSystem__", StringComparison.Ordinal)), setting => Assert.Contains($"`{setting}`", text));
        Assert.All(
            Secrets.Where(secret => secret.StartsWith("NATIONALID_", StringComparison.Ordinal) && secret != "NATIONALID_LEDGER_KEY"),
            secret => Assert.Contains($"`{secret.Replace('_', '-')}`", text));
    }

    private static Dictionary<string, string?> Sample() => LocalFiles.ReadLocalSettings(Repository.PathOf("local.settings.sample.json"));

    private static IConfiguration Configuration(Dictionary<string, string?> values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key.Replace("__", ":", StringComparison.Ordinal), value.Value))).Build();

    /// <summary>The variables that the Token Seeder's options ask for.</summary>
    private static IEnumerable<string> Asked()
    {
        var listening = new Listening();
        TokenSeederOptions.Read(listening);
        return listening.Keys.Where(key => !key.Contains(':')).ToList();
    }

    private sealed class Listening : IConfiguration
    {
        public List<string> Keys { get; } = [];

        public string? this[string key]
        {
            get
            {
                Keys.Add(key);
                return null;
            }
            set => throw new NotSupportedException();
        }

        public IEnumerable<IConfigurationSection> GetChildren() => [];

        public IChangeToken GetReloadToken() => throw new NotSupportedException();

        public IConfigurationSection GetSection(string key) => throw new NotSupportedException();
    }
}
