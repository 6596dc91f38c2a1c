using Microsoft.Extensions.Logging;
using NationalId.Core.Pipeline;
using NationalId.Core.Pipeline.Chores;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Exchanges record tokens for fresh ones before they end: a registration may wait for its number for weeks. Removes
/// tokens that nobody needs any more.
/// </summary>
/// <param name="table">What waits for our acceptance.</param>
/// <param name="tokens">Keeps record tokens.</param>
/// <param name="bearers">Exchanges them.</param>
/// <param name="clock">The clock.</param>
/// <param name="logger">Told of tokens that can't be renewed.</param>
public sealed partial class RecordTokenChore(
    ConfirmationTable table,
    RecordTokens tokens,
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

        await foreach (var (key, expiresAt) in tokens.ListAsync(cancellationToken))
        {
            // One without a row: its trigger was cut off between the two, or the row is about to be written.
            var row = await table.GetAsync(key, cancellationToken);
            if (row is { IsDone: true } || (row is null && expiresAt < clock.Now))
            {
                await tokens.RemoveAsync(key, cancellationToken);
            }
        }
    }

    private async Task RenewAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        Dictionary<string, object?> columns = [];
        try
        {
            await bearers.RenewAsync(row, cancellationToken);
            columns[nameof(ConfirmationRow.TokenAt)] = row.TokenAt;
            columns[nameof(ConfirmationRow.TokenExpiresAt)] = row.TokenExpiresAt;
        }
        catch (DeliveryException failure)
        {
            LogNotRenewed(row.EventKey, failure.Reason);
            columns[nameof(ConfirmationRow.Trouble)] = failure.Reason;
        }

        await table.MergeAsync(row.EventKey, columns, cancellationToken);
    }

    [LoggerMessage(94, LogLevel.Error, "The record token of event {EventKey} is not renewed: {Reason}")]
    private partial void LogNotRenewed(string eventKey, string reason);
}
