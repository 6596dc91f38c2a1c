using System.Collections.Concurrent;
using System.Threading.Channels;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Crash;

/// <summary>
/// OpenCRVS during the crash test: some events at a time, sent as its queue does (three tries on a failed connection).
/// What nobody took is sent again, as a clerk would, until somebody does.
/// </summary>
internal sealed class Senders : IAsyncDisposable
{
    private readonly Channel<bool> work = Channel.CreateUnbounded<bool>();
    private readonly SandboxServer sandbox;
    private readonly Task[] loops;
    private int resends;
    private int pending;

    public Senders(SandboxServer sandbox, int atOnce)
    {
        this.sandbox = sandbox;
        loops = [.. Enumerable.Range(0, atOnce).Select(_ => Task.Run(LoopAsync))];
    }

    /// <summary>What the client has accepted.</summary>
    public ConcurrentQueue<SentEvent> Accepted { get; } = new();

    /// <summary>Answers other than 202: there must be none, since OpenCRVS would not send again.</summary>
    public ConcurrentQueue<int> OtherAnswers { get; } = new();

    /// <summary>How often an event had to be sent again because none of the three tries got an answer.</summary>
    public int Resends => resends;

    public int Pending => Volatile.Read(ref pending);

    public void Add(bool birth)
    {
        Interlocked.Increment(ref pending);
        Assert.True(work.Writer.TryWrite(birth));
    }

    /// <summary>Waits until everything that was added is accepted; the host must be up.</summary>
    public async Task FinishAsync()
    {
        work.Writer.TryComplete();
        await Task.WhenAll(loops).WaitAsync(TimeSpan.FromMinutes(3));
    }

    public async ValueTask DisposeAsync()
    {
        work.Writer.TryComplete();
        await Task.WhenAny(Task.WhenAll(loops), Task.Delay(100));
    }

    private async Task LoopAsync()
    {
        await foreach (var birth in work.Reader.ReadAllAsync())
        {
            var sent = birth
                ? await sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { TrackingId = Unique('B'), Shape = Shape() })
                : await sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { TrackingId = Unique('D'), Shape = Shape() });
            while (Look(sent) is not 202)
            {
                Interlocked.Increment(ref resends);
                await Task.Delay(300);
                sent = await sandbox.OpenCrvs.ResendAsync(sent);
            }

            Accepted.Enqueue(sent);
            Interlocked.Decrement(ref pending);
        }
    }

    private int? Look(SentEvent sent)
    {
        foreach (var attempt in sent.Attempts.Where(attempt => attempt.Status is not null and not 202))
        {
            OtherAnswers.Enqueue(attempt.Status!.Value);
        }

        return sent.Status;
    }

    private static string Unique(char kind) => kind + Guid.NewGuid().ToString("N")[..10].ToUpperInvariant();

    private static BundleShape Shape() => Random.Shared.Next(2) == 0 ? BundleShape.Composition : BundleShape.V12;
}
