using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Writes onto the records of OpenCRVS 1.9 and later: with the confirmation while the registration waits, by a
/// correction once it is accepted. A record that came by no trigger is written by the mediator.
/// </summary>
/// <param name="table">Knows the records.</param>
/// <param name="confirmer">Accepts a registration.</param>
/// <param name="corrections">Writes on one that is accepted.</param>
/// <param name="names">The names of fields on records.</param>
/// <param name="forms">The country's forms.</param>
/// <param name="unnoted">Knows other records.</param>
/// <param name="actions">OpenCRVS's generation.</param>
public sealed class ActionRecordWriter(
    ConfirmationTable table,
    Confirmer confirmer,
    RecordCorrections corrections,
    RecordFields names,
    EventForms forms,
    UnnotedRecords unnoted,
    ActionsOptions actions
) : IRecordWriter
{
    private const string Gone = "The registration was rejected: there is no record to write on.";

    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    /// <exception cref="FlaggedException">The registration was rejected, or a person refused the value.</exception>
    public async Task SaveAsync(
        RegistrationKind kind,
        string number,
        IReadOnlyList<string> fields,
        string value,
        CancellationToken cancellationToken
    )
    {
        var rows = await table.OfNumberAsync(kind, actions.EventOf(kind), number, cancellationToken);
        var field = names.Of(kind, fields);
        if (rows.Count > 0)
        {
            if (field is not null)
            {
                await SaveAsync(Current(rows), kind, field, value, cancellationToken);
            }
        }
        else if (await unnoted.FindAsync(kind, number, cancellationToken) is not { } record)
        {
            await unnoted.SaveAsync(kind, number, fields, value, cancellationToken);
        }
        else if (field is not null)
        {
            await CorrectAsync(kind, record, field, value, cancellationToken);
        }
    }

    private async Task SaveAsync(
        ConfirmationRow row,
        RegistrationKind kind,
        string field,
        string value,
        CancellationToken cancellationToken
    )
    {
        // 1. While it waits, with its confirmation.
        row = await confirmer.WaitAsync(row, cancellationToken);
        if (row.IsOpen && await ConfirmAsync(row, kind, field, value, cancellationToken))
        {
            return;
        }

        // 2. Then by a correction; also what OpenCRVS did not take with the confirmation.
        if (row.State == ConfirmationStates.Rejected)
        {
            throw new FlaggedException(Gone);
        }

        await CorrectAsync(kind, row.EventId, field, value, cancellationToken);
    }

    private async Task CorrectAsync(
        RegistrationKind kind,
        string record,
        string field,
        string value,
        CancellationToken cancellationToken
    )
    {
        await NeedInFormAsync(kind, field, cancellationToken);
        await corrections.WriteAsync(record, field, value, cancellationToken);
    }

    /// <summary>
    /// The record that has the number: the one that is registered under it, else the one that waits to be. OpenCRVS
    /// gives no number to two records, so of two that wait nobody can say whose it will be.
    /// </summary>
    private static ConfirmationRow Current(IReadOnlyList<ConfirmationRow> rows)
    {
        if (rows.FirstOrDefault(one => one.State == ConfirmationStates.Confirmed) is { } confirmed)
        {
            return confirmed;
        }

        var open = rows.Where(one => one.IsOpen).ToList();
        return open.Count == 0 ? throw new FlaggedException(Gone)
            : open.Any(one => one.EventId != open[0].EventId)
                ? throw new ContradictionException("Two records wait to be registered under this number.")
            : open[0];
    }

    /// <summary>Confirms a registration that waits, with the value where that can be.</summary>
    /// <returns>Whether the value stands on the record.</returns>
    private async Task<bool> ConfirmAsync(
        ConfirmationRow row,
        RegistrationKind kind,
        string field,
        string value,
        CancellationToken cancellationToken
    )
    {
        var declaration = new JsonObject();
        if (await forms.HasAsync(kind, field, cancellationToken) == true)
        {
            declaration[field] = value;
        }
        else if (names.IsNeeded)
        {
            // Never without its number: what is wrong is mended first.
            await NeedInFormAsync(kind, field, cancellationToken);
            throw new TransientFailureException("The forms of the country configuration can't be read.");
        }

        if (!await confirmer.TakeAsync(row, cancellationToken))
        {
            throw new TransientFailureException(
                "The registration is being confirmed at this moment, or its trigger is not answered yet.",
                Busy
            );
        }

        try
        {
            return await confirmer.AcceptAsync(row, declaration, cancellationToken) && declaration.Count > 0;
        }
        catch (Exception failure)
        {
            await confirmer.GiveBackAsync(row, (failure as DeliveryException)?.Reason ?? row.Trouble);
            throw;
        }
    }

    /// <summary>
    /// A correction of a field that the form does not have is refused; a confirmation with one makes the record
    /// unreadable.
    /// </summary>
    private async Task NeedInFormAsync(RegistrationKind kind, string field, CancellationToken cancellationToken)
    {
        if (await forms.HasAsync(kind, field, cancellationToken) == false)
        {
            throw new TransientFailureException("The country's form has no field of the name that the settings say.");
        }
    }
}
