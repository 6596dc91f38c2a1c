using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using NationalId.Core;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Tests.Infra;

[Trait(Tier.Name, Tier.Whole)]
public sealed class BicepTests
{
    /// <summary>Settings of the platform and of Azure's libraries, not of our options.</summary>
    private static readonly string[] PlatformSettings =
    [
        "AzureWebJobsStorage__accountName",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsStorage__tableServiceUri",
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__clientId",
        "AZURE_CLIENT_ID",
        "AZURE_TOKEN_CREDENTIALS",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
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
        Assert.True(
            (await OneAsync("Microsoft.Storage/storageAccounts/blobServices"))["properties"]!["deleteRetentionPolicy"]![
                "enabled"
            ]!.GetValue<bool>()
        );
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
    public async Task A_deployment_lets_the_requests_under_way_end()
    {
        var site = (await OneAsync("Microsoft.Web/sites"))["properties"]!;
        Assert.Contains(
            "siteUpdates",
            site["functionAppConfig"]!["siteUpdateStrategy"]!["type"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        foreach (var stage in (string[])["dev", "prod"])
        {
            var scale = Value(await CompiledBicep.ParametersAsync(stage), "scale");
            Assert.Equal("RollingUpdate", scale["siteUpdates"]!.GetValue<string>());
        }
    }

    [BicepFact]
    public async Task No_key_is_read_written_or_named_anywhere()
    {
        var text = (await CompiledBicep.MainAsync()).ToJsonString();
        Assert.DoesNotMatch(
            new Regex(
                "listKeys|listAccountSas|listServiceSas|listSecrets|AccountKey|"
                    + "SharedAccessKey|SharedAccessSignature|InstrumentationKey|\"securestring\"",
                RegexOptions.IgnoreCase
            ),
            text
        );

        var secrets = ReadSettings.Secrets.Select(name => name.Replace('-', '_'));
        Assert.Empty(
            (await SettingsAsync()).Select(setting => setting.Key).Intersect(secrets, StringComparer.OrdinalIgnoreCase)
        );
        Assert.DoesNotContain(
            await SettingsAsync(),
            setting => setting.Value!.ToString().Contains("password", StringComparison.OrdinalIgnoreCase)
        );
    }

    [BicepFact]
    public async Task The_hosts_storage_is_reached_by_managed_identity()
    {
        var settings = await SettingsAsync();
        Assert.DoesNotContain("AzureWebJobsStorage", settings.Select(setting => setting.Key));
        Assert.Equal("managedidentity", settings["AzureWebJobsStorage__credential"]!.GetValue<string>());
        Assert.Contains("clientId", settings["AzureWebJobsStorage__clientId"]!.GetValue<string>());
        var deployment = (await OneAsync("Microsoft.Web/sites"))["properties"]!["functionAppConfig"]!["deployment"]![
            "storage"
        ]!;
        Assert.Equal("UserAssignedIdentity", deployment["authentication"]!["type"]!.GetValue<string>());
    }

    [BicepFact]
    public async Task Every_setting_that_the_code_reads_is_set_and_none_besides()
    {
        var set = (await SettingsAsync()).Select(setting => setting.Key).ToList();
        Assert.Equal(
            ReadSettings.Client.Concat(PlatformSettings).Order(StringComparer.Ordinal),
            set.Order(StringComparer.Ordinal)
        );
        // Flex Consumption takes the runtime from functionAppConfig and refuses these.
        Assert.DoesNotContain("FUNCTIONS_WORKER_RUNTIME", set);
        Assert.DoesNotContain("FUNCTIONS_EXTENSION_VERSION", set);
    }

    [BicepFact]
    public async Task The_app_starts_with_what_either_parameter_file_sets()
    {
        var declared = (await CompiledBicep.MainAsync())["parameters"]!;
        foreach (var stage in (string[])["dev", "prod"])
        {
            var parameters = await CompiledBicep.ParametersAsync(stage);
            var settings = (await SettingsAsync()).Select(setting =>
                KeyValuePair.Create(
                    setting.Key.Replace("__", ":", StringComparison.Ordinal),
                    Evaluate(setting.Value!.GetValue<string>())
                )
            );
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
            Assert.Equal(ValidateOptionsResult.Success, NationalIdServices.CheckSettings(configuration));
            var register = new SettingsRegister(configuration);
            Assert.Equal(NationalIdOptions.MosipMediator, register.Read<NationalIdOptions>().Chosen);
            Assert.Equal("https", register.Read<MediatorOptions>().BirthUrl!.Scheme);
            Assert.True(register.Read<DeliveryOptions>().PayloadRetention >= TimeSpan.FromDays(1));
            Assert.Equal(TimeSpan.FromMinutes(5), register.Read<SecretOptions>().CacheFor);

            // A parameter's value; what only Azure can work out gets something of its kind.
            string? Evaluate(string expression) =>
                Regex.Match(expression, @"^\[(?:string\()?parameters\('(\w+)'\)(?:\.(\w+))?\)?\]$")
                    is { Success: true } match
                && (parameters[match.Groups[1].Value]?["value"] ?? declared[match.Groups[1].Value]?["defaultValue"])
                    is { } value
                    ? (match.Groups[2].Length > 0 ? value[match.Groups[2].Value]! : value).ToString()
                : !expression.StartsWith('[') ? expression
                : expression.Contains("ConnectionString", StringComparison.Ordinal) ? "InstrumentationKey=" + Guid.Empty
                : expression.Contains("max(", StringComparison.Ordinal) ? "2"
                : expression.Contains("traceLink", StringComparison.Ordinal) ? "https://of-azure.example/{traceId}"
                : expression.Contains("signIn", StringComparison.Ordinal)
                    ? expression.Contains("'X-MS-", StringComparison.Ordinal) ? "X-MS-CLIENT-PRINCIPAL-NAME"
                        : "false"
                : "https://of-azure.example/";
        }
    }

    [BicepFact]
    public async Task Scale_is_bounded_to_what_mosip_takes()
    {
        var main = await CompiledBicep.MainAsync();
        Assert.Equal(
            200,
            main["definitions"]!
                .AsObject()
                .Single(definition => definition.Key.EndsWith("scaleType", StringComparison.Ordinal))
                .Value!["properties"]!["maximumInstanceCount"]!["maxValue"]!.GetValue<int>()
        );
        var groups = CompiledBicep
            .Resources(main)
            .Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Web/serverfarms")
            .Template["variables"]!["callingGroups"]!.GetValue<int>();
        foreach (var stage in (string[])["dev", "prod"])
        {
            var parameters = await CompiledBicep.ParametersAsync(stage);
            var processes = Value(parameters, "scale")["maximumInstanceCount"]!.GetValue<int>() * groups;
            foreach (var system in (string[])["mosip", "defaultSystem"])
            {
                var atOnce = Value(parameters, system)["callsAtOnce"]!.GetValue<int>();
                Assert.True(
                    Math.Max(1, atOnce / processes) * processes <= atOnce,
                    $"{stage}: {system} takes {atOnce} calls at once, {processes} processes make more"
                );
            }
        }
    }

    [BicepFact]
    public async Task The_identity_has_the_least_roles_and_no_other()
    {
        var roles = (await CompiledBicep.OfTypeAsync("Microsoft.Authorization/roleAssignments")).ToArray();
        Assert.Equal(3, roles.Length);
        var text = (await CompiledBicep.MainAsync()).ToJsonString();
        var ids = Regex
            .Matches(text, "\"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\"")
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .Order();
        Assert.Equal(
            [
                "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
                "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
                "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
                "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor
                "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
            ],
            ids
        );
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
        var variables = CompiledBicep
            .Resources(await CompiledBicep.MainAsync())
            .First(one =>
                one.Resource["type"]!.GetValue<string>() == "Microsoft.Storage/storageAccounts/queueServices/queues"
            )
            .Template["variables"]!;
        var made = variables["queues"]!.AsArray().Select(queue => queue!.GetValue<string>()).ToArray();
        Assert.Equal(
            new[] { SeederBatches.Queue, ConfirmQueue.Name, ReconcileQueue.Name }
                .Concat(EventKinds.Carried.Queues)
                .Order(),
            made.Order()
        );
        Assert.Equal(
            2,
            (await CompiledBicep.OfTypeAsync("Microsoft.Storage/storageAccounts/queueServices/queues")).Length
        );
        Assert.Equal(
            [
                EventLedger.TableName,
                Registrations.TableName,
                ConfirmationTable.Name,
                SeederStore.TableName,
                ReconcileTable.Name,
                BackfillTable.Name,
            ],
            variables["tables"]!.AsArray().Select(one => one!.GetValue<string>())
        );
        string[] containers =
        [
            PayloadStore.AcceptedContainer,
            Quarantine.ContainerName,
            ReindexParts.ContainerName,
            SeederStore.ContainerName,
        ];
        Assert.Equal(
            [.. containers, "deployments"],
            variables["containers"]!.AsArray().Select(one => one!.GetValue<string>())
        );
        var rule = (await OneAsync("Microsoft.Storage/storageAccounts/managementPolicies"))["properties"]!["policy"]![
            "rules"
        ]![0]!["definition"]!;
        Assert.Equal(
            containers.Select(name => name + "/"),
            rule["filters"]!["prefixMatch"]!.AsArray().Select(one => one!.GetValue<string>())
        );
        Assert.NotNull(rule["actions"]!["baseBlob"]!["delete"]!["daysAfterModificationGreaterThan"]);

        var triggers = Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.CustomAttributes)
            .Where(attribute => attribute.AttributeType.Name == "QueueTriggerAttribute")
            .Select(attribute => (string)attribute.ConstructorArguments[0].Value!);
        Assert.Empty(triggers.Except(made));
    }

    [BicepFact]
    public async Task Every_alert_has_its_section_in_the_run_book_and_queries_a_metric_of_ours()
    {
        var rules = await RulesAsync();
        Assert.True(rules.Count >= 7);
        var runbook = await File.ReadAllTextAsync(CompiledBicep.Path("docs/runbook.md"));
        Assert.All(
            rules,
            rule =>
            {
                Assert.Contains($"\n## {rule["name"]!.GetValue<string>()}\n", runbook);
                var query = rule["query"]!.GetValue<string>();
                if (Regex.Match(query, "Name == \"([^\"]+)\"") is { Success: true } metric)
                {
                    Assert.Contains(metric.Groups[1].Value, MetricNames.All);
                }
                else
                {
                    Assert.Contains("Name startswith \"nationalid.\"", query);
                }
            }
        );
        // An event that is not delivered has no delivery age. Only the age of the queue shows that it waits.
        Assert.Contains(
            "nationalid.events.oldest_waiting",
            rules.Single(rule => rule["name"]!.GetValue<string>() == "delivery-waits")!["query"]!.GetValue<string>()
        );
    }

    [BicepFact]
    public async Task Every_reason_why_a_webhook_is_refused_raises_an_alert()
    {
        // The run-book's list has them all: what is counted under another name is in no alert, and nobody hears of it.
        var runbook = await File.ReadAllTextAsync(CompiledBicep.Path("docs/runbook.md"));
        var listed = Regex.Match(runbook, "turned away. Webhooks: (.*?); numbers that come back").Groups[1].Value;
        var reasons = Regex.Matches(listed, "`([a-z-]+)`").Select(match => match.Groups[1].Value).ToList();
        var queries = string.Join(
            '\n',
            (await RulesAsync())
                .Select(rule => rule["query"]!.GetValue<string>())
                .Where(query => query.Contains("nationalid.events.refused", StringComparison.Ordinal))
        );
        Assert.True(reasons.Count >= 8);
        Assert.All(reasons, reason => Assert.Contains($"\"{reason}\"", queries));
        Assert.All(
            (string[])["trigger-", "mosip-api-", "return-", "revocation-"],
            beginning => Assert.Contains($"startswith \"{beginning}\"", queries)
        );
    }

    [BicepFact]
    public async Task What_the_National_ID_system_sends_is_no_sign_that_OpenCRVS_is_heard()
    {
        var query = (await RulesAsync()).Single(rule => rule["name"]!.GetValue<string>() == "no-events")[
            "query"
        ]!.GetValue<string>();
        Assert.All(
            EventKinds.Standard.Where(kind => kind.Direction == EventDirection.Return),
            kind => Assert.Contains($"\"{kind.MetricLabel}\"", query)
        );
        Assert.DoesNotContain($"\"{EventKinds.Birth}\"", query);
    }

    [BicepFact]
    public async Task The_app_is_in_the_network_with_a_route_to_mosip_and_named_callers_get_in()
    {
        var site = (await OneAsync("Microsoft.Web/sites"))["properties"]!;
        Assert.Equal("[parameters('subnetId')]", site["virtualNetworkSubnetId"]!.GetValue<string>());
        Assert.Equal("[variables('rules')]", site["siteConfig"]!["ipSecurityRestrictions"]!.GetValue<string>());
        Assert.Equal(
            "[variables('deploymentRules')]",
            site["siteConfig"]!["scmIpSecurityRestrictions"]!.GetValue<string>()
        );
        var copies = CompiledBicep
            .Resources(await CompiledBicep.MainAsync())
            .Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Web/sites")
            .Template["variables"]!["copy"]!.AsArray();
        Assert.Equal(
            "[length(concat(parameters('callers').openCrvs, parameters('callers').mosip, "
                + "parameters('callers').operators))]",
            copies.Single(copy => copy!["name"]!.GetValue<string>() == "rules")!["count"]!.GetValue<string>()
        );

        var subnet = (await CompiledBicep.OfTypeAsync("Microsoft.Network/virtualNetworks/subnets")).Single(one =>
            one["name"]!.GetValue<string>().Contains("functions", StringComparison.Ordinal)
        )["properties"]!;
        Assert.Equal(
            "Microsoft.App/environments",
            subnet["delegations"]![0]!["properties"]!["serviceName"]!.GetValue<string>()
        );
        Assert.Contains("routeTables", subnet["routeTable"]!["id"]!.GetValue<string>());
        Assert.Contains(
            "VirtualAppliance",
            (await OneAsync("Microsoft.Network/routeTables"))["properties"]!.ToJsonString()
        );
        var prod = await CompiledBicep.ParametersAsync("prod");
        Assert.NotEmpty(Value(prod, "network")["mosipPrefixes"]!.AsArray());
        Assert.NotEmpty(Value(prod, "callers")["mosip"]!.AsArray());
    }

    [BicepFact]
    public async Task In_production_operators_sign_in_with_Entra_and_only_those_who_prove_themselves_otherwise_do_not()
    {
        var prod = await CompiledBicep.ParametersAsync("prod");
        Assert.True(Guid.TryParse(Value(prod, "signIn")["clientId"]!.GetValue<string>(), out _));
        Assert.Equal("", Value(await CompiledBicep.ParametersAsync("dev"), "signIn")["clientId"]!.GetValue<string>());
        var validation = (await ConfigAsync("authsettingsV2"))["properties"]!["globalValidation"]!;
        Assert.True(validation["requireAuthentication"]!.GetValue<bool>());
        var open = validation["excludedPaths"]!.AsArray().Select(path => path!.GetValue<string>()).ToList();

        // These hold no data, but who opens them is to sign in there.
        string[] pages = ["/api/ops", "/api/openapi.json", "/api/docs/{*file}"];
        var others = HttpRoutes.All.Where(route => route.Level == "Anonymous" && !pages.Contains(route.Path)).ToList();
        Assert.All(others, route => Assert.Contains(open, path => IsAt(route.Path, path)));
        Assert.All(HttpRoutes.All.Except(others), route => Assert.DoesNotContain(open, path => IsAt(route.Path, path)));

        static bool IsAt(string route, string path) =>
            path.EndsWith('*') ? route.StartsWith(path[..^1], StringComparison.Ordinal) : route == path;
    }

    [Fact]
    public void Every_secret_is_in_the_rotation_guide()
    {
        var guide = File.ReadAllText(CompiledBicep.Path("docs/rotate-secrets.md"));
        Assert.All(ReadSettings.Secrets, secret => Assert.Contains($"`{secret}`", guide));
    }

    [Fact]
    public void Every_setting_that_the_code_reads_is_in_the_migration_table_or_named_as_new()
    {
        var guide = File.ReadAllText(CompiledBicep.Path("docs/migrate.md"));
        Assert.All(ReadSettings.Client, setting => Assert.Contains($"`{setting}`", guide));
    }

    private static async Task<IReadOnlyList<JsonNode>> RulesAsync() =>
        [
            .. CompiledBicep
                .Resources(await CompiledBicep.MainAsync())
                .Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Insights/scheduledQueryRules")
                .Template["variables"]!["rules"]!
                .AsArray()
                .Select(rule => rule!),
        ];

    private static JsonNode Value(JsonNode parameters, string name) => parameters[name]!["value"]!;

    private static async Task<JsonNode> OneAsync(string type) => Assert.Single(await CompiledBicep.OfTypeAsync(type));

    private static async Task<JsonObject> SettingsAsync()
    {
        var config = await ConfigAsync("appsettings");
        return config["properties"]!.AsObject();
    }

    private static async Task<JsonNode> ConfigAsync(string name) =>
        Assert.Single(
            await CompiledBicep.OfTypeAsync("Microsoft.Web/sites/config"),
            config => config["name"]!.GetValue<string>().Contains($"'{name}'", StringComparison.Ordinal)
        );
}
