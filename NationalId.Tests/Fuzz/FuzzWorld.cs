using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Azure.Functions.Worker;
using NationalId.Sandbox.Crypto;

namespace NationalId.Tests.Fuzz;

/// <summary>Alone in the process, so that its memory can be measured.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzCollection : ICollectionFixture<FuzzWorld>
{
    public const string Name = "Fuzz";
}

/// <summary>
/// A running host with all that it needs, and for each HTTP function requests that nobody should send.
/// </summary>
public sealed partial class FuzzWorld : IAsyncLifetime
{
    private World world = null!;
    private World triggered = null!;
    private World interop = null!;
    private World osia = null!;
    private LoopbackServer system = null!;
    private string vid = "";
    private string brn = "";
    private string eventKey = "";
    private string batch = "";
    private string uin = "";

    internal World World => world;

    /// <summary>What was alive in the process before the first request, in bytes.</summary>
    internal long Memory { get; private set; }

    internal Uri Address => world.Host.BaseAddress;

    /// <summary>
    /// The world that has a function: MOSIP's mediator takes no triggers, and OSIA has routes of its own.
    /// </summary>
    internal World WorldOf(string function) =>
        function == "ReceiveTrigger" ? triggered
        : IsInterop(function) ? interop
        : IsOsia(function) ? osia
        : world;

    /// <summary>Whether a function is one of OSIA's.</summary>
    internal static bool IsOsia(string function) => function.StartsWith("Osia", StringComparison.Ordinal);

    internal Uri AddressOf(string function) => WorldOf(function).Host.BaseAddress;

    /// <summary>The HTTP functions that there are: name, method and path.</summary>
    public static IReadOnlyDictionary<string, (string Method, string Path)> Functions { get; } =
        (
            from type in Assembly.Load("NationalId.Functions").GetExportedTypes()
            from method in type.GetMethods()
            let function = method.GetCustomAttribute<FunctionAttribute>()
            let trigger = method
                .GetParameters()
                .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>())
                .FirstOrDefault(found => found is not null)
            where function is not null && trigger is not null
            select (function.Name, trigger)
        ).ToDictionary(
            found => found.Name,
            found => (found.trigger.Methods![0].ToUpperInvariant(), "/" + found.trigger.Route)
        );

    private string AdminKey => $"x-functions-key: {world.Host.FunctionKeys.Admin}\r\nX-Requested-With: test";

    public async Task InitializeAsync()
    {
        world = await World.StartAsync(
            sandbox =>
            {
                sandbox.KeepPayloads = false;
                sandbox.Reconciles = true;
            },
            settings =>
            {
                settings["NationalId:MosipApi:VerifyPerMinute"] = "1000000";
                settings["NationalId:Reconcile:CallEvery"] = "00:00:00";
                settings["NATIONALID_CALLBACK_SECRET"] = World.Keys.Value.CallbackSecret;
                // Nobody listens there: OpenCRVS denies.
                settings["NationalId:OpenCrvs:CallbackUrl"] = "http://127.0.0.1:9/api/webhooks";
            }
        );
        system = await LoopbackServer.StartAsync((202, ""));
        triggered = await World.StartAsync(
            sandbox => sandbox.ClientName = "Freedonia",
            settings =>
            {
                TestTriggers.Configure(settings);
                settings["NationalId:DefaultSystem:BirthUrl"] = system.Url;
                settings["NationalId:DefaultSystem:DeathUrl"] = system.Url;
            }
        );
        interop = await World.StartAsync(
            sandbox =>
            {
                sandbox.MosipTakesPackets = true;
                sandbox.EsignetFor = new Uri("https://register.example");
            },
            settings =>
            {
                TestTriggers.Configure(settings);
                // A loaded machine takes its time.
                settings["NationalId:OpenCrvs:AnswerWithin"] = "00:00:20";
                // What comes is stored; that nobody takes it is no matter here.
                settings["NationalId:Mosip:Packets:Url"] = "http://127.0.0.1:9";
                settings["NationalId:Delivery:FirstDelay"] = "01:00:00";
                settings["NationalId:Delivery:LongestDelay"] = "01:00:00";
            }
        );
        osia = await Osia.OsiaWorld.StartAsync(
            settings => settings["NationalId:Osia:PrefillScope"] = "nationalId",
            settings => settings.OsiaNotifies = true
        );
        var child = await osia.Sandbox.OpenCrvs.SendBirthAsync();
        await osia.DeliveredAsync(child);
        uin = osia.Sandbox.Osia.Uins.Drawn.First();
        vid = world.Sandbox.Mosip.AddPerson(Garbage.Marker, "female", "1957-03-04").Vid;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        brn = birth.RegistrationNumber;
        eventKey = (await world.DeliveredAsync(birth)).Key;
        using var submitted = await world.Http.PostAsync("api/authtoken/json", new StringContent(Batch));
        using var answer = JsonDocument.Parse(await submitted.Content.ReadAsStringAsync());
        batch = answer.RootElement.GetProperty("response").GetProperty("request_identifier").GetString()!;
        Memory = GC.GetTotalMemory(forceFullCollection: true);
    }

    public async Task DisposeAsync()
    {
        await world.DisposeAsync();
        await triggered.DisposeAsync();
        await interop.DisposeAsync();
        await osia.DisposeAsync();
        await system.DisposeAsync();
    }

    /// <summary>What is sent to a function; null when nobody has written that yet.</summary>
    internal Gen<FuzzCase>? CasesOf(string function)
    {
        var (method, path) = Functions[function];
        return function switch
        {
            "ReceiveWebhook" => Post(Events, body => ["X-Hub-Signature: " + world.Sandbox.OpenCrvs.Sign(body)]),
            "ReceiveTrigger" => FuzzCase.For(
                method,
                path.Replace("{eventType}", "birth", StringComparison.Ordinal),
                "application/json",
                Documents,
                TriggerHeaders,
                "REGISTER"
            ),
            "ReceiveUinToken" => Post(Envelopes, _ => ["Authorization: Bearer " + world.Sandbox.OpenCrvs.IssueToken()]),
            "ReceiveNationalId" => Post(
                Garbage.Json($$"""{"BRN":"{{brn}}","nationalId":"{{Garbage.Marker}}"}"""),
                body => ["X-Hub-Signature: " + HubSignature.Sign(body, World.Keys.Value.CallbackSecret)]
            ),
            "Register" or "RegisterAtRoot" or "UpdateBiographics" or "UpdateBiographicsAtRoot" => Post(
                Registrations,
                _ => ["Authorization: Bearer " + TestTriggers.Token(TestTriggers.Record())]
            ),
            "GetUserInfo" or "GetUserInfoAtRoot" => FuzzCase.For(
                method,
                path + "?code=a&state=b",
                "application/json",
                Garbage.Json(
                    $$"""{"clientId":"{{Client}}","redirectUri":"https://register.example/{{Garbage.Marker}}"}"""
                ),
                _ => ["Authorization: Bearer " + TestTriggers.Token(TestTriggers.Record())]
            ),
            // That route belongs to a system that is not served here.
            "ReceiveCredential" or "ReceiveCredentialAtRoot" => Post(
                Garbage.Json("""{"event":{"id":"1","data":{"registrationId":"1"}}}"""),
                _ => []
            ),
            "Verify" or "VerifyAtRoot" => Post(
                Garbage.Json($$"""{"nid":"{{vid}}","dob":"1957-03-04","name":{"firstname":"a","surname":"b"} }"""),
                _ => ["Authorization: Bearer " + world.Sandbox.OpenCrvs.IssueToken()]
            ),
            "OsiaFind" or "OsiaRead" or "OsiaDocument" => FuzzCase.For(
                method,
                function == "OsiaFind" ? path + "?dateOfBirth=2026-03-04" : path,
                null,
                Garbage.Json(Person),
                _ => [OsiaBearer(function)],
                uin
            ),
            "OsiaMatch" => FuzzCase.For(
                method,
                path,
                "application/json",
                Garbage.Json($$"""{"lastName":"{{Garbage.Marker}}","gender":1}"""),
                _ => [OsiaBearer(function)],
                uin
            ),
            "OsiaVerify" => FuzzCase.For(
                method,
                path,
                "application/json",
                Garbage.Json($$"""[{"attributeName":"lastName","operator":">=","value":"{{Garbage.Marker}}"}]"""),
                _ => [OsiaBearer(function)],
                uin
            ),
            "OsiaNotify" => FuzzCase.For(
                method,
                path,
                "application/json",
                Garbage.Json($$$"""{"type":"Notification","message":"{\"uin\":\"{{{uin}}}\"}","subject":"a"}"""),
                _ => ["message-type: Notification"],
                World.Keys.Value.CallbackSecret
            ),
            "OsiaPrefill" => FuzzCase.For(
                method,
                path,
                "application/json",
                Garbage.Json($$"""{"nid":"{{uin}}"}"""),
                _ => [OsiaBearer(function)]
            ),
            "AuthenticateDeceased" => Post(Gen.OneOf(Garbage.Json(Person), Garbage.Json(Batch)), _ => []),
            "SeedTokens" => FuzzCase.For(method, path, "multipart/form-data; boundary=" + Boundary, Forms, _ => []),
            "OpsSearch" => Post(Garbage.Json($$"""{"registrationNumber":"{{Garbage.Marker}}"}"""), _ => [AdminKey]),
            "ReceiveRevocation" => Post(
                Revocation(",\"id\":\"1\",\"timestamp\":\"2026-01-01T00:00:00Z\""),
                body => ["X-Hub-Signature: " + world.Sandbox.OpenCrvs.Sign(body)]
            ),
            "OpsRevoke" => Post(Revocation(""), _ => [AdminKey]),
            "OpsLife" => Post(Garbage.Json($$"""{"text":"{{Garbage.Marker}}"}"""), _ => [AdminKey]),
            "OpsBulk" => Post(
                Garbage.Json("""{"state":"Flagged","do":"discarded","why":"a test","reason":"none","max":2}"""),
                _ => [AdminKey]
            ),
            "OpsReconcile" or "OpsBatch" => Post(
                Garbage.Json(
                    """{"source":"record-search","from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"""
                ),
                _ => [AdminKey]
            ),
            "OpsBatchImport" => Post(
                Garbage.Json(
                    """{"composition":"Composition/1","ids":[{"system":"/birth-registration-number","value":"1"}]}"""
                ),
                _ => [AdminKey]
            ),
            // Nobody has set up where a reindexing goes.
            "Reindex" => Post(Garbage.Json("""[{"id":"1"}]"""), _ => []),
            "ConfirmSubscription" or "ConfirmHub" or "ConfirmHubAtRoot" or "Health" or "OpsPage" or "OpenApi" =>
                FuzzCase.For(method, path, null, Garbage.Json(Person), _ => []),
            "OpenApiPage" => FuzzCase.For(
                method,
                path.Replace("{*file}", "{file}", StringComparison.Ordinal),
                null,
                Garbage.Json(Person),
                _ => [],
                "index.html"
            ),
            "GetSeederStatus" or "GetSeederFile" => FuzzCase.For(
                method,
                path,
                null,
                Garbage.Json(Person),
                _ => [],
                batch
            ),
            "OpsSummary"
            or "OpsEvents"
            or "OpsEvent"
            or "OpsReplay"
            or "OpsPause"
            or "OpsResume"
            or "OpsConfirmations"
            or "OpsConfirm"
            or "OpsReject"
            or "OpsReconciliation"
            or "OpsBatches"
            or "OpsOverdue"
            or "OpsAsk"
            or "OpsBatchRelease"
            or "OpsBatchCancel"
            or "OpsClose"
            or "Subscribe" => FuzzCase.For(method, path, null, Garbage.Json(Person), _ => [AdminKey], eventKey),
            _ => null,
        };

        Gen<byte[]> Revocation(string more) =>
            Garbage.Json(
                "{\"registrationNumber\":\""
                    + brn
                    + $"\",\"kind\":\"birth\",\"action\":\"revoke\",\"reason\":\"{Garbage.Marker}\"{more}}}"
            );

        Gen<FuzzCase> Post(Gen<byte[]> bodies, Func<byte[], string[]> authorise) =>
            FuzzCase.For(method, path, "application/json", bodies, authorise);
    }

    /// <summary>The head of a request that is let in as far as that can be known before its body.</summary>
    internal string Head(string function, params string[] more)
    {
        var (method, path) = Functions[function];
        var isTrigger = function == "ReceiveTrigger";
        if (isTrigger)
        {
            path = "/api/trigger/events/birth/actions/REGISTER";
        }

        path = path.Replace("{secret}", World.Keys.Value.CallbackSecret, StringComparison.Ordinal);
        string[] lines =
        [
            $"{method} {path} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            AdminKey,
            IsOsia(function)
                ? OsiaBearer(function)
                : "Authorization: Bearer "
                    + (
                        isTrigger || IsInterop(function)
                            ? TestTriggers.Token(TestTriggers.Record())
                            : world.Sandbox.OpenCrvs.IssueToken()
                    ),
            "X-Hub-Signature: sha256=" + new string('0', 64),
            "Content-Type: "
                + (function == "SeedTokens" ? "multipart/form-data; boundary=" + Boundary : "application/json"),
            .. more,
        ];
        return string.Concat(lines.Select(line => line + "\r\n")) + "\r\n";
    }

    /// <summary>Whether the host is well: it answers, and has taken up all that came.</summary>
    internal async Task RecoveredAsync()
    {
        await RecoveredAsync(world);
        await RecoveredAsync(triggered);
        await RecoveredAsync(interop);
        await RecoveredAsync(osia);
    }

    /// <summary>Whether a function is one of mosip-api's that only a client of MOSIP's packets has.</summary>
    internal static bool IsInterop(string function) =>
        function.StartsWith("Register", StringComparison.Ordinal)
        || function.StartsWith("UpdateBiographics", StringComparison.Ordinal)
        || function.StartsWith("GetUserInfo", StringComparison.Ordinal);

    private string OsiaBearer(string function) =>
        "Authorization: Bearer "
        + (
            function == "OsiaPrefill"
                ? osia.Sandbox.OpenCrvs.IssueToken()
                : osia.Sandbox.Osia.Tokens.Issue([
                    "cr.person.read",
                    "cr.person.match",
                    "cr.person.verify",
                    "cr.document.read",
                ])
        );

    /// <summary>Waits until one of the clients is as well as before.</summary>
    internal static Task RecoveredAsync(World world) =>
        Eventually.TrueAsync(async () =>
        {
            using var resume = new HttpRequestMessage(HttpMethod.Post, world.Url("api/ops/resume"));
            using var ask = new HttpRequestMessage(HttpMethod.Get, world.Url("api/ops/summary"));
            using var health = await world.Http.GetAsync("api/health");
            foreach (var request in (HttpRequestMessage[])[resume, ask])
            {
                request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
                request.Headers.Add("X-Requested-With", "test");
            }

            (await world.Http.SendAsync(resume)).EnsureSuccessStatusCode();
            using var summary = JsonDocument.Parse(
                await (await world.Http.SendAsync(ask)).EnsureSuccessStatusCode().Content.ReadAsStringAsync()
            );
            return health.StatusCode == HttpStatusCode.OK
                && summary
                    .RootElement.GetProperty("states")
                    .EnumerateArray()
                    .Single(state => state.GetProperty("state").GetString() == "Received")
                    .GetProperty("count")
                    .GetInt32() == 0;
        });

    /// <summary>How a form with a file begins.</summary>
    internal const string FormBegin =
        $"--{Boundary}\r\nContent-Disposition: form-data; name=\"csv_file\"; filename=\"a.csv\"\r\n\r\n";

    private const string Boundary = "b0undary";

    private string Line =>
        $$"""
            {"vid":"{{vid}}","name":"{{Garbage.Marker}}","gender":"female","dob":"1957/03/04",
             "phoneNumber":"{{Garbage.Marker}}","emailId":"a@b"}
            """;

    private string Person =>
        """{"id":"","version":"","metadata":"","requesttime":"2025-02-03T04:05:06.007Z","request":"""
        + $$$"""{"lang":"eng","deliverytype":"sync","authdata":{{{Line}}}}}""";

    private string Batch =>
        $$$"""
            {"id":"","version":"","metadata":{},"requesttime":"2025-02-03T04:05:06.007Z",
            "request":{"output":"csv","deliverytype":"download","lang":"eng",
            "authdata":[{{{Line}}},{"nested":[{"id":"1"}]}],
            "mapping":{"vid":"vid","name":["name","nested[0].id"],"gender":"gender","dob":"dob",
            "phoneNumber":"phoneNumber","emailId":"emailId","fullAddress":["name"]} }}
            """;

    private static Gen<byte[]> Events =>
        from number in Gen.Choose(10_000_000, 99_999_999)
        let birth = System
            .Text.Encoding.UTF8.GetString(TestEvents.Birth($"{Garbage.Marker}{number}", $"{Garbage.Marker}-{number}"))
            .Replace("\"Ada\"", $"\"{Garbage.Marker}\"", StringComparison.Ordinal)
        let death = birth
            .Replace("BIRTH_REGISTERED", "DEATH_REGISTERED", StringComparison.Ordinal)
            .Replace("birth-", "death-", StringComparison.Ordinal)
            .Replace("child-details", "deceased-details", StringComparison.Ordinal)
            .Replace("\"BIRTH_REGISTRATION_NUMBER\"", "\"NATIONAL_ID\"", StringComparison.Ordinal)
        from json in Gen.OneOf(Garbage.Json(birth), Garbage.Json(death))
        select json;

    private const string Client = NationalId.Sandbox.Mosip.Esignet.ClientId;

    private static Gen<byte[]> Registrations =>
        from number in Gen.Choose(10_000_000, 99_999_999)
        let fields = $$"""
            "requestFields":{"{NUMBER}":"{{Garbage.Marker}}{{number}}","fullName":"{{Garbage.Marker}}",
            "dateOfBirth":"2026-06-20","VID":"{{number}}","region":[{"language":"eng","value":"{{Garbage.Marker}}"}]}
            """
        let rest = $$"""
            "trackingId":"{{Garbage.Marker}}","notification":{"recipientFullName":"{{Garbage.Marker}}"},"metaInfo":{}
            """
        from json in Gen.OneOf(
            Garbage.Json(
                $"{{{fields.Replace("{NUMBER}", "birthCertificateNumber", StringComparison.Ordinal)},{rest}}}"
            ),
            Garbage.Json($"{{{fields.Replace("{NUMBER}", "deathCertificateNumber", StringComparison.Ordinal)},{rest}}}")
        )
        select json;

    private static Gen<byte[]> Documents =>
        from fresh in Gen.Fresh(() =>
            TestTriggers.Record(change: record =>
            {
                var declared = record["actions"]![1]!["declaration"]!;
                declared["child.name"] = Garbage.Marker;
                declared["mother.name"] = new JsonObject { ["firstname"] = Garbage.Marker };
            })
        )
        from json in Garbage.Json(fresh.ToJsonString())
        select json;

    /// <summary>A right token for the record and its last action, as far as there are any.</summary>
    private static string[] TriggerHeaders(byte[] body)
    {
        var ids = Guids.Matches(System.Text.Encoding.Latin1.GetString(body)).Select(match => match.Groups[1].Value);
        var record = new JsonObject
        {
            ["id"] = ids.FirstOrDefault(""),
            ["actions"] = new JsonArray(new JsonObject { ["id"] = ids.LastOrDefault("") }),
        };
        return
        [
            "Authorization: Bearer " + TestTriggers.Token(record),
            "X-Registration-Number: 2026B" + ids.FirstOrDefault("none"),
        ];
    }

    [GeneratedRegex("\"id\":\"([0-9a-f-]{36})\"")]
    private static partial Regex Guids { get; }

    private Gen<byte[]> Envelopes =>
        Gen.OneOf(
            Garbage
                .Json($$"""{"opencrvsBRN":"{{brn}}","uinToken":"{{Garbage.Marker}}"}""")
                .Select(plain => Sign(Envelope.Seal(plain, World.Keys.Value.Client, new byte[32]))),
            from sealedUp in Gen.Fresh(() => Envelope.Seal("{}"u8, World.Keys.Value.Client, new byte[32]))
            from at in Gen.Choose(0, sealedUp.Length - 1)
            from change in Gen.Choose(0, 2)
            select Sign(
                change switch
                {
                    0 => sealedUp[..at],
                    1 => [.. sealedUp[..at], (byte)(sealedUp[at] ^ 1), .. sealedUp[(at + 1)..]],
                    _ => [.. sealedUp[at..], .. sealedUp[..at]],
                }
            ),
            Garbage.Json($$"""{"data":"{{Garbage.Marker}}","signature":"AAAA"}""")
        );

    private Gen<byte[]> Forms =>
        from request in Garbage.Json(Batch.Replace("\"authdata\"", "\"ignored\"", StringComparison.Ordinal))
        from csv in Garbage.Csv(
            $"vid,name,gender,dob\n{vid},{Garbage.Marker},female,1957/03/04\n1,{Garbage.Marker},male,\n"
        )
        from good in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        let sent = good ? Garbage.Utf8(Batch) : request
        from shape in Gen.Choose(0, 15)
        let form = (byte[])
            [
                .. Part(shape == 1 ? "form-data; name=\"request\"; name=\"other\"" : "form-data; name=\"request\""),
                .. sent,
                .. Part(
                    shape == 2 ? "form-data; name=csv_file; filename*=UTF-8''%ff"
                    : shape == 3 ? "form-data"
                    : shape == 4 ? Garbage.Marker
                    : "form-data; name=\"csv_file\"; filename=\"" + Garbage.Marker + ".csv\""
                ),
                .. csv,
                .. shape == 5 ? [] : Garbage.Utf8($"\r\n--{Boundary}--\r\n"),
            ]
        from end in Gen.Choose(0, form.Length)
        select shape switch
        {
            6 => form[..end],
            7 => csv,
            8 => [.. Enumerable.Range(0, 100).SelectMany(_ => Part("form-data; name=\"request\"")), .. form],
            9 => [.. Garbage.Utf8(new string('p', end * 10)), .. form],
            10 => Garbage.Utf8(
                $"--{Boundary}\r\n" + string.Concat(Enumerable.Repeat($"X-{Garbage.Marker}: 1\r\n", end))
            ),
            _ => form,
        };

    private static byte[] Part(string disposition) =>
        Garbage.Utf8($"\r\n--{Boundary}\r\nContent-Disposition: {disposition}\r\n\r\n");

    private static byte[] Sign(byte[] envelope)
    {
        using var key = World.Keys.Value.Mosip.GetRSAPrivateKey()!;
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                data = Convert.ToBase64String(envelope),
                signature = Convert.ToBase64String(
                    key.SignData(envelope, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)
                ),
            }
        );
    }
}
