using System.Text;
using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Reconcile;

/// <summary>Lists that are given: a file's lines, and the records of a reindexing.</summary>
public sealed class ListTests
{
    private const string Systems = "http://opencrvs.org/specs/id/";

    private const string Birth =
        "{\"composition\":\"Composition/c1\",\"ids\":[{\"system\":\""
        + Systems
        + "birth-tracking-id\",\"value\":\"B1\"},"
        + "{\"system\":\""
        + Systems
        + "birth-registration-number\",\"value\":\"2026B1\"}],"
        + "\"status\":\"ISSUED\",\"lastModified\":\"2026-06-25T08:05:00.000Z\"}";

    private const string Death =
        "{\"composition\":\"c2\",\"ids\":"
        + "[{\"system\":\""
        + Systems
        + "death-registration-number\",\"value\":\"2026D2\"}]}";

    [Fact]
    public async Task A_file_is_read_line_by_line_and_what_is_none_is_counted()
    {
        var file = string.Join(
            '\n',
            Birth,
            "",
            Death,
            "{",
            """{"composition":"Composition/c3","ids":[]}""",
            "\"" + new string('x', 300_000),
            Birth.Replace("c1", "c4", StringComparison.Ordinal)
        );
        List<ListedRecord> read = [];
        var (count, unreadable) = await FileImport.ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(file)),
            record =>
            {
                read.Add(record);
                return Task.CompletedTask;
            },
            default
        );
        Assert.Equal((3, 3), (count, unreadable));
        Assert.Equal(["c1", "c2", "c4"], read.Select(record => record.RecordId));
        Assert.Equal(["2026B1", "2026D2", "2026B1"], read.Select(record => record.Number));
        Assert.Equal(RegistrationKind.Death, read[1].Kind);
        Assert.Equal(new DateTimeOffset(2026, 6, 25, 8, 5, 0, TimeSpan.Zero), read[0].RegisteredAt);
    }

    [Fact]
    public async Task Records_of_an_array_are_found_whatever_is_in_their_texts()
    {
        string[] records = ["""{"id":"1","a":["]}\\\"{",{"b":[]}]}""", """{"id":"2"}""", """{"id":"\\"}"""];
        var array = Encoding.UTF8.GetBytes($"[ {string.Join(" ,\n", records)} ]");
        List<string> found = [];
        await foreach (var item in ArrayItems.ReadAsync(new MemoryStream(array), default))
        {
            Assert.Equal(item.Bytes, array[(int)item.From..(int)item.End]);
            found.Add(Encoding.UTF8.GetString(item.Bytes));
        }

        Assert.Equal(records, found);
    }
}
