using System.Globalization;

namespace NationalId.Core.Mosip;

/// <summary>Times as MOSIP's services want them.</summary>
internal static class MosipTime
{
    /// <summary>A time, in UTC and with milliseconds.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
