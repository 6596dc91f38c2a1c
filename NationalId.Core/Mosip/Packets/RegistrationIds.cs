using System.Globalization;
using System.Security.Cryptography;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>
/// The registration ids by which MOSIP knows packets: one for each record and process for ever, in the ledger before
/// anybody is told of it. What MOSIP refused for good gets another one, when an operator sends it again.
/// </summary>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="mosip">MOSIP's generator.</param>
/// <param name="options">Centre and machine.</param>
/// <param name="delivery">How long a worker has an event.</param>
/// <param name="time">The clock.</param>
public sealed class RegistrationIds(
    Registrations registrations,
    EventLedger ledger,
    PacketClient mosip,
    PacketOptions options,
    DeliveryOptions delivery,
    TimeProvider time
)
{
    private const int Length = 29;
    private const int MostDraws = 5;

    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The registration id under which an event's packet goes. A registrar may register a record again that was
    /// refused: that is another event, but the same packet, and MOSIP's work on it must not be disturbed.
    /// </summary>
    /// <param name="row">The event's row.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Null when MOSIP has the packet already, from another event of the record.</returns>
    /// <exception cref="FlaggedException">MOSIP refused it when it came from that event.</exception>
    /// <exception cref="TransientFailureException">MOSIP gave none, or the other event is being sent.</exception>
    internal async Task<string?> SettleAsync(EventRow row, Packet packet, CancellationToken cancellationToken)
    {
        var known = await registrations.GetAsync(packet.Kind, packet.Key, cancellationToken);
        if (known is not { Aid: { } id, AidFor: { } other } || other == row.Key)
        {
            return await SettleAsync(row, packet.Kind, packet.Key, known, cancellationToken);
        }

        var first = await ledger.GetAsync(other, cancellationToken);
        if (first?.DoneAt(PacketSteps.Refused(packet.Process)) is { } refusedAt)
        {
            row.Done(PacketSteps.Refused(packet.Process), refusedAt);
            throw new FlaggedException(
                "MOSIP refused the packet of this record before. Replayed, it goes under another registration id."
            );
        }

        if (first?.IsDone(PacketSteps.Started(packet)) == true)
        {
            return null;
        }

        if (first is not null && delivery.IsLeased(first.LeaseUntil, time.GetUtcNow()))
        {
            throw new TransientFailureException("An earlier registration of this record is being sent.", Busy);
        }

        await registrations.ChangeAsync(
            packet.Kind,
            packet.Key,
            known,
            registration => registration.AidFor = row.Key,
            cancellationToken
        );
        row.FoundBy.Add(id);
        return id;
    }

    /// <summary>
    /// The registration id of a call that MOSIP takes only with one. It is drawn where there is none.
    /// </summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="key">What the id is kept under.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">MOSIP gave none.</exception>
    internal async Task<string> SettleAsync(
        EventRow row,
        RegistrationKind kind,
        string key,
        CancellationToken cancellationToken
    ) =>
        await SettleAsync(
            row,
            kind,
            key,
            await registrations.GetAsync(kind, key, cancellationToken),
            cancellationToken
        );

    private async Task<string> SettleAsync(
        EventRow row,
        RegistrationKind kind,
        string key,
        RegistrationRow? known,
        CancellationToken cancellationToken
    )
    {
        if (known?.Aid is { } id)
        {
            row.FoundBy.Add(id);
            return id;
        }

        var drawn = await DrawFreeAsync(kind, key, cancellationToken);
        CrashPoint.Hit("deliver.draw");
        var settled = await registrations.SettleAidAsync(kind, key, drawn, known, cancellationToken, eventKey: row.Key);
        row.Note(time.GetUtcNow(), row.Current, "registration id drawn");
        row.FoundBy.Add(settled.Aid!);
        return settled.Aid!;
    }

    /// <summary>Puts another registration id in the place of one that MOSIP refused. Safe to repeat.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="key">What the id is kept under.</param>
    /// <param name="refusedAt">When it was refused: an id that was drawn since is the new one already.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task ReplaceAsync(
        EventRow row,
        RegistrationKind kind,
        string key,
        DateTimeOffset refusedAt,
        CancellationToken cancellationToken
    )
    {
        var known = await registrations.GetAsync(kind, key, cancellationToken);
        if (known?.AidAt > refusedAt)
        {
            return;
        }

        var drawn = await DrawFreeAsync(kind, key, cancellationToken);
        CrashPoint.Hit("deliver.draw");
        await registrations.SettleAidAsync(kind, key, drawn, known, cancellationToken, known?.Aid, row.Key);
        row.Note(time.GetUtcNow(), row.Current, "another registration id drawn, since MOSIP refused the first");
    }

    /// <summary>The registration id that counts; null when there is none.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="key">What the id is kept under.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    internal async Task<string?> FindAsync(RegistrationKind kind, string key, CancellationToken cancellationToken) =>
        (await registrations.GetAsync(kind, key, cancellationToken))?.Aid;

    /// <summary>An id that is no other record's. Of those that we make two may be alike within a second.</summary>
    private async Task<string> DrawFreeAsync(RegistrationKind kind, string key, CancellationToken cancellationToken)
    {
        for (var draw = 0; draw < MostDraws; draw++)
        {
            var drawn = await DrawAsync(cancellationToken);
            if (await registrations.TryKeepAidAsync(kind, key, drawn, cancellationToken))
            {
                return drawn;
            }
        }

        throw new TransientFailureException("Each registration id that was drawn is another record's.");
    }

    /// <summary>An id that was never used, for a call that MOSIP takes only with one.</summary>
    private async Task<string> DrawAsync(CancellationToken cancellationToken)
    {
        if (options.RegistrationIds == RegistrationIdSource.Own)
        {
            // Five digits of chance in each second: MOSIP's machines count here.
            var sequence = RandomNumberGenerator.GetInt32(100_000).ToString("D5", CultureInfo.InvariantCulture);
            var at = time.GetUtcNow().UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
            return options.CenterId + options.MachineId + sequence + at;
        }

        var answer = await mosip.CallAsync("rid", HttpMethod.Get, options.Generator, null, cancellationToken);
        return
            answer.Text("rid") is { Length: Length } rid
            && !rid.AsSpan().ContainsAnyExceptInRange('0', '9')
            && rid.StartsWith(options.CenterId + options.MachineId, StringComparison.Ordinal)
            ? rid
            : throw new TransientFailureException(
                $"MOSIP gave no registration id: {answer.Code ?? "what it gave is none of our centre and machine"}."
            );
    }
}
