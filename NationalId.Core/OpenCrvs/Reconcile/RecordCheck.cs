using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>
/// Has a birth wait until OpenCRVS's record search finds its number. Whoever has any token of OpenCRVS 1.x can make it
/// sign a registration that there never was.
/// </summary>
/// <param name="search">The record search.</param>
public sealed class RecordCheck(RecordSearchSource search) : IEventCheck
{
    /// <inheritdoc/>
    public string Step => "found-in-opencrvs";

    /// <inheritdoc/>
    public bool Needs(EventRow row) =>
        row is { Topic: EventKinds.Birth, Source: EventSources.Webhook, IsFetched: false };

    /// <inheritdoc/>
    public async Task CheckAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (
            row.RegistrationNumber is not { } number
            || await search.FindAsync(RegistrationKind.Birth, number, onDemand: true, cancellationToken)
                is not { } found
            || (row.CompositionId is { } record && record != found.RecordId)
        )
        {
            throw new TransientFailureException("OpenCRVS's record search does not find the registration yet.");
        }
    }
}
