using System.Runtime.InteropServices;
using NationalId.LocalHost;

CommandLine options;
try
{
    options = CommandLine.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}{Environment.NewLine}{CommandLine.Help}");
    return 2;
}

if (options.WantsHelp)
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

using var stopping = new CancellationTokenSource();
var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
var registrations = signals
    .Select(signal =>
        PosixSignalRegistration.Create(
            signal,
            context =>
            {
                context.Cancel = true;
                if (stop.TrySetResult())
                {
                    Console.WriteLine("Stopping ...");
                    stopping.Cancel();
                }
            }
        )
    )
    .ToList();

var code = 1;
await using (var run = new LocalRun(options))
{
    try
    {
        await run.StartAsync(stopping.Token);
        code = await run.WaitAsync(stop.Task);
    }
    catch (OperationCanceledException) when (stop.Task.IsCompleted)
    {
        code = 0;
    }
    catch (Exception e)
        when (e
                is InvalidOperationException
                    or IOException
                    or FormatException
                    or Azure.RequestFailedException
                    or Microsoft.Extensions.Options.OptionsValidationException
        )
    {
        await Console.Error.WriteLineAsync($"Can't start: {e.Message}");
    }
}

registrations.ForEach(registration => registration.Dispose());
return code;
