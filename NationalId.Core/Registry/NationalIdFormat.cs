namespace NationalId.Core.Registry;

/// <summary>What kind of number identifies a person to IDA.</summary>
public enum IdType
{
    /// <summary>The unique identification number.</summary>
    Uin,

    /// <summary>A virtual id that stands for a UIN.</summary>
    Vid,
}

/// <summary>
/// How the country's MOSIP is configured to number people. IDA tells UINs and VIDs apart in the same way before it
/// looks anything up: by length and Verhoeff check digit. IDA does not check the further rules by which MOSIP draws
/// numbers
/// (no leading 0 or 1, no sequences), so they are not checked here.
/// </summary>
/// <param name="UinLength">How many digits a UIN has.</param>
/// <param name="VidLength">How many digits a VID has.</param>
/// <param name="CheckDigit">Whether the last digit is a check digit.</param>
public sealed record NationalIdFormat(int UinLength = 10, int VidLength = 16, bool CheckDigit = true)
{
    /// <summary>The kind of a number.</summary>
    /// <param name="number">
    /// ASCII digits only: see <see cref="NationalIdNumber.Normalise"/> for what people type.
    /// </param>
    /// <returns>Null when it is neither a UIN nor a VID.</returns>
    public IdType? Classify(string? number) =>
        number is null
        || number.AsSpan().ContainsAnyExceptInRange('0', '9')
        || (CheckDigit && !NationalIdNumber.HasCheckDigit(number))
            ? null
        : number.Length == UinLength ? IdType.Uin
        : number.Length == VidLength ? IdType.Vid
        : null;
}
