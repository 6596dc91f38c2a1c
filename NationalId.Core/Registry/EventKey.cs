using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace NationalId.Core.Registry;

/// <summary>
/// What makes two deliveries the same event (docs/architecture.md, "Rules that keep events"): OpenCRVS sends again with
/// another timestamp, so the body can't tell.
/// </summary>
public static class EventKey
{
    /// <summary>
    /// The key of an event that can be read: 64 lower-case hex digits. Absent and empty parts differ. All events of a
    /// record begin with the same digit: they stand in one partition, where several rows change in one transaction.
    /// </summary>
    /// <param name="topic">The hub topic or action.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="parts">What else makes it the same event, in an order that never changes.</param>
    public static string Compute(string topic, string? record, params ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("event"u8);
        Append(hash, topic);
        Append(hash, record);
        foreach (var part in parts)
        {
            Append(hash, part);
        }

        var key = Convert.ToHexStringLower(hash.GetHashAndReset());
        return record is null ? key : PartitionOf(record) + key[1..];
    }

    /// <summary>The first digit of the keys of a record's events.</summary>
    /// <param name="record">The record's id.</param>
    public static string PartitionOf(string record) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(record)).AsSpan(0, 1))[..1];

    /// <summary>
    /// The key of an event that can't be read: its signature's bytes stand for the body. 64 lower-case hex digits.
    /// </summary>
    public static string ForUnreadable(ReadOnlySpan<byte> signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("unreadable"u8);
        hash.AppendData(signature);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// A registration number as logs may show it: the first 16 hex digits of its SHA-256. It tells events of one record
    /// from others; it is no secret, since numbers can be guessed and tried.
    /// </summary>
    public static string BrnHash(string number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(number)).AsSpan(0, 8));

    /// <summary>Whether a text has the form of a key.</summary>
    /// <param name="text">The text.</param>
    public static bool IsKey(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    // Each part goes with its length: "1" and "23" must not be "12" and "3".
    private static void Append(IncrementalHash hash, string? part)
    {
        var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
