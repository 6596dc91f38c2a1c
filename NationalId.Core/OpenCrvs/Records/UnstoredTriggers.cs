using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Rejects actions of OpenCRVS whose trigger was not stored: nobody would tell the National ID system of them, so the
/// registrar registers them again.
/// </summary>
/// <param name="payloads">Know of events whose row is still to be written.</param>
/// <param name="confirmer">Rejects.</param>
/// <param name="options">How long a trigger may be under way.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Told of every end.</param>
public sealed partial class UnstoredTriggers(
    PayloadStore payloads,
    Confirmer confirmer,
    ActionsOptions options,
    ChoreClock clock,
    ILogger<UnstoredTriggers> logger
)
{
    /// <summary>Why it is rejected, and what the registrar does.</summary>
    internal const string NotStored = "Its trigger could not be stored. Register it again.";

    // A payload is named when its body begins to come, its action is noted when it has come.
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(2);

    // A trigger that comes again notes nothing new. Nobody repeats one for longer.
    private static readonly TimeSpan After = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Rejects an action whose event has no row, unless it has a payload: such an event goes its way, since its message
    /// or the sweep writes the row, and the National ID system hears of it.
    /// </summary>
    /// <param name="row">The action, as it was read.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task RejectAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        // 1. Not what is under way, and not what is stored.
        if (row.OpenedAt + options.AnswerWithin > clock.Now)
        {
            return;
        }

        if (await payloads.HasAsync(row.EventKey, row.OpenedAt - Before, row.OpenedAt + After, cancellationToken))
        {
            LogNoRow(row.EventKey);
            return;
        }

        // 2. It is ours.
        row.ScheduledAt = row.OpenedAt;
        row.Reason = NotStored;
        if (!await confirmer.TakeAsync(row, cancellationToken))
        {
            return;
        }

        try
        {
            await confirmer.RejectAsync(row, NotStored, cancellationToken);
            LogNotStored(row.EventKey, row.State);
        }
        catch (DeliveryException failure)
        {
            // The next round tries again.
            await confirmer.GiveBackAsync(row, failure.Reason);
        }
    }

    [LoggerMessage(
        99,
        LogLevel.Error,
        "The trigger of event {EventKey} was not stored: it is {State} at OpenCRVS, and the National ID system has not "
            + "heard of it"
    )]
    private partial void LogNotStored(string eventKey, string state);

    [LoggerMessage(
        98,
        LogLevel.Warning,
        "Event {EventKey} has a payload but no row yet; its registration is accepted when it has one"
    )]
    private partial void LogNoRow(string eventKey);
}
