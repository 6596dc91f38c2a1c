using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NationalId.Core;
using NationalId.LocalHost;
using NationalId.Tests.LocalHost;

namespace NationalId.Tests.Settings;

public sealed class StartTests
{
    private const string Storage = "UseDevelopmentStorage=true";

    [Fact]
    public async Task A_complete_MOSIP_client_and_a_complete_default_client_start()
    {
        Assert.Null(await StartAsync(TestSettings.Mosip(Storage)));
        Assert.Null(await StartAsync(TestSettings.Default(Storage)));
    }

    [Fact]
    public async Task All_that_is_missing_on_the_MOSIP_path_is_named_in_one_message()
    {
        var message = await StartAsync(new() { ["NationalId:ClientName"] = "MOSIP" });
        Assert.Equal(
            [
                "AzureWebJobsStorage",
                "NationalId__Mosip__BirthUrl",
                "NationalId__Mosip__DeathUrl",
                "NationalId__Mosip__GenerateAidUrl",
                "NationalId__OpenCrvs__AuthUrl",
                "NationalId__OpenCrvs__MediatorUrl",
                "TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI",
                "TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL",
                "TOKENSEEDER_MOSIP_AUTH__PARTNER_ID",
            ],
            SettingsOf(message)
        );
    }

    [Fact]
    public async Task All_that_is_missing_on_the_default_path_is_named_in_one_message_and_nothing_of_MOSIPs()
    {
        var message = await StartAsync(
            new() { ["NationalId:ClientName"] = "Register", ["NationalId:DefaultSystem:Authentication"] = "oauth" }
        );
        Assert.Equal(
            [
                "AzureWebJobsStorage",
                "NationalId__DefaultSystem__BirthUrl",
                "NationalId__DefaultSystem__TokenUrl",
                "NationalId__OpenCrvs__AuthUrl",
                "NationalId__OpenCrvs__MediatorUrl",
            ],
            SettingsOf(message)
        );
        Assert.Contains("NationalId__DefaultSystem__DeathUrl", message);
    }

    [Fact]
    public async Task Without_any_setting_the_name_and_the_storage_are_asked_for() =>
        Assert.Equal(["AzureWebJobsStorage", "NationalId__ClientName"], SettingsOf(await StartAsync([])));

    [Theory]
    [InlineData("NationalId__OpenCrvs__AuthUrl", "auth.crvs.example")]
    [InlineData("NationalId__OpenCrvs__AuthUrl", "ftp://auth.crvs.example")]
    [InlineData("NationalId__OpenCrvs__TokenEndpoint", "tokens")]
    [InlineData("NationalId__OpenCrvs__PublicKeyUrl", "auth.crvs.example/.well-known")]
    [InlineData("NationalId__OpenCrvs__PublicKey", "ssh-rsa AAAA")]
    [InlineData("NationalId__OpenCrvs__Topics", "BIRTH_REGISTRED")]
    [InlineData("NationalId__OpenCrvs__TellBirthOfDeath", "perhaps")]
    [InlineData("NationalId__OpenCrvs__SaveDeathAid", "perhaps")]
    [InlineData("NationalId__OpenCrvs__TokenField", "UINTOKEN,")]
    [InlineData("NationalId__OpenCrvs__TokenField", "UINTOKEN, UINTOKEN")]
    [InlineData("NationalId__OpenCrvs__Version", "3")]
    [InlineData("NationalId__OpenCrvs__DeathEvent", "birth")]
    [InlineData("NationalId__OpenCrvs__AnswerWithin", "00:05:00")]
    [InlineData("NationalId__OpenCrvs__EligibleBelowAge", "-1")]
    [InlineData("NationalId__Mosip__BirthUrl", "/birth")]
    [InlineData("NationalId__Mosip__Timeout", "soon")]
    [InlineData("NationalId__Mosip__Timeout", "30")]
    [InlineData("NationalId__Mosip__Timeout", "00:00:00")]
    [InlineData("NationalId__Mosip__Timeout", "00:06:00", "NationalId__Delivery__LeaseFor")]
    [InlineData("NationalId__Mosip__MaxConcurrency", "0")]
    [InlineData("NationalId__Mosip__UinLength", "0")]
    [InlineData("NationalId__Mosip__UinLength", "16", "NationalId__Mosip__VidLength")]
    [InlineData("NationalId__Mosip__VidLength", "sixteen")]
    [InlineData("NationalId__Mosip__CheckDigit", "perhaps")]
    [InlineData("NationalId__Mosip__MaxConcurrency", "many")]
    [InlineData("NationalId__Delivery__FirstDelay", "-00:00:01")]
    [InlineData("NationalId__Delivery__FirstDelay", "02:00:00")]
    [InlineData("NationalId__Delivery__LongestDelay", "7.00:00:00")]
    [InlineData("NationalId__Delivery__LeaseFor", "00:00:30")]
    [InlineData("NationalId__Delivery__QuickRetries", "-1")]
    [InlineData("NationalId__Quarantine__MaxBytes", "-1")]
    [InlineData("NationalId__Secrets__KeyVaultUrl", "my-vault")]
    [InlineData("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL", "ida")]
    [InlineData("TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS", "ten")]
    [InlineData("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE", "on demand")]
    [InlineData("AzureWebJobsStorage", "something else")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "something else")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    public async Task A_value_that_cannot_be_used_is_named_and_not_repeated(
        string setting,
        string value,
        string? named = null
    )
    {
        var message = await StartAsync(TestSettings.Mosip(Storage, (setting, value)));
        Assert.Equal([named ?? setting], SettingsOf(message));
        Assert.DoesNotContain($"'{value}'", message);
    }

    [Theory]
    [InlineData("NationalId__DefaultSystem__TokenUrl", "https://id.example/token")]
    [InlineData("NationalId__DefaultSystem__Authentication", "Password")]
    public async Task A_contradiction_of_the_default_path_is_named(string setting, string value) =>
        Assert.Equal([setting], SettingsOf(await StartAsync(TestSettings.Default(Storage, (setting, value)))));

    [Theory]
    [InlineData("1.9")]
    [InlineData("2.0")]
    [InlineData("2.1")]
    public async Task The_mediator_of_MOSIP_takes_no_triggers_and_the_refusal_says_what_does(string version)
    {
        var message = await StartAsync(
            TestSettings.Mosip(
                Storage,
                ("NationalId__OpenCrvs__Version", version),
                ("NationalId__OpenCrvs__EventsUrl", "https://register.crvs.example/api/events")
            )
        );
        Assert.Equal(["NationalId__OpenCrvs__Version"], SettingsOf(message));
        Assert.Contains("mosip-packets", message);
        Assert.Contains("the triggers of its new events are switched off", message);
    }

    [Theory]
    [InlineData("1.9")]
    [InlineData("2.0")]
    [InlineData("2.1")]
    public async Task Triggers_need_the_events_service_and_no_mediator(string version)
    {
        var settings = TestSettings.Default(Storage, ("NationalId__OpenCrvs__Version", version));
        settings.Remove("NationalId:OpenCrvs:MediatorUrl");
        Assert.Equal(["NationalId__OpenCrvs__EventsUrl"], SettingsOf(await StartAsync(settings)));
        settings["NationalId:OpenCrvs:EventsUrl"] = "https://register.crvs.example/api/events";
        Assert.Null(await StartAsync(settings));
    }

    [Fact]
    public async Task Settings_of_the_other_path_are_not_read()
    {
        Assert.Null(
            await StartAsync(
                TestSettings.Mosip(
                    Storage,
                    ("NationalId__DefaultSystem__Timeout", "soon"),
                    ("NationalId__DefaultSystem__BirthUrl", "nowhere")
                )
            )
        );
        Assert.Null(
            await StartAsync(
                TestSettings.Default(
                    Storage,
                    ("NationalId__Mosip__MaxConcurrency", "0"),
                    ("NationalId__Mosip__BirthUrl", "nowhere"),
                    ("TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL", "nowhere")
                )
            )
        );
    }

    [Fact]
    public async Task An_empty_value_is_an_absent_one()
    {
        Assert.Null(
            await StartAsync(
                TestSettings.Mosip(
                    Storage,
                    ("NationalId__Mosip__AuthUrl", ""),
                    ("NationalId__Mosip__Timeout", ""),
                    ("NationalId__Secrets__KeyVaultUrl", " ")
                )
            )
        );
        Assert.Equal(
            ["NationalId__Mosip__BirthUrl"],
            SettingsOf(await StartAsync(TestSettings.Mosip(Storage, ("NationalId__Mosip__BirthUrl", ""))))
        );
    }

    [Theory]
    [InlineData("NationalId__Clients__0__Name", "Register", "NationalId__Clients")]
    [InlineData("NationalId__ClientName", "MOSIP,Register", "NationalId__ClientName")]
    [InlineData("NationalId__ClientName", "MOSIP; Register", "NationalId__ClientName")]
    [InlineData("NationalId__ClientName__1", "Register", "NationalId__ClientName")]
    [InlineData("NationalId__1__ClientName", "Register", "NationalId__1")]
    public async Task A_second_client_is_refused_with_the_reason(string setting, string value, string named)
    {
        var message = await StartAsync(TestSettings.Mosip(Storage, (setting, value)));
        Assert.Contains($"  - {named} ", message);
        Assert.Contains("there can be only one National ID client", message);
    }

    [Fact]
    public async Task An_identity_based_connection_needs_no_connection_string()
    {
        var settings = TestSettings.Mosip(Storage, ("AzureWebJobsStorage__accountName", "crvsnid"));
        settings.Remove("AzureWebJobsStorage");
        Assert.Null(await StartAsync(settings));
    }

    [Fact]
    public async Task The_local_host_refuses_before_it_touches_storage()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            LocalHostServer.StartAsync(
                new LocalHostSettings
                {
                    Configuration = new Dictionary<string, string?> { ["NationalId__ClientName"] = "MOSIP" },
                }
            )
        );
        Assert.Contains("NationalId__Mosip__BirthUrl", refused.Message);
        Assert.Contains("AzureWebJobsStorage", refused.Message);
    }

    [Theory]
    [InlineData("NationalId__Mosip__AllowUnsignedTokens", "true")]
    [InlineData("NationalId__Mosip__BirthUrl", "http://mosip.example/birth")]
    [InlineData("NationalId__OpenCrvs__AuthUrl", "http://8.8.8.8")]
    [InlineData("NationalId__Mosip__BirthURI", "https://mosip.example/birth")]
    public async Task What_works_but_deserves_a_look_is_warned_about_at_start(string setting, string value)
    {
        var logs = new SampleHost.LogLines();
        Assert.Null(await StartAsync(TestSettings.Mosip(Storage, (setting, value)), logs));
        Assert.Contains($"App setting {setting}: ", logs.Text);
    }

    [Fact]
    public async Task A_complete_configuration_in_a_private_network_gives_no_warning()
    {
        var logs = new SampleHost.LogLines();
        Assert.Null(
            await StartAsync(
                TestSettings.Mosip(
                    Storage,
                    ("NationalId__Mosip__BirthUrl", "http://10.8.0.4/birth"),
                    ("NationalId__Mosip__DeathUrl", "http://mediator:4545/death"),
                    ("NationalId__OpenCrvs__WebhookUrl", "https://webhooks.crvs.example/webhooks"),
                    ("NationalId__OpenCrvs__CallbackUrl", "https://nid.crvs.example/api/webhooks")
                ),
                logs
            )
        );
        Assert.DoesNotContain("App setting", logs.Text);
        Assert.Contains("takes the MOSIP path", logs.Text);
    }

    /// <summary>Starts the composition in the generic host, which is the Functions worker's too.</summary>
    /// <returns>The message of a refused start.</returns>
    private static async Task<string?> StartAsync(
        Dictionary<string, string?> settings,
        SampleHost.LogLines? logs = null
    )
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting =>
                KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value)
            )
        );
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs);
        }

        builder.Services.AddNationalId(builder.Configuration);
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
            await host.StopAsync();
            return null;
        }
        catch (OptionsValidationException refused)
        {
            return refused.Message;
        }
    }

    private static IEnumerable<string> SettingsOf(string? message) =>
        (message ?? throw new InvalidOperationException("It started."))
            .Split(Environment.NewLine)
            .Where(line => line.StartsWith("  - ", StringComparison.Ordinal))
            .Select(line => line[4..].Split(' ')[0])
            .Order(StringComparer.Ordinal);
}
