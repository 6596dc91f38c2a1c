using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>How an action ended.</summary>
/// <param name="State">The state (<see cref="ConfirmationStates"/>); never open.</param>
/// <param name="Written">Whether what was to be written stands on the record.</param>
/// <param name="Heal">Whether searches of OpenCRVS may still show the record as waiting.</param>
/// <param name="Note">What was odd about it.</param>
internal sealed record Acceptance(string State, bool Written, bool Heal, string? Note);

/// <summary>
/// Accepts and rejects actions with OpenCRVS. OpenCRVS has no lock, says yes to what it does not store, and stores what
/// it answers 500 to: so the record is looked at before, the answer is looked into, and what is in doubt is settled by
/// another look.
/// </summary>
/// <param name="client">The events service.</param>
/// <param name="bearers">The tokens.</param>
/// <param name="time">The clock.</param>
public sealed class RecordAcceptance(EventsClient client, RecordBearers bearers, TimeProvider time)
{
    /// <summary>
    /// How long after our answer to a trigger OpenCRVS may still be storing, for searches, the record as it was before.
    /// </summary>
    internal static readonly TimeSpan Settles = TimeSpan.FromSeconds(10);

    /// <summary>Accepts an action, unless it is settled already.</summary>
    /// <param name="row">The action.</param>
    /// <param name="declaration">What is written on the record with it.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It is not settled. Nothing is ever final but a yes or a no.
    /// </exception>
    internal async Task<Acceptance> AcceptAsync(
        ConfirmationRow row,
        JsonObject declaration,
        CancellationToken cancellationToken
    )
    {
        // 1. Only while it waits: OpenCRVS would store a second acceptance beside a rejection.
        var bearer = await bearers.OfAsync(row, cancellationToken);
        (var before, bearer) = await LookAsync(row, bearer, cancellationToken);
        Name(row, before);
        if (before is not null && Settled(before, row, declaration) is { } earlier)
        {
            return earlier with { Heal = Overtakes(row) };
        }

        // 2. The acceptance. An answer that got lost says nothing.
        var answer = await TryAsync(() => client.AcceptAsync(row, declaration, bearer, cancellationToken));

        // 3. A yes proves nothing: the record in it must hold our acceptance.
        if (answer?.Record is { } record && Settled(record, row, declaration) is { } settled)
        {
            return settled with { Heal = Overtakes(row) };
        }

        if (answer is { SaysRejected: true })
        {
            return new Acceptance(ConfirmationStates.Rejected, false, false, null);
        }

        return await SettleAsync(row, declaration, bearer, answer, cancellationToken);
    }

    /// <summary>Rejects an action, unless it is settled already.</summary>
    /// <param name="row">The action.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It is not settled.</exception>
    internal async Task<Acceptance> RejectAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        var bearer = await bearers.OfAsync(row, cancellationToken);
        (var before, bearer) = await LookAsync(row, bearer, cancellationToken);
        Name(row, before);
        if (before is not null && Settled(before, row, []) is { } earlier)
        {
            return earlier;
        }

        var answer = await TryAsync(() => client.RejectAsync(row, bearer, cancellationToken));
        return answer?.Record is { } record && Settled(record, row, []) is { } settled
            ? settled
            : await SettleAsync(row, [], bearer, answer, cancellationToken);
    }

    /// <summary>Reads the record once more, which makes searches of OpenCRVS show it as it is.</summary>
    /// <param name="row">The action.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It could not be read.</exception>
    internal async Task HealAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        string bearer;
        try
        {
            bearer = await bearers.OfAsync(row, cancellationToken);
        }
        catch (TransientFailureException)
        {
            // The record's token has ended. Any that may read will do.
            bearer = await bearers.OwnAsync(cancellationToken);
        }

        await LookAsync(row, bearer, cancellationToken);
    }

    /// <summary>After a no, silence, or a yes without effect: one look decides, where the token allows it.</summary>
    private async Task<Acceptance> SettleAsync(
        ConfirmationRow row,
        JsonObject declaration,
        string bearer,
        EventsAnswer? answer,
        CancellationToken cancellationToken
    )
    {
        var (after, _) = await LookAsync(row, bearer, cancellationToken);
        if (after is not null && Settled(after, row, declaration) is { } settled)
        {
            // The look has made searches show it as well.
            return settled with { Heal = Overtakes(row) };
        }

        throw answer switch
        {
            null => new TransientFailureException("OpenCRVS's answer to the confirmation got lost."),
            { IsSuccess: true } => new TransientFailureException(
                "OpenCRVS says yes to the confirmation and stores nothing: look at the record in OpenCRVS."
            ),
            { Status: >= 500 } => new TransientFailureException(
                "OpenCRVS can't store the confirmation (500): its registration number may be another record's."
            ),
            _ => answer.Failure(),
        };
    }

    /// <summary>
    /// Reads the record with the token that confirms it, or with our own client's where that may not read.
    /// </summary>
    /// <returns>The record, null when none of our tokens may read it; and the token that is good.</returns>
    private async Task<(EventDocument? Record, string Bearer)> LookAsync(
        ConfirmationRow row,
        string bearer,
        CancellationToken cancellationToken
    )
    {
        var answer = await client.GetAsync(row.EventId, bearer, cancellationToken);
        if (answer.Status == 401)
        {
            bearer = await bearers.ReplaceAsync(row, bearer, cancellationToken);
            answer = await client.GetAsync(row.EventId, bearer, cancellationToken);
        }

        if (answer.Status == 403)
        {
            answer = await client.GetAsync(row.EventId, await bearers.OwnAsync(cancellationToken), cancellationToken);
        }

        return answer.IsSuccess ? (answer.Record, bearer)
            : answer.Status is 401 or 403 ? (null, bearer)
            : throw answer.Failure();
    }

    /// <summary>
    /// Names the action by the record itself, where it came without its document: its transaction, and since 2.1 its id
    /// too.
    /// </summary>
    private static void Name(ConfirmationRow row, EventDocument? record)
    {
        var asked = record?.Actions.Where(action => action.IsRequested && action.Type == row.ActionType).ToList() ?? [];
        if (row.ActionId.Length == 0)
        {
            // The one that waits; else the last one, of which the record tells how it ended.
            var waits = record?.Pending.Where(action => action.Type == row.ActionType).ToList() ?? [];
            row.ActionId =
                (
                    waits.Count == 1 ? waits[0]
                    : waits.Count == 0 ? asked.LastOrDefault()
                    : null
                )?.Id
                ?? throw new TransientFailureException(
                    "It is not known which action of the record waits: our client may not read it, or several wait."
                );
        }

        if (row.TransactionId.Length == 0)
        {
            row.TransactionId = asked.Find(action => action.Id == row.ActionId)?.TransactionId ?? "";
        }
    }

    /// <summary>How a record says that an action ended; null while it waits.</summary>
    private static Acceptance? Settled(EventDocument record, ConfirmationRow row, JsonObject declaration)
    {
        // NOTE: of the same type. One of another type points at our action and leaves it waiting.
        var accepted = record.Actions.FirstOrDefault(action =>
            action.IsAccepted && action.OriginalId == row.ActionId && action.Type == row.ActionType
        );
        var rejected = record.Actions.Any(action => action.Status == "Rejected" && action.OriginalId == row.ActionId);
        if (accepted is null)
        {
            return rejected ? new Acceptance(ConfirmationStates.Rejected, false, false, null) : null;
        }

        var note =
            rejected ? "OpenCRVS has it both accepted and rejected."
            : row.RegistrationNumber is { } number && accepted.RegistrationNumber != number
                ? "OpenCRVS registered it under another number."
            : null;
        return new Acceptance(ConfirmationStates.Confirmed, Holds(record, declaration), false, note);
    }

    private static bool Holds(EventDocument record, JsonObject declaration)
    {
        var data = record.Current();
        return declaration.All(field => JsonNode.DeepEquals(field.Value, data[field.Key]));
    }

    private bool Overtakes(ConfirmationRow row) => !(row.ScheduledAt + Settles < time.GetUtcNow());

    private static async Task<EventsAnswer?> TryAsync(Func<Task<EventsAnswer>> call)
    {
        try
        {
            return await call();
        }
        catch (TransientFailureException)
        {
            return null;
        }
    }
}
