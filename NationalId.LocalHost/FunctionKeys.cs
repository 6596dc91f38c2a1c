using System.Security.Cryptography;
using System.Text;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.LocalHost;

/// <summary>The keys that open HTTP functions, in header <c>x-functions-key</c> or query <c>code</c>.</summary>
/// <param name="Default">Opens functions of level Function.</param>
/// <param name="Admin">Opens all functions: the Functions host calls it the master key.</param>
public sealed record FunctionKeys(string Default, string Admin)
{
    /// <summary>Keys that nobody else knows.</summary>
    public static FunctionKeys Random() =>
        new(
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24))
        );

    /// <summary>Leaves the keys out.</summary>
    public override string ToString() => nameof(FunctionKeys);

    internal bool Open(AuthorizationLevel level, HttpRequest request)
    {
        if (level == AuthorizationLevel.Anonymous)
        {
            return true;
        }

        var given = request.Headers["x-functions-key"].FirstOrDefault() ?? request.Query["code"].FirstOrDefault();
        if (string.IsNullOrEmpty(given))
        {
            return false;
        }

        // Both comparisons always happen, on hashes: neither the time nor the length tells anything.
        var hash = Hash(given);
        var isDefault = CryptographicOperations.FixedTimeEquals(hash, Hash(Default));
        var isAdmin = CryptographicOperations.FixedTimeEquals(hash, Hash(Admin));
        return isAdmin || (isDefault && level == AuthorizationLevel.Function);
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
