using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Lets the changes of a registration go out one after the other. Who dies with a registration has it until its time is
/// over, and gets it again before.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="options">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
public sealed class RegistrationTurns(Registrations registrations, DeliveryOptions options, TimeProvider time)
{
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(3);

    /// <summary>Takes a registration for one change of it.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="row">The change's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">Another change has it.</exception>
    public async Task TakeAsync(RegistrationKind kind, string number, EventRow row, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var isOurs = false;
        await registrations.ChangeAsync(
            kind,
            number,
            registration =>
            {
                isOurs =
                    registration.Turn is null
                    || registration.Turn == row.Key
                    || !options.IsLeased(registration.TurnUntil, now);
                if (isOurs)
                {
                    registration.Turn = row.Key;
                    registration.TurnUntil = now + options.LeaseFor;
                }
            },
            cancellationToken
        );
        if (!isOurs)
        {
            throw new TransientFailureException("Another change of the registration is being delivered.", Busy);
        }
    }

    /// <summary>Gives a registration back, if the change has it.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="row">The change's row.</param>
    public async Task GiveBackAsync(RegistrationKind kind, string number, EventRow row)
    {
        if ((await registrations.GetAsync(kind, number, CancellationToken.None))?.Turn == row.Key)
        {
            await registrations.ChangeAsync(
                kind,
                number,
                registration =>
                {
                    if (registration.Turn == row.Key)
                    {
                        registration.Turn = null;
                        registration.TurnUntil = null;
                    }
                },
                CancellationToken.None
            );
        }
    }
}
