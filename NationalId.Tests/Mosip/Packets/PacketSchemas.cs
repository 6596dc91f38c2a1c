using System.Text.Json.Nodes;
using NationalId.Core;

namespace NationalId.Tests.Mosip.Packets;

/// <summary>Identity schemas of countries.</summary>
internal static class PacketSchemas
{
    /// <summary>A stock MOSIP's, with more fields.</summary>
    public static string With(params string[] fields)
    {
        using var stream = typeof(NationalIdServices).Assembly.GetManifestResourceStream("identity-schema.json")!;
        var schema = JsonNode.Parse(stream)!;
        var properties = schema["properties"]!["identity"]!["properties"]!.AsObject();
        foreach (var field in fields)
        {
            properties[field] = new JsonObject { ["type"] = "string", ["fieldCategory"] = "optional" };
        }

        return schema.ToJsonString();
    }
}
