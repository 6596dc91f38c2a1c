using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NationalId.Tests.Infra;

/// <summary>What a ministry that deploys, and deploys again, would stumble over: on the compiled Bicep.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class DeployableTests
{
    [BicepFact]
    public async Task A_second_deployment_keeps_subnets_and_each_has_a_network_security_group_of_its_own()
    {
        var network = Assert.Single(await CompiledBicep.OfTypeAsync("Microsoft.Network/virtualNetworks"));
        // Azure leaves the subnets of a network alone that a template says nothing of.
        Assert.Null(network["properties"]!["subnets"]);
        var subnets = await CompiledBicep.OfTypeAsync("Microsoft.Network/virtualNetworks/subnets");
        Assert.Equal(2, subnets.Length);
        Assert.Equal(
            2,
            subnets
                .Select(subnet => subnet["properties"]!["networkSecurityGroup"]!["id"]!.GetValue<string>())
                .Distinct()
                .Count()
        );
        // One at a time, or Azure refuses the second.
        Assert.Contains("functions", subnets.Single(IsGateway)["dependsOn"]!.ToJsonString());

        static bool IsGateway(JsonNode subnet) =>
            subnet["name"]!.GetValue<string>().Contains("gateway", StringComparison.Ordinal);
    }

    [BicepFact]
    public async Task The_gateway_lets_in_the_app_MOSIPs_peers_and_whom_the_parameters_name()
    {
        var guard = (await CompiledBicep.OfTypeAsync("Microsoft.Network/networkSecurityGroups")).Single(one =>
            one["name"]!.GetValue<string>().Contains("gateway", StringComparison.Ordinal)
        );
        var rules = guard["properties"]!["securityRules"]!.GetValue<string>();
        Assert.Contains("parameters('network').functionsPrefix", rules);
        Assert.Contains("'Deny'", rules);
        Assert.Contains("variables('wireGuard')", rules);
        Assert.Contains("variables('gatewayRules')", rules);
    }

    [BicepFact]
    public async Task The_check_script_names_every_resource_provider()
    {
        var script = await File.ReadAllTextAsync(CompiledBicep.Path("scripts/azure-check.sh"));
        var named = Regex
            .Matches(script, @"^  (Microsoft\.\w+)$", RegexOptions.Multiline)
            .Select(one => one.Groups[1].Value);
        var needed = CompiledBicep
            .Resources(await CompiledBicep.MainAsync())
            .Select(one => one.Resource["type"]!.GetValue<string>().Split('/')[0])
            .Append("Microsoft.App")
            .Except(["Microsoft.Authorization", "Microsoft.Resources"])
            .Distinct();
        Assert.Equal(needed.Order(), named.Order());
    }

    [Theory]
    [InlineData("", "Registered", 0, "All that infra/ needs is there.")]
    [InlineData("", "NotRegistered", 1, "MISSING  Microsoft.Web (NotRegistered)")]
    [InlineData("--register", "NotRegistered", 0, "Registering Microsoft.Web")]
    public async Task The_check_script_says_what_is_missing(string option, string state, int code, string says)
    {
        var folder = Directory.CreateTempSubdirectory("azure-check-");
        try
        {
            // An az that knows of one provider that may be missing.
            await StandIn.WriteAsync(
                Path.Combine(folder.FullName, "az"),
                $$"""
                #!/usr/bin/env bash
                case "$*" in
                  "account show"*) echo Ministry ;;
                  "provider register"*Microsoft.Web*) touch "{{folder.FullName}}/registered" ;;
                  "provider show"*Microsoft.Web*)
                    if [[ -e "{{folder.FullName}}/registered" ]]; then echo Registered; else echo {{state}}; fi ;;
                  "provider show"*) echo Registered ;;
                  *locations*) echo "West Europe" ;;
                  *runtimes*) printf '8.0\n10.0\n' ;;
                esac
                """
            );
            var start = new ProcessStartInfo(CompiledBicep.Path("scripts/azure-check.sh"))
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            if (option.Length > 0)
            {
                start.ArgumentList.Add(option);
            }

            start.ArgumentList.Add("westeurope");
            start.Environment["PATH"] = $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal((code, ""), (process.ExitCode, code == 0 ? await errors : ""));
            Assert.Contains(says, said);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [BicepFact]
    public async Task Names_that_the_world_shares_have_six_characters_of_hash_and_none_has_capital_letters()
    {
        var main = await CompiledBicep.MainAsync();
        var names = main["variables"]!;
        Assert.Equal("[toLower(parameters('prefix'))]", names["begin"]!.GetValue<string>());
        // 24 - 17 - 1, and 24 - 18.
        Assert.Equal(
            "[take(format('{0}-{1}', take(format('kv-{0}-{1}', variables('begin'), parameters('stage')), 17), "
                + "variables('suffix')), 24)]",
            names["vaultName"]!.GetValue<string>()
        );
        Assert.Equal(
            "[take(format('{0}{1}', take(format('st{0}{1}', variables('begin'), parameters('stage')), 18), "
                + "variables('suffix')), 24)]",
            names["storageName"]!.GetValue<string>()
        );
        Assert.DoesNotContain(
            "parameters('prefix')",
            string.Concat(
                main["resources"]!.AsObject().Select(one => one.Value!["properties"]?["parameters"]?.ToJsonString())
            )
        );
    }

    [BicepFact]
    public async Task Role_assignments_are_named_after_the_principal_and_the_app_waits_for_all_that_it_needs()
    {
        var roles = await CompiledBicep.OfTypeAsync("Microsoft.Authorization/roleAssignments");
        Assert.Equal(3, roles.Length);
        Assert.All(roles, role => Assert.Contains("parameters('principalId')", role["name"]!.GetValue<string>()));
        var app = (await CompiledBicep.MainAsync())["resources"]!["app"]!["dependsOn"]!.AsArray();
        Assert.Equal(
            ["identity", "net", "roles", "storage", "vault"],
            app.Select(one => one!.GetValue<string>()).Order()
        );
    }

    [BicepFact]
    public async Task Alerts_reach_mail_webhooks_and_groups_of_the_ministry_and_name_the_run_book_by_its_address()
    {
        var group = (await CompiledBicep.OfTypeAsync("Microsoft.Insights/actionGroups")).Single()["properties"]!;
        string[] receivers = [.. group["copy"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()).Order()];
        Assert.Equal(["emailReceivers", "webhookReceivers"], receivers);
        var rule = (await CompiledBicep.OfTypeAsync("Microsoft.Insights/scheduledQueryRules")).Single()["properties"]!;
        Assert.Contains("parameters('alerts').actionGroups", rule["actions"]!["actionGroups"]!.GetValue<string>());
        Assert.Contains("parameters('alerts').runbookUrl", rule["description"]!.GetValue<string>());
        Assert.True(rule["autoMitigate"]!.GetValue<bool>());
        foreach (var stage in (string[])["dev", "prod"])
        {
            var alerts = (await CompiledBicep.ParametersAsync(stage))["alerts"]!["value"]!;
            Assert.True(Uri.TryCreate(alerts["runbookUrl"]!.GetValue<string>(), UriKind.Absolute, out _));
        }
    }

    [BicepFact]
    public async Task An_alert_on_a_gauge_looks_far_enough_back_to_see_it()
    {
        // Gauges are told each minute by a process that runs. Where none always does, the sweep makes one run every
        // five minutes.
        var rules = CompiledBicep
            .Resources(await CompiledBicep.MainAsync())
            .Single(one => one.Resource["type"]!.GetValue<string>() == "Microsoft.Insights/scheduledQueryRules")
            .Template["variables"]!["rules"]!.AsArray();
        var gauges = rules
            .Where(rule => Regex.IsMatch(rule!["query"]!.GetValue<string>(), @"(max\(Max\)|min\(Min\))"))
            .ToList();
        Assert.NotEmpty(gauges);
        Assert.All(
            gauges,
            rule =>
                Assert.True(
                    System.Xml.XmlConvert.ToTimeSpan(rule!["window"]!.GetValue<string>()) >= TimeSpan.FromMinutes(15),
                    $"{rule["name"]} ends although its cause does not."
                )
        );
    }
}
