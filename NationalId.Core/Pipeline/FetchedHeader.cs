using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>
/// Tells the National ID system of an event that OpenCRVS did not sign, since the client fetched and rebuilt it.
/// </summary>
public static class FetchedHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "X-OpenCRVS-Signature";

    /// <summary>The same message, with the header where the event was fetched.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="content">Makes the message.</param>
    public static Func<HttpContent> Mark(EventRow row, Func<HttpContent> content) =>
        !row.IsFetched
            ? content
            : () =>
            {
                var message = content();
                message.Headers.TryAddWithoutValidation(Name, EventOrigins.Unsigned);
                return message;
            };
}
