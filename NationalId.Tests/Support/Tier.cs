using System.Runtime.CompilerServices;

namespace NationalId.Tests.Support;

/// <summary>
/// Tests come in two tiers. A test that needs Azurite, Node, Chromium or a process of its own carries
/// <c>[Trait(Tier.Name, Tier.Whole)]</c>, or its class does. All others are fast, and <c>./test --fast</c> runs those
/// alone.
/// </summary>
internal static class Tier
{
    public const string Name = "Tier";
    public const string Whole = "whole";

    /// <summary>./test --fast sets this variable.</summary>
    private const string Variable = "NATIONALID_FAST";

    private static bool OnlyFast => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Fails a test of the fast tier that needs what is started here.</summary>
    /// <param name="what">What the test needs.</param>
    public static void Need(string what) => Need(what, OnlyFast);

    public static void Need(string what, bool onlyFast)
    {
        if (onlyFast)
        {
            throw new InvalidOperationException(
                $"A test of the fast tier needs {what}: mark it with [Trait(Tier.Name, Tier.Whole)]."
            );
        }
    }

    /// <summary>Without a PATH no program is found, so that no test of the fast tier can start one.</summary>
    [ModuleInitializer]
    internal static void HidePrograms()
    {
        if (OnlyFast)
        {
            Environment.SetEnvironmentVariable("PATH", "");
        }
    }
}
