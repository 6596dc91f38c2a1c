using System.Globalization;

namespace NationalId.Core.Platform.Secrets;

/// <summary>
/// How the text of a secret is cleaned. Whoever pastes a secret or stores a file easily adds a line end, a blank or a
/// BOM. No partner's secret begins or ends with one, and with it every signature is wrong.
/// </summary>
internal static class SecretText
{
    /// <summary>Without white space, control characters and invisible marks (BOM, zero-width) at both ends.</summary>
    public static string Trim(string text)
    {
        var start = 0;
        var end = text.Length;
        while (start < end && IsBlank(text[start]))
        {
            start++;
        }

        while (end > start && IsBlank(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    /// <summary>A secret's version as it is used; null when nothing is left, which counts as absent.</summary>
    /// <param name="version">The store's name for the version.</param>
    /// <param name="raw">What the store holds.</param>
    public static SecretVersion? Read(string version, string? raw)
    {
        var value = Trim(raw ?? "");
        if (value.Length == 0)
        {
            return null;
        }

        // A PEM file ends with a line end: nobody need be told.
        var isPem = value.StartsWith("-----BEGIN ", StringComparison.Ordinal);
        return new SecretVersion(version, value) { HadBlanks = (isPem ? raw!.TrimEnd('\r', '\n') : raw) != value };
    }

    private static bool IsBlank(char one) =>
        char.IsWhiteSpace(one)
        || char.IsControl(one)
        || CharUnicodeInfo.GetUnicodeCategory(one) == UnicodeCategory.Format;
}
