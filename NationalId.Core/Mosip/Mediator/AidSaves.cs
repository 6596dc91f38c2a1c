using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Saves application ids on OpenCRVS's records. Published country configurations know births only and refuse every
/// death: that is recognised, said once, and a death is not held back by it. A mediator that fails by turns is not
/// taken for one of these: what is not saved then is never saved.
/// </summary>
/// <param name="records">Writes onto the OpenCRVS record.</param>
/// <param name="options">Whether a death's AID is saved at all.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when deaths are refused.</param>
public sealed partial class AidSaves(
    IRecordWriter records,
    OpenCrvsOptions options,
    TimeProvider time,
    ILogger<AidSaves> logger
)
{
    /// <summary>
    /// How many deaths in a row are refused, while as many births are taken, before deaths are not asked for.
    /// </summary>
    internal const int Refusals = 5;

    /// <summary>How long nothing but this happens before.</summary>
    internal static readonly TimeSpan WatchedFor = TimeSpan.FromMinutes(10);

    /// <summary>How long deaths are not asked for then. The country may have extended its configuration.</summary>
    internal static readonly TimeSpan RestsFor = TimeSpan.FromHours(6);

    private static readonly string[] Fields = ["MOSIP_AID"];

    private readonly Lock gate = new();
    private int refused;
    private int birthsTaken;
    private bool deathTaken;
    private DateTimeOffset refusedSince;
    private DateTimeOffset restsUntil = DateTimeOffset.MinValue;

    /// <summary>Why an AID of a kind is not saved just now; null when it is.</summary>
    /// <param name="kind">Birth or death.</param>
    public string? WhyNot(RegistrationKind kind)
    {
        if (kind == RegistrationKind.Birth)
        {
            return null;
        }

        if (!options.SaveDeathAid)
        {
            return "AID not saved: OpenCrvs__SaveDeathAid is false";
        }

        lock (gate)
        {
            return restsUntil > time.GetUtcNow() ? "AID not saved: the mediator refuses every death" : null;
        }
    }

    /// <summary>Saves an AID and notes that it is done.</summary>
    /// <param name="row">The event's row.</param>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The BRN or DRN.</param>
    /// <param name="aid">The AID.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">The mediator did not take it.</exception>
    public async Task SaveAsync(
        EventRow row,
        RegistrationKind kind,
        string number,
        string aid,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await records.SaveAsync(kind, number, Fields, aid, cancellationToken);
            Taken(kind);
        }
        catch (DeliveryException) when (kind == RegistrationKind.Death)
        {
            Refused();
            throw;
        }

        CrashPoint.Hit("deliver.saved");
        row.Done(EventSteps.Saved, time.GetUtcNow());
    }

    private void Taken(RegistrationKind kind)
    {
        lock (gate)
        {
            if (kind == RegistrationKind.Birth)
            {
                birthsTaken += refused > 0 ? 1 : 0;
            }
            else
            {
                // It knows deaths, whatever happens to it later.
                deathTaken = true;
            }
        }
    }

    // A mediator that is away takes no birth either.
    private void Refused()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (deathTaken || restsUntil > now)
            {
                // In the second case it was asked before the rest began: that is said already.
                return;
            }

            refusedSince = refused == 0 ? now : refusedSince;
            refused++;
            if (refused < Refusals || birthsTaken < Refusals || now - refusedSince < WatchedFor)
            {
                return;
            }

            refused = 0;
            birthsTaken = 0;
            restsUntil = now + RestsFor;
        }

        LogRefused();
    }

    [LoggerMessage(
        73,
        LogLevel.Warning,
        "The country configuration's mediator refuses every death's application id while it takes those of births: "
            + "deaths go on without; set NationalId__OpenCrvs__SaveDeathAid to false, or extend the mediator"
    )]
    private partial void LogRefused();
}
