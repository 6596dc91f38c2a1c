using Azure;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>How far the confirmation of an action is.</summary>
public static class ConfirmationStates
{
    /// <summary>OpenCRVS waits for us.</summary>
    public const string Open = "open";

    /// <summary>It is accepted, by us or by somebody else.</summary>
    public const string Confirmed = "confirmed";

    /// <summary>It is rejected; the registrar may register again.</summary>
    public const string Rejected = "rejected";
}

/// <summary>
/// The row of one action that waits for our acceptance: what is needed to accept it, and how far that is. Nothing of
/// the person is in it.
/// </summary>
public sealed class ConfirmationRow : ILeasedRow
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <inheritdoc/>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The key of the event that it is in our ledger.</summary>
    public string EventKey { get; set; } = "";

    /// <summary>The record's id.</summary>
    public string EventId { get; set; } = "";

    /// <summary>The action's id.</summary>
    public string ActionId { get; set; } = "";

    /// <summary>The action's transaction. Our acceptance carries it too.</summary>
    public string TransactionId { get; set; } = "";

    /// <summary>The country's type of event.</summary>
    public string EventType { get; set; } = "";

    /// <summary>The action's type.</summary>
    public string ActionType { get; set; } = "";

    /// <summary>The record's tracking id.</summary>
    public string TrackingId { get; set; } = "";

    /// <summary>The correction that the action approves or rejects.</summary>
    public string? RequestId { get; set; }

    /// <summary>The registration number; null for an action that gives none.</summary>
    public string? RegistrationNumber { get; set; }

    /// <summary>How many seconds it waits for its AID or number; null for as long as all do.</summary>
    public double? PatienceSeconds { get; set; }

    /// <summary>The state (<see cref="ConfirmationStates"/>).</summary>
    public string State { get; set; } = ConfirmationStates.Open;

    /// <summary>When the trigger came first.</summary>
    public DateTimeOffset OpenedAt { get; set; }

    /// <summary>
    /// The record token, encrypted (<see cref="RecordTokens"/>); null without one, and as soon as nobody needs it.
    /// </summary>
    public byte[]? Token { get; set; }

    /// <summary>When the record token came or was renewed; null without one.</summary>
    public DateTimeOffset? TokenAt { get; set; }

    /// <summary>When the record token ends; null without one.</summary>
    public DateTimeOffset? TokenExpiresAt { get; set; }

    /// <summary>When the trigger was answered.</summary>
    public DateTimeOffset? ScheduledAt { get; set; }

    /// <summary>When it is to be accepted at the latest; null while it waits for its number.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>When it is tried next; null when nothing is to be tried.</summary>
    public DateTimeOffset? NextAt { get; set; }

    /// <summary>How many attempts failed. A message names the attempt that it is for.</summary>
    public int Attempt { get; set; }

    /// <inheritdoc/>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>
    /// Whether the record is to be read once more, since searches of OpenCRVS may still show it as waiting.
    /// </summary>
    public bool Heal { get; set; }

    /// <summary>When it was accepted or rejected.</summary>
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Why nothing comes for it, what was odd about its end, or why an operator rejected it.</summary>
    public string? Reason { get; set; }

    /// <summary>Why the last attempt failed: a fixed sentence. Null once it is settled.</summary>
    public string? Trouble { get; set; }

    /// <summary>Whether OpenCRVS waits for us.</summary>
    internal bool IsOpen => State == ConfirmationStates.Open;

    /// <summary>Whether nothing is left to do.</summary>
    internal bool IsDone => !IsOpen && !Heal;

    /// <summary>
    /// Whether it is never accepted by itself: a registration that came without one registration number, so that an
    /// operator rejects it.
    /// </summary>
    internal bool IsHeld => ActionType == EventAction.Register && RegistrationNumber is null;

    /// <summary>How long it waits for its AID or number; null for as long as all do.</summary>
    internal TimeSpan? Patience => PatienceSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Keeps a record token in it.</summary>
    /// <param name="token">The token, encrypted.</param>
    /// <param name="at">When it came.</param>
    /// <param name="expiresAt">When it ends.</param>
    internal void SetToken(byte[] token, DateTimeOffset at, DateTimeOffset expiresAt)
    {
        Token = token;
        TokenAt = at;
        TokenExpiresAt = expiresAt;
    }

    /// <summary>What there is to know before it is scheduled.</summary>
    internal Confirmation ToConfirmation() =>
        new(EventKey, RegistrationNumber, State) { Patience = Patience, IsHeld = IsHeld };

    /// <summary>The row of an action whose trigger came a moment ago.</summary>
    /// <param name="action">The action.</param>
    /// <param name="number">Its registration number.</param>
    /// <param name="now">The present.</param>
    internal static ConfirmationRow From(PendingAction action, string? number, DateTimeOffset now) =>
        new()
        {
            PartitionKey = ConfirmationTable.PartitionOf(action.EventKey),
            RowKey = ConfirmationTable.RowKeyOf(action.EventKey),
            EventKey = action.EventKey,
            EventId = action.EventId,
            ActionId = action.ActionId,
            TransactionId = action.TransactionId,
            EventType = action.EventType,
            ActionType = action.ActionType,
            TrackingId = action.TrackingId,
            RequestId = action.RequestId,
            RegistrationNumber = number,
            PatienceSeconds = action.Patience?.TotalSeconds,
            OpenedAt = now,
        };
}
