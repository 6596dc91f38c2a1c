using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;
using NationalId.Core;
using NationalId.Core.Secrets;
using NationalId.Core.TokenSeeder;

namespace NationalId.Tests.Infra;

public sealed class BicepTests
{
    /// <summary>Settings of the platform and of Azure's libraries, not of our options.</summary>
    private static readonly string[] PlatformSettings =
    [
        "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__blobServiceUri", "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsStorage__tableServiceUri", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "AZURE_CLIENT_ID", "AZURE_TOKEN_CREDENTIALS", "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    ];

    [BicepFact]
    public async Task It_compiles_without_a_warning() => Assert.NotNull(await CompiledBicep.MainAsync());

    [BicepFact]
    public async Task Both_parameter_files_fit_it_and_development_is_not_production()
    {
        var dev = await CompiledBicep.ParametersAsync("dev");
        var prod = await CompiledBicep.ParametersAsync("prod");
        Assert.Equal("dev", Value(dev, "stage").GetValue<string>());
        Assert.Equal("prod", Value(prod, "stage").GetValue<string>());
        Assert.False(Value(prod, "callers")["openToInternet"]!.GetValue<bool>());
        Assert.False(Value(prod, "mosip")["allowUnsignedTokens"]!.GetValue<bool>());
        Assert.Equal(1, Value(prod, "scale")["alwaysReadyHttp"]!.GetValue<int>());
    }

    [BicepFact]
    public async Task Storage_is_private_encrypted_in_transit_and_without_keys()
    {
        var storage = (await OneAsync("Microsoft.Storage/storageAccounts"))["properties"]!;
        Assert.False(storage["allowBlobPublicAccess"]!.GetValue<bool>());
        Assert.False(storage["allowSharedKeyAccess"]!.GetValue<bool>());
        Assert.True(storage["supportsHttpsTrafficOnly"]!.GetValue<bool>());
        Assert.Equal("TLS1_2", storage["minimumTlsVersion"]!.GetValue<string>());
        Assert.Contains("'Deny'", storage["networkAcls"]!["defaultAction"]!.GetValue<string>());
        var container = await OneAsync("Microsoft.Storage/storageAccounts/blobServices/containers");
        Assert.Equal("None", container["properties"]!["publicAccess"]!.GetValue<string>());
        Assert.True((await OneAsync("Microsoft.Storage/storageAccounts/blobServices"))["properties"]!["deleteRetentionPolicy"]!["enabled"]!.GetValue<bool>());
    }

    [BicepFact]
    public async Task The_site_answers_https_with_tls_1_2_only_and_takes_no_passwords()
    {
        var site = (await OneAsync("Microsoft.Web/sites"))["properties"]!;
        Assert.True(site["httpsOnly"]!.GetValue<bool>());
        Assert.Equal("1.2", site["siteConfig"]!["minTlsVersion"]!.GetValue<string>());
        Assert.Contains("'Deny'", site["siteConfig"]!["ipSecurityRestrictionsDefaultAction"]!.GetValue<string>());
        Assert.Equal("dotnet-isolated", site["functionAppConfig"]!["runtime"]!["name"]!.GetValue<string>());
        Assert.Equal("10.0", site["functionAppConfig"]!["runtime"]!["version"]!.GetValue<string>());
        var policies = await CompiledBicep.OfTypeAsync("Microsoft.Web/sites/basicPublishingCredentialsPolicies");
        Assert.Equal(2, policies.Length);
        Assert.All(policies, policy => Assert.False(policy["properties"]!["allow"]!.GetValue<bool>()));
    }

    [BicepFact]
    public async Task No_key_is_read_written_or_named_anywhere()
    {
        var text = (await CompiledBicep.MainAsync()).ToJsonString();
        Assert.DoesNotMatch(new Regex("listKeys|listAccountSas|listServiceSas|listSecrets|AccountKey|SharedAccessKey|SharedAccessSignature|InstrumentationKey|\"securestring\"", RegexOptions.IgnoreCase), text);

        var secrets = typeof(SecretNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => ((string)field.GetRawConstantValue()!).Replace('-', '_'));
        Assert.Empty((await SettingsAsync()).Select(setting => setting.Key).Intersect(secrets, StringComparer.OrdinalIgnoreCase));
    }

    [BicepFact]
    public async Task The_hosts_storage_is_reached_by_managed_identity()
    {
        var settings = await SettingsAsync();
        Assert.DoesNotContain("AzureWebJobsStorage", settings.Select(setting => setting.Key));
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]!.GetValue<string>());
        Assert.Contains("clientId", settings["AzureWebJobsStorage__clientId"]!.GetValue<string>());
        var deployment = (await OneAsync("Microsoft.Web/sites"))["properties"]!["functionAppConfig"]!["deployment"]!["storage"]!;
        Assert.Equal("UserAssignedIdentity", deployment["authentication"]!["type"]!.GetValue<string>());
    }

    [BicepFact]
    public async Task Every_setting_that_the_code_reads_is_set_and_none_besides()
    {
        var expected = Settings(typeof(NationalIdOptions), NationalIdOptions.Section).Concat(TokenSeederVariables()).Concat(PlatformSettings);
        Assert.Equal(expected.Order(StringComparer.Ordinal), (await SettingsAsync()).Select(setting => setting.Key).Order(StringComparer.Ordinal));
    }

    [BicepFact]
    public async Task The_values_of_both_parameter_files_bind_to_the_options_with_the_types_they_have()
    {
        foreach (var stage in (string[])["dev", "prod"])
        {
            var parameters = await CompiledBicep.ParametersAsync(stage);
            var values = new Dictionary<string, string?> { ["NationalId:ClientName"] = Value(parameters, "clientName").GetValue<string>() };
            foreach (var (section, parameter) in ((string, string)[])[("OpenCrvs", "openCrvs"), ("Mosip", "mosip"), ("DefaultSystem", "defaultSystem"), ("Delivery", "delivery")])
            {
                foreach (var (key, value) in Value(parameters, parameter).AsObject())
                    values[$"NationalId:{section}:{key}"] = value!.ToString();
            }

            var options = new NationalIdOptions();
            new ConfigurationBuilder().AddInMemoryCollection(values).Build().GetSection(NationalIdOptions.Section).Bind(options);
            Assert.True(options.IsMosip);
            Assert.Equal("https", options.Mosip.BirthUrl!.Scheme);
            Assert.Null(options.DefaultSystem.BirthUrl);
            Assert.True(options.Delivery.PayloadRetention >= TimeSpan.FromDays(1));
        }
    }

    [BicepFact]
    public async Task Scale_is_bounded_to_what_mosip_takes()
    {
        var main = await CompiledBicep.MainAsync();
        Assert.Equal(200, main["definitions"]!.AsObject().Single(definition => definition.Key.EndsWith("scaleType", StringComparison.Ordinal))
            .Value!["properties"]!["maximumInstanceCount"]!["maxValue"]!.GetValue<int>());
        var groups = CompiledBicep.Resources(main).Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Web/serverfarms")
            .Template["variables"]!["callingGroups"]!.GetValue<int>();
        foreach (var stage in (string[])["dev", "prod"])
        {
            var parameters = await CompiledBicep.ParametersAsync(stage);
            var processes = Value(parameters, "scale")["maximumInstanceCount"]!.GetValue<int>() * groups;
            foreach (var system in (string[])["mosip", "defaultSystem"])
            {
                var atOnce = Value(parameters, system)["callsAtOnce"]!.GetValue<int>();
                Assert.True(Math.Max(1, atOnce / processes) * processes <= atOnce, $"{stage}: {system} takes {atOnce} calls at once, {processes} processes make more");
            }
        }
    }

    [BicepFact]
    public async Task The_identity_has_the_least_roles_and_no_other()
    {
        var roles = (await CompiledBicep.OfTypeAsync("Microsoft.Authorization/roleAssignments")).ToArray();
        Assert.Equal(3, roles.Length);
        var text = (await CompiledBicep.MainAsync()).ToJsonString();
        var ids = Regex.Matches(text, "\"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\"").Select(match => match.Groups[1].Value).Distinct().Order();
        Assert.Equal(
            [
                "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
                "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
                "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
                "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor
                "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
            ], ids);
    }

    [BicepFact]
    public async Task The_vault_uses_roles_and_can_not_be_purged()
    {
        var vault = (await OneAsync("Microsoft.KeyVault/vaults"))["properties"]!;
        Assert.True(vault["enableRbacAuthorization"]!.GetValue<bool>());
        Assert.True(vault["enablePurgeProtection"]!.GetValue<bool>());
        Assert.True(vault["enableSoftDelete"]!.GetValue<bool>());
    }

    [BicepFact]
    public async Task Every_queue_of_the_functions_is_there_with_its_poison_queue()
    {
        var variables = CompiledBicep.Resources(await CompiledBicep.MainAsync()).First(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Storage/storageAccounts/queueServices/queues").Template["variables"]!;
        var made = variables["queues"]!.AsArray().Select(queue => queue!.GetValue<string>()).ToArray();
        Assert.Equal(["birth-events", "death-events", "token-events", "seeder-batches"], made);
        Assert.Equal(2, (await CompiledBicep.OfTypeAsync("Microsoft.Storage/storageAccounts/queueServices/queues")).Length);
        Assert.Equal(["events", "registrations", "seeder"], variables["tables"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.Equal(["payloads", "quarantine", "seeder-files", "deployments"], variables["containers"]!.AsArray().Select(one => one!.GetValue<string>()));

        var triggers = Assembly.Load("NationalId.Functions").GetTypes().SelectMany(type => type.GetMethods()).SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.CustomAttributes).Where(attribute => attribute.AttributeType.Name == "QueueTriggerAttribute")
            .Select(attribute => (string)attribute.ConstructorArguments[0].Value!);
        Assert.Empty(triggers.Except(made));
    }

    [BicepFact]
    public async Task Every_alert_has_its_section_in_the_run_book_and_queries_a_metric_of_ours()
    {
        var rules = CompiledBicep.Resources(await CompiledBicep.MainAsync()).Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Insights/scheduledQueryRules")
            .Template["variables"]!["rules"]!.AsArray();
        Assert.True(rules.Count >= 7);
        var runbook = await File.ReadAllTextAsync(CompiledBicep.Path("docs/runbook.md"));
        Assert.All(rules, rule =>
        {
            Assert.Contains($"\n## {rule!["name"]!.GetValue<string>()}\n", runbook);
            Assert.Contains("nationalid.", rule["query"]!.GetValue<string>());
        });
    }

    [Fact]
    public void Every_secret_is_in_the_rotation_guide()
    {
        var guide = File.ReadAllText(CompiledBicep.Path("docs/rotate-secrets.md"));
        Assert.All(typeof(SecretNames).GetFields(BindingFlags.Public | BindingFlags.Static), field => Assert.Contains($"`{field.GetRawConstantValue()}`", guide));
    }

    [Fact]
    public void Every_setting_that_the_code_reads_is_in_the_migration_table_or_named_as_new()
    {
        var guide = File.ReadAllText(CompiledBicep.Path("docs/migrate.md"));
        Assert.All(Settings(typeof(NationalIdOptions), NationalIdOptions.Section).Concat(TokenSeederVariables()), setting => Assert.Contains($"`{setting}`", guide));
    }

    private static JsonNode Value(JsonNode parameters, string name) => parameters[name]!["value"]!;

    private static async Task<JsonNode> OneAsync(string type) => Assert.Single(await CompiledBicep.OfTypeAsync(type));

    private static async Task<JsonObject> SettingsAsync()
    {
        var config = await OneAsync("Microsoft.Web/sites/config");
        Assert.Contains("'appsettings'", config["name"]!.GetValue<string>());
        return config["properties"]!.AsObject();
    }

    private static IEnumerable<string> Settings(Type options, string section) =>
        options.GetProperties().Where(property => property.CanWrite).SelectMany(property =>
            property.PropertyType.Namespace == typeof(NationalIdOptions).Namespace && property.PropertyType.IsClass
                ? Settings(property.PropertyType, $"{section}__{property.Name}")
                : [$"{section}__{property.Name}"]);

    /// <summary>What <see cref="TokenSeederOptions.Read"/> really asks the configuration for.</summary>
    private static IEnumerable<string> TokenSeederVariables()
    {
        var asked = new AskedKeys();
        TokenSeederOptions.Read(asked);
        Assert.True(asked.Keys.Count > 5);
        return asked.Keys.Where(key => !key.Contains(':'));
    }

    private sealed class AskedKeys : IConfiguration
    {
        public HashSet<string> Keys { get; } = [];

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
