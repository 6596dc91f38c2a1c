using Azure.Storage.Queues;
using NationalId.Tests.Outage;

namespace NationalId.Tests.LocalHost;

[Trait(Tier.Name, Tier.Whole)]
public sealed class QueueFunctionTests
{
    private const string Quick = """ "maxPollingInterval": "00:00:00.200", "maxDequeueCount": 3 """;

    [Fact]
    public async Task A_message_is_decoded_handed_over_once_and_gone()
    {
        await using var host = await SampleHost.StartAsync();
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("Zoë's birth");

        await Eventually.TrueAsync(() => host.Journal.Done.Contains("Zoë's birth"));
        await Eventually.TrueAsync(async () => await CountAsync(queue) == 0);
        Assert.Equal(("Zoë's birth", 1L), Assert.Single(host.Journal.Messages));
    }

    [Fact]
    public async Task A_failed_message_comes_again()
    {
        await using var host = await SampleHost.StartAsync(Quick);
        await host.Queue("sample-work").SendMessageAsync("fail once");

        await Eventually.TrueAsync(() => host.Journal.Done.Contains("fail once"));
        Assert.Equal([1L, 2L], host.Journal.Messages.Select(message => message.DequeueCount));
        Assert.DoesNotContain(SampleFunctions.Secret, host.Logs.Text);
    }

    [Fact]
    public async Task A_failed_message_waits_for_the_visibility_timeout()
    {
        await using var host = await SampleHost.StartAsync(
            """ "maxPollingInterval": "00:00:00.200", "visibilityTimeout": "00:05:00" """
        );
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("fail once");
        await Eventually.TrueAsync(() =>
            host.Logs.Text.Contains("SampleWork failed at dequeue count 1", StringComparison.Ordinal)
        );

        await queue.SendMessageAsync("after it");
        await Eventually.TrueAsync(() => host.Journal.Done.Contains("after it"));
        Assert.DoesNotContain("fail once", host.Journal.Done);
        await Eventually.TrueAsync(async () => await CountAsync(queue) == 1);
    }

    [Fact]
    public async Task After_max_dequeue_count_a_message_is_in_the_poison_queue_as_it_was_sent()
    {
        await using var host = await SampleHost.StartAsync(Quick);
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("fail always");

        var poisoned = await PoisonAsync(host);
        Assert.Equal("fail always", poisoned);
        await Eventually.TrueAsync(async () => await CountAsync(queue) == 0);
        Assert.Equal([1L, 2L, 3L], host.Journal.Messages.Select(message => message.DequeueCount));
        Assert.DoesNotContain(SampleFunctions.Secret, host.Logs.Text);
    }

    [Fact]
    public async Task What_is_not_base64_goes_to_poison_without_running_the_function()
    {
        await using var host = await SampleHost.StartAsync(Quick);
        await host.Queue("sample-work", QueueMessageEncoding.None).SendMessageAsync("{not base64}");

        Assert.Equal("{not base64}", await PoisonAsync(host, QueueMessageEncoding.None));
        Assert.Empty(host.Journal.Messages);
    }

    [Fact]
    public async Task Encoding_none_hands_the_text_over_as_it_is()
    {
        await using var host = await SampleHost.StartAsync(""" "messageEncoding": "none" """);
        await host.Queue("sample-work", QueueMessageEncoding.None).SendMessageAsync("{plain}");

        await Eventually.TrueAsync(() => host.Journal.Done.Contains("{plain}"));
    }

    [Fact]
    public async Task No_more_run_at_once_than_a_batch_and_the_threshold_for_the_next()
    {
        await using var host = await SampleHost.StartAsync(
            """ "maxPollingInterval": "00:00:00.200", "batchSize": 4, "newBatchThreshold": 2 """
        );
        var queue = host.Queue("sample-work");
        for (var i = 0; i < 20; i++)
        {
            await queue.SendMessageAsync($"hold {i}");
        }

        await Eventually.TrueAsync(() => host.Journal.Running > 2);
        for (var i = 0; i < 20; i++)
        {
            await Eventually.TrueAsync(() => host.Journal.Running > 0);
            host.Journal.Gate.Release();
        }

        await Eventually.TrueAsync(() => host.Journal.Done.Count == 20);
        Assert.InRange(host.Journal.MostAtOnce, 3, 6);
    }

    [Fact]
    public async Task A_long_running_message_is_renewed_and_not_run_twice()
    {
        await using var host = await SampleHost.StartAsync(lease: TimeSpan.FromSeconds(8));
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("hold it");
        await Eventually.TrueAsync(() => host.Journal.Running == 1);

        // Well beyond the lease, by storage's own clock.
        var until = DateTime.UtcNow.AddSeconds(13);
        await Eventually.TrueAsync(() => DateTime.UtcNow > until);
        host.Journal.Gate.Release();

        await Eventually.TrueAsync(() => host.Journal.Done.Contains("hold it"));
        await Eventually.TrueAsync(async () => await CountAsync(queue) == 0);
        Assert.Single(host.Journal.Messages);
    }

    [Fact]
    public async Task Stopping_lets_a_running_function_finish_and_its_message_is_deleted()
    {
        await using var host = await SampleHost.StartAsync();
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("hold at stop");
        await Eventually.TrueAsync(() => host.Journal.Running == 1);

        var stop = host.Server.StopAsync();
        await queue.SendMessageAsync("too late");
        host.Journal.Gate.Release();
        await stop;

        Assert.Contains("hold at stop", host.Journal.Done);
        // A look that was under way may still have taken the second one: it is run then, or it waits in the queue.
        Assert.Equal(2, host.Journal.Done.Count + await CountAsync(queue));
    }

    [Fact]
    public async Task A_message_that_storage_has_handed_out_while_the_host_stops_is_run()
    {
        var account = await TestAzurite.NewAccountAsync();
        await using var proxy = new StorageProxy(account);
        await using var host = await SampleHost.StartAsync(storage: proxy.ConnectionString);
        var queue = new QueueClient(
            account,
            "sample-work",
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }
        );
        proxy.Hold("<QueueMessage>");
        await queue.SendMessageAsync("handed out");
        await Eventually.TrueAsync(() => proxy.Held > 0);

        var stop = host.Server.StopAsync();
        proxy.Release();
        await stop;

        Assert.Equal(["handed out"], host.Journal.Messages.Select(message => message.Text));
        Assert.Equal(0, await CountAsync(queue));
    }

    [Fact]
    public async Task After_the_grace_period_a_function_is_told_to_stop_and_its_message_stays()
    {
        await using var host = await SampleHost.StartAsync(grace: TimeSpan.FromSeconds(0.2));
        var queue = host.Queue("sample-work");
        await queue.SendMessageAsync("hold too long");
        await Eventually.TrueAsync(() => host.Journal.Running == 1);

        await host.Server.StopAsync();

        await Eventually.TrueAsync(() => host.Journal.Running == 0);
        Assert.Empty(host.Journal.Done);
        Assert.Equal(1, await CountAsync(queue));
    }

    [Fact]
    public async Task A_queue_and_its_connection_may_be_named_by_settings()
    {
        await using var host = await SampleHost.StartAsync();
        await host.Queue("sample-elsewhere").SendMessageAsync("token");
        await Eventually.TrueAsync(() => host.Journal.Done.Contains("elsewhere token"));
    }

    [Fact]
    public async Task A_queue_that_was_deleted_is_made_again()
    {
        await using var host = await SampleHost.StartAsync();
        var queue = host.Queue("sample-work");
        await queue.DeleteAsync();
        await Eventually.TrueAsync(async () => await queue.ExistsAsync());
        await queue.SendMessageAsync("still alive");
        await Eventually.TrueAsync(() => host.Journal.Done.Contains("still alive"));
    }

    private static async Task<int> CountAsync(QueueClient queue) =>
        (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;

    private static async Task<string> PoisonAsync(
        SampleHost host,
        QueueMessageEncoding encoding = QueueMessageEncoding.Base64
    )
    {
        var poison = host.Queue("sample-work-poison", encoding);
        await Eventually.TrueAsync(async () => await poison.ExistsAsync() && await CountAsync(poison) == 1);
        return (await poison.PeekMessageAsync()).Value.MessageText;
    }
}
