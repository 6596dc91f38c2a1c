using System.Security.Cryptography.X509Certificates;
using System.Text;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.Ida;

public sealed class IdaClientTests
{
    private const string Token = "123456789012345678901234567890123456";

    private const string Recognised = $$"""
        {"id":"mosip.identity.auth","version":"1.0","responseTime":"2024-02-29T10:11:12.345Z",
         "transactionID":"0123456789","response":{"authStatus":true,"authToken":"{{Token}}"},"errors":null}
        """;

    private const string NoMatch = """
        {"transactionID":"1","response":{"authStatus":false,"authToken":"should not count"},
         "errors":[{"errorCode":"IDA-DEA-001","errorMessage":"Demographic data did not match","actionMessage":"Check"}]}
        """;

    private readonly TestSecrets secrets = new();
    private int keysRefreshed;

    [Fact]
    public async Task A_recognised_person_gives_the_token_and_the_answer_as_it_came()
    {
        await using var ida = await LoopbackServer.StartAsync((200, Recognised));
        var answer = await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default);
        Assert.Equal(IdaVerdict.Recognised, answer.Verdict);
        Assert.Equal(Token, answer.AuthToken);
        Assert.Equal("0123456789", answer.TransactionId);
        Assert.Equal("2024-02-29T10:11:12.345Z", answer.ResponseTime);
        Assert.Equal(Recognised, Encoding.UTF8.GetString(answer.Json.Span));
        Assert.DoesNotContain(Token, answer.ToString(), StringComparison.Ordinal);

        var request = Assert.Single(ida.Seen);
        Assert.Equal("POST", request.Method);
        // Kestrel leaves an escaped slash as it is and decodes the rest.
        Assert.Equal(
            "/idauthentication/v1/auth/licence%2Fkey%3F/partner/api%20key",
            request.Path.Replace("?", "%3F").Replace(" ", "%20")
        );
        Assert.Equal("Authorization", request.Headers.Authorization);
        Assert.Equal("application/json", request.Headers.ContentType);
        Assert.Matches(@"^[\w-]+\.\.[\w-]+$", request.Headers["Signature"].ToString());
        Assert.Contains(
            IdaRequestTests.Data.IndividualId,
            Encoding.UTF8.GetString(request.Body),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Errors_with_200_are_an_answer_and_no_exception()
    {
        await using var ida = await LoopbackServer.StartAsync((200, NoMatch));
        var answer = await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default);
        Assert.Equal(IdaVerdict.NotRecognised, answer.Verdict);
        Assert.Null(answer.AuthToken);
        var error = Assert.Single(answer.Errors);
        Assert.Equal(
            ("IDA-DEA-001", "Demographic data did not match", "Check"),
            (error.Code, error.Message, error.ActionMessage)
        );
        Assert.Single(ida.Seen);
    }

    [Fact]
    public async Task Errors_beside_a_null_response_are_an_answer_too()
    {
        await using var ida = await LoopbackServer.StartAsync(
            (200, """{"response":null,"errors":[{"errorCode":"IDA-MLC-002","errorMessage":"Invalid UIN"}]}""")
        );
        var answer = await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default);
        Assert.Equal(IdaVerdict.NotRecognised, answer.Verdict);
        Assert.Equal("NotRecognised IDA-MLC-002", answer.ToString());
    }

    [Theory]
    [InlineData(IdaVerdict.NotRecognised)]
    [InlineData(IdaVerdict.NotRecognised, "IDA-DEA-001", "IDA-DEA-003")]
    [InlineData(IdaVerdict.NotRecognised, "IDA-MLC-003")]
    [InlineData(IdaVerdict.NotRecognised, "IDA-MLC-005")]
    [InlineData(IdaVerdict.NotRecognised, "IDA-MLC-022")]
    [InlineData(IdaVerdict.NotRecognised, "IDA-MLC-027")]
    [InlineData(IdaVerdict.TryLater, "IDA-MLC-001")]
    [InlineData(IdaVerdict.TryLater, "IDA-MLC-007")]
    [InlineData(IdaVerdict.TryLater, "IDA-MLC-018")]
    [InlineData(IdaVerdict.TryLater, "IDA-MLC-021")]
    [InlineData(IdaVerdict.TryLater, "IDA-MLC-025")]
    [InlineData(IdaVerdict.TryLater, "IDA-RST-008")]
    [InlineData(IdaVerdict.TryLater, "of a later version")]
    [InlineData(IdaVerdict.TryLater, "")]
    [InlineData(IdaVerdict.TryLater, "IDA-DEA-001", "IDA-MLC-007")]
    public async Task Only_what_speaks_of_the_person_is_ida_s_last_word(IdaVerdict verdict, params string[] codes)
    {
        var errors = string.Join(',', codes.Select(code => $$"""{"errorCode":"{{code}}","errorMessage":"no"}"""));
        await using var ida = await LoopbackServer.StartAsync(
            (200, $$"""{"response":{"authStatus":false,"authToken":null},"errors":[{{errors}}]}""")
        );
        using var undecided = new MetricCounts("nationalid.ida.undecided");
        var answer = await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default);
        Assert.Equal(verdict, answer.Verdict);
        if (verdict == IdaVerdict.TryLater)
        {
            // Other tests count in the same process; which code they count is not theirs alone to choose.
            Assert.NotEqual(0, undecided.Of(answer.CountedAs));
        }
    }

    [Fact]
    public async Task Ida_is_told_the_environment_and_the_domain_of_the_settings()
    {
        await using var ida = await LoopbackServer.StartAsync((200, Recognised));
        var client = new IdaClient(
            LoopbackServer.Client(),
            secrets,
            new Keys(() => keysRefreshed++),
            new TokenSeederOptions
            {
                IdaAuthUrl = ida.Address,
                PartnerId = "our partner",
                IdaAuthDomainUri = "https://domain.example",
                IdaAuthEnvironment = "Developer",
            },
            TimeProvider.System
        );
        await client.AuthenticateAsync(IdaRequestTests.Data, default);
        var seen = Assert.Single(ida.Seen);
        using var told = System.Text.Json.JsonDocument.Parse(seen.Body);
        Assert.Equal("Developer", told.RootElement.GetProperty("env").GetString());
        Assert.Equal("https://domain.example", told.RootElement.GetProperty("domainUri").GetString());
        Assert.Contains("our partner", Uri.UnescapeDataString(seen.Path));
    }

    [Theory]
    [InlineData(401, "")]
    [InlineData(403, "")]
    [InlineData(200, """{"errors":[{"errorCode":"IDA-MPA-008","errorMessage":"License key of MISP has expired"}]}""")]
    public async Task When_ida_refuses_us_once_fresh_secrets_and_keys_are_taken(int status, string body)
    {
        secrets.Fresh[SecretNames.MispLicenceKey] = "rotated";
        await using var ida = await LoopbackServer.StartAsync((status, body), (200, Recognised));
        var answer = await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default);
        Assert.Equal(Token, answer.AuthToken);
        Assert.Equal(2, ida.Seen.Count);
        Assert.Contains("/rotated/", ida.Seen.Last().Path, StringComparison.Ordinal);
        Assert.Equal(1, keysRefreshed);
    }

    [Fact]
    public async Task When_ida_goes_on_refusing_us_it_is_asked_twice_and_no_more()
    {
        await using (var ida = await LoopbackServer.StartAsync((401, "")))
        {
            await FailsAsync<TransientFailureException>(ida.Address, "IDA answered 401.");
            Assert.Equal(2, ida.Seen.Count);
        }

        await using (var ida = await LoopbackServer.StartAsync((200, """{"errors":[{"errorCode":"IDA-MPA-007"}]}""")))
        {
            Assert.Equal(
                IdaVerdict.PartnerRefused,
                (await Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, default)).Verdict
            );
            Assert.Equal(2, ida.Seen.Count);
        }
    }

    [Theory]
    [InlineData(500, "IDA answered 500.")]
    [InlineData(503, "IDA answered 503.")]
    [InlineData(404, "IDA answered 404.")]
    public async Task Statuses_that_pass_or_can_be_repaired_are_transient(int status, string reason)
    {
        await using var ida = await LoopbackServer.StartAsync((status, "down"));
        await FailsAsync<TransientFailureException>(ida.Address, reason);
        Assert.Single(ida.Seen);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task Statuses_that_speak_of_the_message_are_permanent(int status)
    {
        await using var ida = await LoopbackServer.StartAsync((status, ""));
        await FailsAsync<PermanentFailureException>(ida.Address, $"IDA answered {status}.");
    }

    [Theory]
    [InlineData("<html><body>maintenance</body></html>")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"response":null,"errors":null}""")]
    [InlineData("""{"response":null,"errors":[]}""")]
    [InlineData("""{"response":{"authStatus":tr""")]
    public async Task An_answer_that_is_none_is_transient(string body)
    {
        await using var ida = await LoopbackServer.StartAsync((200, body));
        await FailsAsync<TransientFailureException>(ida.Address, "IDA answered something that can't be read.");
    }

    [Fact]
    public async Task Too_many_requests_tells_how_long_to_wait()
    {
        await using var ida = await LoopbackServer.StartAsync(
            (_, context) =>
            {
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = "17";
                return Task.CompletedTask;
            }
        );
        var failure = await FailsAsync<TransientFailureException>(ida.Address, "IDA answered 429.");
        Assert.Equal(TimeSpan.FromSeconds(17), failure.RetryAfter);
    }

    [Fact]
    public async Task Silence_is_transient_and_the_callers_own_cancellation_is_not_the_partners_fault()
    {
        await using var ida = await LoopbackServer.StartSilentAsync();
        var client = Client(ida.Address, TimeSpan.FromMilliseconds(300));
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() =>
            client.AuthenticateAsync(IdaRequestTests.Data, default)
        );
        Assert.Equal("IDA did not answer in time.", failure.Reason);

        using var stop = new CancellationTokenSource();
        var call = Client(ida.Address).AuthenticateAsync(IdaRequestTests.Data, stop.Token);
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_closed_port_a_missing_secret_and_a_missing_address_are_transient()
    {
        await FailsAsync<TransientFailureException>(
            await LoopbackServer.NobodyAsync(),
            "IDA can't be reached (ConnectionError)."
        );
        await FailsAsync<TransientFailureException>(null, "IDA's address is not set.");
        secrets.Values.Clear();
        await FailsAsync<TransientFailureException>(
            new Uri("http://127.0.0.1:1"),
            $"The secret '{SecretNames.MispLicenceKey}' is missing."
        );
    }

    private async Task<T> FailsAsync<T>(Uri? address, string reason)
        where T : DeliveryException
    {
        var failure = await Assert.ThrowsAsync<T>(() =>
            Client(address).AuthenticateAsync(IdaRequestTests.Data, default)
        );
        Assert.Equal(reason, failure.Reason);
        foreach (
            var secret in new[] { "licence", "api key", "partner/", "127.0.0.1", IdaRequestTests.Data.IndividualId }
        )
        {
            Assert.DoesNotContain(secret, failure.ToString().Split(" at ")[0], StringComparison.Ordinal);
        }

        return failure;
    }

    private IdaClient Client(Uri? address, TimeSpan? timeout = null) =>
        new(
            LoopbackServer.Client(timeout),
            secrets,
            new Keys(() => keysRefreshed++),
            new TokenSeederOptions
            {
                IdaAuthUrl = address is null ? null : new Uri(address, "/idauthentication/v1/auth/"),
                PartnerId = "partner",
                IdaAuthDomainUri = "https://ida.example",
            },
            TimeProvider.System
        );

    private sealed class Keys(Action refreshed) : IIdaKeys
    {
        public ValueTask<X509Certificate2> GetSigningCertificateAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(TestKeys.Ours);

        public ValueTask<X509Certificate2> GetIdaEncryptCertificateAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(TestKeys.Theirs);

        public void RefreshSigning() => refreshed();
    }
}
