using System.Text;
using System.Text.Json;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Storage;

namespace NationalId.Tests.Mosip.TokenSeeder;

[Trait(Tier.Name, Tier.Whole)]
public sealed class SeederBatchTests
{
    private static string Line(int number) =>
        $$"""{"vid":"{{SeederWorld.Vid(number)}}","name":"Person {{number}} """
        + $$"""{{SeederWorld.Family}}","gender":"male","dob":"1951/02/03"}""";

    private static string Lines(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(Line))}]";

    [Fact]
    public async Task A_batch_is_taken_processed_and_downloaded_in_the_order_of_its_lines()
    {
        await using var world = await SeederWorld.StartAsync();
        world.Ida.Answer = (id, _) =>
            Task.FromResult(
                id == SeederWorld.Vid(3) ? TestIda.Refused("IDA-DEA-001")
                : id == SeederWorld.Vid(150) ? TestIda.Refused("IDA-DEA-001", "IDA-DEA-003")
                : TestIda.Recognised(id)
            );
        var lines = Lines(230).Replace(SeederWorld.Vid(7), "1234");
        var submitted = await world.PostAsync(SeederWorld.Batch(lines));
        Assert.Equal(200, submitted.Status);
        Assert.Equal(
            ["id", "version", "metadata", "responsetime", "errors", "response"],
            submitted.Json.EnumerateObject().Select(property => property.Name)
        );
        Assert.Equal(JsonValueKind.Null, submitted.Json.GetProperty("errors").ValueKind);
        var id = submitted.RequestIdentifier;
        Assert.Equal("submitted", await world.StatusAsync(id));
        var early = await world.FileAsync(id);
        Assert.Equal((202, "ATS-REQ-017"), (early.Status, early.ErrorCode));

        await world.ProcessAsync(id);
        Assert.Equal("processed_with_errors", await world.StatusAsync(id));
        var file = await world.FileAsync(id);
        Assert.Equal((200, "application/json"), (file.Status, file.ContentType));
        var rows = file.Json.EnumerateArray().ToList();
        Assert.Equal(230, rows.Count);
        var (vid, token) = (SeederWorld.Vid(0), TestIda.TokenOf(SeederWorld.Vid(0)));
        Assert.Equal(
            $$"""{"vid":"{{vid}}","token":"{{token}}","status":"processed","errorCode":null,"errorMessage":null}""",
            rows[0].GetRawText()
        );
        Assert.Equal(
            $$"""{"vid":"{{SeederWorld.Vid(3)}}","token":null"""
                + ""","status":"error","errorCode":"IDA-DEA-001","errorMessage":"message of IDA-DEA-001"}""",
            rows[3].GetRawText()
        );
        Assert.Equal(
            """{"vid":"1234","token":null"""
                + ""","status":"invalid","errorCode":"ATS-REQ-002","errorMessage":"invalid vid construct"}""",
            rows[7].GetRawText()
        );
        Assert.Equal("ATS-REQ-103", rows[150].GetProperty("errorCode").GetString());
        Assert.Equal(
            "IDA-DEA-001::message of IDA-DEA-001,IDA-DEA-003::message of IDA-DEA-003",
            rows[150].GetProperty("errorMessage").GetString()
        );
        Assert.All(
            Enumerable.Range(0, 230).Where(number => number != 7),
            number => Assert.Equal(SeederWorld.Vid(number), rows[number].GetProperty("vid").GetString())
        );
        AssertOnceEach(world, 229);
    }

    [Fact]
    public async Task A_batch_whose_message_the_host_gave_up_goes_on_with_the_sweep()
    {
        await using var world = await SeederWorld.StartAsync();
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(3)))).RequestIdentifier;
        var queues = world.Get<StorageClients>().Queues;
        var (queue, poison) = (
            queues.GetQueueClient(SeederBatches.Queue),
            queues.GetQueueClient(SeederBatches.Queue + StorageClients.PoisonSuffix)
        );
        // As the host does it after the fifth time; and one that is not ours.
        var message = (await queue.ReceiveMessageAsync()).Value;
        await poison.SendMessageAsync(message.MessageText);
        await poison.SendMessageAsync("not ours");
        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);

        await world.Get<Sweep>().RunAsync(default);
        await world.ProcessAsync(id);
        Assert.Equal("processed", await world.StatusAsync(id));
        Assert.Equal(1, (await poison.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task A_CSV_is_read_by_its_mapping_and_the_file_comes_back_as_CSV()
    {
        await using var world = await SeederWorld.StartAsync(
            ("TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS", "name,gender,dob")
        );
        var request = SeederWorld.Batch(
            "null",
            ""","csvDelimiter":";","mapping":{"vid":"nid","name":["first","last"],"dob":"born"}""",
            "csv"
        );
        var csv =
            $"\uFEFFnid;first;last;gender;born\r\n{SeederWorld.Vid(1)};\"Sa;rah \"\"S\"\"\";"
            + $"{SeederWorld.Family};female;1951-02-03\r\n{SeederWorld.Vid(2)};Ali;;"
            + $"male;\r\n\r\n{SeederWorld.Vid(3)};Émile;;male;1950/01/01";
        var submitted = await world.UploadAsync(request, Encoding.UTF8.GetBytes(csv));
        Assert.Equal(200, submitted.Status);
        await world.ProcessAsync(submitted.RequestIdentifier);

        var file = await world.FileAsync(submitted.RequestIdentifier);
        Assert.StartsWith("text/csv", file.ContentType, StringComparison.Ordinal);
        Assert.Equal(
            [
                "vid,token,status,errorCode,errorMessage",
                $"{SeederWorld.Vid(1)},{TestIda.TokenOf(SeederWorld.Vid(1))},processed,,",
                $"{SeederWorld.Vid(2)},,invalid,ATS-REQ-006,date of birth is empty",
                $"{SeederWorld.Vid(3)},{TestIda.TokenOf(SeederWorld.Vid(3))},processed,,",
                "",
            ],
            file.Text.Split("\r\n")
        );
        Assert.Contains(
            world.Ida.Calls,
            call =>
                call.Demographics.GetProperty("name")[0].GetProperty("value").GetString()
                == $"Sa;rah \"S\" {SeederWorld.Family}"
        );
        Assert.Contains(
            world.Ida.Calls,
            call => call.Demographics.GetProperty("name")[0].GetProperty("value").GetString() == "Émile"
        );
    }

    [Fact]
    public async Task A_form_without_request_or_file_or_with_a_file_that_is_no_CSV_is_refused()
    {
        await using var world = await SeederWorld.StartAsync();
        var request = SeederWorld.Batch("null");
        await RefusedAsync(null, "vid\n1"u8.ToArray());
        await RefusedAsync(request, null);
        await RefusedAsync(request, [.. "vid,name\n1,"u8, 0xFF, .. "\n"u8]);
        await RefusedAsync(request, Encoding.UTF8.GetBytes("vid,name\n1,\"" + new string('x', 2_000_000)));
        await RefusedAsync(request.Replace("\"lang\"", "\"csvDelimiter\":\"ab\",\"lang\""), "vid\n1"u8.ToArray());
        Assert.Equal(0, await world.ProcessOnceAsync(default));

        async Task RefusedAsync(string? json, byte[]? csv)
        {
            var answer = await world.UploadAsync(json, csv);
            Assert.Equal((400, "ATS-REQ-102"), (answer.Status, answer.ErrorCode));
        }
    }

    [Theory]
    [InlineData("""[{"name":"x"},{"vid":"12"}]""")]
    [InlineData(null)]
    public async Task A_batch_without_any_valid_line_says_so_and_has_its_file_all_the_same(string? lines)
    {
        await using var world = await SeederWorld.StartAsync();
        var answer = lines is null
            ? await world.UploadAsync(SeederWorld.Batch("null"), "vid,name\n"u8.ToArray())
            : await world.PostAsync(SeederWorld.Batch(lines));
        Assert.Equal((200, "ATS-REQ-101"), (answer.Status, answer.ErrorCode));
        Assert.Equal("submitted_with_errors", await world.StatusAsync(answer.RequestIdentifier));
        await world.ProcessAsync(answer.RequestIdentifier);
        Assert.Equal(lines is null ? 0 : 2, (await world.FileAsync(answer.RequestIdentifier)).Json.GetArrayLength());
    }

    [Fact]
    public async Task A_host_that_stops_midway_leaves_the_rest_to_the_next_and_each_line_is_asked_once()
    {
        await using var world = await SeederWorld.StartAsync();
        using var stop = new CancellationTokenSource();
        var asked = 0;
        world.Ida.Answer = async (id, _) =>
        {
            if (Interlocked.Increment(ref asked) == 40)
            {
                await stop.CancelAsync();
            }

            return TestIda.Recognised(id);
        };
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(90)))).RequestIdentifier;
        await world.ProcessOnceAsync(default);
        Assert.Equal(1, await world.ProcessOnceAsync(stop.Token));
        Assert.InRange(world.Ida.Calls.Count, 40, 50);
        Assert.Equal("processing", await world.StatusAsync(id));

        await world.ProcessAsync(id);
        Assert.Equal("processed", await world.StatusAsync(id));
        Assert.Equal(90, (await world.FileAsync(id)).Json.GetArrayLength());
        AssertOnceEach(world, 90);
    }

    [Fact]
    public async Task Duplicate_messages_and_workers_at_the_same_time_ask_each_line_once()
    {
        await using var world = await SeederWorld.StartAsync();
        world.Ida.Answer = async (id, _) =>
        {
            await Task.Delay(5);
            return TestIda.Recognised(id);
        };
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(120)))).RequestIdentifier;
        await world.Batches.EnqueueAsync(SeederBatchId.KeyOf(id)!);
        await world.Batches.EnqueueAsync(SeederBatchId.KeyOf(id)!);
        while (!(await world.StatusAsync(id)).StartsWith("processed", StringComparison.Ordinal))
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => world.ProcessOnceAsync(default)));
        }

        Assert.Equal(120, (await world.FileAsync(id)).Json.GetArrayLength());
        AssertOnceEach(world, 120);
    }

    [Fact]
    public async Task An_outage_of_MOSIP_only_delays_a_batch()
    {
        await using var world = await SeederWorld.StartAsync();
        var asked = 0;
        world.Ida.Answer = (id, context) =>
        {
            var turn = Interlocked.Increment(ref asked);
            context.Response.StatusCode = turn is > 10 and < 40 ? 503 : 200;
            return Task.FromResult(turn is >= 40 and < 45 ? TestIda.Refused("IDA-MLC-007") : TestIda.Recognised(id));
        };
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(30)))).RequestIdentifier;
        await world.ProcessAsync(id);
        Assert.Equal("processed", await world.StatusAsync(id));
        Assert.Equal(
            Enumerable.Range(0, 30).Select(SeederWorld.Vid),
            (await world.FileAsync(id)).Json.EnumerateArray().Select(row => row.GetProperty("vid").GetString())
        );
    }

    [Fact]
    public async Task A_line_that_IDA_can_t_answer_again_and_again_ends_with_IDA_s_code()
    {
        await using var world = await SeederWorld.StartAsync(("NationalId:Delivery:LongestDelay", "00:00:00.1"));
        world.Ida.Answer = (id, _) =>
            Task.FromResult(id == SeederWorld.Vid(1) ? TestIda.Refused("IDA-MLC-018") : TestIda.Recognised(id));
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(3)))).RequestIdentifier;
        await world.ProcessAsync(id);
        Assert.Equal("processed_with_errors", await world.StatusAsync(id));
        var rows = (await world.FileAsync(id)).Json.EnumerateArray().ToList();
        Assert.Equal([null, "IDA-MLC-018", null], rows.Select(row => row.GetProperty("errorCode").GetString()));
        Assert.InRange(world.Ida.Calls.Count(call => call.Id == SeederWorld.Vid(1)), 8, 10);
    }

    [Fact]
    public async Task The_retention_is_the_setting()
    {
        await using var world = await SeederWorld.StartAsync(("TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS", "1"));
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(1)))).RequestIdentifier;
        var chore = world.Get<IEnumerable<NationalId.Core.Pipeline.IChore>>().OfType<SeederChore>().Single();
        await Eventually.TrueAsync(async () =>
        {
            await chore.RunAsync(default);
            return (await world.FileAsync(id)).Status == 404;
        });
    }

    [Fact]
    public async Task After_the_retention_nothing_of_a_batch_is_left()
    {
        await using var world = await SeederWorld.StartAsync();
        var done = (await world.PostAsync(SeederWorld.Batch(Lines(3)))).RequestIdentifier;
        await world.ProcessAsync(done);
        var waiting = (await world.PostAsync(SeederWorld.Batch(Lines(3)))).RequestIdentifier;
        await world
            .Get<SeederStore>()
            .RemoveBeforeAsync(DateTimeOffset.UtcNow.AddDays(6) - new TokenSeederOptions().FileRetention, default);
        Assert.Equal(200, (await world.FileAsync(done)).Status);

        await world
            .Get<SeederStore>()
            .RemoveBeforeAsync(DateTimeOffset.UtcNow.AddDays(8) - new TokenSeederOptions().FileRetention, default);
        var file = await world.FileAsync(done);
        Assert.Equal((404, "ATS-REQ-016"), (file.Status, file.ErrorCode));
        var blobs = world.Get<StorageClients>().Blobs.GetBlobContainerClient(SeederStore.ContainerName);
        Assert.Empty(await blobs.GetBlobsAsync().ToListAsync());
        Assert.Empty(
            await world
                .Get<StorageClients>()
                .Tables.GetTableClient(SeederStore.TableName)
                .QueryAsync<Azure.Data.Tables.TableEntity>()
                .ToListAsync()
        );

        // A message that comes too late does no harm.
        var before = world.Ida.Calls.Count;
        Assert.Equal(1, await world.ProcessOnceAsync(default));
        Assert.Equal(before, world.Ida.Calls.Count);
        Assert.Equal(404, (await world.FileAsync(waiting)).Status);
    }

    [Fact]
    public async Task Tables_hold_nothing_of_the_people_and_unknown_identifiers_are_not_found()
    {
        await using var world = await SeederWorld.StartAsync();
        var id = (await world.PostAsync(SeederWorld.Batch(Lines(5)))).RequestIdentifier;
        await world.ProcessAsync(id);
        var rows = await world
            .Get<StorageClients>()
            .Tables.GetTableClient(SeederStore.TableName)
            .QueryAsync<Azure.Data.Tables.TableEntity>()
            .ToListAsync();
        var text = string.Join('\n', rows.SelectMany(row => row.Keys.Select(key => row[key]?.ToString())));
        Assert.DoesNotContain(SeederWorld.Family, text);
        Assert.DoesNotContain(SeederWorld.Vid(1), text);
        Assert.DoesNotContain(TestIda.TokenOf(SeederWorld.Vid(1)), text);

        foreach (var unknown in (string[])["", "x", "..", Guid.NewGuid().ToString(), id + "/lines"])
        {
            var answer = await world.FileAsync(unknown);
            Assert.Equal((404, "ATS-REQ-016"), (answer.Status, answer.ErrorCode));
        }

        Assert.Equal(200, (await world.FileAsync(id.ToUpperInvariant())).Status);
    }

    [Fact]
    public async Task A_message_that_is_not_ours_goes_to_the_poison_queue()
    {
        await using var world = await SeederWorld.StartAsync();
        foreach (var text in (string[])["", "{", "null", """{"request":"../x","first":0,"count":1,"attempt":0}"""])
        {
            await world.Batches.ProcessAsync(text, default);
        }

        var poison = world
            .Get<StorageClients>()
            .Queues.GetQueueClient(SeederBatches.Queue + StorageClients.PoisonSuffix);
        Assert.Equal(4, (await poison.PeekMessagesAsync(10)).Value.Length);
    }

    private static void AssertOnceEach(SeederWorld world, int count)
    {
        Assert.Equal(count, world.Ida.Calls.Count);
        Assert.Equal(count, world.Ida.Calls.Select(call => call.Id).Distinct().Count());
    }
}
