using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// Tells the National ID system of registrations that were revoked, reinstated or corrected. What it can read from us
/// is changed before it is told.
/// </summary>
/// <param name="served">What the registry can read from us.</param>
/// <param name="watch">The births that the registry does not have yet.</param>
/// <param name="writer">Writes persons directly, where that is granted.</param>
/// <param name="notifications">Publishes events.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="options">Who we are, and how long people can be read.</param>
/// <param name="time">The clock.</param>
public sealed class ChangeAnnouncer(
    ServedPeople served,
    RegistryWatch watch,
    RegistryWriter writer,
    Notifications notifications,
    OsiaAttributes attributes,
    OsiaOptions options,
    TimeProvider time
)
{
    private const string BirthCancellation = "birthCancellation";
    private const string UpdatePerson = "updatePerson";
    private const string Death = "death";

    /// <summary>A birth counts no more: nobody can read it from us.</summary>
    /// <param name="row">The revocation's row.</param>
    /// <param name="child">The child.</param>
    /// <param name="state">What the registrations say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task BirthRevokedAsync(
        EventRow row,
        ChangedPerson child,
        PersonState state,
        CancellationToken cancellationToken
    )
    {
        var birth = child.Registration.Key;
        await watch.StopAsync(birth, cancellationToken);
        await served.StopAsync(child.Uin, birth, cancellationToken);
        foreach (var parent in child.Parents)
        {
            await served.StopAsync(parent.Uin!, birth, cancellationToken);
        }

        await WriteAsync(row, child.Uin, state, cancellationToken);
        await PublishAsync(BirthCancellation, child.Uin, cancellationToken);
    }

    /// <summary>A birth counts again. The number exists, so it is no new birth.</summary>
    /// <param name="row">The reinstatement's row.</param>
    /// <param name="child">The child.</param>
    /// <param name="state">What the registrations say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task BirthReinstatedAsync(
        EventRow row,
        ChangedPerson child,
        PersonState state,
        CancellationToken cancellationToken
    )
    {
        var values = attributes.Of(child.Person!);
        await ServeAsync(child, ServedAs.Child, values, cancellationToken);
        await WriteAsync(row, child.Uin, state, cancellationToken);
        if (writer.Writes)
        {
            // OSIA knows no way back from an identity that was revoked.
            await writer.IdentifyAsync(child.Uin, row.Key, values, cancellationToken);
        }

        await PublishAsync(UpdatePerson, child.Uin, cancellationToken);
    }

    /// <summary>A death counts no more, or again.</summary>
    /// <param name="row">The row of that.</param>
    /// <param name="deceased">The deceased.</param>
    /// <param name="state">What the registrations say.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task DeathAsync(
        EventRow row,
        ChangedPerson deceased,
        PersonState state,
        CancellationToken cancellationToken
    )
    {
        var isRevoked = row.Change == RegistrationChange.Revoked;
        if (isRevoked && (state.IsDead || state.BirthRevoked))
        {
            // Another death of theirs counts, or not even the birth does: this one says nothing more.
            await served.StopAsync(deceased.Uin, deceased.Registration.Key, cancellationToken);
        }
        else
        {
            var person = deceased.Person!;
            var told = isRevoked
                ? person with
                {
                    Person = person.Person with { DeceasedDate = null },
                }
                : person with
                {
                    IsDead = true,
                };
            await ServeAsync(deceased, ServedAs.Deceased, attributes.Of(told), cancellationToken);
        }

        await WriteAsync(row, deceased.Uin, state, cancellationToken);
        if (isRevoked && state.BirthRevoked)
        {
            return;
        }

        if (isRevoked && options.DeathRevokedEvent.Length > 0)
        {
            await PublishAsync(options.DeathRevokedEvent, deceased.Uin, cancellationToken);
        }

        await PublishAsync(isRevoked ? UpdatePerson : Death, deceased.Uin, cancellationToken);
    }

    /// <summary>A registration was corrected: the registry reads it again.</summary>
    /// <param name="row">The correction's row.</param>
    /// <param name="person">The person, as the record has them now.</param>
    /// <param name="before">The person as the record had them; null when that is not known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether anything that the registry can read was corrected. Nothing is told otherwise.</returns>
    internal async Task<bool> CorrectedAsync(
        EventRow row,
        ChangedPerson person,
        OsiaPerson? before,
        CancellationToken cancellationToken
    )
    {
        var isDeath = row.Registration == RegistrationKind.Death;
        var values = attributes.Of(person.Person! with { IsDead = isDeath });
        if (before is not null && AreSame(values, attributes.Of(before with { IsDead = isDeath })))
        {
            return false;
        }

        await ServeAsync(person, isDeath ? ServedAs.Deceased : ServedAs.Child, values, cancellationToken);
        if (writer.Writes)
        {
            await writer.IdentifyAsync(person.Uin, row.Key, values, cancellationToken);
        }

        await PublishAsync(UpdatePerson, person.Uin, cancellationToken);
        return true;
    }

    private static bool AreSame(Dictionary<string, string> one, Dictionary<string, string> other) =>
        one.Count == other.Count && one.All(pair => other.GetValueOrDefault(pair.Key) == pair.Value);

    private async Task ServeAsync(
        ChangedPerson person,
        ServedAs part,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        var until = time.GetUtcNow() + options.ServeFor;
        await served.PutAsync(person.Uin, part, person.Registration.Key, values, until, cancellationToken);
        CrashPoint.Hit("deliver.served");
    }

    private async Task WriteAsync(EventRow row, string uin, PersonState state, CancellationToken cancellationToken)
    {
        if (writer.Writes)
        {
            await writer.SetAsync(uin, state, row.Key, cancellationToken);
            CrashPoint.Hit("deliver.written");
        }
    }

    private async Task PublishAsync(string type, string uin, CancellationToken cancellationToken)
    {
        await notifications.PublishAsync(
            type,
            new JsonObject { ["source"] = options.Source, ["uin"] = uin },
            cancellationToken
        );
        CrashPoint.Hit("deliver.sent");
    }
}
