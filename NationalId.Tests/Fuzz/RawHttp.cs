using System.Net.Sockets;
using System.Text;

namespace NationalId.Tests.Fuzz;

/// <summary>What a client does when everything is sent.</summary>
internal enum Ending
{
    /// <summary>Waits for the answer.</summary>
    Wait,

    /// <summary>Says that nothing more comes, and waits for the answer.</summary>
    Finish,

    /// <summary>Goes away at once.</summary>
    Cut,
}

/// <summary>An answer as it came over the wire.</summary>
internal sealed record RawAnswer(int Status, string ContentType, byte[] Body)
{
    /// <summary>
    /// Whether the server read all that was sent. A proxy in front, which is still sending, else has no answer to pass
    /// on.
    /// </summary>
    public bool ReadAll { get; init; }

    public override string ToString() =>
        $"{Status} {ContentType} {Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 600)))}";
}

/// <summary>HTTP by hand: HttpClient refuses to send what a fuzz run has to.</summary>
internal static class RawHttp
{
    /// <summary>Sends bytes and reads what comes back until the server closes.</summary>
    /// <returns>Null when no answer came.</returns>
    /// <exception cref="TimeoutException">The server neither answered nor closed in time.</exception>
    public static async Task<RawAnswer?> SendAsync(
        Uri server,
        byte[] head,
        IEnumerable<ReadOnlyMemory<byte>> body,
        Ending ending,
        TimeSpan deadline
    )
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port);
        using var stop = new CancellationTokenSource(deadline);
        var reading =
            ending == Ending.Cut ? Task.FromResult(Array.Empty<byte>()) : ReadAsync(client.GetStream(), stop.Token);
        var all = await WriteAsync(client, head, body, ending, stop.Token);
        return Parse(await reading) is { } answer ? answer with { ReadAll = all } : null;
    }

    /// <summary>
    /// Sends a head and then one byte of the body after the other, as slowly as told, until the server answers or
    /// closes.
    /// </summary>
    /// <returns>Null when no answer came.</returns>
    public static async Task<RawAnswer?> TrickleAsync(Uri server, byte[] head, TimeSpan pause, TimeSpan deadline)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server.Host, server.Port);
        using var stop = new CancellationTokenSource(deadline);
        var stream = client.GetStream();
        var reading = ReadAsync(stream, stop.Token);
        try
        {
            await stream.WriteAsync(head, stop.Token);
            while (!reading.IsCompleted)
            {
                await stream.WriteAsync(" "u8.ToArray(), stop.Token);
                await Task.WhenAny(reading, Task.Delay(pause, stop.Token));
            }
        }
        catch (IOException)
        {
            // The server closed.
        }

        return Parse(await reading);
    }

    private static async Task<bool> WriteAsync(
        TcpClient client,
        byte[] head,
        IEnumerable<ReadOnlyMemory<byte>> body,
        Ending ending,
        CancellationToken stop
    )
    {
        try
        {
            var stream = client.GetStream();
            await stream.WriteAsync(head, stop);
            foreach (var piece in body)
            {
                await stream.WriteAsync(piece, stop);
            }

            if (ending == Ending.Finish)
            {
                client.Client.Shutdown(SocketShutdown.Send);
            }
            else if (ending == Ending.Cut)
            {
                client.LingerState = new LingerOption(true, 0);
            }

            return true;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            // The server answered before it had read everything, and closed.
            return false;
        }
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, CancellationToken stop)
    {
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, stop);
        }
        catch (IOException)
        {
            // Reset: what came before it counts.
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The server did not close in time; it had answered {answer.Length} bytes.");
        }

        return answer.ToArray();
    }

    private static RawAnswer? Parse(byte[] answer)
    {
        if (answer.AsSpan().StartsWith("HTTP/1.1 100"u8))
        {
            answer = answer[(answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        }

        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var lines = Encoding.Latin1.GetString(answer, 0, end).Split("\r\n");
        var headers = lines
            .Skip(1)
            .Select(line => line.Split(':', 2))
            .ToLookup(parts => parts[0].Trim(), parts => parts[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var body = answer[(end + 4)..];
        if (headers["Content-Length"].FirstOrDefault() is { } length)
        {
            body = body[..Math.Min(body.Length, int.Parse(length))];
        }
        else if (headers["Transfer-Encoding"].Any())
        {
            body = Unchunk(body);
        }

        return new RawAnswer(int.Parse(lines[0].Split(' ')[1]), headers["Content-Type"].FirstOrDefault() ?? "", body);
    }

    private static byte[] Unchunk(byte[] chunked)
    {
        using var whole = new MemoryStream();
        var at = 0;
        while (at < chunked.Length)
        {
            var line = chunked.AsSpan(at).IndexOf("\r\n"u8);
            if (line < 0 || Convert.ToInt32(Encoding.ASCII.GetString(chunked, at, line), 16) is not (> 0 and var size))
            {
                break;
            }

            at += line + 2;
            whole.Write(chunked, at, Math.Min(size, chunked.Length - at));
            at += size + 2;
        }

        return whole.ToArray();
    }
}
