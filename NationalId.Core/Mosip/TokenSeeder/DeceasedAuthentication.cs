using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Asks IDA about one person while OpenCRVS waits, and gives an answer whatever happens.</summary>
public sealed partial class DeceasedAuthentication(
    IdaClient ida,
    Registrations registrations,
    SeederAnswers answers,
    IdaMapping mapping,
    TokenSeederOptions options,
    TimeProvider time,
    ILogger<DeceasedAuthentication> logger
)
{
    /// <summary>Begins the time in which OpenCRVS must have its answer.</summary>
    /// <param name="stop">Set when OpenCRVS has gone.</param>
    internal TimeBox Begin(CancellationToken stop) => new(options.SyncTimeout, time, stop);

    /// <summary>IDA's own answer, byte for byte; one in IDA's shape where there is none.</summary>
    /// <param name="line">A person.</param>
    /// <param name="stop">Set when OpenCRVS must not wait any longer.</param>
    internal async Task<IResult> AskAsync(SeederLine line, CancellationToken stop)
    {
        var data = line.ToAuthData(mapping);
        IdaAnswer answer;
        try
        {
            // WaitAsync: the box holds even where something below does not hear the token.
            answer = await ida.AuthenticateAsync(data, stop).WaitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogUnavailable("no answer in time");
            return answers.IdaUnavailable("MOSIP did not answer in time");
        }
        catch (Exception failure)
        {
            // OpenCRVS must get an answer it can read, whatever it is.
            LogUnavailable((failure as DeliveryException)?.Reason ?? failure.GetType().Name);
            return answers.IdaUnavailable("MOSIP can't be asked now");
        }

        if (answer.AuthToken is { } token)
        {
            await RememberAsync(data, token, stop);
        }

        LogAnswered(answer.Verdict);
        return Results.Bytes(answer.Json, "application/json");
    }

    /// <summary>Saves the death's delivery its own call of IDA. Best effort: the answer goes out either way.</summary>
    private async Task RememberAsync(IdaAuthData data, string token, CancellationToken stop)
    {
        try
        {
            await registrations.RememberAsync(data.Claims.First(), token, stop).WaitAsync(stop);
        }
        catch (Exception failure)
        {
            LogNotRemembered(failure.GetType().Name);
        }
    }

    /// <summary>How long an answer may take.</summary>
    internal sealed class TimeBox : IDisposable
    {
        private readonly CancellationTokenSource box;
        private readonly CancellationTokenSource linked;

        public TimeBox(TimeSpan most, TimeProvider time, CancellationToken stop)
        {
            box = new CancellationTokenSource(most, time);
            linked = CancellationTokenSource.CreateLinkedTokenSource(box.Token, stop);
            Token = linked.Token;
        }

        /// <summary>Set when the time is over, or OpenCRVS has gone.</summary>
        public CancellationToken Token { get; }

        public void Dispose()
        {
            linked.Dispose();
            box.Dispose();
        }
    }

    [LoggerMessage(60, LogLevel.Information, "OpenCRVS's authentication was answered by IDA: {Verdict}")]
    private partial void LogAnswered(IdaVerdict verdict);

    [LoggerMessage(61, LogLevel.Error, "OpenCRVS's authentication was answered without IDA: {Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(62, LogLevel.Warning, "A token was not remembered for the death's delivery: {Failure}")]
    private partial void LogNotRemembered(string failure);
}
