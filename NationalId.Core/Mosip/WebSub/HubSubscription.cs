using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Keeps us subscribed with MOSIP's hub: asks when nobody has, renews, and asks anew with another secret after a
/// rotation. A standing subscription can't be given another secret, so it is ended first. What is published meanwhile
/// is lost; that is why the wait in between is short.
/// </summary>
/// <param name="http">The hub's client.</param>
/// <param name="tokens">Our token at the hub.</param>
/// <param name="secrets">Our secret at the hub.</param>
/// <param name="states">Remembers how far we are.</param>
/// <param name="options">The addresses and the topic.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what was done.</param>
public sealed partial class HubSubscription(
    [FromKeyedServices(MosipPartners.Hub)] HttpClient http,
    HubTokens tokens,
    ISecretStore secrets,
    HubStates states,
    WebSubOptions options,
    TimeProvider time,
    ILogger<HubSubscription> logger
) : IChore, ISubscriber
{
    private const string Party = "MOSIP's hub";

    private static readonly TimeSpan WaitToLeave = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public string Name => "hub";

    /// <inheritdoc/>
    public string Partner => MosipPartners.Hub;

    /// <inheritdoc/>
    public string Part => "hub";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (!options.Subscribes)
        {
            return;
        }

        foreach (var topic in options.Topics)
        {
            await RenewAsync(topic, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<string> StatusAsync(CancellationToken cancellationToken) =>
        SubscriptionWords.WorstOf(await TopicsAsync(cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SubscriptionState>> TopicsAsync(CancellationToken cancellationToken)
    {
        List<SubscriptionState> found = [];
        foreach (var topic in options.Subscribes ? options.Topics : [])
        {
            var state = await states.GetAsync(topic, cancellationToken);
            var isUnasked = state.Stage == HubStage.None && state.Denial is null;
            found.Add(
                new SubscriptionState(
                    "MOSIP's hub, " + topic.Name,
                    isUnasked ? SubscriptionWords.NotAsked
                        : state.IsGood ? "subscribed"
                        : state.Denial is not null ? "denied"
                        : "not subscribed",
                    state.ConfirmedAt ?? state.AskedAt,
                    state.Denial,
                    !isUnasked && !state.IsGood
                )
            );
        }

        return found;
    }

    private async Task RenewAsync(HubTopic topic, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await Failures.CallAsync(
                Party,
                async () => await secrets.GetAsync(SecretNames.MosipHubSecret, cancellationToken),
                cancellationToken
            );
            var state = await states.GetAsync(topic, cancellationToken);
            switch (state.Next(HubSignatures.Fingerprint(secret), time.GetUtcNow(), options.RenewEvery))
            {
                case HubMove.Subscribe:
                    await SubscribeAsync(topic, secret, cancellationToken);
                    break;
                case HubMove.Unsubscribe when await LeaveAsync(topic, secret, cancellationToken):
                    await SubscribeAsync(topic, secret, cancellationToken);
                    break;
                default:
                    break;
            }
        }
        catch (DeliveryException failure)
        {
            // It is asked again with the next run.
            await states.ChangeAsync(
                topic,
                state => state with { AskedAt = null, Denial = failure.Reason },
                cancellationToken
            );
            LogFailed(failure.Reason);
        }
    }

    private async Task SubscribeAsync(HubTopic topic, SecretVersion secret, CancellationToken cancellationToken)
    {
        // Before the call: the hub may ask back before it answers.
        await states.ChangeAsync(
            topic,
            state => state.Asking(HubSignatures.Fingerprint(secret), time.GetUtcNow()),
            cancellationToken
        );
        await AskAsync("subscribe", topic, secret, cancellationToken);
        LogAsked("subscribe");
    }

    /// <returns>Whether the hub let us go, soon enough to wait for.</returns>
    private async Task<bool> LeaveAsync(HubTopic topic, SecretVersion secret, CancellationToken cancellationToken)
    {
        await states.ChangeAsync(
            topic,
            state => state with { Stage = HubStage.Leaving, AskedAt = time.GetUtcNow() },
            cancellationToken
        );
        await AskAsync("unsubscribe", topic, secret, cancellationToken);
        LogAsked("unsubscribe");
        var begin = time.GetTimestamp();
        while (time.GetElapsedTime(begin) < WaitToLeave)
        {
            await Task.Delay(Pause, time, cancellationToken);
            if ((await states.GetAsync(topic, cancellationToken)).Stage == HubStage.Left)
            {
                // NOTE: The hub has our answer, but may not have done what it asked about.
                await Task.Delay(Pause, time, cancellationToken);
                return true;
            }
        }

        return false;
    }

    private Task AskAsync(string mode, HubTopic topic, SecretVersion secret, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                for (var attempt = 0; ; attempt++)
                {
                    var token = await tokens.GetAsync(cancellationToken);
                    using var request = new HttpRequestMessage(HttpMethod.Post, options.HubUrl)
                    {
                        Content = new FormUrlEncodedContent([
                            new("hub.mode", mode),
                            new("hub.topic", topic.Name),
                            new("hub.callback", options.CallbackUrl!.AbsoluteUri),
                            new("hub.secret", secret.Value),
                        ]),
                    };
                    request.SetMosipToken(token);
                    request.SetKind("subscribe");
                    using var answer = await http.SendAsync(request, cancellationToken);
                    if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && attempt == 0)
                    {
                        tokens.Invalidate(token);
                        continue;
                    }

                    Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                    return true;
                }
            },
            cancellationToken
        );

    [LoggerMessage(121, LogLevel.Information, "MOSIP's hub was asked to {Mode} us")]
    private partial void LogAsked(string mode);

    [LoggerMessage(122, LogLevel.Error, "The subscription with MOSIP's hub can't be renewed: {Reason}")]
    private partial void LogFailed(string reason);
}
