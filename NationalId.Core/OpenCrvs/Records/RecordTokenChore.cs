using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Exchanges record tokens for fresh ones before they end: a registration may wait for its number for weeks.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="bearers">Exchanges them.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Told of tokens that can't be renewed.</param>
public sealed partial class RecordTokenChore(
    ConfirmationTable table,
    RecordBearers bearers,
    ChoreClock clock,
    ILogger<RecordTokenChore> logger
) : IChore
{
    // On the sixth of seven days.
    private const double Part = 6.0 / 7.0;

    /// <inheritdoc/>
    public string Name => "record tokens";

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var row in table.OpenAsync(cancellationToken))
        {
            if (row.IsOpen && row.TokenAt + ((row.TokenExpiresAt - row.TokenAt) * Part) <= clock.Now)
            {
                await RenewAsync(row, cancellationToken);
            }
        }
    }

    private async Task RenewAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        try
        {
            await bearers.RenewAsync(row, cancellationToken);
        }
        catch (DeliveryException failure)
        {
            LogNotRenewed(row.EventKey, failure.Reason);
            await table.MergeAsync(
                row.EventKey,
                new Dictionary<string, object?> { [nameof(ConfirmationRow.Trouble)] = failure.Reason },
                cancellationToken
            );
        }
    }

    [LoggerMessage(94, LogLevel.Error, "The record token of event {EventKey} is not renewed: {Reason}")]
    private partial void LogNotRenewed(string eventKey, string reason);
}
