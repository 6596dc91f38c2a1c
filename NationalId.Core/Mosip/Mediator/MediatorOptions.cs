using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>MOSIP's side mediator (docs/protocols.md, "MOSIP's mediator").</summary>
public sealed class MediatorOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => MosipOptions.Section;

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

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(GenerateAidUrl, "MOSIP draws application ids there");
        problems.Need(BirthUrl, "MOSIP takes births there");
        problems.Need(DeathUrl, "MOSIP takes deaths there");
        if (problems.Other<MosipOptions>() is { Revocation: not RevocationWay.Human } mosip)
        {
            problems.AddOption(
                nameof(MosipOptions.OnRevocation),
                $"is {mosip.OnRevocation}, but MOSIP's mediator takes no revocations. Set it to flag, or "
                    + "NationalId__System to mosip-packets"
            );
        }
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
