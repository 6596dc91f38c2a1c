using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// MOSIP through its mediator: one AID per registration number for ever, the event sealed and sent to MOSIP, the AID
/// saved on the OpenCRVS record; for a death the link to its birth first. MOSIP and OpenCRVS don't wait for each other.
/// </summary>
/// <param name="aids">Draws AIDs.</param>
/// <param name="sender">Sends events to MOSIP.</param>
/// <param name="saves">Saves AIDs on the OpenCRVS record.</param>
/// <param name="deathLink">Finds the birth of a death.</param>
/// <param name="births">Tells births of deaths.</param>
/// <param name="time">The clock.</param>
public sealed class MosipMediatorDestination(
    ApplicationIds aids,
    MosipSender sender,
    AidSaves saves,
    DeathLink deathLink,
    LinkedBirths births,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.Name is EventKinds.Birth or EventKinds.Death;

    /// <inheritdoc/>
    /// <remarks>Of a death somebody is asked before there is an AID: who it was.</remarks>
    public bool ClaimsItself(EventRow row) =>
        row is { IsFirstOfRecord: true, Topic: EventKinds.Birth, RegistrationNumber: not null };

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        var kind = row.Registration;
        var number = IDestination.NumberOf(row);

        // 1. The link of a death comes first: what MOSIP gets holds it.
        var (link, givenUp) =
            kind == RegistrationKind.Death ? await deathLink.FindAsync(row, cancellationToken) : default;

        // 2. The AID is in the ledger before anybody is told of it. A birth may bring one along.
        var read = row.IsDone(EventSteps.Sent) ? null : await sender.ReadAsync(row, cancellationToken);
        var registration = await aids.SettleAsync(row, kind, number, read, cancellationToken);
        row.FoundBy.Add(registration.Aid!);
        CrashPoint.Hit("deliver.aid");

        // 3. What is left to do runs at the same time: one partner that is away must not hold the others.
        var whyNot = saves.WhyNot(kind);
        List<Task> calls = [];
        if (read is not null)
        {
            calls.Add(sender.SendAsync(row, read, kind, registration, link, givenUp, cancellationToken));
        }

        if (whyNot is null && !row.IsDone(EventSteps.Saved) && row.RegistrationNumber is { } saved)
        {
            calls.Add(saves.SaveAsync(row, kind, saved, registration.Aid!, cancellationToken));
        }

        if (link is not null && !row.IsDone(EventSteps.BirthTold))
        {
            calls.Add(births.TellAsync(row, link, cancellationToken));
        }

        await Calls.AllAsync(calls);
        if (whyNot is not null)
        {
            row.Note(time.GetUtcNow(), row.Current, whyNot);
        }
    }
}
