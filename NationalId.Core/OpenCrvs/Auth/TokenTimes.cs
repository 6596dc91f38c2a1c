using System.Buffers.Text;
using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>How long OpenCRVS's tokens live. Its answers don't say; the tokens themselves do.</summary>
internal static class TokenTimes
{
    /// <summary>How long a token still lives; five minutes when it does not say.</summary>
    /// <param name="jwt">The token.</param>
    /// <param name="now">The present.</param>
    public static TimeSpan LifetimeOf(string jwt, DateTimeOffset now)
    {
        try
        {
            var parts = jwt.Split('.');
            if (parts.Length == 3)
            {
                using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
                if (payload.RootElement.TryGetProperty("exp", out var exp) && exp.TryGetInt64(out var seconds))
                {
                    return DateTimeOffset.FromUnixTimeSeconds(seconds) - now;
                }
            }
        }
        catch (Exception failure)
            when (failure
                    is FormatException
                        or JsonException
                        or ArgumentOutOfRangeException
                        or InvalidOperationException
            )
        {
            // Not a JWT, or its time is no number.
        }

        return TimeSpan.FromMinutes(5);
    }
}
