using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Revocations where MOSIP is reached by its mediator, which takes none: OpenCRVS's own records are told, and a human
/// tells MOSIP.
/// </summary>
/// <param name="births">Tells births of deaths.</param>
/// <param name="changes">Knows what the person's number is to be.</param>
public sealed class MediatorRevocations(LinkedBirths births, RegistrationChanges changes) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.IsRevocation;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        await births.TellOfRevocationAsync(row, cancellationToken);
        var state = await changes.StateAsync(row, cancellationToken);
        throw new FlaggedException(HumanWords.Of(row.Registration, row.Change, state));
    }
}
