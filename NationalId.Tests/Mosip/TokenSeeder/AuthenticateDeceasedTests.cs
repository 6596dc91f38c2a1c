using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.TokenSeeder;

[Trait(Tier.Name, Tier.Whole)]
public sealed class AuthenticateDeceasedTests
{
    private static readonly string Vid = SeederWorld.Vid(4711);

    private static string Deceased(string vid) =>
        $$"""{"vid":"{{vid}}","name":"Sarah {{SeederWorld.Family}}","gender":"female","dob":"1951/02/03"}""";

    private static IdaAuthData AuthData(string name) =>
        new()
        {
            IndividualId = Vid,
            IdType = IdType.Vid,
            Names = [new IdaField("eng", name)],
            Genders = [new IdaField("eng", "Female")],
            Dob = "1951/02/03",
        };

    [Fact]
    public async Task Core_gets_IDAs_own_answer_byte_for_byte_and_the_token_is_remembered_for_the_death()
    {
        await using var world = await SeederWorld.StartAsync();
        var answer = await world.PostAsync(SeederWorld.Sync(Deceased(Vid)));

        Assert.Equal(200, answer.Status);
        Assert.Equal("application/json", answer.ContentType);
        Assert.Equal(TestIda.Recognised(Vid), answer.Text);
        var (id, type, demographics) = Assert.Single(world.Ida.Calls);
        Assert.Equal((Vid, "VID"), (id, type));
        Assert.Equal(
            $$"""{"name":[{"language":"eng","value":"Sarah {{SeederWorld.Family}}"}],"gender":"""
                + """[{"language":"eng","value":"Female"}],"dob":"1951/02/03"}""",
            demographics.GetRawText()
        );

        var registrations = world.Get<Registrations>();
        Assert.Equal(
            (await registrations.HashesAsync(TestIda.TokenOf(Vid), default))[0],
            await registrations.RecognisedAsync(AuthData("Sarah  " + SeederWorld.Family).Claims, default)
        );
        Assert.Null(await registrations.RecognisedAsync(AuthData("Somebody Else").Claims, default));
    }

    [Fact]
    public async Task A_UIN_is_told_from_a_VID_and_the_mapping_and_language_are_honoured()
    {
        await using var world = await SeederWorld.StartAsync(("TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER", " / "));
        var body = $$$$"""
            {"id":"","version":"","metadata":"","requesttime":"2025-02-03T04:05:06.7Z","unknown":[1],
            "request":{"lang":"fr","deliverytype":"sync","output":"",
            "authdata":{"qr":{"uin":"5614 273 165"},
            "names":[{"value":"Sarah"},{"value":"{{{{SeederWorld.Family}}}}"}],"sex":"male","born":"1951-02-03",
            "tel":256700,"town":"Gulu","street":"Acacia"},
            "mapping":{"vid":"qr.uin","name":["names[0].value","names[1].value","names[2].value"],
            "gender":"sex","dob":"born","phoneNumber":"tel","fullAddress":["street","town"]}}}
            """;
        var uin = Enumerable
            .Range(0, 10)
            .Select(digit => $"561427316{digit}")
            .First(number => new NationalIdFormat().Classify(number) is not null);
        var answer = await world.PostAsync(body.Replace("5614 273 165", uin.Insert(4, " ")));

        Assert.Equal(200, answer.Status);
        var (id, type, demographics) = Assert.Single(world.Ida.Calls);
        Assert.Equal((uin, "UIN"), (id, type));
        Assert.Equal(
            $$$"""{"name":[{"language":"fra","value":"Sarah {{{SeederWorld.Family}}}"}],"gender":"""
                + """[{"language":"fra","value":"Male"}]"""
                + ""","dob":"1951/02/03","phoneNumber":"256700","fullAddress":"""
                + """[{"language":"fra","value":"Acacia / Gulu"}]}""",
            demographics.GetRawText()
        );
    }

    [Fact]
    public async Task IDAs_refusal_passes_through_and_nothing_is_remembered()
    {
        await using var world = await SeederWorld.StartAsync();
        world.Ida.Answer = (_, _) => Task.FromResult(TestIda.Refused("IDA-DEA-001", "IDA-MLC-009"));
        var answer = await world.PostAsync(SeederWorld.Sync(Deceased(Vid)));
        Assert.Equal(200, answer.Status);
        Assert.Equal(TestIda.Refused("IDA-DEA-001", "IDA-MLC-009"), answer.Text);

        var registrations = world.Get<Registrations>();
        Assert.Null(await registrations.RecognisedAsync(AuthData("Sarah " + SeederWorld.Family).Claims, default));
    }

    [Theory]
    [InlineData("""{"vid":"VID","name":"","dob":"1951/02/03"}""", "ATS-REQ-003")]
    [InlineData("""{"vid":"VID","dob":"1951/02/03"}""", "ATS-REQ-010")]
    [InlineData("""{"vid":"VID","name":"S","gender":null,"dob":"1951/02/03"}""", "ATS-REQ-011")]
    [InlineData("""{"vid":"VID","name":"S","gender":"","dob":"1951/02/03"}""", "ATS-REQ-004")]
    [InlineData("""{"vid":"VID","name":"S","gender":"male"}""", "ATS-REQ-012")]
    [InlineData("""{"vid":"VID","name":"S","gender":"male","dob":""}""", "ATS-REQ-006")]
    [InlineData("""{"vid":"VID","name":"S","gender":"male","dob":"1951/02/03"}""", "ATS-REQ-015")]
    [InlineData("""{"vid":"","name":"S"}""", "ATS-REQ-009")]
    [InlineData("""{"name":"S"}""", "ATS-REQ-009")]
    [InlineData(
        """{"vid":"4000000000004710","name":"S","gender":"male","dob":"1951/02/03","fullAddress":"Gulu"}""",
        "ATS-REQ-002"
    )]
    [InlineData("""{"vid":1e999,"name":"S","gender":"male","dob":"1951/02/03","fullAddress":"Gulu"}""", "ATS-REQ-002")]
    public async Task What_lacks_a_mandatory_field_or_a_real_id_is_refused_before_IDA_is_asked(
        string authdata,
        string code
    )
    {
        await using var world = await SeederWorld.StartAsync(
            ("TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS", "name,gender,dob,fullAddress")
        );
        var answer = await world.PostAsync(SeederWorld.Sync(authdata.Replace("VID", Vid)));
        Assert.Equal(400, answer.Status);
        Assert.Equal(
            ["id", "version", "metadata", "responsetime", "errors", "response"],
            answer.Json.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal("mosip.token.seeder", answer.Json.GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Null, answer.Json.GetProperty("response").ValueKind);
        Assert.Equal(code, answer.ErrorCode);
        Assert.Empty(world.Ida.Calls);
    }

    [Fact]
    public async Task Where_the_synchronous_mode_is_off_nobody_is_answered_at_once()
    {
        await using var world = await SeederWorld.StartAsync(("TOKENSEEDER_ROOT__SYNC_OPERATION_MODE", "false"));
        Assert.Equal(422, (await world.PostAsync(SeederWorld.Sync(Deceased(Vid)))).Status);
        Assert.Empty(world.Ida.Calls);
    }

    [Fact]
    public async Task A_slow_IDA_does_not_hold_OpenCRVS_up()
    {
        await using var world = await SeederWorld.StartAsync(("TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS", "1"));
        world.Ida.Answer = async (id, context) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(2), context.RequestAborted);
            return TestIda.Recognised(id);
        };
        var watch = Stopwatch.StartNew();
        var answer = await world.PostAsync(SeederWorld.Sync(Deceased(Vid)));
        // The HTTP client alone would wait for 30 seconds, three times.
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(20));
        AssertEnvelope(answer);
    }

    [Theory]
    [InlineData("500")]
    [InlineData("html")]
    [InlineData("null")]
    [InlineData("reset")]
    [InlineData("400")]
    public async Task While_MOSIP_is_down_OpenCRVS_gets_an_answer_in_IDAs_shape(string how)
    {
        await using var world = await SeederWorld.StartAsync();
        world.Ida.Answer = (_, context) =>
        {
            if (how == "reset")
            {
                context.Abort();
            }

            context.Response.StatusCode = int.TryParse(how, out var status) ? status : 200;
            return Task.FromResult(how == "html" ? "<html>Bad gateway</html>" : "null");
        };
        AssertEnvelope(await world.PostAsync(SeederWorld.Sync(Deceased(Vid))));
    }

    [Fact]
    public async Task Without_storage_or_ledger_key_the_answer_goes_out_all_the_same()
    {
        await using var keyless = await SeederWorld.StartAsync(("NATIONALID_LEDGER_KEY", ""));
        Assert.Equal(TestIda.Recognised(Vid), (await keyless.PostAsync(SeederWorld.Sync(Deceased(Vid)))).Text);

        await using var storageless = await SeederWorld.StartAsync(
            ("TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS", "5"),
            (
                "AzureWebJobsStorage",
                "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;"
                    + "BlobEndpoint=http://127.0.0.1:9/a;QueueEndpoint=http://127.0.0.1:9/a;"
                    + "TableEndpoint=http://127.0.0.1:9/a;"
            )
        );
        Assert.Equal(TestIda.Recognised(Vid), (await storageless.PostAsync(SeederWorld.Sync(Deceased(Vid)))).Text);
    }

    [Fact]
    public async Task Without_any_key_for_IDA_the_answer_is_still_readable()
    {
        await using var world = await SeederWorld.StartAsync(
            ("TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PASSWORD", "wrong")
        );
        AssertEnvelope(await world.PostAsync(SeederWorld.Sync(Deceased(Vid))));
    }

    public static TheoryData<string, int> BadBodies() =>
        new()
        {
            { "", 400 },
            { "null", 400 },
            { "{", 422 },
            { "[]", 422 },
            { "{}", 422 },
            { "\"x\"", 422 },
            { SeederWorld.Sync("{\"vid\":" + new string('[', 100) + new string(']', 100) + "}"), 422 },
            { SeederWorld.Sync("""{"vid":"\ud800"}"""), 422 },
            { SeederWorld.Sync("""{"\ud800":"x"}"""), 422 },
            { SeederWorld.Sync("7"), 422 },
            { SeederWorld.Sync("null"), 422 },
            { SeederWorld.Sync("{}").Replace("\"eng\"", "7"), 422 },
            { SeederWorld.Sync("{}").Replace("2025-02-03T04:05:06.007Z", "yesterday"), 400 },
            { SeederWorld.Sync("{}").Replace("\"requesttime\"", "\"time\""), 422 },
            { SeederWorld.Sync("{}").Replace("\"lang\":\"eng\"", "\"mapping\":[]"), 422 },
            { SeederWorld.Sync("{}").Replace("\"lang\":\"eng\"", "\"mapping\":{\"vid\":[]}"), 422 },
            {
                SeederWorld
                    .Sync("{}")
                    .Replace("\"lang\":\"eng\"", "\"mapping\":{\"vid\":\"" + new string('a', 201) + "\"}"),
                422
            },
            {
                SeederWorld
                    .Sync("{}")
                    .Replace(
                        "\"lang\":\"eng\"",
                        "\"mapping\":{\"name\":[\"a\",\"" + string.Concat(Enumerable.Repeat("a.", 101)) + "\"]}"
                    ),
                422
            },
            { SeederWorld.Sync("{\"vid\":\"" + new string('4', 1024 * 1024) + "\"}"), 413 },
            { SeederWorld.Batch("[{}" + string.Concat(Enumerable.Repeat(",{}", 100_000)) + "]"), 413 },
            { SeederWorld.Batch("[]"), 400 },
            { SeederWorld.Batch("[1]"), 422 },
            { SeederWorld.Batch("[{}]", output: "xml"), 400 },
            { SeederWorld.Batch("[{}]").Replace("download", "callback"), 400 },
            { SeederWorld.Batch("[{}]").Replace("download", "sync"), 400 },
            { SeederWorld.Batch("[{}]", ",\"outputFormat\":\".output.token\""), 400 },
            { SeederWorld.Batch("""[{"vid":"\udc00"}]"""), 422 },
        };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Bad_input_is_answered_in_the_seeders_envelope(string body, int status)
    {
        await using var world = await SeederWorld.StartAsync();
        var answer = await world.PostAsync(body);
        Assert.Equal(status, answer.Status);
        Assert.StartsWith("ATS-REQ-10", answer.ErrorCode, StringComparison.Ordinal);
        Assert.Empty(world.Ida.Calls);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused_and_a_byte_order_mark_is_not()
    {
        await using var world = await SeederWorld.StartAsync();
        var good = Encoding.UTF8.GetBytes(SeederWorld.Sync(Deceased(Vid)));
        var bad = (byte[])good.Clone();
        bad[Encoding.UTF8.GetString(good).IndexOf("Sarah", StringComparison.Ordinal)] = 0xFF;
        Assert.Equal(422, (await world.PostAsync(bad)).Status);
        Assert.Equal(200, (await world.PostAsync([0xEF, 0xBB, 0xBF, .. good])).Status);
    }

    private static void AssertEnvelope(SeederWorld.Answer answer)
    {
        Assert.Equal(200, answer.Status);
        var root = answer.Json;
        Assert.Equal(
            ["id", "version", "responseTime", "transactionID", "response", "errors"],
            root.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal("mosip.identity.auth", root.GetProperty("id").GetString());
        Assert.Matches("^[0-9]{10}$", root.GetProperty("transactionID").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", root.GetProperty("responseTime").GetString());
        Assert.Equal("""{"authStatus":false,"authToken":null}""", root.GetProperty("response").GetRawText());
        Assert.Equal("ATS-REQ-100", answer.ErrorCode);
        Assert.NotEqual("", root.GetProperty("errors")[0].GetProperty("actionMessage").GetString());
    }
}
