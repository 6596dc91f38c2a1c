using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>MOSIP's side mediator (docs/protocols.md, "MOSIP's mediator").</summary>
public sealed class MosipOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Mosip";

    /// <summary>
    /// MOSIP's token endpoint (Keycloak's form); without it the literal <c>Authorization</c> is sent as the token.
    /// </summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>Draws an application id: <c>MOSIP_GENERATE_AID_URL</c>.</summary>
    public Uri? GenerateAidUrl { get; set; }

    /// <summary>Takes births: <c>MOSIP_BIRTH_PROXY_CALLBACK_URL</c>.</summary>
    public Uri? BirthUrl { get; set; }

    /// <summary>Takes deaths: <c>MOSIP_DEATH_PROXY_CALLBACK_URL</c>.</summary>
    public Uri? DeathUrl { get; set; }

    /// <summary>Accepts UIN tokens whose envelope MOSIP did not sign. Off by default; warned about at start.</summary>
    public bool AllowUnsignedTokens { get; set; }

    /// <summary>How many digits a UIN has in the country's MOSIP.</summary>
    public int UinLength { get; set; } = 10;

    /// <summary>How many digits a VID has in the country's MOSIP.</summary>
    public int VidLength { get; set; } = 16;

    /// <summary>
    /// Whether the last digit of a UIN and of a VID is a check digit (Verhoeff) in the country's MOSIP.
    /// </summary>
    public bool CheckDigit { get; set; } = true;

    /// <summary>How a UIN and a VID look.</summary>
    internal NationalIdFormat NationalIdFormat => new(UinLength, VidLength, CheckDigit);

    /// <summary>How long one call to MOSIP may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls to MOSIP one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(GenerateAidUrl, "MOSIP draws application ids there");
        problems.Need(BirthUrl, "MOSIP takes births there");
        problems.Need(DeathUrl, "MOSIP takes deaths there");
        problems.Between(Timeout, TimeSpan.FromMilliseconds(10), SettingsProblems.Day);
        problems.Between(MaxConcurrency, 1, 10_000);
        problems.Between(UinLength, 4, 64);
        problems.Between(VidLength, 4, 64);
        if (UinLength == VidLength)
        {
            problems.AddOption(
                nameof(VidLength),
                $"must differ from {problems.Name(nameof(UinLength))}: IDA is told which it is"
            );
        }

        problems.Other<DeliveryOptions>().CheckCall(problems, Timeout, problems.Name(nameof(Timeout)));
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (AllowUnsignedTokens)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(AllowUnsignedTokens)}"),
                "UIN tokens are accepted without MOSIP's signature: whoever has an OpenCRVS token can send one"
            );
        }
    }
}
