namespace NationalId.Core.Registry;

/// <summary>
/// Why the client took an event in that OpenCRVS did not send. One that OpenCRVS sent has no such word: its source says
/// how it came.
/// </summary>
public static class EventOrigins
{
    /// <summary>Reconciliation found it missing.</summary>
    public const string Reconcile = "reconcile";

    /// <summary>It was registered before the client was there, and a batch of it was released.</summary>
    public const string Backfill = "backfill";

    /// <summary>The same, from a list that an operator exported from OpenCRVS.</summary>
    public const string Import = "import";

    /// <summary>What stands for a signature where the client fetched the record itself.</summary>
    public const string Unsigned = "none (fetched)";

    /// <summary>Whether the client fetched the record itself. Nobody signed it then.</summary>
    /// <param name="origin">The origin; null when OpenCRVS sent it.</param>
    public static bool IsFetched(string? origin) => origin is Reconcile or Backfill or Import;
}
