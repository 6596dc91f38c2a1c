using Microsoft.AspNetCore.Http;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>Reads the requests of this room's routes.</summary>
internal static class OsiaRequests
{
    /// <summary>A request's body; empty when it is too long, or did not arrive completely: nothing can be read of
    /// either.</summary>
    /// <param name="request">The request.</param>
    /// <param name="longest">How many bytes are taken.</param>
    public static async Task<byte[]> BodyAsync(HttpRequest request, int longest)
    {
        try
        {
            return await BoundedBody.ReadAsync(
                request,
                longest,
                () => new InvalidDataException("The body is too long.")
            );
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or IOException)
        {
            return [];
        }
    }
}
