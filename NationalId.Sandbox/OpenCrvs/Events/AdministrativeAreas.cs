using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>The country's administrative areas, as core lists them. Records have their ids alone.</summary>
public static class AdministrativeAreas
{
    /// <summary>The smallest area that records name if nothing else is asked for: a district.</summary>
    public const string Ibombo = "22222222-2222-4222-8222-222222222222";

    /// <summary>A village in it.</summary>
    public const string Klow = "22222222-2222-4222-8222-333333333333";

    private const string Central = "22222222-2222-4222-8222-111111111111";

    /// <summary>Which query lists them.</summary>
    internal static string Procedure(OpenCrvsVersion version) =>
        version == OpenCrvsVersion.V19 ? "locations.list" : "administrativeAreas.list";

    /// <summary>The list.</summary>
    internal static JsonArray List() =>
        [Area(Klow, "Klow", Ibombo), Area(Ibombo, "Ibombo", Central), Area(Central, "Central", null)];

    private static JsonObject Area(string id, string name, string? parent) =>
        new()
        {
            ["id"] = id,
            ["name"] = name,
            ["parentId"] = parent,
            ["validUntil"] = null,
        };
}
