using System.Net;
using Microsoft.AspNetCore.Http;

namespace NationalId.Core.Platform.Http;

/// <summary>Where a request comes from.</summary>
public static class CallerAddress
{
    /// <summary>
    /// The caller's address: as the proxy next to us tells it in a header, or the connection's own. Behind the
    /// Functions host the latter is the host's.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="header">The header's name; empty: none is believed.</param>
    /// <returns>An IPv4 address in its own form; null when nobody knows.</returns>
    public static IPAddress? Of(HttpRequest request, string header)
    {
        var address = request.HttpContext.Connection.RemoteIpAddress;
        if (
            header.Length > 0
            && request.Headers[header] is [.., { } last]
            && Parse(last[(last.LastIndexOf(',') + 1)..].Trim()) is { } told
        )
        {
            // The last one is what the proxy next to us saw. Those before it are the caller's to make up.
            address = told;
        }

        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    /// <summary>Some proxies add the port: <c>203.0.113.7:51234</c>, <c>[2001:db8::7]:51234</c>.</summary>
    private static IPAddress? Parse(string text) =>
        IPAddress.TryParse(text, out var address) ? address
        : IPEndPoint.TryParse(text, out var endPoint) ? endPoint.Address
        : null;
}
