using System.Text.Json;
using System.Text.Json.Serialization;

namespace NationalId.Sandbox;

/// <summary>How the sandbox tells its own state: camelCase, enums as words.</summary>
internal static class SandboxJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
