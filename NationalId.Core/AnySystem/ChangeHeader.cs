using NationalId.Core.Pipeline;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>
/// Tells the National ID system what is done to a registration that it has: without the header, it is made.
/// </summary>
internal static class ChangeHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "X-OpenCRVS-Action";

    /// <summary>The same message, with the header where a registration is changed.</summary>
    /// <param name="kind">The kind of event.</param>
    /// <param name="content">Makes the message.</param>
    public static Func<HttpContent> Mark(EventKind kind, Func<HttpContent> content) =>
        kind.Change == RegistrationChange.Registered
            ? content
            : () =>
            {
                var message = content();
                message.Headers.TryAddWithoutValidation(Name, RevocationNotice.ActionOf(kind.Change));
                return message;
            };
}
