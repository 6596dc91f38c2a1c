using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Says what became of registrations that were sent, where the National ID system lets one know. Each system has its
/// own.
/// </summary>
public interface IOutcome
{
    /// <summary>Whether anything is ever heard of registrations of a kind.</summary>
    /// <param name="kind">Birth or death.</param>
    bool IsHeard(RegistrationKind kind);

    /// <summary>Whether the birth got its number, or the number of the deceased was ended.</summary>
    /// <param name="row">The registration's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    Task<bool> IsSettledAsync(EventRow row, CancellationToken cancellationToken);

    /// <summary>Asks once more.</summary>
    /// <param name="row">The registration's row.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Null when it was asked; else why it can't be.</returns>
    Task<string?> AskAgainAsync(EventRow row, CancellationToken cancellationToken);
}

/// <summary>
/// What is heard where numbers come back by themselves and nothing else does: nobody can be asked, and of a death
/// nothing is heard.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="readers">Read numbers that came back.</param>
public sealed class NumberOutcome(Registrations registrations, IEnumerable<IReturnReader> readers) : IOutcome
{
    private readonly bool comesBack = readers.Any();

    /// <inheritdoc/>
    public bool IsHeard(RegistrationKind kind) => kind == RegistrationKind.Birth && comesBack;

    /// <inheritdoc/>
    public async Task<bool> IsSettledAsync(EventRow row, CancellationToken cancellationToken) =>
        row.RegistrationNumber is not { } number
        || await registrations.GetAsync(RegistrationKind.Birth, number, cancellationToken)
            is { TokenHash: not null }
                or { Revoked: true };

    /// <inheritdoc/>
    public Task<string?> AskAgainAsync(EventRow row, CancellationToken cancellationToken) =>
        Task.FromResult<string?>("This National ID system can't be asked: its operators have to look for the birth.");
}
