using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NationalId.Sandbox;
using NationalId.Sandbox.Mosip;

namespace NationalId.Tests.Sandbox;

/// <summary>
/// The sandbox's MOSIP of packets without a client: as strict as MOSIP is, and as silent (docs/protocols.md, "MOSIP's
/// packets").
/// </summary>
public sealed class PacketTests(SandboxTests.SharedKeys shared) : IClassFixture<SandboxTests.SharedKeys>
{
    private const string Manager = "/commons/v1/packetmanager/createPacket";
    private const string Workflow = "/registrationprocessor/v1/workflowmanager/workflowinstance";

    private static readonly string[] Known =
    [
        "IDSchemaVersion",
        "fullName",
        "dateOfBirth",
        "gender",
        "addressLine1",
        "region",
        "province",
        "city",
        "zone",
        "birthCertificateNumber",
        "UIN",
    ];

    [Fact]
    public async Task Without_a_token_and_its_role_nothing_is_done_and_200_says_so()
    {
        await using var mosip = await CallerAsync();
        Assert.Equal("KER-ATH-003", await mosip.DrawTokenAsync("a wrong secret"));
        Assert.Equal("KER-ATH-401", Code(await mosip.PutAsync(Packet())));
        Assert.Null(await mosip.DrawTokenAsync());
        Assert.Null(Code(await mosip.PutAsync(Packet())));
        Assert.Equal("KER-RIG-005", Code(await mosip.GetAsync("/v1/ridgenerator/generate/rid/10001/10004")));
        var rid = (await mosip.GetAsync("/v1/ridgenerator/generate/rid/10001/20042"))["response"]!["rid"]!;
        Assert.Equal(29, ((string)rid!).Length);

        mosip.Packets.MissingRoles["REGISTRATION_PROCESSOR"] = true;
        Assert.Equal("KER-ATH-403", Code(await mosip.PutAsync(Packet())));
        mosip.Packets.MissingRoles.Clear();
        mosip.Packets.ForgetTokens();
        Assert.Equal("KER-ATH-401", Code(await mosip.PutAsync(Packet())));
    }

    [Fact]
    public async Task What_the_writer_can_t_write_it_swallows_and_fields_outside_the_schema_vanish()
    {
        await using var mosip = await CallerAsync();
        await mosip.DrawTokenAsync();
        Action<JsonObject>[] mistakes =
        [
            packet => packet.Remove("audits"),
            packet => packet["audits"] = new JsonArray(),
            packet => packet["metaInfo"]!["operationsData"] = new JsonArray(),
            packet => packet["fields"]!["fullName"] = new JsonArray(new JsonObject()),
            packet => packet["fields"]!["fullName"] = """["Ada"]""",
            packet => packet["schemaJson"] = "{}",
            packet => packet["schemaVersion"] = "first",
            packet => packet["id"] = "10001" + "10004" + ((string)packet["id"]!)[10..],
            packet => packet["id"] = "100011234567890",
        ];
        foreach (var mistake in mistakes)
        {
            var answer = await mosip.PutAsync(Packet(mistake));
            Assert.True(answer["response"] is null && answer["errors"] is null, answer.ToJsonString());
        }

        Assert.Equal(mistakes.Length, mosip.Packets.Manager.Swallowed.Count);
        Assert.Empty(mosip.Packets.Stored);
        Assert.Equal("KER-PUT-006", Code(await mosip.PutAsync(Packet(packet => packet["source"] = "OPENCRVS"))));

        var written = await mosip.PutAsync(Packet(packet => packet["fields"]!["nickname"] = "Adi"));
        Assert.Equal(3, written["response"]!.AsArray().Count);
        var stored = Assert.Single(mosip.Packets.Stored);
        Assert.Equal(["nickname"], stored.Vanished);
        Assert.False(stored.Fields.ContainsKey("nickname"));
    }

    [Fact]
    public async Task Work_begins_once_and_ends_without_a_word_where_something_does_not_fit()
    {
        await using var mosip = await CallerAsync();
        await mosip.DrawTokenAsync();
        Assert.Equal("RPR-WIN-002", Code(await mosip.StartWorkAsync(Packet())));
        var good = Packet();
        Assert.Equal("PROCESSED", await mosip.EndAsync(good));
        Assert.Equal("RPR-WIN-001", Code(await mosip.StartWorkAsync(good, version: "1.0")));
        Assert.Equal("RPR-WIS-001", Code(await mosip.StartWorkAsync(good)));

        // The same child once more; another one who is no infant; packets that nobody made; without what is needed.
        Assert.Equal("REJECTED", await mosip.EndAsync(Packet(Named("Ada Example", number: "2026B2"))));
        Assert.Equal("REPROCESS_FAILED", await mosip.EndAsync(Packet(Named("Bea Example", born: 6))));
        Assert.Equal(
            "REPROCESS_FAILED",
            await mosip.EndAsync(
                Packet(packet =>
                {
                    Named("Cleo Example")(packet);
                    packet["metaInfo"]!["operationsData"] = """[{"label":"officerId","value":"nobody"}]""";
                })
            )
        );
        Assert.Equal(
            "REPROCESS_FAILED",
            await mosip.EndAsync(
                Packet(packet =>
                {
                    Named("Dora Example")(packet);
                    packet["fields"]!.AsObject().Remove("zone");
                })
            )
        );
        Assert.Single(mosip.Sandbox.Mosip.Persons);
    }

    private static Action<JsonObject> Named(string name, string number = "2026B9", int born = 0) =>
        packet =>
        {
            packet["fields"]!["fullName"] = Text(name);
            packet["fields"]!["birthCertificateNumber"] = number;
            packet["fields"]!["dateOfBirth"] = DateTime.UtcNow.AddDays(-40).AddYears(-born).ToString("yyyy'/'MM'/'dd");
        };

    private static string Text(string value) => $$"""[{"language":"eng","value":"{{value}}"}]""";

    private static string Schema() =>
        new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["identity"] = new JsonObject
                {
                    ["properties"] = new JsonObject(
                        Known.Select(field =>
                            KeyValuePair.Create<string, JsonNode?>(field, new JsonObject { ["fieldCategory"] = "pvt" })
                        )
                    ),
                },
            },
        }.ToJsonString();

    private static JsonObject Packet(Action<JsonObject>? change = null)
    {
        var id = "10001" + "20042" + Random.Shared.NextInt64(10_000, 99_999) + "20260625080000";
        var packet = new JsonObject
        {
            ["id"] = id,
            ["refId"] = "10001_20042",
            ["offlineMode"] = false,
            ["process"] = "CRVS_NEW",
            ["source"] = "CRVS1",
            ["schemaVersion"] = "0.500",
            ["schemaJson"] = Schema(),
            ["fields"] = new JsonObject
            {
                ["IDSchemaVersion"] = "0.5",
                ["gender"] = Text("Female"),
                ["addressLine1"] = Text("1 Hill"),
                ["region"] = Text("R"),
                ["province"] = Text("P"),
                ["city"] = Text("C"),
                ["zone"] = Text("Z"),
            },
            ["metaInfo"] = new JsonObject
            {
                ["registrationId"] = id,
                ["operationsData"] = $$"""[{"label":"officerId","value":"{{Packets.OfficerId}}"}]""",
            },
            ["audits"] = new JsonArray(new JsonObject { ["eventId"] = "REG-EVT-066" }),
        };
        Named("Ada Example", "2026B1")(packet);
        change?.Invoke(packet);
        return packet;
    }

    private static string? Code(JsonNode answer) => (string?)(answer["errors"] as JsonArray)?[0]?["errorCode"];

    private async Task<Caller> CallerAsync() =>
        new(
            await SandboxServer.StartAsync(
                new SandboxSettings
                {
                    ClientName = "MOSIP",
                    MosipTakesPackets = true,
                    Keys = shared.Keys,
                }
            )
        );

    /// <summary>Calls MOSIP as a client of a few lines does.</summary>
    private sealed class Caller(SandboxServer sandbox) : IAsyncDisposable
    {
        private readonly HttpClient http = new(new SocketsHttpHandler { UseCookies = false });

        public SandboxServer Sandbox => sandbox;

        public Packets Packets => sandbox.Mosip.Packets;

        /// <returns>The error's code; null when there is a token.</returns>
        public async Task<string?> DrawTokenAsync(string? secret = null)
        {
            using var answer = await http.PostAsJsonAsync(
                At("/v1/authmanager/authenticate/clientidsecretkey"),
                Envelope(
                    "string",
                    "string",
                    new JsonObject
                    {
                        ["clientId"] = sandbox.Keys.MosipClientId,
                        ["secretKey"] = secret ?? sandbox.Keys.MosipClientSecret,
                        ["appId"] = "ida",
                    }
                )
            );
            if (answer.Headers.TryGetValues("Set-Cookie", out var cookies))
            {
                http.DefaultRequestHeaders.Remove("Cookie");
                http.DefaultRequestHeaders.Add("Cookie", cookies.First().Split(';')[0]);
            }

            return Code(await BodyAsync(answer));
        }

        public async Task<JsonNode> GetAsync(string path)
        {
            using var answer = await http.GetAsync(At(path));
            return await BodyAsync(answer);
        }

        public async Task<JsonNode> PutAsync(JsonObject packet)
        {
            using var answer = await http.PutAsJsonAsync(At(Manager), Envelope("string", "string", packet));
            return await BodyAsync(answer);
        }

        public async Task<JsonNode> StartWorkAsync(JsonObject packet, string version = "v1")
        {
            var request = new JsonObject
            {
                ["registrationId"] = (string?)packet["id"],
                ["process"] = (string?)packet["process"],
                ["source"] = (string?)packet["source"],
                ["additionalInfoReqId"] = "",
                ["notificationInfo"] = new JsonObject(),
            };
            using var answer = await http.PostAsJsonAsync(
                At(Workflow),
                Envelope("mosip.registration.processor.workflow.instance", version, request)
            );
            return await BodyAsync(answer);
        }

        /// <summary>Writes a packet, has it worked on, and says how that ended.</summary>
        public async Task<string> EndAsync(JsonObject packet)
        {
            Assert.NotNull((await PutAsync(packet))["response"]);
            Assert.Null(Code(await StartWorkAsync(packet)));
            return Packets.Manager.Find((string)packet["id"]!)!.Status;
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await sandbox.DisposeAsync();
        }

        private static JsonObject Envelope(string id, string version, JsonObject request) =>
            new()
            {
                ["id"] = id,
                ["version"] = version,
                ["requesttime"] = "2026-06-25T08:00:00.000Z",
                ["metadata"] = new JsonObject(),
                ["request"] = request.DeepClone(),
            };

        private static async Task<JsonNode> BodyAsync(HttpResponseMessage answer) =>
            JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        private Uri At(string path) => new(sandbox.MosipUrl.ToString().TrimEnd('/') + path);
    }
}
