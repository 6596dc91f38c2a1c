using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.AnySystem;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.AnySystem;

/// <summary>Any National ID system but MOSIP: the default path.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class DefaultSystemTests
{
    [Theory]
    [InlineData("Freedonia")]
    [InlineData("mosip")]
    public async Task A_life_with_any_name_but_MOSIP_goes_to_the_system_as_it_came_and_its_number_onto_the_record(
        string name
    )
    {
        await using var world = await StartAsync(
            sandbox => sandbox.ClientName = name,
            settings => settings["NationalId:Mosip:BirthUrl"] = settings["NationalId:Mosip:Timeout"] = "nowhere, never"
        );
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord { GivenNames = ["Zoë !*'()", "Łukasz"], FamilyName = "Ωmega 🐣" }
        );
        var number = await NumberAsync(world, birth);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { NationalId = number });
        await world.DeliveredAsync(death);

        var system = world.Sandbox.NationalIdSystem;
        Assert.Equal([birth.Body, death.Body], system.Received.Select(notice => notice.Payload!));
        Assert.Equal(["birth", "death"], system.Received.Select(notice => notice.Kind));
        Assert.All(system.Received, notice => Assert.Equal("application/json", notice.ContentType));
        var assigned = system.FindByBirth(birth.RegistrationNumber)!;
        Assert.Equal(number, assigned.Number);
        Assert.False(assigned.Valid);
        Assert.Equal(death.RegistrationNumber, assigned.DeathRegistrationNumber);
        Assert.Single(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves);
        Assert.Empty(world.Sandbox.OpenCrvs.Find(death.RegistrationNumber)!.Saves);
        Assert.Empty(world.Sandbox.Mosip.DrawnAids);
    }

    [Fact]
    public async Task MOSIP_takes_its_own_path_and_reads_nothing_of_the_default_one()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:DefaultSystem:BirthUrl"] = settings["NationalId:DefaultSystem:Timeout"] =
                "nowhere, never"
        );
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Single(world.Sandbox.Mosip.DrawnAids);
        Assert.Empty(world.Sandbox.NationalIdSystem.Received);
    }

    [Theory]
    [InlineData("BirthUrl")]
    [InlineData("DeathUrl")]
    public async Task One_address_alone_gets_births_and_deaths(string setting)
    {
        await using var receiver = await LoopbackServer.StartAsync((202, ""));
        await using var world = await StartAsync(client: Towards(receiver, setting));
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync();
        await world.DeliveredAsync(death);
        Assert.Equal([birth.Body, death.Body], receiver.Seen.Select(seen => seen.Body));
        Assert.All(receiver.Seen, seen => Assert.Equal("/events", seen.Path));
    }

    [Fact]
    public async Task Twenty_odd_megabytes_arrive_byte_for_byte_and_Node_verifies_our_signature()
    {
        await using var receiver = await NodeReceiver.StartAsync(World.Keys.Value.SignSecret);
        await using var world = await StartAsync(client: settings =>
        {
            settings["NationalId:DefaultSystem:BirthUrl"] = receiver.Url + "/hooks?from=crvs";
            settings.Remove("NationalId:DefaultSystem:DeathUrl");
        });
        var odd = OddBirth(20_000_000);
        var usual = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(202, (await world.Sandbox.OpenCrvs.SendRawAsync(odd, world.Sandbox.OpenCrvs.Sign(odd))).Status);
        await world.DeliveredAsync(usual);
        await world.EventAsync("2026BODD001", EventKinds.Birth, EventState.Delivered);

        // It answers before it tells.
        await Eventually.TrueAsync(() => receiver.Got.Count >= 2);
        Assert.Equal(2, receiver.Got.Count);
        foreach (var body in new[] { usual.Body, odd })
        {
            var got = Assert.Single(
                receiver.Got,
                one => one.GetProperty("sha256").GetString() == Convert.ToHexStringLower(SHA256.HashData(body))
            );
            Assert.True(got.GetProperty("verified").GetBoolean());
            Assert.Equal(body.Length, got.GetProperty("length").GetInt32());
            Assert.Equal("application/json", got.GetProperty("type").GetString());
            Assert.Equal("/hooks?from=crvs", got.GetProperty("path").GetString());
        }
    }

    [Fact]
    public async Task A_bearer_token_is_fetched_once_and_again_when_it_is_refused()
    {
        await using var world = await StartAsync(sandbox => sandbox.NationalIdSystemOAuth = true);
        var system = world.Sandbox.NationalIdSystem;
        await NumberAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync());
        await NumberAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal(1, system.Token.Calls);

        system.ForgetTokens();
        var large = await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { PaddingBytes = 3_000_000 });
        Assert.Equal(1, (await world.DeliveredAsync(large)).Attempt);
        Assert.Equal(large.Body, system.Received.Last().Payload);
        Assert.Equal(2, system.Token.Calls);
        Assert.Equal(["no valid bearer token"], system.Refused);
    }

    [Fact]
    public async Task A_token_that_is_refused_again_makes_the_event_wait()
    {
        await using var world = await StartAsync(
            sandbox => sandbox.NationalIdSystemOAuth = true,
            settings =>
                settings["NationalId:Delivery:FirstDelay"] = settings["NationalId:Delivery:LongestDelay"] = "01:00:00"
        );
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Unauthorized);
        var waiting = await WaitingAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal("The National ID system answered 401.", waiting.Reason);
        Assert.Equal(2, world.Sandbox.NationalIdSystem.Births.Calls);
        Assert.Equal(2, world.Sandbox.NationalIdSystem.Token.Calls);
    }

    [Theory]
    [InlineData(Fault.Status500, "answered 500")]
    [InlineData(Fault.Status429, "answered 429")]
    [InlineData(Fault.Unauthorized, "refuses the client's credentials")]
    [InlineData(Fault.Html200, "can't be read")]
    public async Task The_token_endpoint_failing_for_a_while_delays_and_loses_nothing(Fault fault, string reason)
    {
        await using var world = await StartAsync(sandbox => sandbox.NationalIdSystemOAuth = true);
        world.Sandbox.NationalIdSystem.Token.Set(fault);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Contains(reason, (await WaitingAsync(world, birth)).Reason);
        world.Sandbox.NationalIdSystem.Token.Clear();
        await NumberAsync(world, birth);
    }

    [Fact]
    public async Task A_page_that_a_gateway_answers_with_200_is_not_the_systems_yes()
    {
        await using var world = await StartAsync();
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Html200);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Contains("can't be read", (await WaitingAsync(world, birth)).Reason);
        world.Sandbox.NationalIdSystem.Births.Clear();
        await NumberAsync(world, birth);
    }

    [Theory]
    [InlineData("RSA", "pass word")]
    [InlineData("EC", null)]
    public async Task The_client_certificate_of_the_secret_store_is_shown_to_a_system_that_asks_for_it(
        string kind,
        string? password
    )
    {
        using var server = Certificate("RSA", "CN=127.0.0.1");
        using var client = Certificate(kind, "CN=National ID client");
        var shown = new ConcurrentQueue<string?>();
        await using var receiver = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                shown.Enqueue(context.Connection.ClientCertificate?.Thumbprint);
                return Task.CompletedTask;
            },
            listen =>
                listen.UseHttps(
                    server,
                    https =>
                    {
                        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                        https.AllowAnyClientCertificate();
                    }
                )
        );
        await using var world = await StartAsync(
            client: settings =>
            {
                Towards(receiver)(settings);
                settings["NationalId:DefaultSystem:Authentication"] = "Certificate";
                settings["NATIONALID_CLIENT_P12"] = Convert.ToBase64String(
                    client.Export(X509ContentType.Pkcs12, password)
                );
                settings["NATIONALID_CLIENT_P12_PASSWORD"] = password;
            },
            services: services => Trust(services, server)
        );
        await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal([client.Thumbprint], shown);
    }

    [Fact]
    public async Task A_client_certificate_that_does_not_open_makes_events_wait_and_is_named()
    {
        using var client = Certificate("RSA", "CN=National ID client");
        await using var world = await StartAsync(client: settings =>
        {
            settings["NationalId:DefaultSystem:Authentication"] = "Certificate";
            settings["NATIONALID_CLIENT_P12"] = Convert.ToBase64String(client.Export(X509ContentType.Pkcs12, "right"));
            settings["NATIONALID_CLIENT_P12_PASSWORD"] = "wrong";
        });
        var waiting = await WaitingAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync());
        Assert.Equal("The secret 'NATIONALID-CLIENT-P12' can't be used.", waiting.Reason);
        Assert.Equal(0, world.Sandbox.NationalIdSystem.Births.Calls);
    }

    [Theory]
    [InlineData("NATIONALID_SIGN_SECRET", "The secret 'NATIONALID-SIGN-SECRET' is missing.")]
    [InlineData("NATIONALID_OAUTH_CLIENT_SECRET", "The secret 'NATIONALID-OAUTH-CLIENT-SECRET' is missing.")]
    public async Task A_secret_that_is_missing_makes_events_wait_and_is_named(string setting, string reason)
    {
        await using var world = await StartAsync(
            sandbox => sandbox.NationalIdSystemOAuth = true,
            settings => settings.Remove(setting)
        );
        Assert.Equal(reason, (await WaitingAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync())).Reason);
    }

    [Theory]
    [InlineData(Fault.Down)]
    [InlineData(Fault.DownAfter)]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Status503)]
    public async Task The_system_away_for_a_while_gets_every_event_and_each_number_is_saved_once(Fault fault)
    {
        await using var world = await StartAsync();
        var system = world.Sandbox.NationalIdSystem;
        system.Births.Set(fault);
        system.Deaths.Set(fault);
        var births = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.Sandbox.OpenCrvs.SendBirthAsync()));
        var deaths = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.Sandbox.OpenCrvs.SendDeathAsync()));
        foreach (var sent in births.Concat(deaths))
        {
            Assert.Equal(202, Assert.Single(sent.Attempts).Status);
            Assert.Contains("The National ID system", (await WaitingAsync(world, sent)).Reason);
        }

        system.Births.Clear();
        system.Deaths.Clear();
        foreach (var birth in births)
        {
            var number = await NumberAsync(world, birth);
            Assert.Equal(system.FindByBirth(birth.RegistrationNumber)!.Number, number);
            Assert.Single(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves);
        }

        foreach (var sent in births.Concat(deaths))
        {
            await world.DeliveredAsync(sent);
            var got = system.Received.Where(notice => notice.RegistrationNumber == sent.RegistrationNumber).ToList();
            Assert.True(
                got.Count == 1 || (got.Count > 1 && fault == Fault.DownAfter),
                $"It was received {got.Count} times."
            );
            Assert.All(got, notice => Assert.Equal(sent.Body, notice.Payload));
        }

        Assert.Empty(system.Refused);
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));
    }

    [Fact]
    public async Task What_the_system_refuses_for_good_is_poison_with_its_reason_and_an_operator_can_send_it_again()
    {
        await using var world = await StartAsync();
        world.Sandbox.NationalIdSystem.Births.Set(Fault.Status400);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        Assert.Equal("The National ID system answered 400.", row.Reason);
        Assert.Equal(1, world.Sandbox.NationalIdSystem.Births.Calls);
        Assert.Equal(1, await world.WaitingAsync(EventKinds.BirthQueue + StorageClients.PoisonSuffix));

        world.Sandbox.NationalIdSystem.Births.Clear();
        using var replay = new HttpRequestMessage(HttpMethod.Post, $"api/ops/events/{row.Key}/replay");
        replay.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        replay.Headers.Add("X-Requested-With", "test");
        using var answer = await world.Http.SendAsync(replay);
        Assert.True(answer.IsSuccessStatusCode);
        await NumberAsync(world, birth);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_another_host_is_not_followed(int status)
    {
        await using var elsewhere = await LoopbackServer.StartAsync((200, """{"nationalId":"1"}"""));
        await using var receiver = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = $"http://localhost:{elsewhere.Address.Port}/births";
                return Task.CompletedTask;
            }
        );
        await using var world = await StartAsync(client: Towards(receiver));
        Assert.Equal(
            $"The National ID system answered {status}.",
            (await WaitingAsync(world, await world.Sandbox.OpenCrvs.SendBirthAsync())).Reason
        );
        Assert.Empty(elsewhere.Seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"nationalId":null}""")]
    [InlineData("""{"nationalId":""}""")]
    [InlineData("""{"nationalId":"\ud800"}""")]
    [InlineData("""["nationalId"]""")]
    [InlineData("long")]
    public async Task Any_2xx_is_a_yes_even_when_it_makes_no_sense(string text)
    {
        await using var receiver = await LoopbackServer.StartAsync(
            (201, text == "long" ? new string(' ', 1_000_000) : text)
        );
        await using var world = await StartAsync(client: Towards(receiver));
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(1, (await world.DeliveredAsync(birth)).Attempt);
        Assert.Single(receiver.Seen);
        Assert.Empty(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves);
    }

    [Fact]
    public async Task A_number_that_comes_later_is_saved_once_however_often_it_comes_while_the_mediator_is_away()
    {
        await using var world = await StartAsync(
            sandbox => sandbox.NumberAnswer = NumberAnswer.CallBack,
            settings => settings["NationalId:DefaultSystem:NationalIdField"] = "NID"
        );
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status500);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.NationalId, EventState.Waiting);
        Assert.Equal(200, await world.Sandbox.NationalIdSystem.CallBackAsync(birth.RegistrationNumber));

        world.Sandbox.OpenCrvs.Mediator.Clear();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.NationalId, EventState.Delivered);
        Assert.Equal(200, await world.Sandbox.NationalIdSystem.CallBackAsync(birth.RegistrationNumber));
        await Eventually.TrueAsync(async () => await world.WaitingAsync(EventKinds.ReturnQueue) == 0);
        var save = Assert.Single(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves);
        Assert.Equal(world.Sandbox.NationalIdSystem.FindByBirth(birth.RegistrationNumber)!.Number, save.Fields["NID"]);
        Assert.Equal(birth.RegistrationNumber, save.Fields["BRN"]);
    }

    [Fact]
    public async Task Another_number_for_a_BRN_and_a_number_of_another_BRN_are_conflicts_and_overwrite_nothing()
    {
        await using var world = await StartAsync();
        var system = world.Sandbox.NationalIdSystem;
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var number = await NumberAsync(world, first);
        await world.EventAsync(first.RegistrationNumber, EventKinds.NationalId, EventState.Delivered);
        Assert.Equal(409, await system.CallBackAsync(first.RegistrationNumber, "another"));
        Assert.Equal(409, await system.CallBackAsync(first.RegistrationNumber, "another"));
        Assert.Equal(
            "the BRN has another number already",
            (await world.EventAsync(first.RegistrationNumber, EventKinds.NationalId, EventState.Flagged)).Reason
        );

        system.Answer = NumberAnswer.Never;
        var second = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(second);
        Assert.Equal(409, await system.CallBackAsync(second.RegistrationNumber, number));
        Assert.Equal(
            "the number belongs to another BRN already",
            (await world.EventAsync(second.RegistrationNumber, EventKinds.NationalId, EventState.Flagged)).Reason
        );

        // What the conflicts left behind keeps nobody from the right number.
        Assert.Equal(200, await system.CallBackAsync(second.RegistrationNumber, "its own"));
        Assert.Equal("its own", await NumberAsync(world, second));
        Assert.Equal(
            [number],
            world.Sandbox.OpenCrvs.Find(first.RegistrationNumber)!.Saves.Select(save => save.Fields["NATIONAL_ID"])
        );
        Assert.Equal(
            ["its own"],
            world.Sandbox.OpenCrvs.Find(second.RegistrationNumber)!.Saves.Select(save => save.Fields["NATIONAL_ID"])
        );
    }

    [Fact]
    public async Task The_same_number_answered_for_two_births_is_saved_for_the_first_and_flagged_for_the_second()
    {
        await using var receiver = await LoopbackServer.StartAsync((200, """{"nationalId":"7"}"""));
        await using var world = await StartAsync(client: Towards(receiver));
        var first = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await NumberAsync(world, first);
        var second = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(second.RegistrationNumber, EventKinds.NationalId, EventState.Flagged);
        await world.DeliveredAsync(second);
        Assert.Empty(world.Sandbox.OpenCrvs.Find(second.RegistrationNumber)!.Saves);
    }

    [Fact]
    public async Task Each_wrong_call_back_has_its_clear_answer_and_one_signed_by_Node_is_taken()
    {
        await using var world = await StartAsync(sandbox => sandbox.NumberAnswer = NumberAnswer.Never);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        var body = $$"""{ "BRN": "{{birth.RegistrationNumber}}", "note": "Zoë !*'() 🐣 %41", "nationalId": "N-1" }""";
        var (ours, theirs) = (world.Sandbox.Keys.SignSecret, world.Sandbox.Keys.CallbackSecret);
        var signature = (await NodeScript.RunAsync("webhook-sign.mjs", [new { body, secret = theirs }]))[0]
            .GetProperty("signature")
            .GetString();

        Assert.Equal(401, await CallBackAsync(body, null));
        Assert.Equal(401, await CallBackAsync(body, "sha1=00"));
        Assert.Equal(401, await CallBackAsync(body, TestEvents.Signature(Encoding.UTF8.GetBytes(body), ours)));
        Assert.Equal(401, await CallBackAsync(body.Replace("N-1", "N-2", StringComparison.Ordinal), signature));
        Assert.Equal(400, await SignedAsync("not JSON"));
        Assert.Equal(400, await SignedAsync($$"""{"BRN":"{{birth.RegistrationNumber}}"}"""));
        Assert.Equal(413, await SignedAsync(new string(' ', 300_000)));
        Assert.Equal(404, await SignedAsync("""{"BRN":"2026BNOBODY","nationalId":"N-1"}"""));
        Assert.Equal(
            "the BRN is not known",
            (await world.EventAsync("2026BNOBODY", EventKinds.NationalId, EventState.Flagged)).Reason
        );
        Assert.Empty(world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves);

        Assert.Equal(200, await CallBackAsync(body, signature));
        Assert.Equal("N-1", await NumberAsync(world, birth));

        Task<int> SignedAsync(string text) =>
            CallBackAsync(text, TestEvents.Signature(Encoding.UTF8.GetBytes(text), theirs));

        async Task<int> CallBackAsync(string text, string? header)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/national-id")
            {
                Content = new StringContent(text, Encoding.UTF8, "application/json"),
            };
            if (header is not null)
            {
                request.Headers.Add("X-Hub-Signature", header);
            }

            using var answer = await world.Http.SendAsync(request);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_life_leaves_no_name_number_or_secret_in_any_log()
    {
        await using var world = await StartAsync(sandbox => sandbox.NationalIdSystemOAuth = true);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord { GivenNames = ["Siân-Testperson"], FamilyName = "O'Nell-Testperson" }
        );
        var number = await NumberAsync(world, birth);
        world.Sandbox.NationalIdSystem.Deaths.Set(Fault.Status500, 4);
        await world.DeliveredAsync(
            await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { NationalId = number })
        );
        Assert.Equal(409, await world.Sandbox.NationalIdSystem.CallBackAsync(birth.RegistrationNumber, "5550001112"));
        var logs = string.Join('\n', world.Logs.Lines);
        Assert.True(world.Logs.Lines.Count > 20, "Trace logs are expected.");
        var keys = world.Sandbox.Keys;
        string[] forbidden =
        [
            "Testperson",
            number,
            "5550001112",
            birth.RegistrationNumber,
            keys.SignSecret,
            keys.CallbackSecret,
            keys.OAuthClientSecret,
            keys.LedgerKey,
            keys.WebhookSecret,
            keys.OpenCrvsClientSecret,
        ];
        Assert.DoesNotContain(forbidden, secret => logs.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    internal static Task<World> StartAsync(
        Action<SandboxSettings>? sandbox = null,
        Action<Dictionary<string, string?>>? client = null,
        Action<IServiceCollection>? services = null
    ) =>
        World.StartAsync(
            settings =>
            {
                settings.ClientName = "Freedonia";
                sandbox?.Invoke(settings);
            },
            client,
            services: services
        );

    /// <summary>The number on the birth's record, once it is there.</summary>
    internal static async Task<string> NumberAsync(World world, SentEvent birth)
    {
        var record = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!;
        await Eventually.TrueAsync(() => record.NationalId is not null);
        return record.NationalId!;
    }

    /// <summary>Lets the client accept a server's own certificate, as the machine's trusted roots would.</summary>
    internal static void Trust(IServiceCollection services, X509Certificate2 server) =>
        services
            .AddHttpClient(AnySystemOptions.PartnerName)
            .ConfigurePrimaryHttpMessageHandler(
                (handler, _) =>
                    ((SocketsHttpHandler)handler).SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) =>
                        shown!.GetCertHashString() == server.Thumbprint
            );

    private static Task<EventRow> WaitingAsync(World world, SentEvent sent) =>
        world.EventAsync(sent.RegistrationNumber, sent.Topic, EventState.Waiting);

    private static Action<Dictionary<string, string?>> Towards(LoopbackServer receiver, string setting = "BirthUrl") =>
        settings =>
        {
            settings.Remove("NationalId:DefaultSystem:BirthUrl");
            settings.Remove("NationalId:DefaultSystem:DeathUrl");
            settings["NationalId:DefaultSystem:" + setting] = new Uri(receiver.Address, "/events").ToString();
        };

    /// <summary>
    /// A birth as no serialiser would write it: odd white space, keys twice, escapes that need none, text of all
    /// planes.
    /// </summary>
    private static byte[] OddBirth(int length)
    {
        var text = Encoding
            .UTF8.GetString(TestEvents.Birth("2026BODD001", "5c1d7a3e-0000-4000-8000-00000000000d"))
            .Replace(
                "\"gender\":\"female\"",
                "\"gender\" :\t\"male\",\r\n\r\n  \"gender\":\"fem\\u0061le\" ,"
                    + "\"multipleBirthInteger\":1.0e0,\"note\":\"\\/ !*'()~ %41 Zoë 李 🐣\"",
                StringComparison.Ordinal
            )
            .Replace(
                "}}\n]}]}}",
                "}} \n,{\"resource\":{\"resourceType\":\"DocumentReference\",\"content\":[{\"attachment\":{"
                    + "\"data\":\"@\"}}]}}\t]}]}}\r\n \n",
                StringComparison.Ordinal
            );
        var cut = text.Split('@');
        Assert.Equal(2, cut.Length);
        var filler = new StringBuilder();
        while (filler.Length < length / 2)
        {
            filler.Append("Ünïcödé 🐣 ").Append(Random.Shared.NextInt64()).Append(" (it's 100%!*~) \\n ");
        }

        var body = Encoding.UTF8.GetBytes(cut[0] + filler + filler + cut[1]);
        Assert.True(body.Length >= length);
        return body;
    }

    private static X509Certificate2 Certificate(string kind, string name)
    {
        using AsymmetricAlgorithm key = kind == "RSA" ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA rsa
            ? new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(name, (ECDsa)key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    /// <summary>webhook-receiver.mjs.</summary>
    private sealed class NodeReceiver : IAsyncDisposable
    {
        private readonly TaskCompletionSource<int> port = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ChildProcess child = null!;

        public string Url => $"http://{IPAddress.Loopback}:{port.Task.Result}";

        public ConcurrentQueue<JsonElement> Got { get; } = new();

        public static async Task<NodeReceiver> StartAsync(string secret)
        {
            var receiver = new NodeReceiver();
            receiver.child = await ChildProcess.StartAsync(
                "node",
                [Path.Combine(AppContext.BaseDirectory, "Node", "webhook-receiver.mjs")],
                new Dictionary<string, string> { ["SECRET"] = secret },
                receiver.Read
            );
            await receiver.port.Task.WaitAsync(TimeSpan.FromSeconds(60));
            return receiver;
        }

        public ValueTask DisposeAsync() => child.DisposeAsync();

        private void Read(string line)
        {
            using var told = JsonDocument.Parse(line);
            if (told.RootElement.TryGetProperty("port", out var number))
            {
                port.SetResult(number.GetInt32());
            }
            else
            {
                Got.Enqueue(told.RootElement.Clone());
            }
        }
    }
}
