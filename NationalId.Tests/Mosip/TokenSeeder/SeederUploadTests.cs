using System.Text;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Storage;
using NationalId.LocalHost;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>A file is read as it is meant, or not at all; and nobody makes much of little.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SeederUploadTests
{
    private const string Header = "vid,name,gender,dob";
    private const string Person = "4173269845016391,Given Family,Male,1954/03/15";

    public static TheoryData<string, int> Broken =>
        new()
        {
            {
                File.ReadAllText(Repository.PathOf("NationalId.Tests", "Fixtures", "seeder", "unbalanced-quote.csv")),
                2
            },
            // Open quotes: in the last column, in the header, in the last line, with nothing after it.
            { $"{Header}\n{Person}\n4173269845016391,Given Family,Male,\"1954/03/15\n{Person}\n{Person}\n", 3 },
            { $"vid,name,gender,\"dob\n{Person}\n", 1 },
            { $"{Header}\r\n{Person}\r\n\"4173269845016391", 3 },
            { $"{Header}\n{Person}\n{Person}\n\"", 4 },
            // Quotes that nobody can read for sure.
            { $"{Header}\n{Person}\n4173269845016391,Given \"Bob\" Family,Male,1954/03/15\n", 3 },
            { $"{Header}\n4173269845016391,\"Given\" Family,Male,1954/03/15\n", 2 },
            { $"{Header}\n4173269845016391, \"Family, Given\",Male,1954/03/15\n", 2 },
            // A quote opened on one line and closed on another, so that the rest looks right again.
            {
                $"{Header}\n4173269845016391,\"Given,Male,1954/03/15\n4173269845016391,Family\",Male,1954/03/15\n4\n",
                4
            },
            {
                $"{Header}\n4173269845016391,Given,\"Male,1954/03/15\n4173269845016391,Given,Male\",1954\n{Person},\n",
                4
            },
            // Other columns than the first line's.
            { $"{Header}\n{Person}\n4173269845016391,Given Family,Male\n", 3 },
            { $"{Header}\n{Person},more\n", 2 },
            { $"{Header}\n\n\n{Person}\n\n4173269845016391\n", 6 },
            { $"{Header}\n4173269845016391,\"Given\r\n\r\nFamily\",Male,1954/03/15\n1,2\n", 5 },
            { $"{Header}\r{Person}\r1,2,3\r", 3 },
            { $"{Header}\n{Person}\n   \n", 3 },
            { $"{Header};\n{Person}\n{Person},\n", 3 },
            // A column that is there twice.
            { $"{Header},vid\n{Person},4173269845016391\n", 1 },
            { $"{Header},,\n{Person},,\n", 1 },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_CSV_file_that_can_be_misread_is_refused_and_the_line_is_named(string csv, int line)
    {
        await using var world = await SeederWorld.StartAsync();
        var answer = await world.UploadAsync(SeederWorld.Batch("null"), Encoding.UTF8.GetBytes(csv));
        Assert.Equal((400, "ATS-REQ-102"), (answer.Status, answer.ErrorCode));
        Assert.Contains(
            $"line {line} ",
            answer.Json.GetProperty("errors")[0].GetProperty("errorMessage").GetString(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Family", answer.Text, StringComparison.Ordinal);
        await AssertNothingLeftAsync(world);
    }

    [Fact]
    public async Task A_CSV_file_that_is_as_RFC_4180_has_it_is_read_line_by_line()
    {
        await using var world = await SeederWorld.StartAsync();
        var csv =
            $"\"vid\",name,gender,\"dob\"\r\n{SeederWorld.Vid(1)},"
            + $"\"Two\r\nlines, \"\"quoted\"\"\",,\r\n\r\n"
            + $"\"{SeederWorld.Vid(2)}\",,\"\",\n{SeederWorld.Vid(3)},ሰላም,,";
        var submitted = await world.UploadAsync(SeederWorld.Batch("null"), Encoding.UTF8.GetBytes(csv));
        await world.ProcessAsync(submitted.RequestIdentifier);
        Assert.Equal(
            [SeederWorld.Vid(1), SeederWorld.Vid(2), SeederWorld.Vid(3)],
            (await world.FileAsync(submitted.RequestIdentifier))
                .Json.EnumerateArray()
                .Select(row => row.GetProperty("vid").GetString())
        );
        Assert.Contains(
            world.Ida.Calls,
            call => call.Demographics.GetRawText().Contains("Two\\r\\nlines, ", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_CSV_file_has_as_many_lines_as_JSON_may_have()
    {
        await using var world = await SeederWorld.StartAsync();
        var most = new StringBuilder("vid\n").Insert(4, "1\n", SeederRequest.MostLines);
        var full = await world.UploadAsync(SeederWorld.Batch("null"), Encoding.UTF8.GetBytes(most.ToString()));
        Assert.Equal(200, full.Status);
        var blobs = await world.BlobsAsync();
        var row = (await world.Get<SeederStore>().FindAsync(SeederBatchId.KeyOf(full.RequestIdentifier)!, default))!;
        Assert.Equal(SeederRequest.MostLines, row.Total);

        var more = await world.UploadAsync(
            SeederWorld.Batch("null"),
            Encoding.UTF8.GetBytes(most.Append("1\n").ToString())
        );
        Assert.Equal((413, "ATS-REQ-102"), (more.Status, more.ErrorCode));
        Assert.Equal(blobs, await world.BlobsAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mapping_that_names_a_field_again_and_again_does_not_multiply_it(bool csv)
    {
        await using var world = await SeederWorld.StartAsync();
        var names = string.Join(',', Enumerable.Repeat("\"name\"", 20));
        var mapping = $$""","mapping":{"name":[{{names}}],"fullAddress":[{{names}}]}""";
        var name = new string('n', 10_000);
        var one = $$"""{"vid":"{{SeederWorld.Vid(1)}}","name":"{{name}}"}""";
        var answer = csv
            ? await world.UploadAsync(
                SeederWorld.Batch("null", mapping),
                Encoding.UTF8.GetBytes(
                    "vid,name\n" + string.Concat(Enumerable.Repeat($"{SeederWorld.Vid(1)},{name}\n", 100))
                )
            )
            : await world.PostAsync(SeederWorld.Batch($"[{string.Join(',', Enumerable.Repeat(one, 100))}]", mapping));
        Assert.Equal(200, answer.Status);
        var lines = Assert.Single(await world.BlobsAsync());
        Assert.EndsWith("/lines", lines.Key, StringComparison.Ordinal);
        // Once in the name, once in the address.
        Assert.InRange(lines.Value, 2_000_000, 2_100_000);
    }

    [Fact]
    public async Task Nor_does_one_that_spells_it_in_many_ways()
    {
        await using var world = await SeederWorld.StartAsync();
        var names = string.Join(',', Enumerable.Range(0, 20).Select(dots => $"\"{new string('.', dots)}name\""));
        var answer = await world.PostAsync(
            SeederWorld.Batch(
                $$"""[{"vid":"{{SeederWorld.Vid(1)}}","name":"{{new string('n', 10_000)}}"}]""",
                $$""","mapping":{"name":[{{names}}]}"""
            )
        );
        Assert.Equal((413, "ATS-REQ-102"), (answer.Status, answer.ErrorCode));
        await AssertNothingLeftAsync(world);
    }

    [Theory]
    [InlineData(""","mapping":{"vid":"nid","name":["first","last"]}""", "")]
    [InlineData("", ""","mapping":{"vid":"nid","name":["first","last"]}""")]
    public async Task The_mapping_may_come_before_the_lines_or_after_them(string before, string after)
    {
        await using var world = await SeederWorld.StartAsync();
        var body = SeederWorld
            .Batch(
                $"[\n{{\n\"nid\": \"{SeederWorld.Vid(1)}\","
                    + $"\r\n\"first\":\"A\", \"last\":\"{SeederWorld.Family}\"\n}}\n"
                    + $",{{\"nid\":\"{SeederWorld.Vid(2)}\"}}]",
                before
            )
            .Replace("]}}", "]" + after + "}}", StringComparison.Ordinal);
        var id = (await world.PostAsync(body)).RequestIdentifier;
        await world.ProcessAsync(id);
        Assert.Equal("processed", await world.StatusAsync(id));
        Assert.Contains(
            world.Ida.Calls,
            call =>
                call.Id == SeederWorld.Vid(1)
                && call.Demographics.GetRawText().Contains($"A {SeederWorld.Family}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Long_lines_are_divided_into_parts_of_bounded_size_and_none_is_lost()
    {
        await using var world = await SeederWorld.StartAsync();
        var numbers = Enumerable.Range(0, 40).ToList();
        // Every tenth is longer than a part may be with others.
        var lines = numbers.Select(number =>
        {
            var name = new string('é', number % 10 == 9 ? 60_000 : 10_000);
            return $$"""{"vid":"{{SeederWorld.Vid(number)}}","name":"{{name}}"}""";
        });
        var id = (await world.PostAsync(SeederWorld.Batch($"[{string.Join(',', lines)}]"))).RequestIdentifier;
        await world.ProcessAsync(id);
        var parts = await world
            .Get<SeederStore>()
            .PartsAsync(SeederBatchId.KeyOf(id)!, openOnly: false, default)
            .ToListAsync();
        Assert.All(parts, part => Assert.True(part.Length <= SeederBatches.BytesPerPart || part.Count == 1));
        Assert.Equal(40, parts.Sum(part => part.Count));
        Assert.Equal(
            numbers.Select(SeederWorld.Vid),
            (await world.FileAsync(id)).Json.EnumerateArray().Select(row => row.GetProperty("vid").GetString())
        );
        Assert.Equal(40, world.Ida.Calls.Count);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Nothing_is_left_of_an_upload_that_is_refused_at_its_end_or_whose_sender_goes_away(string how)
    {
        await using var world = await SeederWorld.StartAsync();
        var many = string.Concat(Enumerable.Repeat("{\"vid\":\"1\"},", 50_000));
        var form = "--b\r\nContent-Disposition: form-data; name=\"csv_file\"; filename=\"a\"\r\n\r\nvid\n" + many;
        var type = "multipart/form-data; boundary=b";
        var refused =
            how == "json"
                ? await world.PostAsync(SeederWorld.Batch($"[{many}{{}}]", output: "xml"))
                : await world.UploadAsync(
                    new MemoryStream(
                        Encoding.UTF8.GetBytes(
                            $"{form}\r\n--b\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n"
                                + $"{SeederWorld.Batch("null", output: "xml")}\r\n--b--\r\n"
                        )
                    ),
                    type
                );
        Assert.Equal(400, refused.Status);
        await AssertNothingLeftAsync(world);

        var cut =
            how == "json"
                ? await world.PostAsync(
                    new CutBody(Encoding.UTF8.GetBytes(SeederWorld.Batch("[|").Split('|')[0] + many))
                )
                : await world.UploadAsync(new CutBody(Encoding.UTF8.GetBytes(form)), type);
        Assert.Equal(400, cut.Status);
        await AssertNothingLeftAsync(world);
    }

    [Theory]
    [InlineData("request|request|csv_file", 422)]
    [InlineData("request|csv_file|csv_file", 422)]
    [InlineData("csv_file|request", 200)]
    [InlineData("other|csv_file|other|request|other", 200)]
    [InlineData("request", 400)]
    [InlineData("csv_file", 400)]
    [InlineData("", 422)]
    [InlineData("o|o|o|o|o|o|o|o|o|o|o|o|o|o|o|request|csv_file", 422)]
    public async Task Each_field_of_a_form_is_there_once_in_any_order(string fields, int status)
    {
        await using var world = await SeederWorld.StartAsync();
        var form = string.Concat(
            fields
                .Split('|', StringSplitOptions.RemoveEmptyEntries)
                .Select(field =>
                    $"--b\r\nContent-Disposition: form-data; name=\"{field}\""
                    + $"{(field == "csv_file" ? "; filename=\"a\"" : "")}\r\n\r\n"
                    + $"{(field == "csv_file" ? $"vid\n{SeederWorld.Vid(1)}" : SeederWorld.Batch("null"))}\r\n"
                )
        );
        var answer = await world.UploadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(form + "--b--\r\n")),
            "multipart/form-data; boundary=b"
        );
        Assert.True(answer.Status == status || (fields.Length == 0 && answer.Status == 400), answer.Text);
        if (status != 200)
        {
            await AssertNothingLeftAsync(world);
        }
    }

    private static async Task AssertNothingLeftAsync(SeederWorld world)
    {
        Assert.Empty(await world.BlobsAsync());
        await world.Get<StorageClients>().ReadyAsync();
        Assert.Empty(
            await world
                .Get<StorageClients>()
                .Tables.GetTableClient(SeederStore.TableName)
                .QueryAsync<Azure.Data.Tables.TableEntity>()
                .ToListAsync()
        );
        Assert.Empty(world.Ida.Calls);
    }

    /// <summary>A body whose sender goes away before its end.</summary>
    private sealed class CutBody(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException();
    }
}
