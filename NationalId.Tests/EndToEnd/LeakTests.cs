using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;
using Person = NationalId.Sandbox.Mosip.Person;

namespace NationalId.Tests.EndToEnd;

/// <summary>Not beside other tests: it listens to the whole process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class LeakCollection
{
    public const string Name = "Leaks";
}

/// <summary>
/// Logs, traces and metrics may hold event keys, BRN hashes, topics and states, and nothing else of an event or of a
/// secret.
/// </summary>
[Collection(LeakCollection.Name)]
[Trait(Tier.Name, Tier.Whole)]
public sealed class LeakTests
{
    [Fact]
    public async Task A_whole_life_with_all_that_goes_wrong_leaves_no_secret_and_no_person_in_logs_traces_or_metrics()
    {
        using var heard = new Heard();
        // Keys of its own: what other tests still do with the shared ones is none of ours.
        var keys = SandboxKeys.Create();
        await using var world = await World.StartAsync(
            sandbox => sandbox.Keys = keys,
            services: services =>
                services.PostConfigure<LoggerFilterOptions>(filter =>
                {
                    filter.Rules.Clear();
                    filter.MinLevel = LogLevel.Trace;
                })
        );
        var (bodies, events) = await LiveAsync(world);
        var said = string.Join('\n', world.Logs.Lines.Concat(heard.Lines));

        // It is all there: a search in nothing finds nothing.
        string[] expected =
        [
            EventKey.BrnHash(events[0].RegistrationNumber),
            "MOSIP answered 500.",
            "MOSIP answered 400.",
            "A webhook was refused: signature",
            "A caller was refused",
            "not JSON",
            "Token Seeder batch",
            "activity call ida",
            "activity receive webhook",
            "nationalid.partner.duration partner=ida outcome=200",
            "nationalid.events.poisoned topic=BIRTH_REGISTERED",
            "Azure-Core",
            "Resilience event occurred",
            "Request starting",
        ];
        Assert.All(
            expected,
            text => Assert.True(said.Contains(text, StringComparison.Ordinal), $"'{text}' is expected.")
        );

        var forbidden = Leaks.Forms([
            .. Pieces(bodies),
            .. Secrets(world, keys),
            .. world.Sandbox.Mosip.DrawnAids,
            .. world.Sandbox.Mosip.Persons.SelectMany(person =>
                (string[])[person.Uin, person.Vid, person.UinToken, .. person.Name.Split(' ')]
            ),
        ]);
        Assert.True(forbidden.Count > 150, $"Only {forbidden.Count} things are looked for.");
        Assert.Empty(Leaks.In(said, forbidden));
    }

    /// <summary>Births, tokens, deaths and batches, and all that can go wrong on the way.</summary>
    /// <returns>What was sent to the client, and OpenCRVS's events.</returns>
    private static async Task<(List<byte[]> Bodies, List<SentEvent> Events)> LiveAsync(World world)
    {
        var (openCrvs, mosip) = (world.Sandbox.OpenCrvs, world.Sandbox.Mosip);
        List<SentEvent> events = [];
        List<byte[]> more = [];

        // A birth that MOSIP refuses to store for a while, with the person's data in its answers; another one for good;
        // a mediator that does the same.
        var child = new BirthRecord
        {
            GivenNames = ["Amina", "Zoë"],
            FamilyName = "Óladóttir",
            Gender = "female",
            BirthDate = "1957-03-04",
        };
        var says = $"Could not store Amina Óladóttir, born 1957-03-04, mother {child.MotherNationalId}";
        mosip.Birth.Set(Fault.Status500, 4, says: says);
        openCrvs.Mediator.Set(Fault.Status500, 4, says: says);
        var birth = await BirthAsync(child);
        await world.DeliveredAsync(birth);
        mosip.Birth.Set(Fault.Status400, says: says);
        var refused = await BirthAsync(new BirthRecord { GivenNames = ["Thorfinnur"], FamilyName = "Kleppjárnsson" });
        await world.EventAsync(refused.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        mosip.Birth.Clear();
        var second = await BirthAsync(
            new BirthRecord
            {
                GivenNames = ["Wambui"],
                FamilyName = "Ng'ang'a-Otieno",
                Gender = "male",
                BirthDate = "1961-07-08",
            }
        );
        await world.DeliveredAsync(second);
        foreach (var born in (SentEvent[])[birth, second])
        {
            Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(born.RegistrationNumber)).Status);
            await world.EventAsync(born.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        }

        // A death after the Token Seeder's call, one without, one by a wrong name, and IDA failing with the person's
        // data in its answer.
        var (amina, wambui) = (
            mosip.FindByBirth(birth.RegistrationNumber)!,
            mosip.FindByBirth(second.RegistrationNumber)!
        );
        using var seeded = await world.Http.PostAsync(
            "api/authtoken/json",
            Keep(
                Seeder(
                    $$"""
                    {"vid":"{{amina.Vid}}","name":"{{amina.Name}}",
                     "gender":"{{amina.Gender}}","dob":"1957/03/04"}
                    """
                )
            )
        );
        Assert.Contains(amina.UinToken, await seeded.Content.ReadAsStringAsync());
        Assert.Equal("linked", (await world.DeliveredAsync(await DeathAsync(DeathTests.DeathOf(amina.Vid)))).Link);
        mosip.Authentication.Set(Fault.Status500, 4, says: says);
        var known = new DeathRecord
        {
            GivenNames = ["Wambui"],
            FamilyName = "Ng'ang'a-Otieno",
            Gender = "male",
            BirthDate = "1961-07-08",
            NationalId = wambui.Uin,
        };
        Assert.Equal("linked", (await world.DeliveredAsync(await DeathAsync(known))).Link);
        var other = new DeathRecord
        {
            GivenNames = ["Somebody"],
            FamilyName = "Elsewhere",
            NationalId = mosip.AddPerson("Ragnheiður Zephyrine", "female", "1950-03-09").Uin,
        };
        Assert.Equal("unlinked: IDA: IDA-DEA-001", (await world.DeliveredAsync(await DeathAsync(other))).Link);

        // Batches, of the living: IDA knows no others.
        var (ada, li) = (
            mosip.AddPerson("Adaeze Nwachukwu", "female", "1988-02-03"),
            mosip.AddPerson("Xióngmèi Lǐzhēn", "male", "1990-10-11")
        );
        foreach (var content in (HttpContent[])[Keep(Batch($"[{Line(ada)},{Line(li)}]")), Csv(ada, li)])
        {
            using var submitted = await world.Http.PostAsync(
                content is MultipartFormDataContent ? "api/authtoken/csv" : "api/authtoken/json",
                content
            );
            var id = JsonDocument
                .Parse(await submitted.Content.ReadAsStringAsync())
                .RootElement.GetProperty("response")
                .GetProperty("request_identifier")
                .GetString();
            await Eventually.TrueAsync(async () =>
                (await world.Http.GetStringAsync($"api/authtoken/status/{id}")).Contains(
                    "\"processed",
                    StringComparison.Ordinal
                )
            );
            Assert.Contains(ada.UinToken, await world.Http.GetStringAsync($"api/authtoken/file/{id}"));
        }

        // What is refused or kept aside.
        Assert.Equal(401, (await openCrvs.SendRawAsync(birth.Body, "sha256=" + new string('0', 64))).Status);
        var half = birth.Body[..(birth.Body.Length / 2)];
        Assert.Equal(202, (await openCrvs.SendRawAsync(half, openCrvs.Sign(half))).Status);
        Assert.Equal(
            401,
            (
                await world.Sandbox.SendUinTokenAsync(
                    birth.RegistrationNumber,
                    new UinTokenOptions { Bearer = "not-a-bearer-of-OpenCRVS" }
                )
            ).Status
        );
        Assert.Equal(
            401,
            (
                await world.Sandbox.SendUinTokenAsync(
                    birth.RegistrationNumber,
                    new UinTokenOptions { SignWithAnotherKey = true }
                )
            ).Status
        );
        Assert.Equal(
            400,
            (
                await world.Sandbox.SendUinTokenRawAsync(
                    Keep($$"""{"data":"{{amina.UinToken}} of {{amina.Name}}","signature":"{{amina.Vid}}"}""")
                )
            ).Status
        );
        Assert.Equal(
            409,
            (
                await world.Sandbox.SendUinTokenAsync(
                    birth.RegistrationNumber,
                    new UinTokenOptions { UinToken = wambui.UinToken }
                )
            ).Status
        );
        openCrvs.Auth.Set(Fault.Status500, 4, says: says);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);

        // The operator looks for somebody.
        using var search = new HttpRequestMessage(HttpMethod.Post, world.Url("api/ops/search"))
        {
            Content = JsonContent.Create(new { registrationNumber = birth.RegistrationNumber }),
        };
        search.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        search.Headers.Add("X-Requested-With", "test");
        Assert.Equal(HttpStatusCode.OK, (await world.Http.SendAsync(search)).StatusCode);
        return ([.. events.Select(sent => sent.Body), .. more], events);

        async Task<SentEvent> BirthAsync(BirthRecord record)
        {
            events.Add(await openCrvs.SendBirthAsync(record));
            return events[^1];
        }

        async Task<SentEvent> DeathAsync(DeathRecord record)
        {
            events.Add(await openCrvs.SendDeathAsync(record));
            return events[^1];
        }

        StringContent Keep(string json)
        {
            more.Add(Encoding.UTF8.GetBytes(json));
            return new StringContent(json, Encoding.UTF8, "application/json");
        }

        MultipartFormDataContent Csv(params Person[] people) =>
            new()
            {
                { Keep(Batch("null")), "request" },
                {
                    new StringContent(
                        "vid,name,gender,dob\n"
                            + string.Concat(
                                people.Select(person =>
                                    $"{person.Vid},{person.Name},{person.Gender},{person.BirthDate}\n"
                                )
                            )
                    ),
                    "csv_file",
                    "people.csv"
                },
            };
    }

    private static string Seeder(string authdata, string more = "") =>
        """{"id":"","version":"","metadata":"","requesttime":"2025-02-03T04:05:06.007Z","request":"""
        + $$$"""{"lang":"eng"{{{more}}},"authdata":{{{authdata}}}}}""";

    private static string Batch(string authdata) => Seeder(authdata, ""","output":"json","deliverytype":"download" """);

    private static string Line(Person person) =>
        $$"""
            {"vid":"{{person.Vid}}","name":"{{person.Name}}",
             "gender":"{{person.Gender}}","dob":"{{person.BirthDate}}"}
            """;

    /// <summary>The texts in what was sent, without those that stand in every event alike.</summary>
    private static IEnumerable<string> Pieces(List<byte[]> bodies)
    {
        var texts = bodies
            .Select(body =>
            {
                List<string> found = [];
                var reader = new Utf8JsonReader(body);
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: >= 5 } text)
                    {
                        found.Add(text);
                    }
                }

                return found.ToHashSet();
            })
            .ToList();
        // Birth and birth, death and death: the first two of each are different people.
        var births = texts.Where(some => some.Contains(EventKinds.Birth)).ToList();
        var deaths = texts.Where(some => some.Contains(EventKinds.Death)).ToList();
        HashSet<string> alike =
        [
            .. births[0].Intersect(births[1]),
            .. deaths[0].Intersect(deaths[1]),
            "download",
            "female",
        ];
        return texts.SelectMany(some => some).Except(alike);
    }

    private static IEnumerable<string> Secrets(World world, SandboxKeys keys) =>
        [
            // A PEM by its lines, a P12 by its beginning.
            .. world
                .Sandbox.ClientSettings.Where(setting =>
                    !setting.Key.StartsWith("NationalId:", StringComparison.Ordinal)
                    && !setting.Key.Contains("AUTH_SERVER", StringComparison.Ordinal)
                    && !setting.Key.Contains("MANDATORY", StringComparison.Ordinal)
                )
                .SelectMany(setting => setting.Value.Split('\n'))
                .Where(line =>
                    line.Length > 11
                    && !line.StartsWith("-----", StringComparison.Ordinal)
                    && !line.StartsWith("opencrvs", StringComparison.Ordinal)
                )
                .Select(line => line[..Math.Min(line.Length, 64)]),
            .. world.Sandbox.Mosip.IssuedTokens,
            world.Host.FunctionKeys.Admin,
            world.Host.FunctionKeys.Default,
            keys.MosipUser,
            keys.MosipClientId,
            // Every JWT begins so.
            "eyJhbGciOi",
            "not-a-bearer-of-OpenCRVS",
            "#KEY_SPLITTER#",
            "Could not store",
        ];
}
