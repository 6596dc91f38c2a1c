using System.Reflection;

namespace NationalId.Tests.Infra;

/// <summary>The HTTP functions' paths and who may call them, from their attributes.</summary>
internal static class HttpRoutes
{
    /// <summary>
    /// Each function's path, e.g. <c>/api/authtoken/status/{id}</c>, and its authorization level's name.
    /// </summary>
    public static IReadOnlyList<(string Path, string Level)> All { get; } =
    [
        .. Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.CustomAttributes)
            .Where(attribute => attribute.AttributeType.Name == "HttpTriggerAttribute")
            .Select(attribute =>
                (
                    "/api/"
                        + (string)
                            attribute.NamedArguments.Single(named => named.MemberName == "Route").TypedValue.Value!,
                    Enum.GetName(
                        attribute.ConstructorArguments[0].ArgumentType,
                        attribute.ConstructorArguments[0].Value!
                    )!
                )
            ),
    ];
}
