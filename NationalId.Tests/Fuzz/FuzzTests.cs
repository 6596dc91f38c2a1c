using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace NationalId.Tests.Fuzz;

/// <summary>
/// Whatever is sent to an HTTP function, it answers soon, with an error that explains itself where the sender is to
/// blame, and neither it nor the host is the worse for it. NATIONALID_SOAK=1 sends more, of a new seed each time.
/// </summary>
[Collection(FuzzCollection.Name)]
[Trait(Tier.Name, Tier.Whole)]
public sealed class FuzzTests(FuzzWorld world, ITestOutputHelper output)
{
    private const long MostMemory = 256 * 1024 * 1024;
    private const long MostKept = 64 * 1024 * 1024;
    private static readonly bool Soak = Environment.GetEnvironmentVariable("NATIONALID_SOAK") == "1";
    private static readonly ulong Seed =
        ulong.TryParse(Environment.GetEnvironmentVariable("NATIONALID_FUZZ_SEED"), out var seed) ? seed
        : Soak ? (ulong)DateTime.UtcNow.Ticks
        : 20_261_124;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Functions => [.. FuzzWorld.Functions.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Functions))]
    public async Task Bad_input_is_answered_soon_and_clearly_and_leaves_nothing_behind(string function)
    {
        var cases = world.CasesOf(function);
        Assert.True(
            cases is not null,
            $"Nobody fuzzes {function}: add it to {nameof(FuzzWorld)}.{nameof(FuzzWorld.CasesOf)}."
        );
        world.WorldOf(function).Logs.Lines.Clear();
        // Of all functions together: to collect before each of them takes longer than to send all this.
        var before = world.Memory;
        if (GC.GetTotalMemory(forceFullCollection: false) - before > MostKept)
        {
            // What the functions before it left as garbage is not this one's.
            GC.Collect();
        }

        var most = before;
        ConcurrentDictionary<int, int> statuses = [];
        await Parallel.ForEachAsync(
            cases.Sample((function == "OpsSummary" ? 20 : 60) * (Soak ? 40 : 1), new Rnd(Seed), 50),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (one, _) =>
            {
                statuses.AddOrUpdate(await CheckAsync(function, one), 1, (_, count) => count + 1);
                InterlockedMax(ref most, GC.GetTotalMemory(forceFullCollection: false));
            }
        );
        await FuzzWorld.RecoveredAsync(world.WorldOf(function));
        output.WriteLine(
            string.Join(", ", statuses.OrderBy(status => status.Key).Select(status => $"{status.Key}: {status.Value}"))
        );
        // Nobody has signed in with e-Signet.
        Assert.Contains(
            statuses.Keys,
            status =>
                status is (>= 200 and < 300) or 404 or 409
                || (status == 400 && function.StartsWith("GetUserInfo", StringComparison.Ordinal))
        );

        Assert.True(most - before < MostMemory, $"{function} took {(most - before) >> 20} MB.");
        Assert.True(
            GC.GetTotalMemory(forceFullCollection: false) - before < MostKept
                || GC.GetTotalMemory(forceFullCollection: true) - before < MostKept,
            $"With {function}, {(GC.GetTotalMemory(false) - before) >> 20} MB were kept."
        );
        AssertLogs(function);
    }

    [Fact]
    public async Task A_body_of_more_than_50_MB_is_refused_and_takes_no_memory_to_speak_of()
    {
        const int Length = (50 * 1024 * 1024) + 1;
        var before = world.Memory;
        var functions = FuzzWorld
            .Functions.Where(function => function.Value.Method == "POST")
            .Select(function => function.Key)
            // The route of a system that is not served is not there, whatever comes.
            .Except(["ReceiveNationalId", "ReceiveCredential", "ReceiveCredentialAtRoot", "Reindex"])
            .ToList();
        var told = await Task.WhenAll(
            functions.Select(function => SendAsync(function, $"Content-Length: {Length}", []))
        );
        // Those that want no body don't read any, and the server waits a few seconds for it. A rejection's reason is
        // read to 10,000 bytes, and what is longer is none.
        var readers = functions
            .Except(["OpsReplay", "OpsPause", "OpsResume", "Subscribe", "OpsConfirm", "OpsReject"])
            .Except(["OpsBatchRelease", "OpsBatchCancel", "OpsAsk"])
            .ToList();
        Assert.All(
            functions.Zip(told),
            answer =>
                Assert.True(
                    readers.Contains(answer.First)
                        ? answer.Second?.Status == TooLarge(answer.First)
                        : answer.Second?.Status < 500,
                    $"{answer.First}: {answer.Second}"
                )
        );
        foreach (var function in readers)
        {
            var most = before;
            var streamed = await SendAsync(
                function,
                "Transfer-Encoding: chunked",
                Chunks(function)
                    .Select(chunk =>
                    {
                        InterlockedMax(ref most, GC.GetTotalMemory(forceFullCollection: false));
                        return chunk;
                    })
            );
            Assert.True(
                streamed is { ReadAll: true } && streamed.Status == TooLarge(function),
                $"{function}, in chunks: {streamed}"
            );
            Assert.True(most - before < MostMemory, $"{function} took {(most - before) >> 20} MB.");
        }

        await world.RecoveredAsync();

        Task<RawAnswer?> SendAsync(string function, string more, IEnumerable<ReadOnlyMemory<byte>> body) =>
            RawHttp.SendAsync(
                world.AddressOf(function),
                Encoding.Latin1.GetBytes(world.Head(function, more)),
                body,
                Ending.Wait,
                TimeSpan.FromSeconds(60)
            );

        // OpenCRVS's record would be stuck after any other answer.
        // OSIA knows no 413, and would send a notification again that is not answered 200.
        static int TooLarge(string function) =>
            function switch
            {
                "ReceiveTrigger" or "OsiaMatch" or "OsiaVerify" or "OsiaPrefill" => 400,
                "OsiaNotify" => 200,
                _ => 413,
            };

        static IEnumerable<ReadOnlyMemory<byte>> Chunks(string function)
        {
            var begin = function == "SeedTokens" ? FuzzWorld.FormBegin : "[";
            yield return Encoding.ASCII.GetBytes($"{begin.Length:x}\r\n{begin}\r\n");
            var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string(' ', 0x10000) + "\r\n");
            for (var sent = 0; sent < Length; sent += 0x10000)
            {
                yield return chunk;
            }

            yield return "0\r\n\r\n"u8.ToArray();
        }
    }

    [Fact]
    public async Task A_body_that_trickles_is_cut_off()
    {
        // Kestrel's own limit, which the Functions host's and the worker's servers have too: 240 bytes a second after
        // five seconds.
        var readers = FuzzWorld
            .Functions.Where(function => function.Value.Method == "POST")
            .Select(function => function.Key)
            .ToList();
        var answers = await Task.WhenAll(
            readers.Select(function =>
                RawHttp.TrickleAsync(
                    world.AddressOf(function),
                    Encoding.Latin1.GetBytes(world.Head(function, "Content-Length: 100000")),
                    TimeSpan.FromSeconds(0.5),
                    TimeSpan.FromSeconds(30)
                )
            )
        );
        Assert.All(
            readers.Zip(answers),
            answer => Assert.True(answer.Second is null or { Status: < 500 }, $"{answer.First}: {answer.Second}")
        );
        await world.RecoveredAsync();
    }

    /// <returns>The answer's status; 0 when none came.</returns>
    private async Task<int> CheckAsync(string function, FuzzCase one)
    {
        try
        {
            var answer = await RawHttp.SendAsync(
                world.AddressOf(function),
                one.HeadBytes,
                [one.Body],
                one.Ending,
                Deadline
            );
            if (answer is null)
            {
                Assert.True(!one.Reaches, "No answer came.");
                return 0;
            }

            // An envelope that was sealed for another key may be MOSIP's at a rotation: it is put off.
            Assert.True(
                answer.Status is >= 200 and < 500
                    || (
                        function == "ReceiveUinToken"
                        && answer.Status == 503
                        && answer.ToString().Contains("sealed for a key", StringComparison.Ordinal)
                    ),
                answer.ToString()
            );
            Assert.True(
                function != "ReceiveTrigger" || !one.Reaches || answer.Status is 200 or 202 or 400,
                $"OpenCRVS's record is stuck after {answer.Status}."
            );
            var type = answer.Body.Length > 0 ? answer.ContentType : "";
            Assert.True(
                !one.Reaches || ApiAnswers.Problem(function, answer.Status, type) is null,
                ApiAnswers.Problem(function, answer.Status, type)
            );
            if (FuzzWorld.IsOsia(function) && answer.Status is 401 or 403 or 404 or 415 && answer.Body.Length == 0)
            {
                // OSIA says nothing more to these.
                return answer.Status;
            }

            if (answer.Status >= 400 && (one.Reaches || answer.Body.Length > 0))
            {
                AssertExplains(answer);
            }

            return answer.Status;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{failure.Message}\n{function}, NATIONALID_FUZZ_SEED={Seed}:\n{one}",
                failure
            );
        }
    }

    /// <summary>
    /// Problem details (RFC 9457); the Token Seeder's own envelope at its addresses, and mosip-api's at its own.
    /// </summary>
    private static void AssertExplains(RawAnswer answer)
    {
        using var json = JsonDocument.Parse(answer.Body);
        if (answer.ContentType.StartsWith("application/problem+json", StringComparison.Ordinal))
        {
            Assert.Equal(answer.Status, json.RootElement.GetProperty("status").GetInt32());
            Assert.NotEqual("", json.RootElement.GetProperty("title").GetString());
            Assert.NotEqual("", json.RootElement.GetProperty("detail").GetString());
        }
        else if (json.RootElement.TryGetProperty("code", out var code))
        {
            // OSIA's.
            Assert.NotEqual(0, code.GetInt32());
            Assert.NotEqual("", json.RootElement.GetProperty("message").GetString());
        }
        else if (json.RootElement.TryGetProperty("error", out var error))
        {
            Assert.NotEqual("", error.GetString());
        }
        else
        {
            Assert.StartsWith("application/json", answer.ContentType);
            Assert.StartsWith(
                "ATS-REQ-",
                json.RootElement.GetProperty("errors")[0].GetProperty("errorCode").GetString()
            );
        }

        Assert.DoesNotContain(Garbage.Marker, Encoding.UTF8.GetString(answer.Body), StringComparison.OrdinalIgnoreCase);
    }

    private void AssertLogs(string function)
    {
        Assert.DoesNotContain(
            world.WorldOf(function).Logs.Lines,
            line =>
                line.Contains(Garbage.Marker, StringComparison.OrdinalIgnoreCase)
                || line.Contains(TestEvents.Name, StringComparison.OrdinalIgnoreCase)
        );
        Assert.DoesNotContain(
            world.WorldOf(function).Logs.Lines,
            line =>
                line.Contains("unexpected", StringComparison.OrdinalIgnoreCase)
                || line.Contains(function + " failed", StringComparison.Ordinal)
        );
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (
            var seen = Volatile.Read(ref most);
            value > seen && Interlocked.CompareExchange(ref most, value, seen) is var now && now != seen;
            seen = now
        ) { }
    }
}
