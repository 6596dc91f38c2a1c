using System.Globalization;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core;

/// <summary>
/// Which client this is and which National ID system it serves: the settings at the top of the section
/// <c>NationalId</c>. Each room has the others.
/// </summary>
public sealed class NationalIdOptions : ISettingsSection
{
    /// <summary>
    /// The name that selects the MOSIP path, compared exactly. OpenCRVS 1.2 compares it too; since 1.3 the National ID
    /// system's type is chosen in a list there, and the name decides our side only.
    /// </summary>
    public const string MosipClientName = "MOSIP";

    /// <summary>MOSIP, reached through its mediator for OpenCRVS.</summary>
    public const string MosipMediator = "mosip-mediator";

    /// <summary>MOSIP, reached through its packet manager.</summary>
    public const string MosipPackets = "mosip-packets";

    /// <summary>A National ID system that speaks OSIA.</summary>
    public const string Osia = "osia";

    /// <summary>Any other National ID system: it gets the original payload.</summary>
    public const string AnySystem = "any";

    private const string OnlyOne =
        "there can be only one National ID client: OpenCRVS allows no second one, and two would each draw an identity "
        + "for the same birth. Name it in NationalId__ClientName alone";

    private static readonly string[] Systems = [MosipMediator, MosipPackets, Osia, AnySystem];

    /// <summary>The section's name.</summary>
    public static string Section => "NationalId";

    /// <summary>
    /// The one National ID client's name in OpenCRVS. Where <see cref="System"/> is not set, <c>MOSIP</c> takes the
    /// MOSIP path and any other name the default path.
    /// </summary>
    public string ClientName { get; set; } = "";

    /// <summary>
    /// The National ID system: <c>mosip-mediator</c>, <c>mosip-packets</c>, <c>osia</c> or <c>any</c>; empty, the
    /// client's name decides.
    /// </summary>
    public string System { get; set; } = "";

    /// <summary>The National ID system that is served; empty while nobody has said which.</summary>
    internal string Chosen =>
        System.Length > 0 ? System
        : ClientName.Length == 0 ? ""
        : ClientName == MosipClientName ? MosipMediator
        : AnySystem;

    /// <summary>What people call the path that is taken.</summary>
    internal string PathName =>
        Chosen switch
        {
            MosipMediator => "MOSIP",
            MosipPackets => "MOSIP packets",
            Osia => "OSIA",
            _ => "default",
        };

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        var section = problems.Configuration.GetSection(Section);
        if (section.GetSection(nameof(ClientName)).GetChildren().Any())
        {
            problems.AddOption(nameof(ClientName), $"is a list, but {OnlyOne}");
        }
        else if (ClientName.AsSpan().IndexOfAny(',', ';') >= 0)
        {
            problems.AddOption(nameof(ClientName), $"names several clients, but {OnlyOne}");
        }
        else if (ClientName.Length == 0)
        {
            problems.AddOption(
                nameof(ClientName),
                "is missing: the National ID client's name in OpenCRVS, MOSIP for the MOSIP path"
            );
        }

        if (System.Length > 0 && !Systems.Contains(System, StringComparer.Ordinal))
        {
            problems.AddOption(nameof(System), $"must be one of {string.Join(", ", Systems)}");
        }

        if (Chosen == MosipMediator && problems.Other<ActionsOptions>() is { HasTriggers: true } actions)
        {
            problems.Add(
                SettingsReader.Spell($"{ActionsOptions.Section}:{nameof(ActionsOptions.Version)}"),
                $"is {actions.Version}, but MOSIP's mediator takes webhooks only. Set NationalId__System to "
                    + "mosip-packets. Or leave this at 1, where an OpenCRVS 1.9 has records of both kinds: their "
                    + "webhooks go on, and the triggers of its new events are switched off"
            );
        }

        foreach (var child in section.GetChildren().Where(child => IsClientList(child.Key)))
        {
            problems.Add(SettingsReader.Spell(child.Path), $"configures another client, but {OnlyOne}");
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (
            System.Length == 0
            && ClientName != MosipClientName
            && ClientName.Equals(MosipClientName, StringComparison.OrdinalIgnoreCase)
        )
        {
            yield return (
                "NationalId__ClientName",
                "only MOSIP in capital letters takes the MOSIP path, as in OpenCRVS; this name takes the default path"
            );
        }
    }

    private static bool IsClientList(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        || key.Equals("Clients", StringComparison.OrdinalIgnoreCase)
        || key.Equals("ClientNames", StringComparison.OrdinalIgnoreCase);
}
