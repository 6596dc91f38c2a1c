using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Reads stored payloads, each by the reader of the way in that it took.</summary>
/// <param name="payloads">Opens payloads that are sealed.</param>
/// <param name="readers">The readers.</param>
public sealed class StoredEvents(PayloadSeals payloads, IEnumerable<IEventReader> readers)
{
    /// <summary>Reads an event's payload.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Null when it can't be read.</returns>
    /// <exception cref="PayloadMissingException">It was removed.</exception>
    /// <exception cref="TransientFailureException">It is not sealed with any key that is enabled.</exception>
    public async Task<VitalEvent?> ReadAsync(EventRow row, CancellationToken cancellationToken)
    {
        await using var payload = await payloads.OpenAsync(row.Key, row.Blob, cancellationToken);
        if (readers.SingleOrDefault(reader => reader.Source == row.Source) is not { } reader)
        {
            return null;
        }

        try
        {
            var read = await reader.ReadAsync(payload.Content, cancellationToken);
            // Where we give the number, the payload does not have it yet.
            return read.RegistrationNumber is null ? read with { RegistrationNumber = row.RegistrationNumber } : read;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
