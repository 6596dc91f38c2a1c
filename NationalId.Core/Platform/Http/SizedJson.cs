using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace NationalId.Core.Platform.Http;

/// <summary>
/// JSON bodies that go out with their length. <c>JsonContent</c> sends chunks, and OpenCRVS's gateway answers 400 to
/// those (seen on 2.0.0); other gateways may.
/// </summary>
internal static class SizedJson
{
    /// <summary>A body of UTF-8 JSON.</summary>
    public static ByteArrayContent Of(byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>A body with a node.</summary>
    public static ByteArrayContent Of(JsonNode json) => Of(JsonSerializer.SerializeToUtf8Bytes(json));

    /// <summary>A body with a value, written as its type says.</summary>
    public static ByteArrayContent Of<T>(T value, JsonTypeInfo<T> type) =>
        Of(JsonSerializer.SerializeToUtf8Bytes(value, type));
}
