using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Pipeline;

/// <summary>Reads what one way in has stored. A new OpenCRVS version has a reader of its own.</summary>
public interface IEventReader
{
    /// <summary>The way in whose payloads it reads, e.g. <c>webhook</c>.</summary>
    string Source { get; }

    /// <summary>Reads a payload from where it stands to its end.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">It can't be read; the message is a fixed sentence without
    /// data.</exception>
    Task<VitalEvent> ReadAsync(Stream payload, CancellationToken cancellationToken);
}

/// <summary>
/// Brings events of some kinds to where they belong: does the outside calls that the row says are missing, and notes in
/// the row what succeeded. Everything it does is safe to repeat.
/// </summary>
public interface IDestination
{
    /// <summary>Whether events of a kind belong here. Of all destinations exactly one may say so.</summary>
    /// <param name="kind">The kind.</param>
    bool Delivers(EventKind kind);

    /// <summary>
    /// Whether it notes itself that an event's record and number belong together (<see cref="RecordClaims"/>), in the
    /// write that notes what it has drawn for them, before it tells anybody.
    /// </summary>
    /// <param name="row">The event's row.</param>
    bool ClaimsItself(EventRow row) => false;

    /// <summary>Delivers one event.</summary>
    /// <param name="row">The event's row. The pipeline saves it.</param>
    /// <param name="cancellationToken">Set when the host stops or the worker's time is over.</param>
    /// <exception cref="TransientFailureException">Try again later.</exception>
    /// <exception cref="PermanentFailureException">It can never succeed.</exception>
    /// <exception cref="FlaggedException">It contradicts what is known: an operator decides.</exception>
    Task DeliverAsync(EventRow row, CancellationToken cancellationToken);

    /// <summary>By what the registration of an event is known: its number, or its record's id.</summary>
    /// <param name="row">The event's row.</param>
    /// <exception cref="PermanentFailureException">It has neither.</exception>
    internal static string NumberOf(EventRow row) =>
        row.KnownBy
        ?? throw new PermanentFailureException("The event has neither registration number nor composition id.");
}

/// <summary>Something that must be so before an event is delivered. It waits until it is.</summary>
public interface IEventCheck
{
    /// <summary>The step's name in the event's row once it is so.</summary>
    string Step { get; }

    /// <summary>Whether it is asked of an event.</summary>
    /// <param name="row">The event's row.</param>
    bool Needs(EventRow row);

    /// <summary>Checks it.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="cancellationToken">Set when the host stops or the worker's time is over.</param>
    /// <exception cref="TransientFailureException">It is not so yet, or nobody can tell.</exception>
    Task CheckAsync(EventRow row, CancellationToken cancellationToken);
}

/// <summary>Writes onto OpenCRVS records. Each OpenCRVS version has a way of its own. Safe to repeat.</summary>
public interface IRecordWriter
{
    /// <summary>Saves one value on a registration's record.</summary>
    /// <param name="kind">Whether <paramref name="number"/> is a BRN or a DRN.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="fields">The field's name, e.g. <c>MOSIP_AID</c>; several where readers differ.</param>
    /// <param name="value">Its value.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">Try again later.</exception>
    /// <exception cref="PermanentFailureException">It will never be taken.</exception>
    Task SaveAsync(
        RegistrationKind kind,
        string number,
        IReadOnlyList<string> fields,
        string value,
        CancellationToken cancellationToken
    );
}

/// <summary>Keeps us subscribed with a partner that tells us of something.</summary>
public interface ISubscriber
{
    /// <summary>The partner, as metrics name it.</summary>
    string Partner { get; }

    /// <summary>What health calls it.</summary>
    string Part { get; }

    /// <summary>How things stand, in a word or two for health: <c>healthy</c>, or the worst of all topics.</summary>
    /// <param name="cancellationToken">Stops the lookup.</param>
    Task<string> StatusAsync(CancellationToken cancellationToken);

    /// <summary>What is subscribed to, and how that stands; nothing where nobody subscribes us.</summary>
    /// <param name="cancellationToken">Stops the lookup.</param>
    Task<IReadOnlyList<SubscriptionState>> TopicsAsync(CancellationToken cancellationToken);
}

/// <summary>How a subscription stands.</summary>
/// <param name="Topic">The topic, as an operator knows it.</param>
/// <param name="Status"><c>subscribed</c>, <c>denied</c> or the like.</param>
/// <param name="At">When that was; null before the first attempt.</param>
/// <param name="Reason">Why it isn't subscribed.</param>
/// <param name="IsMissing">Whether we asked and don't have it. What was not asked for yet is not missing.</param>
public sealed record SubscriptionState(string Topic, string Status, DateTimeOffset? At, string? Reason, bool IsMissing);

/// <summary>What health says of subscriptions where all is well, or nothing is known.</summary>
internal static class SubscriptionWords
{
    /// <summary>All topics are subscribed.</summary>
    public const string Healthy = "healthy";

    /// <summary>Nobody has asked yet.</summary>
    public const string NotAsked = "not asked yet";

    /// <summary>The settings name nothing to subscribe to.</summary>
    public const string NotManaged = "not managed";

    /// <summary>The worst of all topics.</summary>
    /// <param name="topics">What is subscribed to.</param>
    public static string WorstOf(IReadOnlyList<SubscriptionState> topics) =>
        topics.Count == 0 ? NotManaged
        : topics.FirstOrDefault(topic => topic.IsMissing) is { } missing ? missing.Status
        : topics.Any(topic => topic.Status == NotAsked) ? NotAsked
        : Healthy;
}

/// <summary>Something that a timer repairs or tidies. Safe to repeat, and to run twice at a time.</summary>
public interface IChore
{
    /// <summary>Its name in logs.</summary>
    string Name { get; }

    /// <summary>Does what there is to do.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>What a second look at a message in quarantine found.</summary>
public enum SecondLook
{
    /// <summary>It is genuine and was accepted.</summary>
    Accepted,

    /// <summary>No secret that is known fits it. Another secret may.</summary>
    FitsNoSecret,
}

/// <summary>
/// Checks messages that came while there was nothing to check them with. Each way in has its own.
/// </summary>
public interface IAuthenticator
{
    /// <summary>The way in whose messages it checks.</summary>
    string Source { get; }

    /// <summary>
    /// A word for the secrets that it would check with now; null while there are none. The word changes when they do.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting for the secret store.</param>
    Task<string?> SecretsAsync(CancellationToken cancellationToken);

    /// <summary>Checks a message and accepts it where it is genuine.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    Task<SecondLook> LookAgainAsync(QuarantinedMessage message, CancellationToken cancellationToken);
}

/// <summary>A message in quarantine.</summary>
/// <param name="Body">Its body, for one pass.</param>
/// <param name="Length">The body's length in bytes.</param>
/// <param name="ReceivedAt">When it came.</param>
/// <param name="Signature">What it claims to be signed with, as its way in wrote it down.</param>
public sealed record QuarantinedMessage(Stream Body, long Length, DateTimeOffset ReceivedAt, string Signature);

/// <summary>What the National ID system says to the question who somebody is.</summary>
/// <param name="TokenHashes">
/// The keyed hashes of the person's UIN token, as the ledger has them; empty when the person was not recognised.
/// </param>
/// <param name="Reason">Why the person was not recognised: fixed words, without personal data.</param>
public sealed record Verification(IReadOnlyList<string> TokenHashes, string? Reason)
{
    /// <summary>Whether the person was recognised.</summary>
    public bool Recognised => TokenHashes.Count > 0;

    /// <summary>Whether the person was not recognised because the system has nobody of the number.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>
/// Asks the National ID system whether a person is who was said. The record may hold several numbers of the person, so
/// each question names one.
/// </summary>
public interface IVerifier
{
    /// <summary>The number that a text on the record is; null when it can be none of the system's.</summary>
    /// <param name="typed">What was typed.</param>
    string? NumberOf(string typed);

    /// <summary>
    /// What the system said earlier of the same person and number, without a call; null when nothing.
    /// </summary>
    /// <param name="person">The person, as the record has them.</param>
    /// <param name="number">The number, as <see cref="NumberOf"/> gives it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<Verification?> RecallAsync(Person person, string number, CancellationToken cancellationToken);

    /// <summary>Asks about one person under one number.</summary>
    /// <param name="person">The person, as the record has them.</param>
    /// <param name="number">The number, as <see cref="NumberOf"/> gives it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The verdict. It speaks of the person alone.</returns>
    /// <exception cref="TransientFailureException">Nothing can be said of the person now.</exception>
    Task<Verification> VerifyAsync(Person person, string number, CancellationToken cancellationToken);
}

/// <summary>Reads numbers that came back from the National ID system. Each system has its own form.</summary>
public interface IReturnReader
{
    /// <summary>The kind of event that it reads.</summary>
    string Kind { get; }

    /// <summary>The names of the number's field on the OpenCRVS record.</summary>
    IReadOnlyList<string> Fields { get; }

    /// <summary>Reads a message that was checked when it came.</summary>
    /// <param name="body">The message.</param>
    /// <param name="cancellationToken">Stops waiting for secrets.</param>
    /// <returns>The number; null when the message needs nothing to be saved.</returns>
    /// <exception cref="ReturnException">It can't be read now. It may be later.</exception>
    /// <exception cref="FlaggedException">It can't be trusted, or contradicts what is known.</exception>
    Task<ReturnedNumber?> ReadAsync(byte[] body, CancellationToken cancellationToken);
}

/// <summary>A number that came back for a birth.</summary>
/// <param name="Brn">The birth's registration number.</param>
/// <param name="Number">The UIN token or national id.</param>
public sealed record ReturnedNumber(string Brn, string Number)
{
    /// <summary>Whether its sender signed it, and that was checked.</summary>
    public bool Signed { get; init; }

    /// <summary>Nothing of the number.</summary>
    public override string ToString() => nameof(ReturnedNumber);
}

/// <summary>
/// A message from the National ID system can't be taken. The text is fixed and safe to answer and to log.
/// </summary>
/// <param name="status">The answer's HTTP status.</param>
/// <param name="message">What is wrong.</param>
/// <param name="reason">What metrics and logs call it; by the status unless it is told.</param>
public sealed class ReturnException(int status, string message, string? reason = null) : Exception(message)
{
    /// <summary>The answer's HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What metrics and logs call it.</summary>
    public string Reason { get; } = reason ?? (status == 503 ? "key" : "unreadable");
}
