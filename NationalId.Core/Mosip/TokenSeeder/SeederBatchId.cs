using System.Security.Cryptography;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>
/// A batch's <c>request_identifier</c>. Who knows it may read the batch's results, so it is a secret: 128 random bits.
/// It is told to the caller alone. Storage, queue and logs know the batch by a hash, from which it can't be found.
/// </summary>
internal static class SeederBatchId
{
    /// <summary>A new identifier, in the form of a GUID as the seeder has it.</summary>
    public static string New() => new Guid(RandomNumberGenerator.GetBytes(16)).ToString("D");

    /// <summary>The batch's key in storage: a GUID's form too. Null when it can't be an identifier.</summary>
    public static string? KeyOf(string? id) =>
        Guid.TryParseExact(id, "D", out var known)
            ? new Guid(SHA256.HashData(known.ToByteArray()).AsSpan(0, 16)).ToString("D")
            : null;
}
