using System.Diagnostics;
using System.Text;
using NationalId.Tests.Fuzz;
using Xunit.Abstractions;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>
/// Sixteen callers at once take less than 64 MB over what the process has anyhow, whatever they send. What they send is
/// a good deal more than that together; more still takes longer, not more memory.
/// </summary>
[Collection(FuzzCollection.Name)]
[Trait(Tier.Name, Tier.Whole)]
public sealed class SeederMemoryTests(ITestOutputHelper output)
{
    private const int Callers = 16;
    private const long Most = 64 * 1024 * 1024;
    private const string FormBegin = "--b\r\nContent-Disposition: form-data; name=\"csv_file\"; filename=\"a\"\r\n\r\n";

    public static TheoryData<string> Kinds => ["lines", "long lines", "dense lines", "one person", "csv", "long csv"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Sixteen_large_uploads_at_once_take_little_memory(string kind)
    {
        await using var world = await SeederWorld.StartAsync();
        // What is loaded and rented once is there anyhow.
        Assert.InRange((await SendAsync(world, kind)).Status, 200, 422);
        var (before, whole) = (GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet);
        using var done = new CancellationTokenSource();
        var (live, set, samples) = (0L, 0L, 0);
        // A thread of its own: the callers keep the pool's threads busy.
        var watching = new Thread(() =>
        {
            do
            {
                // What is alive: what is garbage depends on the collector's mood. One collection is enough for that.
                GC.Collect();
                live = Math.Max(live, GC.GetTotalMemory(forceFullCollection: false) - before);
                set = Math.Max(set, Environment.WorkingSet - whole);
                samples++;
            } while (!done.Token.WaitHandle.WaitOne(200));
        });
        watching.Start();
        var watch = Stopwatch.StartNew();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, Callers).Select(_ => Task.Run(() => SendAsync(world, kind)))
        );
        await done.CancelAsync();
        watching.Join();
        output.WriteLine(
            $"{kind}: {string.Join(',', answers.Select(answer => answer.Status).Distinct())}, "
                + $"{live >> 20} MB alive, working set {set >> 20} MB more, "
                + $"{samples} samples, {watch.Elapsed}"
        );
        Assert.All(answers, answer => Assert.InRange(answer.Status, 200, 422));
        Assert.True(live < Most, $"{live >> 20} MB");
    }

    private static Task<SeederWorld.Answer> SendAsync(SeederWorld world, string kind)
    {
        var mapping =
            $$""","mapping":{"name":[{{string.Join(',', Enumerable.Repeat("\"name\"", 20))}}]"""
            + $$""","fullAddress":[{{string.Join(',', Enumerable.Repeat("\"name\"", 20))}}]}""";
        var (begin, end) = Halves(SeederWorld.Batch("[|{}]", mapping));
        var (oneBegin, oneEnd) = Halves(SeederWorld.Sync("""{"a":[|1]}"""));
        var request =
            $"\r\n--b\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n"
            + $"{SeederWorld.Batch("null", mapping)}\r\n--b--\r\n";
        return kind switch
        {
            "lines" => Json("""{"vid":"1","name":"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"},""", 1_000_000),
            "long lines" => Json($$"""{"vid":"1","name":"{{new string('n', 60_000)}}"},""", 4_000_000),
            "dense lines" => Json(
                $$"""{"vid":"1","a":[{{string.Concat(Enumerable.Repeat("1,", 120_000))}}1]},""",
                4_000_000
            ),
            "one person" => world.PostAsync(new Generated(oneBegin, "1,", 250_000, oneEnd)),
            "csv" => Csv("vid,name\n", "1,nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\n", 1_000_000),
            "long csv" => Csv("vid,name\n", $"1,{new string('n', 60_000)}\n", 4_000_000),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

        Task<SeederWorld.Answer> Json(string line, int length) =>
            world.PostAsync(new Generated(begin, line, length, end));

        Task<SeederWorld.Answer> Csv(string header, string line, int length) =>
            world.UploadAsync(
                new Generated(FormBegin + header, line, length, request),
                "multipart/form-data; boundary=b"
            );

        static (string, string) Halves(string text) => (text[..text.IndexOf('|')], text[(text.IndexOf('|') + 1)..]);
    }

    /// <summary>A body that is never in memory as a whole.</summary>
    private sealed class Generated(string begin, string middle, int length, string end) : MemoryStream
    {
        private readonly byte[] piece = Encoding.UTF8.GetBytes(middle);
        private readonly int times = length / middle.Length;
        private byte[] current = Encoding.UTF8.GetBytes(begin);
        private int at;
        private int given = -1;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (at == current.Length)
            {
                given++;
                current =
                    given < times ? piece
                    : given == times ? Encoding.UTF8.GetBytes(end)
                    : [];
                at = 0;
            }

            var count = Math.Min(buffer.Length, current.Length - at);
            current.AsSpan(at, count).CopyTo(buffer.Span);
            at += count;
            return ValueTask.FromResult(count);
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
