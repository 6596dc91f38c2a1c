using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// Revocations where MOSIP takes packets. What MOSIP is told is not what was said last, but what the person's number is
/// to be by all that is known: so repeats, swaps and crashes end in the same state.
/// </summary>
/// <param name="births">Tells births of deaths.</param>
/// <param name="changes">Knows what the person's number is to be.</param>
/// <param name="revocations">Reads what was said.</param>
/// <param name="numbers">Finds the number.</param>
/// <param name="calls">Tells MOSIP.</param>
/// <param name="time">The clock.</param>
public sealed class PacketRevocations(
    LinkedBirths births,
    RegistrationChanges changes,
    Revocations revocations,
    PersonNumbers numbers,
    RevocationCalls calls,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.IsRevocation;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        // 1. OpenCRVS's own records, whatever MOSIP says.
        await births.TellOfRevocationAsync(row, cancellationToken);

        // 2. MOSIP. A death that is registered at this moment changes what it is to be told.
        var notice = await revocations.ReadAsync(row, cancellationToken);
        PersonState state;
        do
        {
            state = await changes.StateAsync(row, cancellationToken);
            if (calls.WhyByHand(row, state) is { } words)
            {
                throw new FlaggedException(words);
            }

            var number = await numbers.FindAsync(
                row.Registration,
                row.RegistrationNumber!,
                notice.NationalId,
                cancellationToken
            );
            await calls.TellAsync(row, notice, number, state, cancellationToken);
            CrashPoint.Hit("deliver.sent");
        } while (state != await changes.StateAsync(row, cancellationToken));

        row.Done(EventSteps.Sent, time.GetUtcNow());
        row.Note(time.GetUtcNow(), row.Current, $"the number is to be {(state.IsNumberInUse ? "active" : "inactive")}");
    }
}
