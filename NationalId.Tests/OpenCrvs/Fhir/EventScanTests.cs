using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Fhir;

/// <summary>What the scanner finds beyond the outline: the bundle's hash, the time of sending, an AID.</summary>
public class EventScanTests
{
    private const string Bundle =
        """{ "resourceType" : "Bundle", "entry":[{"resource":{"resourceType":"Patient","id":"p"}}] }""";

    [Property]
    public bool The_hash_is_of_the_bundles_bytes_as_sent_however_the_body_is_split(
        byte fixture,
        ushort length,
        bool escape,
        byte[] sizes
    )
    {
        var padding = string.Concat(Enumerable.Repeat(escape ? "\\u00e9\\\"" : "é", length / 4));
        var name = Fixture.Names[fixture % Fixture.Names.Length];
        var text = Encoding.UTF8.GetString(Fixture.Read(name));
        text = text.Replace("\"entry\"", $"\"note\":\"{padding}\",\"entry\"", StringComparison.Ordinal);
        var body = Encoding.UTF8.GetBytes(text);

        using var scanner = new EventScanner(Hashed(EventKinds.Birth, EventKinds.Death));
        var rest = body.AsSpan();
        foreach (var size in sizes)
        {
            var next = Math.Min(size * size / 4, rest.Length);
            scanner.Append(rest[..next]);
            rest = rest[next..];
        }

        scanner.Append(rest);
        return scanner.Complete().BundleHash == Hash(BundleOf(text));
    }

    [Fact]
    public void Only_topics_that_want_it_are_hashed()
    {
        Assert.Equal(Hash(Bundle), Scan(Body("BIRTH_REGISTERED", Bundle), Hashed(EventKinds.Birth)).BundleHash);
        Assert.Null(Scan(Body("BIRTH_REGISTERED", Bundle), Hashed(EventKinds.Death)).BundleHash);
        Assert.Null(Scan(Body("BIRTH_REGISTERED", Bundle), null).BundleHash);
    }

    [Theory]
    [InlineData("BIRTH_REGISTERED", true)]
    [InlineData("DEATH_REGISTERED", false)]
    public void A_topic_after_the_bundle_counts_too(string topic, bool hashed)
    {
        var body = $$"""{"event":{"context":[{{Bundle}}],"hub":{"topic":"{{topic}}"} } }""";

        Assert.Equal(hashed ? Hash(Bundle) : null, Scan(body, Hashed(EventKinds.Birth)).BundleHash);
    }

    [Fact]
    public void The_hash_is_of_the_bundle_that_counts()
    {
        var other = """{"resourceType":"Parameters"}""";
        var again = Body(EventKinds.Birth, $$"""{}],"context":[{{other}},{{Bundle}},{}""");
        var none = Body(EventKinds.Birth, $$"""{{Bundle}}],"context":[{{other}}""");

        Assert.Equal(Hash(Bundle), Scan(again, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash);
        Assert.Null(Scan(none, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash);
    }

    [Fact]
    public void One_changed_byte_deep_in_an_attachment_is_another_hash()
    {
        var attachment = new string('A', 5_000_000);
        var body = Body(EventKinds.Birth, Bundle.Replace("\"p\"", $"\"{attachment}\"", StringComparison.Ordinal));
        var changed = body.Remove(4_000_000, 1).Insert(4_000_000, "B");

        Assert.NotEqual(
            Scan(body, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash,
            Scan(changed, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash
        );
        Assert.Equal(
            Scan(body, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash,
            Scan(body, Hashed(EventKinds.Birth, EventKinds.Death)).BundleHash
        );
    }

    [Theory]
    [InlineData("\"timestamp\":\"2026-11-25T02:13:49.784Z\",", "2026-11-25T02:13:49.7840000+00:00")]
    [InlineData("\"timestamp\":\"2026-11-25T02:13:49+02:00\",", "2026-11-25T02:13:49.0000000+02:00")]
    [InlineData("\"timestamp\":\"2026-11-25T02:13:49\",", "2026-11-25T02:13:49.0000000+00:00")]
    [InlineData("\"timestamp\":\"1\",\"timestamp\":\"2026-11-25T02:13Z\",", "2026-11-25T02:13:00.0000000+00:00")]
    [InlineData("\"timestamp\":\"2026-11-25T02:13Z\",\"timestamp\":1764036829784,", null)]
    [InlineData("\"timestamp\":\"yesterday\",", null)]
    [InlineData("\"timestamp\":{\"timestamp\":\"2026-11-25T02:13:49.784Z\"},", null)]
    [InlineData("", null)]
    public void The_time_of_sending_is_the_bodys_own(string timestamp, string? expected)
    {
        var body = Body("BIRTH_REGISTERED", Bundle).Replace("{\"event\"", "{" + timestamp + "\"event\"");

        Assert.Equal(expected, Scan(body, null).SentAt?.ToString("O"));
    }

    [Fact]
    public void Every_fixture_says_when_it_was_sent()
    {
        Assert.Equal(
            new DateTimeOffset(2023, 5, 4, 9, 12, 44, 101, TimeSpan.Zero),
            Fixture.Scan(Fixture.Read("birth-string-types")).SentAt
        );
        Assert.All(Fixture.Names, name => Assert.NotNull(Fixture.Scan(Fixture.Read(name)).SentAt));
    }

    [Theory]
    [InlineData("""[{"type":"MOSIP_AID","value":"1"},{"type":"MOSIP_AID","value":"2"}]""", "1")]
    [InlineData(
        """[{"type":"NATIONAL_ID","value":"9"},{"value":"7","type":{"coding":[{"code":"MOSIP_AID","system":"s"}]}}]""",
        "7"
    )]
    [InlineData("""[{"type":"MOSIP_AID"},{"type":"MOSIP_AID","value":"2"}]""", "2")]
    [InlineData("""[{"type":"MOSIP_AID","value":""}]""", null)]
    [InlineData("""[{"type":"NATIONAL_ID","value":"9"}]""", null)]
    [InlineData("[]", null)]
    public void The_AID_that_the_subject_brings_along_is_told(string identifiers, string? aid)
    {
        var child =
            $$"""{"identifier":{{identifiers}},"resourceType":"Patient","id":"child","birthDate":"2026-01-01"}""";
        var mother =
            """{"resourceType":"Patient","id":"mother","identifier":[{"type":"MOSIP_AID","value":"mother"}]}""";
        var composition = """
            {"resourceType":"Composition","id":"c","section":[
              {"code":{"coding":[{"code":"child-details"}]},"entry":[{"reference":"Patient/child"}]}]}
            """;

        var scan = Fixture.Scan(Fixture.Birth(Fixture.Entry(mother), Fixture.Entry(child), Fixture.Entry(composition)));

        Assert.Equal(aid, scan.SubjectAid);
    }

    private static string Body(string topic, string bundle) =>
        $$"""{"event":{"hub":{"topic":"{{topic}}"},"context":[{{bundle}}]} }""";

    // The bytes between the braces, read by another reader than the scanner's.
    private static string BundleOf(string body)
    {
        using var document = JsonDocument.Parse(body);
        return document
            .RootElement.GetProperty("event")
            .GetProperty("context")
            .EnumerateArray()
            .First(context => context.TryGetProperty("resourceType", out _))
            .GetRawText();
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static EventKinds Hashed(params string[] names) =>
        new(
            EventKinds.Standard.Select(kind =>
                names.Contains(kind.Name) ? kind with { Key = KeyRule.RecordAndContent } : kind
            )
        );

    private static EventScan Scan(string body, EventKinds? kinds)
    {
        using var scanner = new EventScanner(kinds);
        scanner.Append(Encoding.UTF8.GetBytes(body));
        return scanner.Complete();
    }
}
