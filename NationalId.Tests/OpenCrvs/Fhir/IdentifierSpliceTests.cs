using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Tests.OpenCrvs.Fhir;

public class IdentifierSpliceTests
{
    private const string Aid =
        """{"type":{"coding":[{"system":"http://opencrvs.org/specs/identifier-type","code":"MOSIP_AID"}]}"""
        + ""","value":"10001"}""";

    [Theory]
    [InlineData("birth-string-types", "51a6e1f0-0001-4000-8000-0000000000a2")]
    [InlineData("birth-composition", "62b7f201-0002-4000-8000-0000000000a2")]
    [InlineData("death-national-ids", "urn:uuid:73c80301-0003-4000-8000-0000000000a2")]
    [InlineData("birth-duplicates-stu3", "84d90401-0004-4000-8000-0000000000a1")]
    public void The_body_means_the_same_but_for_the_subjects_new_identifier(string name, string subject)
    {
        var body = Fixture.Read(name);
        var splice = new IdentifierSplice(Fixture.Scan(body).SubjectIdentifiers!.Value, ("MOSIP_AID", "10001"));

        var result = Fixture.Apply(splice, body);

        var expected = Fixture.LastWins(body);
        var patient = Fixture.Resource(expected, subject);
        var identifiers = patient["identifier"]?.AsArray() ?? [];
        patient["identifier"] = new JsonArray([
            .. identifiers.Select(identifier => identifier!.DeepClone()),
            JsonNode.Parse(Aid),
        ]);
        Assert.True(JsonNode.DeepEquals(expected, Fixture.LastWins(result)));
        Assert.Equal(body.Length + splice.AddedLength, result.Length);
        Assert.Contains(Aid, Encoding.UTF8.GetString(result), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient"}""", """{"identifier":[AID],"resourceType":"Patient"}""")]
    [InlineData(
        """{ "resourceType":"Patient","identifier":[ ]}""",
        """{ "resourceType":"Patient","identifier":[ AID]}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","identifier":[{"value":"1"} ] }""",
        """{"resourceType":"Patient","identifier":[{"value":"1"} ,AID] }"""
    )]
    [InlineData(
        """{"resourceType":"Patient","identifier":["odd"]}""",
        """{"resourceType":"Patient","identifier":["odd",AID]}"""
    )]
    [InlineData(
        """{"identifier": null,"resourceType":"Patient"}""",
        """{"identifier": [AID],"resourceType":"Patient"}"""
    )]
    [InlineData(
        """{"identifier":[1],"identifier":[],"resourceType":"Patient"}""",
        """{"identifier":[1],"identifier":[AID],"resourceType":"Patient"}"""
    )]
    [InlineData(
        """{"contact":[{"identifier":[]}],"resourceType":"Patient"}""",
        """{"identifier":[AID],"contact":[{"identifier":[]}],"resourceType":"Patient"}"""
    )]
    public void Commas_are_where_they_belong(string patient, string expected)
    {
        var body = Fixture.Birth(Fixture.Task, Fixture.Entry(patient));

        var result = Fixture.Apply(new(Fixture.Scan(body).SubjectIdentifiers!.Value, ("MOSIP_AID", "10001")), body);

        Assert.Equal(
            Encoding.UTF8.GetString(
                Fixture.Birth(Fixture.Task, Fixture.Entry(expected.Replace("AID", Aid, StringComparison.Ordinal)))
            ),
            Encoding.UTF8.GetString(result)
        );
    }

    [Fact]
    public void An_empty_object_takes_the_property_alone()
    {
        var result = Fixture.Apply(
            new(new SplicePoint(1, SpliceShape.OnlyProperty), ("MOSIP_AID", "10001")),
            "{}"u8.ToArray()
        );

        Assert.Equal($$"""{"identifier":[{{Aid}}]}""", Encoding.UTF8.GetString(result));
    }

    [Fact]
    public void Several_identifiers_go_in_together_and_values_are_escaped()
    {
        var splice = new IdentifierSplice(
            new SplicePoint(1, SpliceShape.IntoEmpty),
            ("MOSIP_AID", "a\"b"),
            ("MOSIP_UINTOKEN", "é")
        );

        var result = JsonNode.Parse(Fixture.Apply(splice, "[]"u8.ToArray()))!.AsArray();

        Assert.Equal(["a\"b", "é"], result.Select(identifier => identifier!["value"]!.GetValue<string>()));
    }

    [Fact]
    public void No_identifier_leaves_the_body_alone()
    {
        var splice = new IdentifierSplice(new SplicePoint(1, SpliceShape.OverNull));

        Assert.Equal(0, splice.AddedLength);
        Assert.Equal("[null]", Encoding.UTF8.GetString(Fixture.Apply(splice, "[null]"u8.ToArray())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Reading_in_any_portion_gives_the_same(int portion)
    {
        var body = """{"a":null,"b":1}"""u8.ToArray();
        var splice = new IdentifierSplice(new SplicePoint(5, SpliceShape.OverNull), ("MOSIP_AID", "10001"));
        await using var stream = splice.Apply(new MemoryStream(body));
        var read = new List<byte>();
        var buffer = new byte[portion];

        int size;
        while ((size = read.Count % 2 == 0 ? await stream.ReadAsync(buffer) : stream.Read(buffer)) > 0)
        {
            read.AddRange(buffer.AsSpan(0, size));
        }

        Assert.Equal($$"""{"a":[{{Aid}}],"b":1}""", Encoding.UTF8.GetString([.. read]));
        Assert.Equal(read.Count, stream.Length);
        Assert.Equal(read.Count, stream.Position);
    }

    [Fact]
    public void A_body_that_ends_too_early_is_not_passed_on_in_silence()
    {
        var splice = new IdentifierSplice(new SplicePoint(50, SpliceShape.IntoEmpty), ("MOSIP_AID", "10001"));

        Assert.Throws<InvalidDataException>(() => Fixture.Apply(splice, "{}"u8.ToArray()));
    }
}
