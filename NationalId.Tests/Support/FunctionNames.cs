using System.Reflection;

namespace NationalId.Tests.Support;

/// <summary>The functions that the worker has, of every trigger.</summary>
internal static class FunctionNames
{
    public static IEnumerable<string> All =>
        Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.CustomAttributes)
            .Where(attribute => attribute.AttributeType.Name == "FunctionAttribute")
            .Select(attribute => (string)attribute.ConstructorArguments[0].Value!);
}
