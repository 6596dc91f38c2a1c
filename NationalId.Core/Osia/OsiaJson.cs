using System.Text.Json.Serialization;

namespace NationalId.Core.Osia;

/// <summary>
/// What OSIA answers when something is wrong. There is no list of codes: these are ours (docs/osia.md).
/// </summary>
/// <param name="Code">The code.</param>
/// <param name="Message">What is wrong, without data.</param>
internal sealed record OsiaError(
    [property: JsonPropertyName("code")] int Code,
    [property: JsonPropertyName("message")] string Message
)
{
    public static OsiaError UnknownAttribute { get; } = new(1, "Unknown attribute name");

    public static OsiaError Parameter(string message) => new(2, message);

    public static OsiaError Body { get; } = new(3, "The body can't be read");

    public static OsiaError Unexpected { get; } = new(9, "Something that this needs does not answer: try again later");
}

[JsonSerializable(typeof(OsiaError))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class OsiaJson : JsonSerializerContext;
