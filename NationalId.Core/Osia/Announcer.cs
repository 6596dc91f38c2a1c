using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Core.Osia;

/// <summary>
/// Tells the National ID system of births and deaths. What it can read from us is stored before it is told: it may read
/// before its answer is here.
/// </summary>
/// <param name="served">What the registry can read from us.</param>
/// <param name="watch">The births that the registry does not have yet.</param>
/// <param name="writer">Writes persons directly, where that is granted.</param>
/// <param name="notifications">Publishes events.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="options">Who we are, and how long people can be read.</param>
/// <param name="time">The clock.</param>
public sealed class Announcer(
    ServedPeople served,
    RegistryWatch watch,
    RegistryWriter writer,
    Notifications notifications,
    OsiaAttributes attributes,
    OsiaOptions options,
    TimeProvider time
)
{
    internal const string LiveBirth = "liveBirth";
    private const string Death = "death";

    /// <summary>Tells of a birth.</summary>
    /// <param name="row">The birth's row.</param>
    /// <param name="child">The child.</param>
    /// <param name="parents">The parents who have numbers, the mother first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    internal async Task BirthAsync(
        EventRow row,
        OsiaPerson child,
        IReadOnlyList<OsiaPerson> parents,
        CancellationToken cancellationToken
    )
    {
        // 1. What can be read: until the registry has the child.
        var told = child with
        {
            Parents = [.. parents.Select(parent => parent.Uin!)],
        };
        var values = attributes.Of(told);
        await served.PutAsync(child.Uin!, ServedAs.Child, row.Key, values, null, cancellationToken);
        foreach (var parent in parents)
        {
            var theirs = attributes.Of(parent);
            await served.PutAsync(parent.Uin!, ServedAs.Parent, row.Key, theirs, null, cancellationToken);
        }

        CrashPoint.Hit("deliver.served");

        // 2. The person in the registry, where we may write it.
        if (writer.Writes)
        {
            await writer.CreateAsync(child.Uin!, row.Key, values, cancellationToken);
            CrashPoint.Hit("deliver.written");
        }

        // 3. The event, watched before it is out.
        var message = Message(child.Uin!);
        for (var i = 0; i < told.Parents.Count; i++)
        {
            message[$"uin{i + 1}"] = told.Parents[i];
        }

        await watch.AddAsync(row.Key, message.ToJsonString(), cancellationToken);
        await notifications.PublishAsync(LiveBirth, message, cancellationToken);
        CrashPoint.Hit("deliver.sent");
    }

    /// <summary>Tells of a death.</summary>
    /// <param name="row">The death's row.</param>
    /// <param name="deceased">The deceased.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    internal async Task DeathAsync(EventRow row, OsiaPerson deceased, CancellationToken cancellationToken)
    {
        await served.PutAsync(
            deceased.Uin!,
            ServedAs.Deceased,
            row.Key,
            attributes.Of(deceased),
            time.GetUtcNow() + options.ServeFor,
            cancellationToken
        );
        CrashPoint.Hit("deliver.served");
        if (writer.Writes)
        {
            await writer.EndAsync(deceased.Uin!, row.Key, cancellationToken);
            CrashPoint.Hit("deliver.written");
        }

        await notifications.PublishAsync(Death, Message(deceased.Uin!), cancellationToken);
        CrashPoint.Hit("deliver.sent");
    }

    private JsonObject Message(string uin) => new() { ["source"] = options.Source, ["uin"] = uin };
}
