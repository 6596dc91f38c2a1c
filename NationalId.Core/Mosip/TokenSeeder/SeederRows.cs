using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Where a batch stands, in the seeder's own words.</summary>
internal static class SeederStatus
{
    public const string Submitted = "submitted";
    public const string SubmittedWithErrors = "submitted_with_errors";
    public const string Processing = "processing";
    public const string Processed = "processed";
    public const string ProcessedWithErrors = "processed_with_errors";

    public static bool IsFinal(string status) => status.StartsWith(Processed, StringComparison.Ordinal);
}

/// <summary>A batch: counts and status only, no personal data.</summary>
internal sealed class SeederRequestRow : ITableEntity
{
    public const string Row = "request";

    /// <summary>The request's identifier.</summary>
    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = Row;

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    public string Status { get; set; } = SeederStatus.Submitted;

    /// <summary><c>json</c> or <c>csv</c>: the form of the file that is downloaded.</summary>
    public string Output { get; set; } = "";

    public int Total { get; set; }

    public int Invalid { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The blob of the finished file.</summary>
    public string? OutputBlob { get; set; }
}

/// <summary>Some lines of a batch that one message stands for.</summary>
internal sealed class SeederPartRow : ILeasedRow
{
    public const string Prefix = "p";

    public string PartitionKey { get; set; } = "";

    public string RowKey { get; set; } = "";

    public DateTimeOffset? Timestamp { get; set; }

    public ETag ETag { get; set; }

    /// <summary>The first line's number, from 0.</summary>
    public int First { get; set; }

    public int Count { get; set; }

    /// <summary>Where its lines are in the blob of all lines.</summary>
    public long Offset { get; set; }

    public long Length { get; set; }

    public bool Done { get; set; }

    public int Errors { get; set; }

    /// <summary>Until when a worker has it for itself; null when none has.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    public static string KeyOf(int first) => $"{Prefix}{first:D9}";
}
