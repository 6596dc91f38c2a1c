using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip;

/// <summary>What is done to the number of somebody who died, beside the packet that tells of the death.</summary>
public enum NumberEnding
{
    /// <summary>Nothing: MOSIP notes the death, and the number stays active.</summary>
    None,

    /// <summary>A second packet, of a resident who gives up the number.</summary>
    Resident,

    /// <summary>The number is deactivated in the identity repository.</summary>
    Repository,

    /// <summary>The number is put on the hotlist, which stops authentication at once and can be undone.</summary>
    Hotlist,
}

/// <summary>How MOSIP is told that a registration was revoked or reinstated.</summary>
public enum RevocationWay
{
    /// <summary>Nobody tells it but a human: the event is flagged, and says what is to be done.</summary>
    Human,

    /// <summary>A packet of a resident, by which the number is given up or taken back.</summary>
    Resident,

    /// <summary>The number is deactivated or activated in the identity repository.</summary>
    Repository,

    /// <summary>The number is put on the hotlist or taken off it.</summary>
    Hotlist,

    /// <summary>A packet of a process of its own, where MOSIP has one.</summary>
    Process,
}

/// <summary>The country's MOSIP, whichever way it is reached: how it numbers people, and how patient we are.</summary>
public sealed class MosipOptions : ISettingsSection
{
    private const string PacketAlone = "packet";

    private static readonly Dictionary<string, NumberEnding> Endings = new(StringComparer.Ordinal)
    {
        [PacketAlone] = NumberEnding.None,
        ["packet+resident"] = NumberEnding.Resident,
        ["packet+idrepo"] = NumberEnding.Repository,
        ["packet+hotlist"] = NumberEnding.Hotlist,
    };

    private static readonly Dictionary<string, RevocationWay> Ways = new(StringComparer.Ordinal)
    {
        ["flag"] = RevocationWay.Human,
        ["resident"] = RevocationWay.Resident,
        ["idrepo"] = RevocationWay.Repository,
        ["hotlist"] = RevocationWay.Hotlist,
        ["process"] = RevocationWay.Process,
    };

    /// <inheritdoc/>
    public static string Section => "NationalId:Mosip";

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

    /// <summary>
    /// What a death does where MOSIP takes packets: <c>packet</c>, <c>packet+resident</c>, <c>packet+idrepo</c> or
    /// <c>packet+hotlist</c>. The packet alone deactivates nothing.
    /// </summary>
    public string OnDeath { get; set; } = PacketAlone;

    internal NumberEnding Ending => Endings.GetValueOrDefault(OnDeath);

    /// <summary>
    /// How MOSIP is told that a registration was revoked or reinstated: <c>flag</c>, <c>resident</c>, <c>idrepo</c>,
    /// <c>hotlist</c> or <c>process</c>. With <c>flag</c> a human tells it.
    /// </summary>
    public string OnRevocation { get; set; } = "flag";

    /// <summary>The same as a word of ours.</summary>
    internal RevocationWay Revocation => Ways.GetValueOrDefault(OnRevocation);

    /// <summary>How long one call to MOSIP may take before it is given up and repeated.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many calls to MOSIP one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
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

        if (!Endings.ContainsKey(OnDeath))
        {
            problems.AddOption(nameof(OnDeath), $"must be one of {string.Join(", ", Endings.Keys)}");
        }

        if (!Ways.ContainsKey(OnRevocation))
        {
            problems.AddOption(nameof(OnRevocation), $"must be one of {string.Join(", ", Ways.Keys)}");
        }
        else if (Ending != NumberEnding.None && Undone != NumberEnding.None && Ending != Undone)
        {
            problems.AddOption(
                nameof(OnRevocation),
                $"is {OnRevocation}, which does not undo what {problems.Name(nameof(OnDeath))} ({OnDeath}) does: both "
                    + "must be of the same way"
            );
        }

        problems.Other<DeliveryOptions>().CheckCall(problems, Timeout, problems.Name(nameof(Timeout)));
    }

    /// <summary>What ends a number in one way can't be undone in another.</summary>
    private NumberEnding Undone =>
        Revocation switch
        {
            RevocationWay.Resident => NumberEnding.Resident,
            RevocationWay.Repository => NumberEnding.Repository,
            RevocationWay.Hotlist => NumberEnding.Hotlist,
            _ => NumberEnding.None,
        };
}
