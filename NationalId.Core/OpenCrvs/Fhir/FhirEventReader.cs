using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>Reads webhooks of OpenCRVS 1.x for the pipeline.</summary>
/// <param name="kinds">The table of event kinds.</param>
public sealed class FhirEventReader(EventKinds kinds) : IEventReader
{
    /// <inheritdoc/>
    public string Source => WebhookAcceptor.SourceName;

    /// <inheritdoc/>
    public Task<VitalEvent> ReadAsync(Stream payload, CancellationToken cancellationToken) =>
        EventReader.ReadAsync(payload, kinds, cancellationToken);
}
