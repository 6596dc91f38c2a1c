using NationalId.Core.Registry;

namespace NationalId.Core.Mosip;

/// <summary>What a human is asked to do in MOSIP, where the client may not: fixed sentences.</summary>
internal static class HumanWords
{
    /// <summary>What is to be done about a revocation.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="change">Revoked or reinstated.</param>
    /// <param name="state">What is known of the person now.</param>
    public static string Of(RegistrationKind kind, RegistrationChange change, PersonState state)
    {
        var what = kind == RegistrationKind.Birth ? "birth" : "death";
        var done = change == RegistrationChange.Revoked ? "revoked" : "reinstated";
        var number = state.IsNumberInUse ? "active" : "deactivated";
        return $"The {what}'s registration was {done}. Tell MOSIP by hand: the person's number must be {number}"
            + (state.IsDead ? ", and the death noted." : ", and no death noted.");
    }
}
