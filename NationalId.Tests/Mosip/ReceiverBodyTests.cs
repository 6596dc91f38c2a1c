using System.Text;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Registry;
using NationalId.Sandbox.Mosip;

namespace NationalId.Tests.Mosip;

/// <summary>What MOSIP's receiver gets of an event.</summary>
public class ReceiverBodyTests
{
    private const string Aid =
        """{"type":{"coding":[{"system":"http://opencrvs.org/specs/identifier-type","code":"MOSIP_AID"}]}"""
        + ""","value":"10001"}""";

    private static readonly string[] Patients =
    [
        """{"resourceType":"Patient","id":"child","gender":"male","birthDate":"2026-01-01","name":["""
            + """{"use":"en","family":"Doe","given":["John",""]}],"identifier":["""
            + """{"type":"BIRTH_REGISTRATION_NUMBER","value":"2026B1"}]}""",
        """{"identifier":[{"type":{"coding":[{"system":"x","code":"Y"},"""
            + """{"code":"NATIONAL_ID","system":"http://opencrvs.org/specs/identifier-type"}]},"value":"1"}]"""
            + ""","id":"mother","name":[{"family":["Roe"]},null,{"given":"Jane","family":null}],"address":["""
            + """{"type":"PRIMARY_ADDRESS","line":["",""],"district":null}],"resourceType":"Patient"}""",
        """{"resourceType":"Patient","id":"father","name":[],"identifier":"""
            + """{"type":"NATIONAL_ID","value":"2"},"photo":[{"data":"@"}]}""",
    ];

    private static readonly string[] Others =
    [
        """{"resourceType":"Composition","id":"c","identifier":"""
            + """{"system":"urn:ietf:rfc:3986","value":"BN6TQN5"},"section":[{"code":{"coding":["""
            + """{"code":"mother-details"}]},"entry":[{"reference":"Patient/mother"}]},{"code":{"coding":["""
            + """{"code":"child-details"}]},"entry":[{"reference":"Patient/child"}]}]}""",
        """{"resourceType":"Task","id":"t","focus":{"reference":"Composition/c"},"identifier":["""
            + """{"system":"http://opencrvs.org/specs/id/birth-registration-number","value":"2026B1"}]"""
            + ""","extension":[{"url":"u","valueInteger":1}]}""",
        """{"resourceType":"TaskHistory","id":"h","focus":"Composition/c","extension":{"url":"u","valueString":"v"}}""",
        """{"identifier":{"value":{"type":"NATIONAL_ID"},"x":[1]},"resourceType":"Composition"}""",
        """{"identifier":{"type":"NATIONAL_ID"},"id":"q","resourceType":"QuestionnaireResponse"}""",
        """{"resourceType":"Location","id":"l","name":"Central","address":{"line":["a"]},"identifier":"""
            + """[null,7,{"system":"s","value":3}]}""",
        """{"resourceType":"DocumentReference","id":"d","content":[{"attachment":{"data":"@@"}}],"name":"""
            + """{"given":[null,"A",{},"B",[]],"family":["F",null]}}""",
        """{"resourceType":"Practitioner","id":"p","name":[5,{"use":"en","family":"Mweene","given":"""
            + """["Kennedy"]}],"gender":{"a":1},"birthDate":[2],"address":"x"}""",
        """{"resourceType":"RelatedPerson","id":"r","relationship":{"coding":[{"code":"FATHER"}]}"""
            + ""","patient":{"reference":"Patient/father"}}""",
        """{"id":"empty"}""",
    ];

    [Property(MaxTest = 200)]
    public async Task Any_order_of_any_shapes_becomes_what_the_receiver_reads(int seed, byte size, bool spaced)
    {
        var random = new Random(seed);
        // Some resources are as long as attachments make them.
        var attachment = new string('A', size > 250 ? 3_000_000 : size * 20);
        var entries = Patients
            .Concat(Others[..2])
            .Concat(Others[2..].Where(_ => random.Next(2) == 0))
            .Select(resource => Fixture.Entry(resource.Replace("@", attachment, StringComparison.Ordinal)))
            .ToArray();
        random.Shuffle(entries);
        var body = Fixture.Birth(entries);
        if (spaced)
        {
            body = Encoding.UTF8.GetBytes(JsonNode.Parse(body)!.ToJsonString(new() { WriteIndented = true }));
        }

        var result = await RewriteAsync(body, portion: random.Next(1, 100_000));

        PublishedReceiver.Check(result, birth: true, needsNationalId: false);
        var resources = Resources(result);
        Assert.Equal(["child", "mother", "t"], resources.Take(3).Select(Id));
        Assert.Equal(Aid, resources[0]["identifier"]!.AsArray()[^1]!.ToJsonString());
        // The rest is there once each, in its order.
        Assert.Equal(
            Resources(body).Select(Id).Where(id => id is not ("child" or "mother" or "t")),
            resources.Skip(3).Select(Id)
        );
        Assert.All(
            resources.Where(resource => (string?)resource["resourceType"] == "Composition"),
            composition => Assert.Null(composition["identifier"])
        );
    }

    [Fact]
    public async Task Every_version_of_a_birth_and_a_death_is_read_by_the_receiver()
    {
        foreach (var name in Fixture.Names.Concat(Fixture.ReceiverNames))
        {
            var body = Fixture.Read(name);
            var birth = !name.StartsWith("death", StringComparison.Ordinal);

            var result = await RewriteAsync(body);

            if (name != "birth-duplicates-stu3")
            {
                PublishedReceiver.Check(result, birth, needsNationalId: !birth);
            }

            var scan = Fixture.Scan(result);
            Assert.Null(scan.Outline.FlagReason);
            Assert.Equal(Fixture.Scan(body).Outline, scan.Outline);
            Assert.Equal("10001", scan.SubjectAid);
            Assert.Equal(Fixture.Scan(body).SubjectPatientId, scan.SubjectPatientId);
            Assert.Equal(scan.SubjectPatientId, Id(Resources(result).First(IsPatient)));
        }
    }

    [Theory]
    [InlineData(
        """{"resourceType":"Patient","id":"p"}""",
        """{"identifier":[AID],"resourceType":"Patient","id":"p"}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","identifier":[ ]}""",
        """{"resourceType":"Patient","identifier":[ AID]}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","identifier":[{"value":"1"} ] }""",
        """{"resourceType":"Patient","identifier":[{"value":"1"} ,AID] }"""
    )]
    [InlineData(
        """{"resourceType":"Patient","identifier":["odd"]}""",
        """{"resourceType":"Patient","identifier":[null,AID]}"""
    )]
    [InlineData(
        """{"identifier": null,"resourceType":"Patient"}""",
        """{"identifier": [AID],"resourceType":"Patient"}"""
    )]
    [InlineData(
        """{"identifier":[{"type":"X","value":"1"}],"resourceType":"Patient"}""",
        """{"identifier":[{"type":{"coding":["""
            + """{"system":"http://opencrvs.org/specs/identifier-type","code":"X"}]},"value":"1"},AID]"""
            + ""","resourceType":"Patient"}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","name":[{"family":"Öz\"é","given":"A"}]}""",
        """{"identifier":[AID],"resourceType":"Patient","name":[{"family":["Öz\"é"],"given":["A"]}]}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","name":[{}]}""",
        """{"identifier":[AID],"resourceType":"Patient","name":[{"given":[],"family":[]}]}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","name":[null,{"given":[null,"A",null],"family":[ ]},null]}""",
        """{"identifier":[AID],"resourceType":"Patient","name":[{"given":["A"],"family":[ ]}]}"""
    )]
    public async Task Only_what_has_to_change_changes(string patient, string expected)
    {
        var result = await RewriteAsync(Fixture.Birth(Fixture.Task, Fixture.Entry(patient)));

        Assert.Equal(
            Encoding.UTF8.GetString(
                Fixture.Birth(Fixture.Entry(expected.Replace("AID", Aid, StringComparison.Ordinal)), Fixture.Task)
            ),
            Encoding.UTF8.GetString(result)
        );
    }

    [Fact]
    public async Task Without_a_composition_the_informant_tells_the_mother_and_a_father_is_not_taken_for_her()
    {
        string[] people = [.. Patients.Select(Fixture.Entry), Fixture.Entry(Others[1])];
        string[] fatherFirst = [people[2], people[0], people[1], people[3]];
        var mother = Others[8].Replace("FATHER", "MOTHER").Replace("Patient/father", "Patient/mother");

        foreach (var informant in (string[])[Others[8], mother])
        {
            var result = await RewriteAsync(Fixture.Birth([.. fatherFirst, Fixture.Entry(informant)]));
            Assert.Equal(["child", "mother", "t", "father", "r"], Resources(result).Select(Id));
        }
    }

    [Fact]
    public async Task A_photograph_in_the_subject_costs_no_memory_and_each_part_is_read_in_one_go()
    {
        var photo = new string('A', 20_000_000);
        var child = Patients[0].Replace("\"name\"", $"\"photo\":[{{\"data\":\"{photo}\"}}],\"name\"");
        var body = Fixture.Birth([.. Others[..2].Append(child).Append(Patients[1]).Select(Fixture.Entry)]);
        var (pieces, length) = Prepare(body);
        var opened = 0;
        var buffer = new byte[64 * 1024];
        long read = 0;
        // Everything is at hand, so nothing here leaves this thread: other tests' memory does not count.
        var thread = Environment.CurrentManagedThreadId;
        var before = GC.GetAllocatedBytesForCurrentThread();

        await using var stream = new RewrittenStream(
            pieces,
            (from, end, _) =>
            {
                opened++;
                return new(new MemoryStream(body, (int)from, (int)(end - from), writable: false));
            }
        );
        for (int size; (size = await stream.ReadAsync(buffer)) > 0; read += size) { }

        var used = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        Assert.Equal(length, read);
        Assert.InRange(opened, 1, 8);
        Assert.InRange(used, 0, 2_000_000);
    }

    [Fact]
    public async Task A_body_that_ends_too_early_is_not_passed_on_in_silence()
    {
        var body = Fixture.Read("birth-composition");
        var (pieces, _) = Prepare(body);
        await using var stream = new RewrittenStream(
            pieces,
            (from, end, _) => new(new MemoryStream(body, (int)from, (int)(end - from) / 2))
        );

        await Assert.ThrowsAsync<InvalidDataException>(() => stream.CopyToAsync(Stream.Null));
    }

    [Fact]
    public void Changes_without_end_are_not_collected()
    {
        var names = string.Concat(Enumerable.Repeat("""{"family":"x"},""", 20_000));
        var edits = new BodyEdits();
        using var scanner = new EventScanner(EventKinds.Carried, keepSubject: false, beside: ReceiverShape.Walk(edits));
        scanner.Append(
            Fixture.Birth(Fixture.Task, Fixture.Entry($$"""{"resourceType":"Patient","name":[{{names}}{}]}"""))
        );

        Assert.Null(scanner.Complete().Outline.FlagReason);
        Assert.True(edits.TooMany);
    }

    private static (IEnumerable<BodyPiece> Pieces, long Length) Prepare(byte[] body)
    {
        var edits = new BodyEdits();
        using var scanner = new EventScanner(EventKinds.Carried, keepSubject: false, beside: ReceiverShape.Walk(edits));
        scanner.Append(body);
        var scan = scanner.Complete();
        Assert.Null(scan.Outline.FlagReason);
        var rewritten = new ReceiverBody(scan, edits, body.Length, [("MOSIP_AID", "10001")]);
        Assert.False(edits.TooMany);
        return (rewritten.Pieces(), rewritten.Length);
    }

    private static async Task<byte[]> RewriteAsync(byte[] body, int portion = 81920)
    {
        var (pieces, length) = Prepare(body);
        await using var stream = new RewrittenStream(
            pieces,
            (from, end, _) => new(new MemoryStream(body, (int)from, (int)(end - from), writable: false))
        );
        using var result = new MemoryStream();
        await stream.CopyToAsync(result, portion);
        Assert.Equal(length, result.Length);
        return result.ToArray();
    }

    private static List<JsonObject> Resources(byte[] body) =>
        [
            .. Fixture.LastWins(body)!["event"]!["context"]!
                .AsArray()
                .SelectMany(context => context!["entry"]?.AsArray() ?? [])
                .Select(entry => entry!["resource"]!.AsObject()),
        ];

    private static string? Id(JsonObject resource) => (string?)resource["id"];

    private static bool IsPatient(JsonObject resource) => (string?)resource["resourceType"] == "Patient";
}
