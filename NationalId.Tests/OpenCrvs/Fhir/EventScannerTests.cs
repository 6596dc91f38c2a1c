using System.Text;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Tests.OpenCrvs.Fhir;

public class EventScannerTests
{
    [Theory]
    [InlineData(
        "birth-string-types",
        "BIRTH_REGISTERED",
        "51a6e1f0-0001-4000-8000-0000000000c1",
        "2023BQW71K4",
        "BQW71K4",
        SpliceShape.AfterLast
    )]
    [InlineData(
        "birth-composition",
        "BIRTH_REGISTERED",
        "62b7f201-0002-4000-8000-0000000000c1",
        "2025BXK20PE",
        "BXK20PE",
        SpliceShape.NewProperty
    )]
    [InlineData(
        "death-national-ids",
        "DEATH_REGISTERED",
        "73c80301-0003-4000-8000-0000000000c1",
        "2025DFQ93AA",
        "DFQ93AA",
        SpliceShape.AfterLast
    )]
    [InlineData(
        "birth-duplicates-stu3",
        "BIRTH_REGISTERED",
        "84d90401-0004-4000-8000-0000000000c1",
        null,
        "BZT11LM",
        SpliceShape.IntoEmpty
    )]
    public void Every_shape_is_recognised(
        string name,
        string topic,
        string composition,
        string? number,
        string tracking,
        SpliceShape shape
    )
    {
        var scan = Fixture.Scan(Fixture.Read(name));

        Assert.Equal(new EventOutline(topic, composition, number, tracking, null), scan.Outline);
        Assert.Equal(shape, scan.SubjectIdentifiers!.Value.Shape);
    }

    [Property]
    public bool Splitting_the_body_anywhere_changes_nothing(byte fixture, byte[] sizes)
    {
        var body = Fixture.Read(Fixture.Names[fixture % Fixture.Names.Length]);
        using var scanner = new EventScanner();
        var rest = body.AsSpan();
        foreach (var size in sizes)
        {
            var next = Math.Min(size * size / 16, rest.Length);
            scanner.Append(rest[..next]);
            rest = rest[next..];
        }
        scanner.Append(rest);
        return scanner.Complete() == Fixture.Scan(body);
    }

    [Fact]
    public void Single_bytes_will_do()
    {
        foreach (var name in Fixture.Names)
        {
            Assert.Equal(Fixture.Scan(Fixture.Read(name)), Fixture.Scan(Fixture.Read(name), chunk: 1));
        }
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("BIRTH_REGISTERED", "not JSON")]
    [InlineData("""{"event":{"hub":{"topic":"BIRTH_REGISTERED"}""", "not JSON")]
    [InlineData("""{"event":{"hub":{"topic":"BIRTH_REGISTERED"}}}{}""", "not JSON")]
    [InlineData("\uFEFF{}", "not JSON")]
    [InlineData("[]", "no topic")]
    [InlineData("{}", "no topic")]
    [InlineData("""{"event":{"hub":{"topic":7}}}""", "no topic")]
    [InlineData("""{"hub":{"topic":"BIRTH_REGISTERED"}}""", "no topic")]
    [InlineData("""{"event":{"hub":{"topic":"MARRIAGE_REGISTERED"}}}""", "unknown topic")]
    [InlineData("""{"event":{"hub":{"topic":"BIRTH_CORRECTED"}}}""", "topic is not delivered")]
    [InlineData("""{"event":{"hub":{"topic":"DEATH_CERTIFIED"}}}""", "topic is not delivered")]
    [InlineData(
        """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[{"resourceType":"Patient"}]}}""",
        "no FHIR bundle"
    )]
    [InlineData(
        """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":{"resourceType":"Bundle"}}}""",
        "no FHIR bundle"
    )]
    [InlineData(
        """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[{"resourceType":"Bundle"}],"context":[]}}""",
        "no FHIR bundle"
    )]
    [InlineData(
        """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[{"resourceType":"Bundle"}]}}""",
        "no registration number and no composition id"
    )]
    [InlineData("""{"event":{"hub":{"topic":"\ud800"}}}""", "text is not Unicode")]
    public void What_can_not_be_carried_is_flagged(string body, string reason)
    {
        var scan = Fixture.Scan(body);

        Assert.Equal(reason, scan.Outline.FlagReason);
        Assert.Null(scan.SubjectIdentifiers);
    }

    [Fact]
    public void Nesting_beyond_reason_is_flagged()
    {
        Assert.Equal("nested too deep", Fixture.Scan(new string('[', 65)).Outline.FlagReason);
        Assert.Equal("nested too deep", Fixture.Scan(new string('[', 10_000_000)).Outline.FlagReason);
        Assert.Equal("no topic", Fixture.Scan(new string('[', 64) + new string(']', 64)).Outline.FlagReason);
    }

    [Fact]
    public void A_number_without_end_is_flagged()
    {
        Assert.Equal(
            "a number or a gap is too long",
            Fixture.Scan("[" + new string('1', 1_000_000) + "]").Outline.FlagReason
        );
    }

    [Property]
    public bool Rubbish_never_throws(byte[] rubbish, byte high, byte low, byte fixture)
    {
        var body = Fixture.Read(Fixture.Names[fixture % Fixture.Names.Length]);
        var place = ((high << 8) | low) % body.Length;
        rubbish.AsSpan(0, Math.Min(rubbish.Length, body.Length - place)).CopyTo(body.AsSpan(place));
        return Fixture.Scan(rubbish).Outline.FlagReason is not null && Fixture.Scan(body) is not null;
    }

    [Fact]
    public void Of_several_patients_none_is_guessed()
    {
        var a = Fixture.Entry("""{"resourceType":"Patient","id":"a"}""");
        var b = Fixture.Entry("""{"resourceType":"Patient","id":"b"}""");

        Assert.Equal("no subject", Fixture.Scan(Fixture.Birth(Fixture.Task, a, b)).Outline.FlagReason);
        Assert.Null(Fixture.Scan(Fixture.Birth(Fixture.Task, a)).Outline.FlagReason);
        Assert.Null(Fixture.Scan(Fixture.Birth(Fixture.Task, a, a)).Outline.FlagReason);
    }

    [Fact]
    public void A_lone_patient_is_not_the_child_when_the_composition_names_another()
    {
        var composition = Fixture.Entry(
            """
            {"resourceType":"Composition","id":"c",
             "section":[{"code":{"coding":[{"code":"child-details"}]},"entry":[{"reference":"Patient/child"}]}]}
            """
        );
        var mother = Fixture.Entry("""{"resourceType":"Patient","id":"mother"}""");

        Assert.Equal("no subject", Fixture.Scan(Fixture.Birth(composition, mother)).Outline.FlagReason);
    }

    [Fact]
    public void A_mother_with_a_birth_number_is_not_the_child_that_the_composition_names_and_the_bundle_lacks()
    {
        var composition = Fixture.Entry(
            """
            {"resourceType":"Composition","id":"c",
             "section":[{"code":{"coding":[{"code":"child-details"}]},"entry":[{"reference":"Patient/child"}]}]}
            """
        );
        var mother = Fixture.Entry(
            """{"resourceType":"Patient","id":"mother","identifier":"""
                + """[{"type":"BIRTH_REGISTRATION_NUMBER","value":"1990B"}]}"""
        );

        var outline = Fixture.Scan(Fixture.Birth(composition, mother)).Outline;
        Assert.Equal("no subject", outline.FlagReason);
        Assert.Null(outline.RegistrationNumber);
    }

    [Fact]
    public void A_parents_own_birth_number_is_not_the_records()
    {
        var composition = Fixture.Entry(
            """
            {"resourceType":"Composition","id":"c",
             "section":[{"code":{"coding":[{"code":"child-details"}]},"entry":[{"reference":"Patient/child"}]}]}
            """
        );
        var mother = Fixture.Entry(
            """{"resourceType":"Patient","id":"mother","identifier":"""
                + """[{"type":"BIRTH_REGISTRATION_NUMBER","value":"1990B"}]}"""
        );
        var child = Fixture.Entry("""{"resourceType":"Patient","id":"child"}""");

        Assert.Null(Fixture.Scan(Fixture.Birth(composition, mother, child)).Outline.RegistrationNumber);
    }

    [Fact]
    public void Without_a_composition_the_tasks_number_tells_child_from_mother()
    {
        var task = Fixture.Entry(
            """{"resourceType":"Task","identifier":"""
                + """[{"system":"http://opencrvs.org/specs/id/birth-registration-number","value":"2024B"}]}"""
        );
        var mother = Fixture.Entry(
            """{"identifier":[{"value":"1990B","type":"BIRTH_REGISTRATION_NUMBER"}]"""
                + ""","resourceType":"Patient","id":"mother"}"""
        );
        var child = Fixture.Entry(
            """{"identifier":[{"value":"2024B","type":"BIRTH_REGISTRATION_NUMBER"}]"""
                + ""","resourceType":"Patient","id":"child"}"""
        );
        var body = Fixture.Birth(mother, child, task);

        var scan = Fixture.Scan(body);

        Assert.Equal("2024B", scan.Outline.RegistrationNumber);
        Assert.True(
            scan.SubjectIdentifiers!.Value.Offset
                > Encoding.UTF8.GetString(body).IndexOf("2024B", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Identifiers_that_are_no_array_are_flagged()
    {
        var patient = Fixture.Entry("""{"resourceType":"Patient","identifier":{"value":"1"}}""");

        Assert.Equal(
            "the subject's identifiers are not an array",
            Fixture.Scan(Fixture.Birth(Fixture.Task, patient)).Outline.FlagReason
        );
    }

    [Fact]
    public void More_people_than_any_registration_has_are_flagged()
    {
        var crowd = Enumerable
            .Range(0, 600)
            .Select(i => Fixture.Entry($$"""{"resourceType":"Patient","id":"{{i}}"}"""));

        Assert.Equal(
            "too many people in the bundle",
            Fixture.Scan(Fixture.Birth([Fixture.Task, .. crowd])).Outline.FlagReason
        );
    }

    [Fact]
    public void An_attachment_of_50_MB_costs_no_memory()
    {
        var head = Encoding.UTF8.GetBytes(
            """{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[{"resourceType":"Bundle","entry":"""
                + """[{"resource":{"resourceType":"DocumentReference","data":" """
        );
        var tail = Encoding.UTF8.GetBytes(
            "\"}}," + Fixture.Task + """,{"resource":{"resourceType":"Patient","identifier":[]}}]}]}}"""
        );
        var middle = new byte[64 * 1024];
        middle.AsSpan().Fill((byte)'A');
        Fixture.Scan("{}");
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var scanner = new EventScanner();
        scanner.Append(head);
        for (var i = 0; i < 800; i++)
        {
            scanner.Append(middle);
        }

        scanner.Append(tail);
        var scan = scanner.Complete();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.Null(scan.Outline.FlagReason);
        Assert.Equal(
            head.Length + (800L * middle.Length) + tail.AsSpan().LastIndexOf("]}}]}]}}"u8),
            scan.SubjectIdentifiers!.Value.Offset
        );
    }

    [Property]
    public bool Long_texts_of_any_kind_do_not_shift_the_place(string[] texts, byte times)
    {
        // Both raw and escaped, in and around the length at which strings are cut.
        var long1 = string.Concat(texts.Select(text => text + string.Concat(Enumerable.Repeat("é\"😀\\ঋ", times))));
        var raw = System.Text.Json.JsonSerializer.Serialize(
            long1,
            new System.Text.Json.JsonSerializerOptions
            {
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
        var escaped = System.Text.Json.JsonSerializer.Serialize(long1);
        var body = Fixture.Birth(
            Fixture.Entry($$"""{"resourceType":"Media","data":[{{raw}},{{escaped}},{{raw}}],{{escaped}}:1}"""),
            Fixture.Entry("""{"resourceType":"Patient","identifier":[]}"""),
            Fixture.Task
        );
        return Fixture.Scan(body).SubjectIdentifiers!.Value.Offset
            == body.AsSpan().LastIndexOf("\"identifier\":["u8) + "\"identifier\":[".Length;
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\\x")]
    [InlineData("\\u12G4")]
    public void What_JSON_forbids_is_noticed_even_where_a_string_is_cut(string bad)
    {
        var text = new string('A', 10_000) + bad + "0000";

        Assert.Equal("not JSON", Fixture.Scan($"[\"{text}\"]").Outline.FlagReason);
    }
}
