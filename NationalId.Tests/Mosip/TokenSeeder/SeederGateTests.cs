using System.Globalization;
using System.Net;
using System.Text;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>Who reaches the anonymous routes can't try out guesses about people as fast as it likes.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SeederGateTests
{
    private const string Key = "a key that a proxy beside OpenCRVS adds";

    private static readonly string Guess = SeederWorld.Sync(
        $$"""{"vid":"{{SeederWorld.Vid(1)}}","name":"A guess","gender":"male","dob":"1951/02/03"}"""
    );

    [Fact]
    public async Task Of_400_guesses_by_one_caller_only_a_minute_s_requests_reach_IDA_and_others_are_served_still()
    {
        await using var world = await SeederWorld.StartAsync(
            ("NationalId:Callers:MaxPerMinute", "20"),
            ("NationalId:Callers:MaxPerMinuteOverAll", "50")
        );
        var answers = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => AskAsync(world, "203.0.113.7")));
        var told = answers.Count(answer => answer.Status == 200);
        // Some more are let in while the test goes on.
        Assert.InRange(told, 20, 40);
        Assert.Equal(told, world.Ida.Calls.Count);
        Assert.All(
            answers.Where(answer => answer.Status != 200),
            answer =>
            {
                Assert.Equal((429, "ATS-REQ-100"), (answer.Status, answer.ErrorCode));
                Assert.Equal("mosip.token.seeder", answer.Json.GetProperty("id").GetString());
                Assert.InRange(int.Parse(answer.RetryAfter!, CultureInfo.InvariantCulture), 1, 60);
            }
        );
        Assert.Equal(200, (await AskAsync(world, "203.0.113.8")).Status);

        // Many callers together have a limit of their own.
        var many = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(number => AskAsync(world, $"198.51.100.{number}"))
        );
        Assert.InRange(many.Count(answer => answer.Status == 200), 1, 60);
        Assert.Contains(many, answer => answer.Status == 429);
    }

    [Fact]
    public async Task Batches_are_counted_too_before_anything_is_read()
    {
        await using var world = await SeederWorld.StartAsync(("NationalId:Callers:MaxPerMinute", "2"));
        var id = (await world.PostAsync(SeederWorld.Batch("""[{"vid":"1"}]"""))).RequestIdentifier;
        Assert.Equal("submitted_with_errors", await world.StatusAsync(id));
        var body = new CountingBody();
        Assert.Equal(429, (await world.PostAsync(body)).Status);
        Assert.Equal(0, body.Reads);
        Assert.Equal(429, (await world.UploadAsync(body, "multipart/form-data; boundary=b")).Status);
        Assert.Equal(429, (await world.FileAsync(id)).Status);
    }

    public static TheoryData<string?, string, string?, string> Callers =>
        new()
        {
            // connection, option, header, caller
            { "203.0.113.7", "", null, "203.0.113.7" },
            { "::ffff:203.0.113.7", "", null, "203.0.113.7" },
            { null, "", null, "" },
            // Without the option a header is made up.
            { "203.0.113.7", "", "1.2.3.4", "203.0.113.7" },
            // With it the last address counts: those before it are made up.
            { "10.0.0.1", "X-Forwarded-For", "1.2.3.4", "1.2.3.4" },
            { "10.0.0.1", "X-Forwarded-For", "9.9.9.9, 1.2.3.4", "1.2.3.4" },
            { "10.0.0.1", "X-Forwarded-For", "9.9.9.9,1.2.3.4:51234", "1.2.3.4" },
            { "10.0.0.1", "X-Forwarded-For", "9.9.9.9|1.2.3.4", "1.2.3.4" },
            { "10.0.0.1", "X-Forwarded-For", "[2001:db8::7]:51234", "20010db800000000" },
            { "10.0.0.1", "X-Forwarded-For", "::ffff:1.2.3.4", "1.2.3.4" },
            // One caller may use any address of its IPv6 network.
            { "2001:db8:0:1::1", "", null, "20010db800000001" },
            { "2001:db8:0:1:ffff::2", "", null, "20010db800000001" },
            // What is no address is left aside.
            { "10.0.0.1", "X-Forwarded-For", "unknown", "10.0.0.1" },
            { "10.0.0.1", "X-Forwarded-For", "1.2.3.4, ", "10.0.0.1" },
            { "10.0.0.1", "X-Forwarded-For", "", "10.0.0.1" },
            { "10.0.0.1", "X-Forwarded-For", null, "10.0.0.1" },
            { "10.0.0.1", "X-Forwarded-For", "1.2.3.4,_hidden", "10.0.0.1" },
        };

    [Theory]
    [MemberData(nameof(Callers))]
    public void A_caller_is_known_by_its_address(string? connection, string option, string? header, string caller)
    {
        var request = new DefaultHttpContext().Request;
        request.HttpContext.Connection.RemoteIpAddress = connection is null ? null : IPAddress.Parse(connection);
        if (header is not null)
        {
            request.Headers["X-Forwarded-For"] = header.Split('|');
        }

        Assert.Equal(caller, CallerLimiter.CallerOf(request, option));
    }

    [Fact]
    public async Task With_a_key_asked_for_nobody_gets_in_without_it_nor_uses_up_what_others_may_ask()
    {
        await using var world = await SeederWorld.StartAsync(
            ("NationalId:Callers:RequireSeederKey", "true"),
            ("NationalId:Callers:MaxPerMinute", "2"),
            ("TOKENSEEDER_CALLER_KEY", Key + "\n"),
            ("TOKENSEEDER_CALLER_KEY_PREVIOUS", "the key before")
        );
        foreach (
            var wrong in (string?[])
                [null, "", " ", "wrong", Key + "x", Key[..^1], Key.ToUpperInvariant(), Key + "|" + Key]
        )
        {
            var refused = await AskAsync(world, "203.0.113.7", wrong);
            Assert.Equal((401, "ATS-REQ-100"), (refused.Status, refused.ErrorCode));
            Assert.Equal(401, (await world.FileAsync(Guid.NewGuid().ToString())).Status);
        }

        Assert.Empty(world.Ida.Calls);
        Assert.Equal(200, (await AskAsync(world, "203.0.113.7", Key)).Status);
        Assert.Equal(200, (await AskAsync(world, "203.0.113.7", "the key before")).Status);
        Assert.Equal(429, (await AskAsync(world, "203.0.113.7", Key)).Status);
        Assert.DoesNotContain(world.Logged, line => line.Contains(Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task A_key_that_is_asked_for_but_not_there_is_our_trouble_and_lets_nobody_in(string key)
    {
        await using var world = await SeederWorld.StartAsync(
            ("NationalId:Callers:RequireSeederKey", "true"),
            ("TOKENSEEDER_CALLER_KEY", key)
        );
        foreach (var given in (string?[])[null, "", key, "x"])
        {
            var refused = await AskAsync(world, "203.0.113.7", given);
            Assert.Equal((503, "ATS-REQ-100", "30"), (refused.Status, refused.ErrorCode, refused.RetryAfter));
        }

        Assert.Empty(world.Ida.Calls);
    }

    [Fact]
    public async Task A_batch_s_identifier_is_random_and_told_to_its_caller_alone()
    {
        await using var world = await SeederWorld.StartAsync();
        List<string> ids = [];
        for (var i = 0; i < 3; i++)
        {
            ids.Add(
                (await world.PostAsync(SeederWorld.Batch($$"""[{"vid":"{{SeederWorld.Vid(i)}}"}]"""))).RequestIdentifier
            );
        }

        var queue = world.Get<StorageClients>().Queues.GetQueueClient(SeederBatches.Queue);
        PeekedMessage[] messages = await queue.PeekMessagesAsync(16);
        await world.ProcessAsync(ids[0]);
        Assert.Equal("processed", await world.StatusAsync(ids[0]));
        Assert.Equal(200, (await world.FileAsync(ids[0])).Status);
        var rows = await world
            .Get<StorageClients>()
            .Tables.GetTableClient(SeederStore.TableName)
            .QueryAsync<Azure.Data.Tables.TableEntity>()
            .ToListAsync();
        var kept = string.Join(
            '\n',
            [
                .. world.Logged,
                .. (await world.BlobsAsync()).Keys,
                .. messages.Select(message => message.MessageText),
                .. rows.SelectMany(row => row.Keys.Select(name => $"{row[name]}")),
            ]
        );
        Assert.All(ids, id => Assert.DoesNotContain(id, kept, StringComparison.OrdinalIgnoreCase));
        Assert.All(ids, id => Assert.Contains(SeederBatchId.KeyOf(id)!, kept, StringComparison.Ordinal));

        // Who has seen the log or the storage can't fetch results by what stands there.
        Assert.Equal(404, (await world.FileAsync(SeederBatchId.KeyOf(ids[0])!)).Status);
        // All 128 bits are drawn: a GUID's own version and variant bits would be the same in each.
        var drawn = Enumerable.Range(0, 200).Select(_ => Guid.Parse(SeederBatchId.New()).ToByteArray()).ToList();
        Assert.All(
            Enumerable.Range(0, 128),
            bit => Assert.Equal(2, drawn.Select(bytes => (bytes[bit / 8] >> (bit % 8)) & 1).Distinct().Count())
        );
    }

    private static Task<SeederWorld.Answer> AskAsync(SeederWorld world, string address, string? key = null) =>
        world.PostAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(Guess)),
            request =>
            {
                request.HttpContext.Connection.RemoteIpAddress = IPAddress.Parse(address);
                if (key is not null)
                {
                    request.Headers[SeederGate.KeyHeader] = key.Split('|');
                }
            }
        );

    private sealed class CountingBody : MemoryStream
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
