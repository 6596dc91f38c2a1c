using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;

namespace NationalId.Core.Pipeline.Chores;

/// <summary>What is in quarantine.</summary>
/// <param name="Count">How many messages.</param>
/// <param name="OldestSeconds">How old the oldest is; 0 when there is none.</param>
public sealed record QuarantineLeft(int Count, double OldestSeconds);

/// <summary>
/// Looks at what is in quarantine once there are secrets, and again whenever they change. What fits none of them stays,
/// since the right secret may still come; it is dropped by age alone.
/// </summary>
/// <param name="quarantine">The quarantine.</param>
/// <param name="authenticators">Check messages, each those of its way in.</param>
/// <param name="limits">How long a message is kept.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what is dropped.</param>
public sealed partial class QuarantineChore(
    Quarantine quarantine,
    IEnumerable<IAuthenticator> authenticators,
    QuarantineOptions limits,
    TimeProvider time,
    ILogger<QuarantineChore> logger
) : IChore
{
    private readonly LastCount<QuarantineLeft> last = new();

    /// <inheritdoc/>
    public string Name => "quarantine";

    /// <summary>What the last run left; null when another host has taken over or none was made yet.</summary>
    public QuarantineLeft? Left => last.At(time.GetUtcNow());

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var secrets = new Dictionary<string, string>();
        foreach (var authenticator in authenticators)
        {
            if (await authenticator.SecretsAsync(cancellationToken) is { } word)
            {
                secrets[authenticator.Source] = word;
            }
        }

        var now = time.GetUtcNow();
        var left = 0;
        var oldest = now;
        await foreach (var (blob, info) in quarantine.ListAsync(cancellationToken))
        {
            if (await LookAsync(blob, info, secrets, cancellationToken))
            {
                continue;
            }

            if (info is null || now - info.ReceivedAt >= limits.KeepFor)
            {
                await quarantine.RemoveAsync(blob, cancellationToken);
                LogDropped(limits.KeepFor);
                continue;
            }

            left++;
            oldest = info.ReceivedAt < oldest ? info.ReceivedAt : oldest;
        }

        last.Set(new QuarantineLeft(left, (now - oldest).TotalSeconds), now);
    }

    /// <returns>Whether it is accepted and gone.</returns>
    private async Task<bool> LookAsync(
        string blob,
        PayloadInfo? info,
        Dictionary<string, string> secrets,
        CancellationToken cancellationToken
    )
    {
        if (
            info?.Signature is not { } signature
            || !secrets.TryGetValue(info.Source, out var word)
            || info.TriedWith == word
        )
        {
            return false;
        }

        SecondLook found;
        await using (var payload = await quarantine.OpenAsync(blob, cancellationToken))
        {
            var message = new QuarantinedMessage(payload.Content, payload.Length, info.ReceivedAt, signature);
            found = await authenticators
                .Single(authenticator => authenticator.Source == info.Source)
                .LookAgainAsync(message, cancellationToken);
        }

        if (found == SecondLook.Accepted)
        {
            await quarantine.RemoveAsync(blob, cancellationToken);
            return true;
        }

        await quarantine.NoteTriedAsync(blob, info, word, cancellationToken);
        return false;
    }

    [LoggerMessage(44, LogLevel.Error, "A message in quarantine fitted no secret for {KeepFor} and was dropped")]
    private partial void LogDropped(TimeSpan keepFor);
}
