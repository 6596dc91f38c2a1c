using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>One application id (AID) per registration number for ever: the ledger decides which draw is used.</summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="mosip">Draws application ids.</param>
/// <param name="time">The clock.</param>
public sealed class ApplicationIds(Registrations registrations, MosipClient mosip, TimeProvider time)
{
    /// <summary>The registration of an event, with its AID. It is drawn where there is none.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">What the registration is known by.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="DeliveryException">MOSIP gave none.</exception>
    public async Task<RegistrationRow> SettleAsync(
        EventRow row,
        RegistrationKind kind,
        string number,
        CancellationToken cancellationToken
    )
    {
        var registration = await registrations.GetAsync(kind, number, cancellationToken);
        if (registration?.Aid is not null)
        {
            return registration;
        }

        // The record may have come before it had its number; its AID then stands under the record's id.
        var drawn =
            row.CompositionId is { } record && record != number
                ? (await registrations.GetAsync(kind, record, cancellationToken))?.Aid
                : null;
        drawn ??= await mosip.DrawAidAsync(cancellationToken);
        CrashPoint.Hit("deliver.draw");
        registration = await registrations.SettleAidAsync(kind, number, drawn, registration, cancellationToken);
        row.Note(time.GetUtcNow(), row.Current, "AID drawn");
        return registration;
    }
}
