using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Reads stored payloads, each by the reader of the way in that it took.</summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="readers">The readers.</param>
public sealed class StoredEvents(PayloadStore payloads, IEnumerable<IEventReader> readers)
{
    /// <summary>Reads an event's payload.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null when it can't be read.</returns>
    /// <exception cref="PayloadMissingException">It was removed.</exception>
    public async Task<VitalEvent?> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        await using var payload = await payloads.OpenAsync(
            row.Blob ?? throw new PayloadMissingException(),
            cancellationToken
        );
        if (readers.SingleOrDefault(reader => reader.Source == row.Source) is not { } reader)
        {
            return null;
        }

        try
        {
            return await reader.ReadAsync(payload.Content, cancellationToken);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
