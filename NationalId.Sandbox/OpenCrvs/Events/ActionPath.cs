namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>A tRPC path of an action, e.g. <c>event.actions.correction.approve.accept</c>.</summary>
internal sealed record ActionPath(string Type, string Verb)
{
    private static readonly Dictionary<string, string> Types = new()
    {
        ["notify"] = "NOTIFY",
        ["declare"] = "DECLARE",
        ["validate"] = "VALIDATE",
        ["register"] = "REGISTER",
        ["edit"] = "EDIT",
        ["reject"] = "REJECT",
        ["archive"] = "ARCHIVE",
        ["printCertificate"] = "PRINT_CERTIFICATE",
        ["custom"] = "CUSTOM",
        ["correction.request"] = "REQUEST_CORRECTION",
        ["correction.approve"] = "APPROVE_CORRECTION",
        ["correction.reject"] = "REJECT_CORRECTION",
    };

    private const string Prefix = "event.actions.";

    /// <summary>Whether a client may ask for it; nobody but a person registers.</summary>
    public bool IsForSystems => Type is "NOTIFY" or "CUSTOM" || Type.EndsWith("_CORRECTION", StringComparison.Ordinal);

    /// <summary>Reads a path; null when it is none of an action.</summary>
    public static ActionPath? Parse(string path, OpenCrvsVersion version)
    {
        if (
            !path.StartsWith(Prefix, StringComparison.Ordinal)
            || path.LastIndexOf('.') is var dot && dot < Prefix.Length
        )
        {
            return null;
        }

        var verb = path[(dot + 1)..];
        return
            verb is "request" or "accept" or "reject"
            && Types.TryGetValue(path[Prefix.Length..dot], out var type)
            && (version == OpenCrvsVersion.V19 ? type is not ("EDIT" or "CUSTOM") : type is not "VALIDATE")
            ? new ActionPath(type, verb)
            : null;
    }
}
