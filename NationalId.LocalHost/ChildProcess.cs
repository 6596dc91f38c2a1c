using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NationalId.LocalHost;

/// <summary>
/// A process that we start and that must not outlive us, however we end. On Linux the kernel kills it with us
/// (util-linux'
/// <c>setpriv --pdeathsig</c>), even when we are killed ourselves; it gets its own session (<c>setsid</c>), so that a
/// Ctrl-C in the terminal reaches us alone and we stop things in order. Elsewhere it is stopped when this object is
/// disposed.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock tailLock = new();
    private readonly Queue<string> tail = new();

    private ChildProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Completes with the exit code, -1 when the process could not be waited for.</summary>
    public Task<int> Exited => exited.Task;

    /// <summary>The last lines that the process wrote: what to show when it ended too early.</summary>
    public string LastLines
    {
        get
        {
            lock (tailLock)
            {
                return string.Join(Environment.NewLine, tail);
            }
        }
    }

    public static async Task<ChildProcess> StartAsync(
        string fileName,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        Action<string>? onLine = null
    )
    {
        string[] command = [.. DeathWrapper.Value, fileName, .. arguments];
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = info });
        void Read(object _, DataReceivedEventArgs line)
        {
            if (line.Data is { } text)
            {
                child.Remember(text);
                onLine?.Invoke(text);
            }
        }

        child.process.OutputDataReceived += Read;
        child.process.ErrorDataReceived += Read;

        // The kernel's "parent" is the thread that forked: it has to live as long as the child, which a pool thread
        // does not.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => child.Run(started))
        {
            IsBackground = true,
            Name = $"child {Path.GetFileName(fileName)}",
        }.Start();
        await started.Task;
        return child;
    }

    /// <summary>
    /// Asks the process to end (SIGTERM) and kills it when it has not after <paramref name="patience"/>.
    /// </summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (!exited.Task.IsCompleted && !OperatingSystem.IsWindows())
        {
            _ = SendSignal(process.Id, 15);
            await Task.WhenAny(exited.Task, Task.Delay(patience));
        }

        await KillAsync();
    }

    /// <summary>Ends the process at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }

        await exited.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(5));
        process.Dispose();
    }

    private void Run(TaskCompletionSource started)
    {
        try
        {
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            started.SetException(e);
            return;
        }

        started.SetResult();
        process.WaitForExit();
        exited.SetResult(process.ExitCode);
    }

    private void Remember(string line)
    {
        lock (tailLock)
        {
            tail.Enqueue(line);
            if (tail.Count > 40)
            {
                tail.Dequeue();
            }
        }
    }

    private static readonly Lazy<string[]> DeathWrapper = new(() =>
        OperatingSystem.IsLinux() && OnPath("setsid") is { } setsid && OnPath("setpriv") is { } setpriv
            ? [setsid, setpriv, "--pdeathsig", "KILL", "--"]
            : []
    );

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
