using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Mosip.Esignet;

/// <summary>How a name that e-Signet tells as one text is split for the country's form.</summary>
public enum NameRule
{
    /// <summary>
    /// The first word is the first name, the last one the surname, and those between the middle name.
    /// </summary>
    FirstMiddleLast,

    /// <summary>The last word is the surname, and all before it the first name.</summary>
    LastIsSurname,

    /// <summary>The first word is the surname, and all after it the first name.</summary>
    FirstIsSurname,

    /// <summary>The last two words are the surname, and all before them the first name.</summary>
    LastTwoAreSurname,

    /// <summary>It is not split: all of it is the first name.</summary>
    Whole,
}

/// <summary>e-Signet, which fills the country's form with who has signed in (docs/protocols.md, "e-Signet").</summary>
public sealed class EsignetOptions : ISettingsSection
{
    private const string TokenPath = "/oauth/v2/token";
    private const string OlderTokenPath = "/oauth/token";

    /// <inheritdoc/>
    public static string Section => "NationalId:Esignet";

    /// <summary>
    /// Its token endpoint, e.g. <c>https://esignet.example/v1/esignet/oauth/v2/token</c>. Without it there is no
    /// e-Signet.
    /// </summary>
    public Uri? TokenUrl { get; set; }

    /// <summary>Its user info endpoint, e.g. <c>https://esignet.example/v1/esignet/oidc/userinfo</c>.</summary>
    public Uri? UserInfoUrl { get; set; }

    /// <summary>Its public keys; beside the token endpoint unless it is set.</summary>
    public Uri? KeysUrl { get; set; }

    /// <summary>Whom our client's proof is addressed to; the token endpoint unless it is set.</summary>
    public string Audience { get; set; } = "";

    /// <summary>
    /// The ids of the country's clients at e-Signet, with commas between them; empty: whichever the form names.
    /// </summary>
    public string ClientIds { get; set; } = "";

    /// <summary>OpenCRVS's client in the browser. Pages of no other address may ask.</summary>
    public Uri? ClientAppUrl { get; set; }

    /// <summary>
    /// Whether what e-Signet tells must say that it is for our client: by its own audience, or by the id token beside
    /// it. OpenCRVS's esignet-mock says neither.
    /// </summary>
    public bool RequireAudience { get; set; } = true;

    /// <summary>How a name is split that comes as one text.</summary>
    public NameRule NameRule { get; set; }

    /// <summary>How long one call to e-Signet may take. The form gives up after five seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How many calls to e-Signet one process has under way at most.</summary>
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>The ids in <see cref="ClientIds"/>.</summary>
    internal string[] Clients =>
        ClientIds.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where e-Signet's keys are; null when that follows from nothing.</summary>
    internal Uri? Keys => KeysUrl ?? Beside(TokenUrl, TokenPath) ?? Beside(TokenUrl, OlderTokenPath);

    /// <summary>Whom our client's proof is addressed to.</summary>
    internal string ProofAudience => Audience.Length > 0 ? Audience : TokenUrl!.OriginalString;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(UserInfoUrl, "e-Signet tells there who has signed in");
        if (TokenUrl is not null && Keys is null)
        {
            problems.AddOption(nameof(KeysUrl), "is missing: what e-Signet tells is checked by its keys");
        }

        problems.Between(Timeout, TimeSpan.FromMilliseconds(10), SettingsProblems.Day);
        problems.Between(MaxConcurrency, 1, 10_000);
    }

    /// <inheritdoc/>
    public IEnumerable<(string Setting, string Warning)> Warnings()
    {
        if (ClientAppUrl is null)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(ClientAppUrl)}"),
                "is not set: no browser may ask e-Signet through us"
            );
        }

        if (!RequireAudience)
        {
            yield return (
                SettingsReader.Spell($"{Section}:{nameof(RequireAudience)}"),
                "what e-Signet tells is taken without its saying that it is for our client"
            );
        }
    }

    private static Uri? Beside(Uri? token, string path) =>
        token is not null && token.AbsolutePath.EndsWith(path, StringComparison.Ordinal)
            ? new Uri(token.GetLeftPart(UriPartial.Path)[..^path.Length] + "/oauth/.well-known/jwks.json")
            : null;
}
