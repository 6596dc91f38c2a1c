using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace NationalId.Tests.Outage;

/// <summary>Stands between the client and the storage account's three services and can be cut.</summary>
internal sealed partial class StorageProxy : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = new();
    private readonly List<TcpListener> listeners = [];
    private readonly List<Task> accepting = [];
    private volatile bool refusing;
    private volatile TaskCompletionSource? hold;
    private byte[]? lost;
    private byte[] heldText = [];
    private int held;
    private int refused;

    /// <param name="connection">The storage account's connection string.</param>
    public StorageProxy(string connection) =>
        ConnectionString = Endpoint.Replace(
            connection,
            match =>
            {
                var listener = new TcpListener(IPAddress.Loopback, 0);
                listener.Start();
                listeners.Add(listener);
                accepting.Add(AcceptAsync(listener, int.Parse(match.Groups[2].Value)));
                return match.Groups[1].Value + ((IPEndPoint)listener.LocalEndpoint).Port;
            }
        );

    /// <summary>The same account through this proxy.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections that were turned away.</summary>
    public int Refused => refused;

    /// <summary>Cuts every connection and turns new ones away.</summary>
    public void Refuse()
    {
        refusing = true;
        foreach (var socket in sockets.Keys)
        {
            Reset(socket);
        }
    }

    public void Allow() => refusing = false;

    /// <summary>Answers that were kept back.</summary>
    public int Held => held;

    /// <summary>Hands requests on and keeps the answers until <see cref="Release"/>: storage that hangs.</summary>
    /// <param name="containing">Answers without this text are handed on all the same.</param>
    public void Hold(string containing = "")
    {
        heldText = Encoding.UTF8.GetBytes(containing);
        hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>
    /// Cuts the connection in place of one answer: storage has done what it was asked, and nobody hears of it.
    /// </summary>
    /// <param name="containing">The next answer with this text is lost.</param>
    public void LoseOne(string containing) => lost = Encoding.UTF8.GetBytes(containing);

    /// <summary>Whether no answer is left to be lost.</summary>
    public bool HasLost => lost is null;

    public void Release() => Interlocked.Exchange(ref hold, null)?.SetResult();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listeners.ForEach(listener => listener.Stop());
        Release();
        Refuse();
        await Task.WhenAll(accepting);
        stopping.Dispose();
    }

    // BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1
    [GeneratedRegex("(Endpoint=http://127\\.0\\.0\\.1:)(\\d+)")]
    private static partial Regex Endpoint { get; }

    private async Task AcceptAsync(TcpListener listener, int port)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            if (refusing)
            {
                Interlocked.Increment(ref refused);
                Reset(client);
            }
            else
            {
                _ = ServeAsync(client, port);
            }
        }
    }

    private async Task ServeAsync(Socket client, int port)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        (sockets[client], sockets[server]) = (true, true);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client, HeldAsync));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }

        foreach (var socket in (Socket[])[client, server])
        {
            sockets.TryRemove(socket, out _);
            Reset(socket);
        }
    }

    private Task HeldAsync(ReadOnlyMemory<byte> answer)
    {
        if (lost is { } text && answer.Span.IndexOf(text) >= 0 && Interlocked.Exchange(ref lost, null) is not null)
        {
            throw new SocketException((int)SocketError.ConnectionReset);
        }

        if (hold is not { } until || answer.Span.IndexOf(heldText) < 0)
        {
            return Task.CompletedTask;
        }

        Interlocked.Increment(ref held);
        return until.Task;
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, Task>? before = null)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
            {
                await (before?.Invoke(buffer.AsMemory(0, read)) ?? Task.CompletedTask);
                var sent = 0;
                while (sent < read)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            // An abortive close: the other side sees a reset.
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }
}
