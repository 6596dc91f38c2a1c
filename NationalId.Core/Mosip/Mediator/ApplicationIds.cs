using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// One application id (AID) per registration number for ever: the ledger decides which draw is used. A birth that
/// brings one along keeps it.
/// </summary>
/// <param name="events">Reads what the record brings along.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="mosip">Draws application ids.</param>
/// <param name="time">The clock.</param>
public sealed class ApplicationIds(
    StoredEvents events,
    Registrations registrations,
    MosipClient mosip,
    TimeProvider time
)
{
    /// <summary>The registration of an event, with its AID. It is drawn where there is none.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">What the registration is known by.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="FlaggedException">The record brings another one along than the ledger has.</exception>
    /// <exception cref="DeliveryException">MOSIP gave none.</exception>
    public async Task<RegistrationRow> SettleAsync(
        EventRow row,
        RegistrationKind kind,
        string number,
        CancellationToken cancellationToken
    )
    {
        var registration = await registrations.GetAsync(kind, number, cancellationToken);
        var brought = kind == RegistrationKind.Birth ? await BroughtAsync(row, cancellationToken) : null;
        if (registration?.Aid is not null)
        {
            return Checked(registration, brought);
        }

        // The record may have come before it had its number; its AID then stands under the record's id.
        var drawn =
            row.CompositionId is { } record && record != number
                ? (await registrations.GetAsync(kind, record, cancellationToken))?.Aid
                : null;
        var adopted = drawn is null && brought is not null;
        drawn ??= brought ?? await mosip.DrawAidAsync(cancellationToken);
        CrashPoint.Hit("deliver.draw");
        registration = await registrations.SettleAidAsync(kind, number, drawn, registration, cancellationToken);
        row.Note(time.GetUtcNow(), row.Current, adopted ? "AID taken from the record" : "AID drawn");
        return Checked(registration, brought);
    }

    // A certificate may be printed with it: it is never replaced by another one.
    private static RegistrationRow Checked(RegistrationRow registration, string? brought) =>
        brought is null || brought == registration.Aid
            ? registration
            : throw new FlaggedException("The record has another application id than the ledger.");

    private async Task<string?> BroughtAsync(EventRow row, CancellationToken cancellationToken) =>
        row.IsDone(EventSteps.Sent)
            ? null
            : TypedText.Trimmed((await events.ReadAsync(row, cancellationToken))?.Subject.Identifier("MOSIP_AID"));
}
