using System.Net;
using System.Net.Sockets;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;

namespace NationalId.Tests.OpenCrvs.Webhooks;

/// <summary>What callers who prove nothing can make us keep: nothing afterwards, and not much meanwhile.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class UnprovedBodiesTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(Megabyte + 1)]
    [InlineData(5 * Megabyte)]
    [InlineData((50 * Megabyte) + 1)]
    public async Task Nothing_is_left_of_a_body_that_is_refused(int length)
    {
        await using var world = await World.StartAsync(runQueues: false);
        using var refusals = new Refusals();
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SendAsync()));
        Assert.All(
            answers,
            status =>
                Assert.Equal(
                    length > WebhookIntake.MaxBodyLength
                        ? HttpStatusCode.RequestEntityTooLarge
                        : HttpStatusCode.Unauthorized,
                    status
                )
        );
        Assert.True(refusals.Of(length > WebhookIntake.MaxBodyLength ? "too-large" : "signature") >= 3);
        Assert.Empty(await KeptAsync(world, PayloadStore.AcceptedContainer));

        async Task<HttpStatusCode> SendAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/webhooks"))
            {
                Content = new ByteArrayContent(new byte[length]),
            };
            request.Headers.TransferEncodingChunked = true;
            request.Headers.Add("X-Hub-Signature", "sha256=" + new string('0', 64));
            using var answer = await world.Http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Nothing_is_left_of_a_body_whose_sender_goes_away()
    {
        await using var world = await World.StartAsync(runQueues: false);
        var staged = false;
        using var refusals = new Refusals();
        for (var i = 0; i < 3; i++)
        {
            using var sender = await BeginAsync(world, 40 * Megabyte, 3 * Megabyte);
            await Eventually.TrueAsync(async () =>
                staged = (await KeptAsync(world, PayloadStore.AcceptedContainer)).Count > 0
            );
        }

        Assert.True(staged);
        await Eventually.TrueAsync(() => Task.FromResult(refusals.Of("cut-off") >= 3), instead: () => $"{refusals}");
        await Eventually.TrueAsync(async () => (await KeptAsync(world, PayloadStore.AcceptedContainer)).Count == 0);
        Assert.Equal(0, world.Host.Services.GetRequiredService<UnprovedBodies>().Bytes);
    }

    [Fact]
    public async Task Nothing_is_left_in_quarantine_of_a_body_that_is_too_large_or_cut_off()
    {
        await using var world = await World.StartAsync(
            client: settings => settings["OPENCRVS_SHA_SECRET"] = "",
            runQueues: false
        );
        using (await BeginAsync(world, 40 * Megabyte, 3 * Megabyte))
        {
            await Eventually.TrueAsync(async () => (await KeptAsync(world, Quarantine.ContainerName)).Count == 1);
        }

        await Eventually.TrueAsync(async () => (await KeptAsync(world, Quarantine.ContainerName)).Count == 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/webhooks"))
        {
            Content = new ByteArrayContent(new byte[(50 * Megabyte) + 1]),
        };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.Add("X-Hub-Signature", "sha256=" + new string('0', 64));
        await Assert.ThrowsAsync<HttpRequestException>(() => world.Http.SendAsync(request));
        await Eventually.TrueAsync(async () => (await KeptAsync(world, Quarantine.ContainerName)).Count == 0);
    }

    [Fact]
    public async Task Senders_who_hold_all_the_room_are_cut_and_a_signed_event_gets_in()
    {
        await using var world = await World.StartAsync(client: settings =>
        {
            settings["NationalId:Intake:MaxUnprovedBytes"] = $"{50 * Megabyte}";
            settings["NationalId:Intake:WaitForRoom"] = "00:00:01";
        });
        var bodies = world.Host.Services.GetRequiredService<UnprovedBodies>();
        using var refusals = new Refusals();
        using var first = await BeginAsync(world, 40 * Megabyte, 30 * Megabyte);
        await Eventually.TrueAsync(() => bodies.Bytes >= 30 * Megabyte);
        using var second = await BeginAsync(world, 40 * Megabyte, 0);
        // More than there is room for: the network holds the rest back.
        var filling = second.GetStream().WriteAsync(new byte[30 * Megabyte]).AsTask();
        await Eventually.TrueAsync(() => bodies.Bytes > 50 * Megabyte);
        Assert.InRange(bodies.Bytes, 50 * Megabyte, 52 * Megabyte);

        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(birth);
        // The first of them is gone without an answer: OpenCRVS would have sent it again.
        await Eventually.TrueAsync(() => IsCut(first));
        Assert.False(IsCut(second));
        await Eventually.TrueAsync(() => refusals.Of("intake-full") > 0);
        // The other goes on where it was held up.
        await filling;
        second.Dispose();
        await Eventually.TrueAsync(() => bodies.Bytes == 0);
    }

    [Fact]
    public async Task The_oldest_is_cut_and_no_more_than_is_needed()
    {
        var bodies = New(100, TimeSpan.FromMilliseconds(100));
        await using var oldest = bodies.Watch(Endless(60), default);
        await using var middle = bodies.Watch(Endless(40), default);
        await using var newest = bodies.Watch(Endless(50), default);
        await ReadAsync(oldest);
        await ReadAsync(middle);
        var waiting = ReadAsync(newest);
        await Assert.ThrowsAsync<UnprovedBodiesFullException>(() => ReadAsync(oldest));
        Assert.False(waiting.IsCompleted);
        await oldest.DisposeAsync();
        Assert.Equal(50, await waiting);
        Assert.Equal(90, bodies.Bytes);
    }

    [Fact]
    public async Task What_is_proved_makes_room_at_once()
    {
        var bodies = New(100, TimeSpan.FromHours(1));
        await using var signed = bodies.Watch(Endless(100), default);
        await using var next = bodies.Watch(Endless(90), default);
        await ReadAsync(signed);
        var waiting = ReadAsync(next);
        Assert.False(waiting.IsCompleted);
        await signed.DisposeAsync();
        Assert.Equal(90, await waiting);
        // Read on, though nobody does: it does not count again.
        await ReadAsync(signed);
        Assert.Equal(90, bodies.Bytes);
    }

    [Fact]
    public async Task One_body_alone_that_is_too_much_is_cut_and_a_sender_that_goes_away_waits_no_longer()
    {
        var bodies = New(100, TimeSpan.FromMilliseconds(50));
        await using (var alone = bodies.Watch(Endless(101), default))
        {
            await Assert.ThrowsAsync<UnprovedBodiesFullException>(() => ReadAsync(alone));
        }

        var patient = New(100, TimeSpan.FromHours(1));
        using var gone = new CancellationTokenSource();
        await using (var body = patient.Watch(Endless(101), gone.Token))
        {
            var waiting = ReadAsync(body);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        Assert.Equal(0, bodies.Bytes + patient.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_many_come_the_bound_holds_and_in_the_end_nothing_is_counted(int seed)
    {
        const int Bound = 1000;
        var bodies = New(Bound, TimeSpan.FromMilliseconds(5));
        var most = 0L;
        var (done, cut) = (0, 0);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 300),
            new ParallelOptions { MaxDegreeOfParallelism = 24 },
            async (number, _) =>
            {
                var random = new Random((seed * 1000) + number);
                var size = random.Next(1, 100);
                await using var body = bodies.Watch(Endless(size), default);
                try
                {
                    for (var reads = random.Next(1, 20); reads > 0; reads--)
                    {
                        await ReadAsync(body);
                        most = Math.Max(most, bodies.Bytes);
                        await Task.Yield();
                    }

                    Interlocked.Increment(ref done);
                }
                catch (UnprovedBodiesFullException)
                {
                    Interlocked.Increment(ref cut);
                }
            }
        );
        // One read of each may be over it.
        Assert.InRange(most, 1, Bound + (24 * 100));
        Assert.Equal(300, done + cut);
        Assert.True(done > 0);
        Assert.Equal(0, bodies.Bytes);
    }

    private static UnprovedBodies New(long most, TimeSpan wait) =>
        new(new IntakeOptions { MaxUnprovedBytes = most, WaitForRoom = wait }, TimeProvider.System);

    private static Task<int> ReadAsync(Stream body) => body.ReadAsync(new byte[1000]).AsTask();

    private static EndlessStream Endless(int read) => new(read);

    private static bool IsCut(TcpClient sender)
    {
        try
        {
            return sender.Client.Poll(0, SelectMode.SelectRead) && sender.Client.Receive(new byte[1]) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>A sender that says how much comes, sends some and then nothing.</summary>
    private static async Task<TcpClient> BeginAsync(World world, int length, int sent)
    {
        var sender = new TcpClient();
        await sender.ConnectAsync(world.Host.BaseAddress.Host, world.Host.BaseAddress.Port);
        await sender
            .GetStream()
            .WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
                        + $"X-Hub-Signature: sha256={new string('0', 64)}\r\n\r\n"
                )
            );
        await sender.GetStream().WriteAsync(new byte[sent]);
        return sender;
    }

    /// <summary>All blobs, those whose blocks are only staged too.</summary>
    private static async Task<List<string>> KeptAsync(World world, string container)
    {
        var client = new BlobServiceClient(world.StorageConnection).GetBlobContainerClient(container);
        return !await client.ExistsAsync()
            ? []
            : await client
                .GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Uncommitted })
                .Select(item => item.Name)
                .ToListAsync();
    }

    private sealed class EndlessStream(int read) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(read);
    }
}
