using System.Security.Cryptography;
using System.Text;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Transaction ids that are the same on every worker and at every try: OpenCRVS stores one action for a transaction,
/// and has no other lock.
/// </summary>
internal static class StableIds
{
    private static readonly Guid Ours = new("5b0c6a6e-7d6b-4d55-9c0e-2b7f6a0d9e31");

    /// <summary>A UUID of version 5 (RFC 9562, 5.5) that follows from the parts alone.</summary>
    /// <param name="parts">What it stands for.</param>
    public static string Of(params string[] parts)
    {
        var name = Encoding.UTF8.GetBytes(string.Join('\n', parts));
        byte[] input = [.. Ours.ToByteArray(bigEndian: true), .. name];
#pragma warning disable CA5350 // The standard says SHA-1; nothing is kept secret or proved by it.
        var hash = SHA1.HashData(input).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true).ToString();
    }
}
