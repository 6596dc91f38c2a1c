using System.Text.Json.Nodes;
using Azure;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>
/// Asks the registry, with growing gaps, whether it has the children whose births were published. Until it has, their
/// births are published again, with long gaps. Then they can be read from us for a while only.
/// </summary>
/// <param name="watch">The births that the registry does not have yet.</param>
/// <param name="registry">The population registry.</param>
/// <param name="notifications">Publishes events.</param>
/// <param name="served">What the registry can read from us.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="options">How long people can be read.</param>
/// <param name="logger">Told when the registry does not answer.</param>
public sealed partial class RegistryChore(
    RegistryWatch watch,
    RegistryClient registry,
    Notifications notifications,
    ServedPeople served,
    EventLedger ledger,
    OsiaOptions options,
    ILogger<RegistryChore> logger
) : IChore
{
    /// <summary>The step of a birth that the registry has.</summary>
    internal const string Registered = "registered";

    private static readonly string[] Numbers = ["uin", "uin1", "uin2"];

    /// <inheritdoc/>
    public string Name => "osia-registry";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var birth in await watch.DueAsync(cancellationToken))
        {
            try
            {
                if (await MessageOfAsync(birth, cancellationToken) is { } message)
                {
                    await LookAsync(birth, message, cancellationToken);
                }
            }
            catch (PermanentFailureException refused)
            {
                // This question is refused: the others are asked all the same.
                LogUnanswered(refused.Reason);
                await watch.LaterAsync(birth, published: false, cancellationToken);
            }
            catch (DeliveryException failure)
            {
                // Nothing is lost: the birth was published, and the registry is asked again with the next run.
                LogUnanswered(failure.Reason);
                return;
            }
        }
    }

    /// <summary>What was published of a birth; null, and it is asked about later, when no key opens it.</summary>
    private async Task<JsonObject?> MessageOfAsync(WatchedBirth birth, CancellationToken cancellationToken)
    {
        try
        {
            return JsonNode.Parse(await watch.MessageOfAsync(birth, cancellationToken))!.AsObject();
        }
        catch (TransientFailureException closed)
        {
            // The key under which it was noted is disabled: that says nothing of the other births.
            LogUnanswered(closed.Reason);
            await watch.LaterAsync(birth, published: false, cancellationToken);
            return null;
        }
    }

    private async Task LookAsync(WatchedBirth birth, JsonObject message, CancellationToken cancellationToken)
    {
        var uins = Numbers.Select(name => (string?)message[name]).OfType<string>().ToList();
        if (await registry.HasAsync(uins[0], cancellationToken))
        {
            await EndAsync(birth, uins, cancellationToken);
            return;
        }

        var publishes = watch.IsToPublish(birth);
        if (publishes)
        {
            await notifications.PublishAsync(Announcer.LiveBirth, message, cancellationToken);
        }

        await watch.LaterAsync(birth, publishes, cancellationToken);
    }

    private async Task EndAsync(WatchedBirth birth, IReadOnlyList<string> uins, CancellationToken cancellationToken)
    {
        var now = watch.Now;
        if (await ledger.GetAsync(birth.RowKey, cancellationToken) is { } row && !row.IsDone(Registered))
        {
            row.Done(Registered, now);
            row.Note(now, row.Current, "the registry has the child");
            if (row.LeaseUntil > now || !await TrySaveAsync(row, cancellationToken))
            {
                await watch.LaterAsync(birth, published: false, cancellationToken);
                return;
            }
        }

        foreach (var uin in uins)
        {
            await served.EndAsync(uin, birth.RowKey, now + options.ServeFor, cancellationToken);
        }

        await watch.RemoveAsync(birth, cancellationToken);
    }

    private async Task<bool> TrySaveAsync(EventRow row, CancellationToken cancellationToken)
    {
        try
        {
            await ledger.SaveAsync(row, cancellationToken);
            return true;
        }
        catch (RequestFailedException changed) when (changed.Status == 412)
        {
            return false;
        }
    }

    [LoggerMessage(130, LogLevel.Warning, "Whether the registry has children can't be asked: {Reason}")]
    private partial void LogUnanswered(string reason);
}

/// <summary>Removes the people who are no longer served, once an hour.</summary>
/// <param name="served">What the registry can read from us.</param>
/// <param name="watermarks">Remembers when that was.</param>
/// <param name="time">The clock.</param>
public sealed class ServedChore(ServedPeople served, Watermarks watermarks, TimeProvider time) : IChore
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public string Name => "osia-served";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await watermarks.GetAsync(Name, cancellationToken) + Every > now)
        {
            return;
        }

        await served.RemoveEndedAsync(cancellationToken);
        await watermarks.SetAsync(Name, now, cancellationToken);
    }
}
