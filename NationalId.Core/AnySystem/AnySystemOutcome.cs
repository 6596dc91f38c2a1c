using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>
/// What is heard of any National ID system: numbers. It is asked by sending the birth again, under the same key: the
/// same birth gets the same number, in the answer or later.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="readers">Read numbers that came back.</param>
/// <param name="resends">Sends the birth again.</param>
public sealed class AnySystemOutcome(
    Registrations registrations,
    IEnumerable<IReturnReader> readers,
    EventResends resends
) : IOutcome
{
    private readonly NumberOutcome numbers = new(registrations, readers);

    /// <inheritdoc/>
    public bool IsHeard(RegistrationKind kind) => numbers.IsHeard(kind);

    /// <inheritdoc/>
    public Task<bool> IsSettledAsync(EventRow row, CancellationToken cancellationToken) =>
        numbers.IsSettledAsync(row, cancellationToken);

    /// <inheritdoc/>
    public async Task<string?> AskAgainAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.Blob is null)
        {
            return "The birth's payload was removed, so it can't be sent again.";
        }

        row.Undo(EventSteps.Sent);
        return await resends.TryAsync(row, "sent again to ask for its number", TimeSpan.Zero, cancellationToken)
            ? null
            : "The event is being changed right now.";
    }
}
