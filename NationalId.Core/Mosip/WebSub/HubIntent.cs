using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Answers MOSIP's hub when it asks whether we really want what somebody asked for, and when it denies it
/// (docs/protocols.md, "MOSIP's hub").
/// </summary>
/// <param name="states">Remembers what we asked for.</param>
/// <param name="options">The topics.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what the hub says.</param>
public sealed partial class HubIntent(
    HubStates states,
    WebSubOptions options,
    TimeProvider time,
    ILogger<HubIntent> logger
)
{
    private const int LongestChallenge = 2048;

    /// <summary>
    /// The hub's question: 200 with the challenge as it is, where we asked for it; 404 otherwise. 503 while storage
    /// does not say.
    /// </summary>
    /// <param name="request">The hub's request.</param>
    public async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        var mode = One(request, "hub.mode");
        var challenge = One(request, "hub.challenge");
        var name = One(request, "hub.topic");
        if (mode is null && name is null && !options.RequireHubSignature)
        {
            // NOTE: OpenCRVS's mosip-mock sends the challenge alone, and only of what it was asked for.
            mode = "subscribe";
            name = options.Topic;
        }

        if (string.IsNullOrEmpty(name) || options.Topics.FirstOrDefault(one => one.Name == name) is not { } topic)
        {
            return Unknown(mode);
        }

        try
        {
            if (mode == "denied")
            {
                return await DenyAsync(topic, One(request, "hub.reason") ?? "no reason was given", stop);
            }

            if (
                challenge is not { Length: > 0 and <= LongestChallenge }
                || await states.ChangeAsync(topic, state => state.Confirmed(mode ?? "", time.GetUtcNow()), stop) is null
            )
            {
                return Unknown(mode);
            }
        }
        catch (Exception failure) when (StorageFailures.Is(failure))
        {
            return Problems.Unavailable("Storage does not answer.");
        }

        LogConfirmed(mode!);
        return Results.Text(challenge, "text/plain");
    }

    private async Task<IResult> DenyAsync(HubTopic topic, string reason, CancellationToken stop)
    {
        var text = PartnerText.Cut(string.Concat(reason.Where(c => !char.IsControl(c))), PartnerText.LongestReason);
        var state = await states.ChangeAsync(topic, known => known.Denied(text, time.GetUtcNow()), stop);
        LogDenied(state!.Stage.ToString());
        return Results.Text("", "text/plain");
    }

    private IResult Unknown(string? mode)
    {
        LogUnknown(mode is "subscribe" or "unsubscribe" or "denied" ? mode : "other");
        return Problems.NotFound("Nothing of the kind was asked for here.");
    }

    private static string? One(HttpRequest request, string name) => request.Query[name] is [{ } value] ? value : null;

    [LoggerMessage(123, LogLevel.Information, "MOSIP's hub asked back: {Mode}")]
    private partial void LogConfirmed(string mode);

    [LoggerMessage(124, LogLevel.Warning, "MOSIP's hub denied a subscription; ours is {Stage}")]
    private partial void LogDenied(string stage);

    [LoggerMessage(125, LogLevel.Warning, "Somebody asked back for what we never asked MOSIP's hub for: {Mode}")]
    private partial void LogUnknown(string mode);
}
