using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
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
public sealed class FuzzWorld : IAsyncLifetime
{
    private World world = null!;
    private string vid = "";
    private string brn = "";
    private string eventKey = "";
    private string batch = "";

    internal World World => world;

    internal Uri Address => world.Host.BaseAddress;

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
            found => (found.trigger.Methods![0].ToUpperInvariant(), "/api/" + (found.trigger.Route ?? found.Name))
        );

    private string AdminKey => "x-functions-key: " + world.Host.FunctionKeys.Admin;

    public async Task InitializeAsync()
    {
        world = await World.StartAsync(
            sandbox => sandbox.KeepPayloads = false,
            settings =>
            {
                settings["NATIONALID_CALLBACK_SECRET"] = World.Keys.Value.CallbackSecret;
                // Nobody listens there: OpenCRVS denies.
                settings["NationalId:OpenCrvs:CallbackUrl"] = "http://127.0.0.1:9/api/webhooks";
            }
        );
        vid = world.Sandbox.Mosip.AddPerson(Garbage.Marker, "female", "1957-03-04").Vid;
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        brn = birth.RegistrationNumber;
        eventKey = (await world.DeliveredAsync(birth)).Key;
        using var submitted = await world.Http.PostAsync("api/authtoken/json", new StringContent(Batch));
        using var answer = JsonDocument.Parse(await submitted.Content.ReadAsStringAsync());
        batch = answer.RootElement.GetProperty("response").GetProperty("request_identifier").GetString()!;
    }

    public async Task DisposeAsync() => await world.DisposeAsync();

    /// <summary>What is sent to a function; null when nobody has written that yet.</summary>
    internal Gen<FuzzCase>? CasesOf(string function)
    {
        var (method, path) = Functions[function];
        return function switch
        {
            "ReceiveWebhook" => Post(Events, body => ["X-Hub-Signature: " + world.Sandbox.OpenCrvs.Sign(body)]),
            "ReceiveUinToken" => Post(Envelopes, _ => ["Authorization: Bearer " + world.Sandbox.OpenCrvs.IssueToken()]),
            "ReceiveNationalId" => Post(
                Garbage.Json($$"""{"BRN":"{{brn}}","nationalId":"{{Garbage.Marker}}"}"""),
                body => ["X-Hub-Signature: " + HubSignature.Sign(body, World.Keys.Value.CallbackSecret)]
            ),
            "AuthenticateDeceased" => Post(Gen.OneOf(Garbage.Json(Person), Garbage.Json(Batch)), _ => []),
            "SeedTokens" => FuzzCase.For(method, path, "multipart/form-data; boundary=" + Boundary, Forms, _ => []),
            "OpsSearch" => Post(Garbage.Json($$"""{"registrationNumber":"{{Garbage.Marker}}"}"""), _ => [AdminKey]),
            "ConfirmSubscription" or "Health" or "OpsPage" => FuzzCase.For(
                method,
                path,
                null,
                Garbage.Json(Person),
                _ => []
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
            or "OpsReplayPoisoned"
            or "OpsPause"
            or "OpsResume"
            or "Subscribe" => FuzzCase.For(method, path, null, Garbage.Json(Person), _ => [AdminKey], eventKey),
            _ => null,
        };

        Gen<FuzzCase> Post(Gen<byte[]> bodies, Func<byte[], string[]> authorise) =>
            FuzzCase.For(method, path, "application/json", bodies, authorise);
    }

    /// <summary>The head of a request that is let in as far as that can be known before its body.</summary>
    internal string Head(string function, params string[] more)
    {
        var (method, path) = Functions[function];
        string[] lines =
        [
            $"{method} {path} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            AdminKey,
            "Authorization: Bearer " + world.Sandbox.OpenCrvs.IssueToken(),
            "X-Hub-Signature: sha256=" + new string('0', 64),
            "Content-Type: "
                + (function == "SeedTokens" ? "multipart/form-data; boundary=" + Boundary : "application/json"),
            .. more,
        ];
        return string.Concat(lines.Select(line => line + "\r\n")) + "\r\n";
    }

    /// <summary>Whether the host is well: it answers, and has taken up all that came.</summary>
    internal Task RecoveredAsync() =>
        Eventually.TrueAsync(async () =>
        {
            using var resume = new HttpRequestMessage(HttpMethod.Post, world.Url("api/ops/resume"));
            using var ask = new HttpRequestMessage(HttpMethod.Get, world.Url("api/ops/summary"));
            using var health = await world.Http.GetAsync("api/health");
            foreach (var request in (HttpRequestMessage[])[resume, ask])
            {
                request.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
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
