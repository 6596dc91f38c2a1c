using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Pipeline;

/// <summary>Retries, sweep and retention (docs/architecture.md, "Rules that keep events").</summary>
public sealed class DeliveryOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Delivery";

    /// <summary>The delay before the first retry of an event; it doubles with each.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest delay between two retries.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long one event may stay in a state without a message before the sweep drives it on.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How old a committed payload without a ledger row must be before the sweep enqueues it.</summary>
    public TimeSpan OrphanAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a delivered event's payload is kept.</summary>
    public TimeSpan PayloadRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often a call is repeated at once, before the event goes back to its queue.</summary>
    public int QuickRetries { get; set; } = 2;

    /// <summary>How long a partner that keeps failing is not called at all.</summary>
    public TimeSpan CircuitBreak { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one worker has an event for itself; longer than all calls of one delivery together may take.
    /// </summary>
    public TimeSpan LeaseFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a death waits for IDA to answer, from the first time that it does not, before it is delivered without a
    /// link to its birth.
    /// </summary>
    public TimeSpan LinkPatience { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long after a birth was sent its number is overdue, and after a death that its number was ended, where that
    /// can be known. Zero: nobody looks.
    /// </summary>
    public TimeSpan NumberOverdueAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long intake goes on trying to store an event before it cuts the connection; below the 230 seconds that
    /// Azure's front end waits.
    /// </summary>
    public TimeSpan IntakeStorageBudget { get; set; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Whether a worker has something for itself. A lease that ends later than any lease can was noted by a clock that
    /// was wrong, and its worker may have died meanwhile: it holds nobody up.
    /// </summary>
    /// <param name="until">When the lease ends, as its worker has noted it; null: there is none.</param>
    /// <param name="now">The time.</param>
    public bool IsLeased(DateTimeOffset? until, DateTimeOffset now) => IsLeased(until, now, LeaseFor);

    /// <summary>
    /// When a lease ends that begins now. A little chance is in it, so that no two end at the same tick: a worker knows
    /// its own by it.
    /// </summary>
    /// <param name="now">The time.</param>
    public DateTimeOffset LeaseEnd(DateTimeOffset now) => LeaseEnd(now, LeaseFor);

    /// <summary>The same for what is taken for another time.</summary>
    /// <param name="now">The time.</param>
    /// <param name="length">How long a worker takes it for.</param>
    public static DateTimeOffset LeaseEnd(DateTimeOffset now, TimeSpan length) =>
        now + length + (0.01 * Random.Shared.NextDouble() * length);

    /// <summary>The same for what is taken for another time.</summary>
    /// <param name="until">When the lease ends, as its worker has noted it; null: there is none.</param>
    /// <param name="now">The time.</param>
    /// <param name="length">How long a worker takes it for.</param>
    public static bool IsLeased(DateTimeOffset? until, DateTimeOffset now, TimeSpan length) =>
        // Twice: clocks of two hosts may differ.
        until > now
        && until <= now + (2 * length);

    /// <summary>
    /// When to look again at what another worker has; null when no worker has it. Not only when its lease is over: the
    /// next attempt's message may come while slow storage still writes that the attempt before has ended, and the lease
    /// is long.
    /// </summary>
    /// <param name="until">When the lease ends, as its worker has noted it; null: there is none.</param>
    /// <param name="now">The time.</param>
    public TimeSpan? LookAgainIn(DateTimeOffset? until, DateTimeOffset now)
    {
        if (!IsLeased(until, now))
        {
            return null;
        }

        var left = until - now + TimeSpan.FromSeconds(1);
        return left < FirstDelay ? left : FirstDelay;
    }

    /// <summary>How calls to partners are repeated and given up.</summary>
    public PartnerPatience Patience() => new(QuickRetries, CircuitBreak, LeaseFor);

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        var least = TimeSpan.FromMilliseconds(1);
        var years = TimeSpan.FromDays(3650);
        problems.Between(FirstDelay, least, SettingsProblems.Day);
        // A queue hides a message for seven days at most, and a delay is spread by a fifth.
        problems.Between(LongestDelay, least, TimeSpan.FromDays(5));
        problems.Between(StuckAfter, least, years);
        problems.Between(OrphanAfter, least, years);
        problems.Between(PayloadRetention, least, years);
        problems.Between(QuickRetries, 0, 10);
        problems.Between(CircuitBreak, TimeSpan.FromMilliseconds(500), SettingsProblems.Day);
        problems.Between(LeaseFor, least, SettingsProblems.Day);
        problems.Between(LinkPatience, TimeSpan.Zero, years);
        problems.Between(NumberOverdueAfter, TimeSpan.Zero, years);
        problems.Between(IntakeStorageBudget, least, SettingsProblems.Day);
        if (FirstDelay > LongestDelay)
        {
            problems.AddOption(nameof(FirstDelay), $"must not be longer than {problems.Name(nameof(LongestDelay))}");
        }
    }

    /// <summary>Says when a call may take longer than one worker has its event.</summary>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="timeout">How long one call may take.</param>
    /// <param name="setting">The app setting that says so.</param>
    public void CheckCall(SettingsProblems problems, TimeSpan timeout, string setting)
    {
        if (LeaseFor <= timeout)
        {
            problems.Add(
                SettingsReader.Spell($"{Section}:{nameof(LeaseFor)}"),
                $"must be longer than {setting}: another worker would take an event while its call is still under way"
            );
        }
    }
}
