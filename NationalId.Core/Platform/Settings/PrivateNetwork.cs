using System.Net;
using System.Net.Sockets;

namespace NationalId.Core.Platform.Settings;

/// <summary>Which addresses stay inside a private network.</summary>
internal static class PrivateNetwork
{
    /// <summary>
    /// Whether a host is on this machine or in a private network, as far as its name or number tells.
    /// </summary>
    public static bool Has(Uri address)
    {
        if (address.IsLoopback)
        {
            return true;
        }

        if (!IPAddress.TryParse(address.IdnHost, out var ip))
        {
            return !address.Host.Contains('.')
                || address.Host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
                || address.Host.EndsWith(".local", StringComparison.OrdinalIgnoreCase);
        }

        if (ip.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return ip.IsIPv6UniqueLocal || ip.IsIPv6LinkLocal;
        }

        var bytes = ip.GetAddressBytes();
        return bytes[0] == 10
            || (bytes[0] == 172 && bytes[1] is >= 16 and < 32)
            || (bytes[0] == 192 && bytes[1] == 168)
            || (bytes[0] == 169 && bytes[1] == 254);
    }
}
