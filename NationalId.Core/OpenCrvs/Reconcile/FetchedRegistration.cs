using System.Text.Json.Nodes;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>A registration of 1.x as the gateway showed it.</summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="RecordId">The composition's id.</param>
/// <param name="Record">What was shown.</param>
/// <param name="IsOld">Whether OpenCRVS is of a version that writes bundles as 1.2 does.</param>
/// <param name="Content">The whole answer.</param>
internal sealed record FetchedRegistration(
    RegistrationKind Kind,
    string RecordId,
    JsonObject Record,
    bool IsOld,
    byte[] Content
)
{
    /// <summary>The registration number; null when it has none.</summary>
    public string? Number =>
        RegistrationNumber.Normalise(WrittenJson.Text(Record, "registration", "registrationNumber"));

    /// <summary>The tracking id.</summary>
    public string? TrackingId => WrittenJson.Text(Record, "registration", "trackingId");

    /// <summary>When it was registered; null when it does not say.</summary>
    public DateTimeOffset? RegisteredAt =>
        (Record["registration"]?["status"] as JsonArray ?? [])
            .Where(one => WrittenJson.Text(one, "type") == "REGISTERED")
            .Select(one => WrittenJson.TimeAt(one, "timestamp"))
            .FirstOrDefault(at => at is not null);

    /// <summary>Whether it stands as registered: certified and issued ones do.</summary>
    public bool IsRegistered => Number is not null;

    /// <summary>The kind alone.</summary>
    public override string ToString() => $"{nameof(FetchedRegistration)} {Kind}";
}
