using System.Globalization;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Writes a value onto a registered record by a correction of our own: asked for, then approved, with transaction ids
/// that follow from record, field and value, so that a repeat asks for nothing twice. What the country configuration
/// rejects is asked for again, under the next id: it also rejects what it could not pass on, to us for one.
/// </summary>
/// <param name="client">The events service.</param>
/// <param name="bearers">Our own client's token.</param>
/// <param name="options">The office under which corrections are filed.</param>
public sealed class RecordCorrections(EventsClient client, RecordBearers bearers, ConfirmOptions options)
{
    private const string RequestCorrection = "REQUEST_CORRECTION";
    private const string ApproveCorrection = "APPROVE_CORRECTION";
    private const string RejectCorrection = "REJECT_CORRECTION";
    private const string Refused = "The country configuration has rejected our correction of the record.";

    // With the delays between them they outlast a restart and most of what is away for a while. An operator's replay is
    // one more.
    private const int MostTries = 6;

    /// <summary>Writes a value, unless it stands there.</summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="field">The form's field.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It does not stand there yet.</exception>
    /// <exception cref="FlaggedException">A person or the country configuration has refused it.</exception>
    public async Task WriteAsync(string eventId, string field, string value, CancellationToken cancellationToken)
    {
        // 1. Asked for.
        var (asked, accepted) = await AskAsync(
            new Step("request", RequestCorrection, eventId, field, value),
            new JsonObject { ["declaration"] = new JsonObject { [field] = value } },
            cancellationToken
        );
        if (accepted is null)
        {
            throw new TransientFailureException("The country configuration has not accepted our correction.");
        }

        if (IsEnded(asked, RejectCorrection, accepted))
        {
            throw new FlaggedException("A person has rejected our correction of the record.");
        }

        if (IsEnded(asked, ApproveCorrection, accepted))
        {
            // By us, at an earlier try, or by a person. What became of the field since is not ours.
            return;
        }

        // 2. Approved, by the id of the accepted request: OpenCRVS says yes to the other one's too and does nothing.
        var (approved, _) = await AskAsync(
            new Step("approve", ApproveCorrection, eventId, field, value),
            new JsonObject { ["requestId"] = accepted.Id },
            cancellationToken
        );

        // 3. A yes proves nothing: the record in it must hold the approval, and not as one that waits.
        if (!IsEnded(approved, ApproveCorrection, accepted))
        {
            throw new TransientFailureException("OpenCRVS says yes to our correction and has not written it yet.");
        }
    }

    /// <summary>
    /// Asks for one step. OpenCRVS answers a repeat with the record as it is; where the last try was rejected, the next
    /// one is asked for.
    /// </summary>
    /// <returns>The record, and the answer to the last try; null while it waits.</returns>
    /// <exception cref="TransientFailureException">It is rejected, and is asked for again later.</exception>
    /// <exception cref="FlaggedException">It is rejected each time.</exception>
    private async Task<(EventDocument Record, EventAction? Answer)> AskAsync(
        Step step,
        JsonObject body,
        CancellationToken cancellationToken
    )
    {
        // 1. The first try, or a repeat that shows the record with all tries.
        var record = await TryAsync(0);
        var known = record.Actions.Select(action => action.TransactionId).ToHashSet();
        var tries = 1;
        while (known.Contains(step.Transaction(tries)))
        {
            tries++;
        }

        var answer = AnswerTo(record, step.Type, step.Transaction(tries - 1));
        if (answer is null or { IsAccepted: true })
        {
            return (record, answer);
        }

        // 2. The next one.
        record = await TryAsync(tries);
        answer = AnswerTo(record, step.Type, step.Transaction(tries));
        return answer is null or { IsAccepted: true } ? (record, answer)
            : tries + 1 < MostTries ? throw new TransientFailureException(Refused)
            : throw new FlaggedException(Refused);

        Task<EventDocument> TryAsync(int attempt)
        {
            body["transactionId"] = step.Transaction(attempt);
            return CallAsync(step.EventId, step.Path, body, cancellationToken);
        }
    }

    /// <summary>
    /// What was answered to an action of ours: at once, in our own transaction, or later, in whoever's. Null while it
    /// waits.
    /// </summary>
    private static EventAction? AnswerTo(EventDocument record, string type, string transaction)
    {
        var ours = record.Actions.FirstOrDefault(action =>
            action.IsRequested && action.Type == type && action.TransactionId == transaction
        );
        return record.Actions.FirstOrDefault(action =>
            action.Type == type
            && !action.IsRequested
            && (action.TransactionId == transaction || (ours?.Id is { } id && action.OriginalId == id))
        );
    }

    /// <summary>Whether a correction was approved or rejected, and that counts.</summary>
    private static bool IsEnded(EventDocument record, string type, EventAction request) =>
        record.Actions.Any(action =>
            action.Type == type && action.IsAccepted && record.RequestOf(action) == request.Id
        );

    private async Task<EventDocument> CallAsync(
        string eventId,
        string step,
        JsonObject body,
        CancellationToken cancellationToken
    )
    {
        body["createdAtLocation"] =
            options.LocationId.Length > 0
                ? options.LocationId
                : throw new TransientFailureException(
                    "NationalId__OpenCrvs__LocationId is not set: OpenCRVS takes no correction without an office."
                );
        for (var attempt = 0; ; attempt++)
        {
            var bearer = await bearers.OwnAsync(cancellationToken);
            var answer = await client.CorrectAsync(
                eventId,
                step,
                (JsonObject)body.DeepClone(),
                bearer,
                cancellationToken
            );
            if (answer.Status == 401 && attempt == 0)
            {
                bearers.ForgetOwn(bearer);
                continue;
            }

            return answer.Record ?? throw answer.Failure();
        }
    }

    /// <summary>One of a correction's two steps.</summary>
    private sealed record Step(string Path, string Type, string EventId, string Field, string Value)
    {
        /// <summary>The transaction id of a try, from 0.</summary>
        public string Transaction(int attempt) =>
            attempt == 0
                ? StableIds.Of(Path, EventId, Field, Value)
                : StableIds.Of(Path, EventId, Field, Value, attempt.ToString(CultureInfo.InvariantCulture));
    }
}
