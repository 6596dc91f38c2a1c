using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core;
using NationalId.Core.AnySystem;
using NationalId.Core.Mosip;
using NationalId.Core.Osia;
using NationalId.Core.Registry;
using NationalId.Tests.Infra;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace NationalId.Tests.Platform.Http;

/// <summary>The settings of calls to partners do what their lines in docs/settings.md say.</summary>
public sealed class PartnerSettingsTests
{
    [Theory]
    [InlineData("mosip-mediator", MosipPartners.Registration, "NationalId:Mosip:Timeout")]
    [InlineData("mosip-mediator", MosipPartners.Ida, "NationalId:Mosip:Timeout")]
    [InlineData("mosip-mediator", MosipPartners.Esignet, "NationalId:Esignet:Timeout")]
    [InlineData("mosip-packets", MosipPartners.Hub, "NationalId:Mosip:WebSub:Timeout")]
    [InlineData("osia", OsiaOptions.PartnerName, "NationalId:Osia:Timeout")]
    [InlineData("any", AnySystemOptions.PartnerName, "NationalId:DefaultSystem:Timeout")]
    public async Task A_call_takes_as_long_as_its_setting_says(string system, string partner, string setting)
    {
        await using var silent = await LoopbackServer.StartSilentAsync();
        await using var services = Services(system, (setting, "00:00:00.250"), (Retries, "0"));
        var call = Client(services, partner).GetAsync(silent.Address);
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => call.WaitAsync(TimeSpan.FromSeconds(20)));
        // None where the machine is so busy that not even the connection was made in time.
        Assert.InRange(silent.Seen.Count, 0, 1);
    }

    [Theory]
    [InlineData("mosip-mediator", MosipPartners.Registration, "NationalId:Mosip:MaxConcurrency")]
    [InlineData("mosip-mediator", MosipPartners.Ida, "NationalId:Mosip:MaxConcurrency")]
    [InlineData("mosip-mediator", MosipPartners.Esignet, "NationalId:Esignet:MaxConcurrency")]
    [InlineData("osia", OsiaOptions.PartnerName, "NationalId:Osia:MaxConcurrency")]
    [InlineData("any", AnySystemOptions.PartnerName, "NationalId:DefaultSystem:MaxConcurrency")]
    public async Task No_more_calls_are_under_way_than_the_setting_says(string system, string partner, string setting)
    {
        var underWay = 0;
        var most = 0;
        await using var server = await LoopbackServer.StartAsync(
            async (_, _) =>
            {
                var now = Interlocked.Increment(ref underWay);
                InterlockedMax(ref most, now);
                await Task.Delay(100);
                Interlocked.Decrement(ref underWay);
            }
        );
        await using var services = Services(system, (setting, "2"));
        var client = Client(services, partner);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetAsync(server.Address)));
        Assert.InRange(most, 1, 2);
        Assert.Equal(8, server.Seen.Count);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("births deaths", "births deaths")]
    public async Task Any_other_system_is_asked_for_a_token_with_the_scope_of_the_setting(string? scope, string? sent)
    {
        await using var server = await LoopbackServer.StartAsync(
            (request, context) =>
                context.Response.WriteAsync(request.Path == "/token" ? """{"access_token":"a token"}""" : "{}")
        );
        await using var services = Services(
            "any",
            ("NationalId:DefaultSystem:Authentication", "OAuth"),
            ("NationalId:DefaultSystem:TokenUrl", server.Url + "/token"),
            ("NationalId:DefaultSystem:BirthUrl", server.Url + "/births"),
            ("NationalId:DefaultSystem:Scope", scope),
            ("NATIONALID_OAUTH_CLIENT_ID", "client"),
            ("NATIONALID_OAUTH_CLIENT_SECRET", "secret")
        );
        await services
            .GetRequiredService<NationalIdSystemClient>()
            .SendAsync(RegistrationKind.Birth, "sha256=0", "key", () => new StringContent("{}"), default);
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(server.Seen.First().Body));
        Assert.Equal(sent, form.TryGetValue("scope", out var asked) ? (string?)asked : null);
        Assert.Equal("/births", server.Seen.Last().Path);
        Assert.Equal("Bearer a token", server.Seen.Last().Headers.Authorization);
    }

    [Theory]
    [InlineData("0", 1, HttpStatusCode.ServiceUnavailable)]
    [InlineData("1", 2, HttpStatusCode.ServiceUnavailable)]
    [InlineData("2", 3, HttpStatusCode.OK)]
    public async Task A_call_is_repeated_at_once_as_often_as_the_setting_says(
        string retries,
        int calls,
        HttpStatusCode status
    )
    {
        await using var server = await LoopbackServer.StartAsync((503, ""), (503, ""), (200, ""));
        await using var services = Services("any", (Retries, retries));
        using var answer = await Client(services, AnySystemOptions.PartnerName).GetAsync(server.Address);
        Assert.Equal((status, calls), (answer.StatusCode, server.Seen.Count));
    }

    /// <summary>What the alert <c>circuit-open</c> looks at.</summary>
    [Fact]
    public async Task A_partner_that_keeps_failing_is_left_alone_as_long_as_the_setting_says_and_the_gauge_tells()
    {
        var time = new FakeTimeProvider();
        var answers = Enumerable.Repeat((503, ""), 10).Append((200, "")).ToArray();
        await using var server = await LoopbackServer.StartAsync(answers);
        await using var services = Services(
            "any",
            time,
            (Retries, "0"),
            ("NationalId:Delivery:CircuitBreak", "00:01:00")
        );
        var client = Client(services, AnySystemOptions.PartnerName);
        for (var call = 0; call < 10; call++)
        {
            // Nothing is told of a partner that was never called.
            Assert.Equal(call == 0 ? null : 0, Gauge());
            using var answer = await client.GetAsync(server.Address);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        Assert.Equal(1, Gauge());
        time.Advance(TimeSpan.FromSeconds(59));
        await Assert.ThrowsAnyAsync<BrokenCircuitException>(() => client.GetAsync(server.Address));
        Assert.Equal(10, server.Seen.Count);

        time.Advance(TimeSpan.FromSeconds(2));
        using var mended = await client.GetAsync(server.Address);
        Assert.Equal((HttpStatusCode.OK, 0), (mended.StatusCode, Gauge()));

        double? Gauge() => services.Gauge("nationalid.partner.circuit", ("partner", AnySystemOptions.PartnerName));
    }

    [Theory]
    [InlineData("mosip-mediator", "1.9")]
    [InlineData("mosip-packets", "2.0")]
    [InlineData("osia", "1")]
    [InlineData("any", "1")]
    public void Every_partner_is_named_in_the_run_book(string system, string version)
    {
        var services = new ServiceCollection().AddNationalId(
            Configuration(
                system,
                ("NationalId:OpenCrvs:Version", version),
                ("NationalId:Reconcile:Sources", version == "2.0" ? "events" : "record-search")
            )
        );
        var runbook = File.ReadAllText(CompiledBicep.Path("docs/runbook.md"));
        var named = runbook.Split('\n').Single(line => line.StartsWith("Partners are ", StringComparison.Ordinal));
        var partners = services
            .Where(one => one.IsKeyedService && one.ServiceType == typeof(HttpClient))
            .Select(one => (string)one.ServiceKey!)
            .ToList();
        Assert.NotEmpty(partners);
        Assert.All(partners, partner => Assert.Contains($"`{partner}`", named));
    }

    private const string Retries = "NationalId:Delivery:QuickRetries";

    private static void InterlockedMax(ref int most, int now)
    {
        int known;
        while ((known = Volatile.Read(ref most)) < now)
        {
            Interlocked.CompareExchange(ref most, now, known);
        }
    }

    private static HttpClient Client(IServiceProvider services, string partner) =>
        services.GetRequiredKeyedService<HttpClient>(partner);

    private static ServiceProvider Services(string system, params (string Name, string? Value)[] more) =>
        Services(system, TimeProvider.System, more);

    private static ServiceProvider Services(
        string system,
        TimeProvider time,
        params (string Name, string? Value)[] more
    ) =>
        new ServiceCollection()
            .AddLogging()
            .AddSingleton(time)
            .AddNationalId(Configuration(system, more))
            .BuildServiceProvider();

    private static IConfiguration Configuration(string system, params (string Name, string? Value)[] more)
    {
        const string Storage = "UseDevelopmentStorage=true";
        (string, string?)[] all =
        [
            ("NationalId:System", system),
            ("NationalId:Esignet:TokenUrl", "http://127.0.0.1:9/token"),
            ("NationalId:Mosip:WebSub:HubUrl", "http://127.0.0.1:9/hub"),
            .. more,
        ];
        return new ConfigurationBuilder()
            .AddInMemoryCollection(
                system switch
                {
                    "mosip-packets" => TestSettings.Packets(Storage, all),
                    "mosip-mediator" => TestSettings.Mosip(Storage, all),
                    _ => TestSettings.Default(Storage, all),
                }
            )
            .Build();
    }
}
