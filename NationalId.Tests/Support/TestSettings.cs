namespace NationalId.Tests.Support;

/// <summary>
/// App settings that the client starts with. The addresses lead nowhere: a test replaces those that it needs.
/// </summary>
internal static class TestSettings
{
    private const string Nowhere = "http://127.0.0.1:9";

    /// <summary>A MOSIP client's.</summary>
    /// <param name="storage">The connection string of a storage account.</param>
    /// <param name="more">Added, or put in the place of others.</param>
    public static Dictionary<string, string?> Mosip(string storage, params (string Name, string? Value)[] more) =>
        With(
            more,
            new(StringComparer.OrdinalIgnoreCase)
            {
                ["AzureWebJobsStorage"] = storage,
                ["NationalId:ClientName"] = "MOSIP",
                // A test asks as often as it likes, from one address.
                ["NationalId:Callers:MaxPerMinute"] = "1000000",
                ["NationalId:Callers:MaxPerMinuteOverAll"] = "1000000",
                ["NationalId:OpenCrvs:AuthUrl"] = Nowhere,
                ["NationalId:OpenCrvs:MediatorUrl"] = Nowhere + "/mediator",
                ["NationalId:Mosip:GenerateAidUrl"] = Nowhere + "/aid",
                ["NationalId:Mosip:BirthUrl"] = Nowhere + "/birth",
                ["NationalId:Mosip:DeathUrl"] = Nowhere + "/death",
                ["TOKENSEEDER_MOSIP_AUTH:PARTNER_ID"] = "partner",
                ["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_URL"] = Nowhere + "/ida",
                ["TOKENSEEDER_MOSIP_AUTH_SERVER:IDA_AUTH_DOMAIN_URI"] = Nowhere,
            }
        );

    /// <summary>The settings of a client whose MOSIP takes packets.</summary>
    /// <inheritdoc cref="Mosip"/>
    public static Dictionary<string, string?> Packets(string storage, params (string Name, string? Value)[] more)
    {
        const string section = "NationalId:Mosip:Packets:";
        var settings = Mosip(storage);
        settings["NationalId:System"] = "mosip-packets";
        settings["NationalId:Mosip:GenerateAidUrl"] = null;
        settings["NationalId:Mosip:BirthUrl"] = null;
        settings["NationalId:Mosip:DeathUrl"] = null;
        settings[section + "Url"] = Nowhere;
        settings[section + "CenterId"] = "10001";
        settings[section + "MachineId"] = "20042";
        settings[section + "OfficerId"] = "officer";
        return With(more, settings);
    }

    /// <summary>The settings of a client of the default path.</summary>
    /// <inheritdoc cref="Mosip"/>
    public static Dictionary<string, string?> Default(string storage, params (string Name, string? Value)[] more) =>
        With(
            more,
            new(StringComparer.OrdinalIgnoreCase)
            {
                ["AzureWebJobsStorage"] = storage,
                ["NationalId:ClientName"] = "Population register",
                // A test asks as often as it likes, from one address.
                ["NationalId:Callers:MaxPerMinute"] = "1000000",
                ["NationalId:Callers:MaxPerMinuteOverAll"] = "1000000",
                ["NationalId:OpenCrvs:AuthUrl"] = Nowhere,
                ["NationalId:OpenCrvs:MediatorUrl"] = Nowhere + "/mediator",
                ["NationalId:DefaultSystem:BirthUrl"] = Nowhere + "/births",
            }
        );

    private static Dictionary<string, string?> With(
        (string Name, string? Value)[] more,
        Dictionary<string, string?> settings
    )
    {
        foreach (var (name, value) in more)
        {
            settings[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        }

        return settings;
    }
}
