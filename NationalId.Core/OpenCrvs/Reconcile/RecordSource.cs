using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>A registration as OpenCRVS lists it. No name, no national id.</summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="RecordId">The record's id: a composition's in 1.x.</param>
/// <param name="Number">The registration number; null before there is one.</param>
/// <param name="RegisteredAt">When it was registered; null when the list does not say.</param>
/// <param name="Position">Where it stands in the list: the list goes on from there.</param>
public sealed record ListedRecord(
    RegistrationKind Kind,
    string RecordId,
    string? Number,
    DateTimeOffset? RegisteredAt,
    DateTimeOffset Position
)
{
    /// <summary>Whether OpenCRVS may still wait for our acceptance: it is registered only then.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The record itself, where the list has it; null when it has to be fetched.</summary>
    internal ReindexedDocument? Document { get; init; }

    /// <summary>Why it does not go to the National ID system, as far as the list tells.</summary>
    public string? WhyNot { get; init; }

    /// <summary>The kind alone.</summary>
    public override string ToString() => $"{nameof(ListedRecord)} {Kind}";
}

/// <summary>The number of a registration that OpenCRVS holds for certain: by it a search is tried.</summary>
/// <param name="Kind">Birth or death; null where nobody knows which.</param>
/// <param name="Number">The registration number.</param>
public sealed record KnownNumber(RegistrationKind? Kind, string Number)
{
    private static readonly RegistrationKind[] Either = [RegistrationKind.Birth, RegistrationKind.Death];

    /// <summary>The kind alone.</summary>
    public override string ToString() => $"{nameof(KnownNumber)} {Kind}";

    /// <summary>Whether a search finds one of some numbers.</summary>
    /// <param name="known">The numbers.</param>
    /// <param name="find">Searches one.</param>
    /// <param name="cancellationToken">Stops the searches.</param>
    internal static async Task<bool> FindsOneAsync(
        IEnumerable<KnownNumber> known,
        Func<RegistrationKind, string, CancellationToken, Task<bool>> find,
        CancellationToken cancellationToken
    )
    {
        foreach (var one in known)
        {
            foreach (var kind in one.Kind is { } told ? [told] : Either)
            {
                if (await find(kind, one.Number, cancellationToken))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>A record that a reindexing brought.</summary>
/// <param name="Part">The part that has it.</param>
/// <param name="From">Where it starts there.</param>
/// <param name="End">Where it ends there.</param>
/// <param name="Bytes">The record; null when it has to be read.</param>
internal sealed record ReindexedDocument(string Part, long From, long End, byte[]? Bytes);

/// <summary>A piece of a list.</summary>
/// <param name="Records">What is in it.</param>
/// <param name="Cursor">Where the list goes on after it.</param>
public sealed record ListedPage(IReadOnlyList<ListedRecord> Records, DateTimeOffset Cursor)
{
    private const string NotListed =
        "More registrations stand at this moment than OpenCRVS lists: import them from a file.";

    /// <summary>The moment at which OpenCRVS has more than it lists; null when the page is whole.</summary>
    public DateTimeOffset? MoreAt { get; init; }

    /// <summary>What stands for those that are not listed, among the records that can't be reached.</summary>
    /// <param name="kind">Birth or death.</param>
    internal (ListedRecord Record, string Reason)? Unlisted(RegistrationKind kind) =>
        MoreAt is { } at ? (new ListedRecord(kind, WrittenJson.Time(at), null, at, at), NotListed) : null;
}

/// <summary>What is to be listed.</summary>
/// <param name="Kind">Birth or death.</param>
/// <param name="From">Since when.</param>
/// <param name="To">Until when.</param>
/// <param name="OnDemand">Whether an operator asked, so that the quota's last fifth may be used.</param>
/// <param name="Deep">Whether records are opened that only may be registered.</param>
public sealed record ListOrder(
    RegistrationKind Kind,
    DateTimeOffset From,
    DateTimeOffset To,
    bool OnDemand,
    bool Deep = false
);

/// <summary>What was made of a registration that was missing.</summary>
public enum Recovery
{
    /// <summary>It is in the ledger now and goes on its way.</summary>
    Taken,

    /// <summary>It is in the ledger now and is not sent.</summary>
    Kept,

    /// <summary>It contradicts what is known: flagged.</summary>
    Conflict,

    /// <summary>It was in the ledger already.</summary>
    Known,

    /// <summary>OpenCRVS does not give it to our client.</summary>
    Unreachable,

    /// <summary>It is not registered.</summary>
    Unregistered,
}

/// <summary>Why a registration is taken in.</summary>
/// <param name="Origin">The origin that its event gets (<see cref="EventOrigins"/>).</param>
/// <param name="DryRun">Whether it is only looked at: nothing is stored.</param>
public sealed record RecoveryOrder(string Origin, bool DryRun = false)
{
    /// <summary>What of it contradicts the ledger: it is flagged then. Null when nothing does.</summary>
    public string? Conflict { get; init; }
}

/// <summary>What was made of a registration, and why.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Reason">Why it is not sent: fixed words.</param>
public sealed record Recovered(Recovery Outcome, string? Reason = null);

/// <summary>One way to list the registrations that OpenCRVS holds, and to fetch one.</summary>
public interface IRecordSource
{
    /// <summary>Its name in settings, on the page and in documents.</summary>
    string Name { get; }

    /// <summary>The way in by which its registrations should have come (<see cref="EventSources"/>).</summary>
    string EventSource { get; }

    /// <summary>How far a run goes back before the end of the last one.</summary>
    TimeSpan Overlap { get; }

    /// <summary>How far a run goes back once a week, as far as the quota allows; zero: none does.</summary>
    TimeSpan FarOverlap { get; }

    /// <summary>How often a run begins.</summary>
    TimeSpan Every { get; }

    /// <summary>Until when a run lists: where the list's order moves, until now.</summary>
    /// <param name="now">The present.</param>
    DateTimeOffset ListUntil(DateTimeOffset now);

    /// <summary>Whether OpenCRVS is of the version that the settings say, and knows a number that we hold.</summary>
    /// <param name="known">Registrations that it must know; none: nothing can be proved.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">It is not, or can't be reached: nothing may be concluded.
    /// </exception>
    Task ProbeAsync(IReadOnlyList<KnownNumber> known, CancellationToken cancellationToken);

    /// <summary>Lists registrations, the earliest first.</summary>
    /// <param name="order">Which.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached, or the quota is spent.</exception>
    IAsyncEnumerable<ListedPage> ListAsync(ListOrder order, CancellationToken cancellationToken);

    /// <summary>How a listed registration compares with the ledger.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    Task<Comparison> CompareAsync(ListedRecord record, CancellationToken cancellationToken);

    /// <summary>Fetches a registration and takes it in. Safe to repeat.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="order">Why.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached.</exception>
    Task<Recovered> TakeAsync(ListedRecord record, RecoveryOrder order, CancellationToken cancellationToken);
}
