namespace NationalId.Core.Platform.Storage;

/// <summary>What one part of the client keeps in the storage account. It is created where it is missing.</summary>
/// <param name="Containers">Blob containers.</param>
/// <param name="Queues">Queues; each has a poison queue beside it.</param>
/// <param name="Tables">Tables.</param>
public sealed record StorageNeeds(
    IReadOnlyList<string> Containers,
    IReadOnlyList<string> Queues,
    IReadOnlyList<string> Tables
);
