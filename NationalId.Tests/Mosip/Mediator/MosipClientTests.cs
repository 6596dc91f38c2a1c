using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.Mediator;

public sealed class MosipClientTests
{
    private readonly TestSecrets secrets = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2024, 2, 29, 10, 0, 0, TimeSpan.Zero));
    private readonly MediatorOptions options = new();

    [Fact]
    public async Task Without_a_token_endpoint_the_literal_is_the_token()
    {
        await using var mosip = await LoopbackServer.StartAsync((200, "\"10001100010000120240229101112\""));
        options.GenerateAidUrl = mosip.Address;
        Assert.Equal("10001100010000120240229101112", await Client().DrawAidAsync(default));
        Assert.Equal("Authorization=Authorization", Assert.Single(mosip.Seen).Headers.Cookie);
        Assert.Equal("GET", Assert.Single(mosip.Seen).Method);
    }

    [Fact]
    public async Task The_token_is_asked_as_keycloak_wants_it_and_kept_until_shortly_before_it_expires()
    {
        await using var auth = await TokenServerAsync(expiresIn: 300);
        var tokens = Tokens(auth);
        Assert.Equal("token-1", await tokens.GetAsync(default));
        var form = Encoding.UTF8.GetString(Assert.Single(auth.Seen).Body).Split('&').Order();
        Assert.Equal(
            [
                "client_id=client",
                "client_secret=client%26secret",
                "grant_type=password",
                "password=pass%2Bword",
                "username=user",
            ],
            form
        );
        time.Advance(TimeSpan.FromSeconds(269));
        Assert.Equal("token-1", await tokens.GetAsync(default));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("token-2", await tokens.GetAsync(default));
    }

    [Fact]
    public async Task A_short_token_is_renewed_a_tenth_of_its_life_before_its_end()
    {
        await using var auth = await TokenServerAsync(expiresIn: 60);
        var tokens = Tokens(auth);
        await tokens.GetAsync(default);
        time.Advance(TimeSpan.FromSeconds(53));
        Assert.Equal("token-1", await tokens.GetAsync(default));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("token-2", await tokens.GetAsync(default));
    }

    [Fact]
    public async Task Many_who_need_a_token_at_once_share_one_fetch()
    {
        var many = new TaskCompletionSource();
        await using var auth = await LoopbackServer.StartAsync(
            async (seen, context) =>
            {
                await many.Task;
                await context.Response.WriteAsJsonAsync(
                    new { access_token = $"token-{seen.Number}", expires_in = 300 }
                );
            }
        );
        var tokens = Tokens(auth);
        var calls = Enumerable.Range(0, 50).Select(_ => tokens.GetAsync(default)).ToArray();
        using var impatient = new CancellationTokenSource();
        var cancelled = tokens.GetAsync(impatient.Token);
        impatient.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        many.SetResult();
        Assert.All(await Task.WhenAll(calls), token => Assert.Equal("token-1", token));
        Assert.Single(auth.Seen);
    }

    [Fact]
    public async Task Only_the_refused_token_is_forgotten()
    {
        await using var auth = await TokenServerAsync(expiresIn: 300);
        var tokens = Tokens(auth);
        var first = await tokens.GetAsync(default);
        tokens.Invalidate(first);
        var second = await tokens.GetAsync(default);
        tokens.Invalidate(first);
        Assert.Equal(second, await tokens.GetAsync(default));
        Assert.Equal(2, auth.Seen.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    public async Task Refused_credentials_are_read_afresh_once(int status)
    {
        secrets.Fresh[SecretNames.MosipAuthPassword] = "rotated";
        await using var auth = await LoopbackServer.StartAsync(
            (status, """{"error":"invalid_grant"}"""),
            (200, """{"access_token":"good","expires_in":300}""")
        );
        Assert.Equal("good", await Tokens(auth).GetAsync(default));
        Assert.Contains("password=rotated", Encoding.UTF8.GetString(auth.Seen.Last().Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "{}", "MOSIP's token endpoint answered 400.", 2)]
    [InlineData(500, "{}", "MOSIP's token endpoint answered 500.", 1)]
    [InlineData(200, "<html>", "MOSIP's token endpoint answered something that can't be read.", 1)]
    [InlineData(200, "{}", "MOSIP's token endpoint answered something that can't be read.", 1)]
    [InlineData(
        200,
        """{"access_token":"a\r\nb","expires_in":300}""",
        "MOSIP's token endpoint answered something that can't be read.",
        1
    )]
    public async Task A_token_endpoint_that_gives_none_is_transient_and_asked_again_next_time(
        int status,
        string body,
        string reason,
        int calls
    )
    {
        await using var auth = await LoopbackServer.StartAsync(
            (seen, context) =>
            {
                context.Response.StatusCode = seen.Number <= calls ? status : 200;
                return context.Response.WriteAsync(
                    seen.Number <= calls ? body : """{"access_token":"good","expires_in":300}"""
                );
            }
        );
        var tokens = Tokens(auth);
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() => tokens.GetAsync(default));
        Assert.Equal(reason, failure.Reason);
        Assert.Equal("good", await tokens.GetAsync(default));
    }

    [Fact]
    public async Task A_registration_arrives_as_an_envelope_that_mosip_can_open()
    {
        await using var mosip = await LoopbackServer.StartAsync((200, ""));
        options.BirthUrl = new Uri(mosip.Address, "/birth");
        options.DeathUrl = new Uri(mosip.Address, "/death");
        foreach (var kind in new[] { RegistrationKind.Birth, RegistrationKind.Death })
        {
            await Client().SendAsync(kind, () => Content("the bundle of a " + kind), default);
            var seen = mosip.Seen.Last();
            Assert.Equal(kind is RegistrationKind.Birth ? "/birth" : "/death", seen.Path);
            Assert.Equal("application/json", seen.Headers.ContentType);
            Assert.Equal(seen.Body.Length, seen.Headers.ContentLength);
            var message = JsonDocument.Parse(seen.Body).RootElement;
            var data = message.GetProperty("data").GetBytesFromBase64();
            Assert.True(
                Envelope.VerifySignature(data, message.GetProperty("signature").GetBytesFromBase64(), TestKeys.Ours)
            );
            Assert.Equal(
                "the bundle of a " + kind,
                Encoding.UTF8.GetString(Envelope.Open(data, [TestKeys.Private(TestKeys.Theirs)]))
            );
        }
    }

    [Theory]
    [InlineData(401, "")]
    [InlineData(200, """{"response":null,"errors":[{"errorCode":"KER-ATH-401","message":"Authentication Failed"}]}""")]
    public async Task An_expired_token_is_replaced_once_and_the_message_sent_again(int status, string body)
    {
        await using var auth = await TokenServerAsync(expiresIn: 300);
        options.AuthUrl = auth.Address;
        await using var mosip = await LoopbackServer.StartAsync((status, body), (200, "ok"));
        options.BirthUrl = mosip.Address;
        await Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default);
        Assert.Equal(
            ["Authorization=token-1", "Authorization=token-2"],
            mosip.Seen.Select(seen => seen.Headers.Cookie.ToString())
        );
        Assert.All(
            mosip.Seen,
            seen => Assert.StartsWith("{\"id\":", Encoding.UTF8.GetString(seen.Body), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_token_refused_twice_is_transient()
    {
        await using var mosip = await LoopbackServer.StartAsync((401, ""));
        options.GenerateAidUrl = mosip.Address;
        Assert.Equal(
            "MOSIP answered 401.",
            (await Assert.ThrowsAsync<TransientFailureException>(() => Client().DrawAidAsync(default))).Reason
        );
        Assert.Equal(2, mosip.Seen.Count);
    }

    [Theory]
    [InlineData("<!doctype html><title>Sign in</title>")]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("\"a\\nb\"")]
    public async Task An_answer_without_an_application_id_is_transient(string body)
    {
        await using var mosip = await LoopbackServer.StartAsync((200, body));
        options.GenerateAidUrl = mosip.Address;
        await Assert.ThrowsAsync<TransientFailureException>(() => Client().DrawAidAsync(default));
    }

    [Theory]
    [InlineData(200, "<html>gateway</html>")]
    [InlineData(200, """{"errors":[{"errorCode":"OCRVS-PRX-500","message":"no"}]}""")]
    [InlineData(301, "")]
    [InlineData(403, "")]
    [InlineData(404, "")]
    [InlineData(408, "")]
    [InlineData(429, "")]
    [InlineData(502, "")]
    public async Task A_registration_that_may_be_taken_later_is_transient(int status, string body)
    {
        await using var mosip = await LoopbackServer.StartAsync((status, body));
        options.DeathUrl = mosip.Address;
        await Assert.ThrowsAsync<TransientFailureException>(() =>
            Client().SendAsync(RegistrationKind.Death, () => Content("bundle"), default)
        );
        Assert.Single(mosip.Seen);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task A_registration_that_mosip_refuses_as_such_is_permanent(int status)
    {
        await using var mosip = await LoopbackServer.StartAsync((status, "no"));
        options.BirthUrl = mosip.Address;
        var failure = await Assert.ThrowsAsync<PermanentFailureException>(() =>
            Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default)
        );
        Assert.Equal($"MOSIP answered {status}.", failure.Reason);
    }

    [Theory]
    [InlineData("OPN-CRVS-001", typeof(PermanentFailureException), "MOSIP answered 400: OPN-CRVS-001.")]
    [InlineData("OPN-CRVS-005", typeof(TransientFailureException), "MOSIP answered 400: OPN-CRVS-005.")]
    [InlineData("OPN-CRVS-006", typeof(PermanentFailureException), "MOSIP answered 400: OPN-CRVS-006.")]
    [InlineData("OPN-CRVS-032", typeof(TransientFailureException), "MOSIP answered 400: OPN-CRVS-032.")]
    [InlineData("OPN-CRVS-099", typeof(TransientFailureException), "MOSIP answered 400: OPN-CRVS-099.")]
    [InlineData("OPN-AUT-001", typeof(TransientFailureException), "MOSIP answered 400: OPN-AUT-001.")]
    [InlineData("OPN-CRVS-022", typeof(TransientFailureException), "MOSIP answered 400: OPN-CRVS-022.")]
    [InlineData("OPN-CRVS-028", typeof(PermanentFailureException), "MOSIP answered 400: OPN-CRVS-028.")]
    [InlineData("OPN-CRVS-029", typeof(FlaggedException), "MOSIP answered 400: OPN-CRVS-029.")]
    [InlineData(
        "OPN-CRVS-005 Amina",
        typeof(TransientFailureException),
        "MOSIP answered 400 with an error of its mediator."
    )]
    [InlineData("KER-MSD-005", typeof(PermanentFailureException), "MOSIP answered 400.")]
    public async Task A_400_of_the_mediator_means_what_its_code_says(string code, Type failure, string reason)
    {
        await using var mosip = await LoopbackServer.StartAsync(
            (400, $$"""{"errors":[{"errorCode":"{{code}}","message":"of Amina"}]}""")
        );
        options.GenerateAidUrl = mosip.Address;
        options.BirthUrl = mosip.Address;
        options.DeathUrl = mosip.Address;
        foreach (
            var call in (Func<Task>[])
                [
                    () => Client().DrawAidAsync(default),
                    () => Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default),
                    () => Client().SendAsync(RegistrationKind.Death, () => Content("bundle"), default),
                ]
        )
        {
            Assert.Equal(reason, ((DeliveryException)await Assert.ThrowsAsync(failure, call)).Reason);
        }
    }

    [Theory]
    [InlineData("OPN-CRVS-006 --> Unable to build idJson Fields", typeof(PermanentFailureException), ": OPN-CRVS-006")]
    [InlineData(
        "OPN-CRVS-006 --> Unable; \\nnested exception is OPN-CRVS-001 --> JSON of Amina",
        typeof(PermanentFailureException),
        ": OPN-CRVS-006"
    )]
    [InlineData(
        "OPN-CRVS-006 --> Unable; \\nnested exception is OPN-CRVS-032 --> Error fetching Addresses",
        typeof(TransientFailureException),
        ""
    )]
    [InlineData("OPN-CRVS-005 --> Unable to generate RID", typeof(TransientFailureException), "")]
    [InlineData("null", typeof(TransientFailureException), "")]
    public async Task A_500_is_given_up_only_where_it_says_that_the_event_is_to_blame(
        string message,
        Type failure,
        string code
    )
    {
        await using var mosip = await LoopbackServer.StartAsync(
            (500, $$"""{"status":500,"error":"Internal Server Error","message":"{{message}}","path":"/birth"}""")
        );
        options.BirthUrl = mosip.Address;
        Assert.Equal(
            $"MOSIP answered 500{code}.",
            (
                (DeliveryException)
                    await Assert.ThrowsAsync(
                        failure,
                        () => Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default)
                    )
            ).Reason
        );
    }

    [Fact]
    public async Task A_date_in_retry_after_counts_from_now()
    {
        await using var mosip = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.StatusCode = 503;
                context.Response.Headers.RetryAfter = time.GetUtcNow().AddMinutes(2).ToString("R");
                return Task.CompletedTask;
            }
        );
        options.GenerateAidUrl = mosip.Address;
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() => Client().DrawAidAsync(default));
        Assert.Equal(TimeSpan.FromMinutes(2), failure.RetryAfter);
    }

    [Fact]
    public async Task A_payload_that_can_not_be_read_a_closed_port_and_silence_are_transient()
    {
        await using var mosip = await LoopbackServer.StartAsync((200, ""));
        options.BirthUrl = mosip.Address;
        var broken = new EnvelopeContent(
            "id",
            time.GetUtcNow(),
            10,
            _ => throw new IOException("blob"),
            TestKeys.Theirs,
            TestKeys.Private(TestKeys.Ours)
        );
        await Assert.ThrowsAsync<TransientFailureException>(() =>
            Client().SendAsync(RegistrationKind.Birth, () => broken, default)
        );

        options.BirthUrl = await LoopbackServer.NobodyAsync();
        await Assert.ThrowsAsync<TransientFailureException>(() =>
            Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default)
        );

        await using var silent = await LoopbackServer.StartSilentAsync();
        options.BirthUrl = silent.Address;
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() =>
            Client(TimeSpan.FromMilliseconds(300)).SendAsync(RegistrationKind.Birth, () => Content("bundle"), default)
        );
        Assert.Equal("MOSIP did not answer in time.", failure.Reason);

        options.BirthUrl = null;
        await Assert.ThrowsAsync<TransientFailureException>(() =>
            Client().SendAsync(RegistrationKind.Birth, () => Content("bundle"), default)
        );
    }

    private static Task<LoopbackServer> TokenServerAsync(int expiresIn) =>
        LoopbackServer.StartAsync(
            (seen, context) =>
                context.Response.WriteAsJsonAsync(new { access_token = $"token-{seen.Number}", expires_in = expiresIn })
        );

    private EnvelopeContent Content(string plain) =>
        new(
            "composition",
            time.GetUtcNow(),
            Encoding.UTF8.GetByteCount(plain),
            _ => new(new MemoryStream(Encoding.UTF8.GetBytes(plain))),
            TestKeys.Theirs,
            TestKeys.Private(TestKeys.Ours)
        );

    private MosipTokenClient Tokens(LoopbackServer auth)
    {
        options.AuthUrl = auth.Address;
        return new MosipTokenClient(LoopbackServer.Client(), secrets, options, time);
    }

    private MosipClient Client(TimeSpan? timeout = null) =>
        new(
            LoopbackServer.Client(timeout),
            new MosipTokenClient(LoopbackServer.Client(), secrets, options, time),
            options,
            time
        );
}
