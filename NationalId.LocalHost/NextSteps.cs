namespace NationalId.LocalHost;

/// <summary>What somebody reads who has started everything for the first time: where to look, what to try.</summary>
internal static class NextSteps
{
    /// <summary>The lines, each with two blanks before it.</summary>
    /// <param name="address">The client's address, without a slash at its end.</param>
    /// <param name="key">The key of the operators' page.</param>
    /// <param name="control">The sandbox's control interface.</param>
    /// <param name="openCrvs">The sandbox's OpenCRVS, as <c>./run --opencrvs</c> names it.</param>
    /// <param name="system">The National ID system; null for the one of the client's name.</param>
    /// <param name="clientName">The client's name.</param>
    public static string Text(
        string address,
        string key,
        string control,
        string openCrvs,
        string? system,
        string? clientName
    )
    {
        // From 1.9 on a registrar makes registrations, and the client accepts them.
        var newer = openCrvs is "1.9" or "2.0" or "2.1";
        var birth = newer ? "registrations" : "births";
        var (known, fault) = system switch
        {
            "osia" => ("osia/persons", "osia-uin"),
            "mosip-packets" => ("mosip/packets", "packet"),
            _ => clientName == "MOSIP" ? ("mosip/persons", "mosip-birth") : ("nid/numbers", "nid-births"),
        };
        control = control.TrimEnd('/');
        return $$"""
              Where to look next
                The operators' page  {{address}}/api/ops    its key: {{key}}
                The API              {{address}}/api/docs
                The sandbox          {{control}}    docs/sandbox.md has its calls

              Three commands to try, in another terminal
                curl -X POST {{control}}/{{birth}}
                    a birth is registered; the operators' page shows it
                curl {{control}}/{{known}}
                    what the National ID system knows of it, a moment later
                curl {{control}}/faults -d '{"target":"{{fault}}","fault":"Down"}' && curl -X POST {{control}}/{{birth}}
                    the National ID system is away: the event waits, and goes through once you send "None"
            """;
    }
}
