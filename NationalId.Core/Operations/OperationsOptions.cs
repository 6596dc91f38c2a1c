using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Operations;

/// <summary>What the operator's page shows, and how operators are known.</summary>
public sealed class OperationsOptions : ISettingsSection
{
    /// <summary>What stands for the trace's id in <see cref="TraceLink"/>.</summary>
    public const string TracePlace = "{traceId}";

    /// <inheritdoc/>
    public static string Section => "NationalId:Operations";

    /// <summary>What the page calls this deployment, so that nobody takes one for another; empty: nothing.</summary>
    public string Environment { get; set; } = "";

    /// <summary>
    /// The header by which the sign-in in front of this service says who is signed in; empty: nobody says it. What sits
    /// in front has to remove it from what callers send: App Service's sign-in does.
    /// </summary>
    public string NameHeader { get; set; } = "";

    /// <summary>
    /// Whether operators need no key: who is signed in, by <see cref="NameHeader"/>, is let in. Whoever reaches the
    /// service without passing the sign-in could write any name into that header.
    /// </summary>
    public bool SignInAlone { get; set; }

    /// <summary>Where a trace can be looked at, with <c>{traceId}</c> in its address; empty: no link.</summary>
    public string TraceLink { get; set; } = "";

    /// <summary>
    /// How many events a minute go on their way again when an operator sends many: the National ID system takes only so
    /// many.
    /// </summary>
    public int ReplayPerMinute { get; set; } = 300;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Between(ReplayPerMinute, 1, 100_000);
        if (NameHeader.Any(one => !char.IsAsciiLetterOrDigit(one) && one != '-'))
        {
            problems.AddOption(nameof(NameHeader), "is no header's name");
        }

        if (SignInAlone && NameHeader.Length == 0)
        {
            problems.AddOption(
                nameof(SignInAlone),
                "needs NationalId__Operations__NameHeader: nobody says who is signed in"
            );
        }

        if (
            TraceLink.Length > 0
            && (
                !TraceLink.Contains(TracePlace, StringComparison.Ordinal)
                || !Uri.TryCreate(
                    TraceLink.Replace(TracePlace, "0", StringComparison.Ordinal),
                    UriKind.Absolute,
                    out var link
                )
                || link.Scheme is not ("https" or "http")
            )
        )
        {
            problems.AddOption(nameof(TraceLink), $"must be an http(s) address with {TracePlace} in it");
        }
    }
}
