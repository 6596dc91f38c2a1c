using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.Demo;

namespace NationalId.Tests.Sandbox;

/// <summary>The demonstration, with a makeshift client that does its part.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class DemoTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    [Fact]
    public async Task A_life_with_mosip_is_shown_to_its_end()
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await SandboxServer.StartAsync(new SandboxSettings { Keys = shared.Keys });
        using var work = new MakeshiftClient(sandbox);
        client.Work = work.DoAsync;
        var code = await DemoAsync(client, sandbox, "MOSIP");
        Assert.Empty(sandbox.Mosip.Refused);
        Assert.Equal(0, code);
        Assert.Equal(
            [true, false],
            sandbox.Mosip.Received.Where(item => item.Kind == "death").Select(item => item.Linked)
        );
        Assert.Equal([false, true], sandbox.Mosip.Persons.Select(person => person.Active));
        Assert.Empty(sandbox.Mosip.Refused);
    }

    [Theory]
    [InlineData(NumberAnswer.AtOnce)]
    [InlineData(NumberAnswer.CallBack)]
    public async Task A_life_with_another_system_is_shown_to_its_end(NumberAnswer answer)
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await SandboxServer.StartAsync(
            new SandboxSettings
            {
                Keys = shared.Keys,
                ClientName = "Freedonia",
                NumberAnswer = answer,
            }
        );
        using var work = new MakeshiftClient(sandbox);
        client.Work = work.ForwardAsync;
        Assert.Equal(0, await DemoAsync(client, sandbox, "Freedonia"));
        Assert.Equal(["birth", "death"], sandbox.NationalIdSystem.Received.Select(item => item.Kind));
        Assert.Empty(sandbox.NationalIdSystem.Refused);
        if (answer is NumberAnswer.CallBack)
        {
            var (_, body, headers) = client.Posts.First(post => post.Path == "/api/national-id");
            Assert.True(
                HubSignature.Verify(
                    body,
                    sandbox.ClientSettings["NATIONALID_CALLBACK_SECRET"],
                    headers["X-Hub-Signature"]
                )
            );
        }
    }

    [Fact]
    public async Task A_step_that_does_not_come_is_named_and_fails()
    {
        await using var client = await FakeClient.StartAsync();
        await using var sandbox = await SandboxServer.StartAsync(new SandboxSettings { Keys = shared.Keys });
        Assert.Equal(1, await DemoAsync(client, sandbox, "MOSIP", ("patience", "0.5")));
    }

    private static async Task<int> DemoAsync(
        FakeClient client,
        SandboxServer sandbox,
        string name,
        params (string Name, string Value)[] options
    )
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(
                    new
                    {
                        baseUrl = client.Url,
                        clientName = name,
                        controlUrl = sandbox.ControlUrl,
                    }
                )
            );
            var all = options.ToDictionary(option => option.Name, option => option.Value);
            all["run-json"] = file;
            return await Demonstration.RunAsync(all);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What the National ID client does, in the fewest words and without any care.</summary>
    private sealed class MakeshiftClient(SandboxServer sandbox) : IDisposable
    {
        private readonly HttpClient http = new();

        public async Task DoAsync(string path, byte[] body)
        {
            var settings = sandbox.ClientSettings;
            if (path == "/api/birthReceiveNid")
            {
                var data = Envelope.FromBase64(JsonNode.Parse(body)!["data"]!.GetValue<string>());
                using var own = RSA.Create();
                own.ImportFromPem(settings["OPENCRVS_PRIV_KEY"]);
                var token = JsonNode.Parse(
                    Envelope.Open(data, own, SHA256.HashData(own.ExportSubjectPublicKeyInfo()))
                )!;
                await SaveAsync(
                    ("BRN", token["opencrvsBRN"]!.GetValue<string>()),
                    ("UINTOKEN", token["uinToken"]!.GetValue<string>())
                );
                return;
            }

            var record = sandbox.OpenCrvs.Records.Values.Single(record =>
                Encoding.UTF8.GetString(body).Contains(record.RegistrationNumber, StringComparison.Ordinal)
            );
            var cookie = "Authorization=" + await FakeClient.MosipTokenAsync(http, settings);
            var aid = JsonSerializer.Deserialize<string>(await MosipAsync(HttpMethod.Get, "GenerateAid", null))!;
            var plain = FakeClient.WithAid(body, record.RegistrationNumber, aid);
            if (record.Kind == "death")
            {
                plain = await LinkAsync(plain, record.PatientId);
            }

            await MosipAsync(
                HttpMethod.Post,
                record.Kind == "birth" ? "Birth" : "Death",
                FakeClient.Message(settings, record.CompositionId, plain)
            );
            await SaveAsync((record.Kind == "birth" ? "BRN" : "DRN", record.RegistrationNumber), ("MOSIP_AID", aid));

            async Task<string> MosipAsync(HttpMethod method, string what, JsonObject? message)
            {
                using var request = new HttpRequestMessage(method, settings[$"NationalId:Mosip:{what}Url"])
                {
                    Content = message is null ? null : JsonContent.Create(message),
                };
                request.Headers.Add("Cookie", cookie);
                using var response = await http.SendAsync(request);
                return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            }
        }

        public async Task ForwardAsync(string path, byte[] body)
        {
            var json = JsonNode.Parse(body)!;
            if (path == "/api/national-id")
            {
                await SaveAsync(
                    ("BRN", json["BRN"]!.GetValue<string>()),
                    ("NATIONAL_ID", json["nationalId"]!.GetValue<string>())
                );
                return;
            }

            var birth = json["event"]!["hub"]!["topic"]!.GetValue<string>() == "BIRTH_REGISTERED";
            var settings = sandbox.ClientSettings;
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                settings[$"NationalId:DefaultSystem:{(birth ? "Birth" : "Death")}Url"]
            )
            {
                Content = new ByteArrayContent(body),
            };
            request.Headers.Add("X-Hub-Signature", HubSignature.Sign(body, settings["NATIONALID_SIGN_SECRET"]));
            using var response = await http.SendAsync(request);
            var answer = await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
            var record = sandbox.OpenCrvs.Records.Values.Single(record =>
                Encoding.UTF8.GetString(body).Contains(record.RegistrationNumber, StringComparison.Ordinal)
            );
            if (answer.Length > 0)
            {
                await SaveAsync(
                    ("BRN", record.RegistrationNumber),
                    ("NATIONAL_ID", JsonNode.Parse(answer)!["nationalId"]!.GetValue<string>())
                );
            }
        }

        public void Dispose() => http.Dispose();

        private async Task<byte[]> LinkAsync(byte[] plain, string patientId)
        {
            var json = JsonNode.Parse(plain)!;
            var deceased = json["event"]!["context"]![0]!["entry"]!
                .AsArray()
                .Select(entry => entry!["resource"]!)
                .Single(one => (string?)one["id"] == patientId);
            var id = deceased["identifier"]!
                .AsArray()
                .Single(one => (string?)one!["type"]!["coding"]![0]!["code"] == "NATIONAL_ID")![
                "value"
            ]!.GetValue<string>();
            var name = deceased["name"]![0]!;
            var full = string.Join(
                ' ',
                name["given"]!.AsArray().Concat(name["family"]!.AsArray()).Select(part => (string)part!)
            );
            var answer = await IdaCaller.CallAsync(sandbox, id, full, (string?)deceased["birthDate"]);
            if (IdaCaller.Code(answer) != "ok")
            {
                return plain;
            }

            var token = answer.GetProperty("response").GetProperty("authToken").GetString();
            var birth = sandbox.OpenCrvs.Records.Values.Single(record => record.UinToken == token);
            deceased["identifier"]!
                .AsArray()
                .Add(
                    new JsonObject
                    {
                        ["type"] = JsonNode.Parse("""{"coding":[{"code":"BIRTH_PATIENT_ENTRY"}]}"""),
                        ["value"] = birth.PatientId,
                    }
                );
            return Encoding.UTF8.GetBytes(json.ToJsonString());
        }

        private async Task SaveAsync(params (string Name, string Value)[] fields)
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                sandbox.ClientSettings["NationalId:OpenCrvs:MediatorUrl"]
            )
            {
                Content = JsonContent.Create(fields.ToDictionary(field => field.Name, field => field.Value)),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", sandbox.OpenCrvs.IssueToken());
            using var response = await http.SendAsync(request);
            response.EnsureSuccessStatusCode();
        }
    }
}
