using System.Reflection;

namespace NationalId.Tests.Infra;

/// <summary>The HTTP functions' paths and who may call them, from their attributes.</summary>
internal static class HttpRoutes
{
    /// <summary>
    /// Each function's method and path, e.g. <c>GET /api/authtoken/status/{id}</c>, and its authorization level's name.
    /// </summary>
    public static IReadOnlyList<(string Method, string Path, string Level)> Calls { get; } =
    [
        .. Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.CustomAttributes)
            .Where(attribute => attribute.AttributeType.Name == "HttpTriggerAttribute")
            .SelectMany(
                attribute => (IEnumerable<CustomAttributeTypedArgument>)attribute.ConstructorArguments[1].Value!,
                (attribute, method) =>
                    (
                        method.Value!.ToString()!.ToUpperInvariant(),
                        "/"
                            + (string)
                                attribute.NamedArguments.Single(named => named.MemberName == "Route").TypedValue.Value!,
                        Enum.GetName(
                            attribute.ConstructorArguments[0].ArgumentType,
                            attribute.ConstructorArguments[0].Value!
                        )!
                    )
            ),
    ];

    /// <summary>Each function's path, and its authorization level's name.</summary>
    public static IReadOnlyList<(string Path, string Level)> All { get; } =
    [.. Calls.Select(call => (call.Path, call.Level)).Distinct()];
}
