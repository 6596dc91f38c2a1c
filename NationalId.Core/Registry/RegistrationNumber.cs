namespace NationalId.Core.Registry;

/// <summary>
/// A BRN or DRN as it is used everywhere: the same number must lead to the same row, however it was pasted.
/// </summary>
public static class RegistrationNumber
{
    /// <summary>
    /// How many characters the longest has. No register gives longer ones; what is longer is flagged and never cut,
    /// since two numbers with the same beginning would share an AID.
    /// </summary>
    public const int Longest = 200;

    /// <summary>
    /// A number without what nobody sees around it: white space of every kind, byte order mark, direction marks,
    /// zero-width characters. What is inside stays as it is.
    /// </summary>
    /// <param name="number">The number as it came.</param>
    /// <returns>Null when nothing is left.</returns>
    public static string? Normalise(string? number) => TypedText.Trimmed(number);

    /// <summary>Whether a number is too long to be one.</summary>
    /// <param name="number">The number, normalised.</param>
    public static bool IsTooLong(string? number) => number?.Length > Longest;

    /// <summary>
    /// The beginning of what is too long, for an operator to see of an event that is flagged: metadata of a blob is a
    /// header of 8 KB at most.
    /// </summary>
    /// <param name="text">The text.</param>
    public static string? Shorten(string? text) => IsTooLong(text) ? text![..Longest] : text;
}
