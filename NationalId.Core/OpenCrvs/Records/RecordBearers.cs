using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// Whose token confirms a record. In 1.9 and 2.0 that is the record token that came with the trigger; in 2.0 our own
/// client's can be exchanged for one when it has ended. Since 2.1 it is our own client's.
/// </summary>
/// <param name="table">Keeps record tokens.</param>
/// <param name="tokens">Encrypts them.</param>
/// <param name="own">Our own client's token.</param>
/// <param name="exchange">Exchanges tokens for record tokens.</param>
/// <param name="options">OpenCRVS's generation.</param>
/// <param name="time">The clock.</param>
public sealed class RecordBearers(
    ConfirmationTable table,
    RecordTokens tokens,
    OpenCrvsTokens own,
    RecordTokenExchange exchange,
    ActionsOptions options,
    TimeProvider time
)
{
    /// <summary>The token that confirms an action.</summary>
    /// <param name="row">The action.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">There is none.</exception>
    public async Task<string> OfAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        if (options.Api == OpenCrvsVersion.V2_1)
        {
            return await own.GetAsync(cancellationToken);
        }

        return await KeptAsync(row, cancellationToken) ?? await ReplaceAsync(row, null, cancellationToken);
    }

    /// <summary>
    /// Another token for an action whose token OpenCRVS refused or that has ended. It is kept in that one's place.
    /// </summary>
    /// <param name="row">The action.</param>
    /// <param name="refused">The token that was refused; null when there is none.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">There is none to be had.</exception>
    public async Task<string> ReplaceAsync(ConfirmationRow row, string? refused, CancellationToken cancellationToken)
    {
        if (options.Api == OpenCrvsVersion.V2_1 && refused is not null)
        {
            own.Invalidate(refused);
            return await own.GetAsync(cancellationToken);
        }

        if (options.Api == OpenCrvsVersion.V1_9)
        {
            throw new TransientFailureException(
                "The record's token has ended or is refused, and OpenCRVS 1.9 gives us no other: "
                    + "confirm it in OpenCRVS, or by hand."
            );
        }

        var subject = await own.GetAsync(cancellationToken);
        return await KeepAsync(row, subject, cancellationToken);
    }

    /// <summary>Our own client's token.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    public ValueTask<string> OwnAsync(CancellationToken cancellationToken) => own.GetAsync(cancellationToken);

    /// <summary>Forgets our own client's token, which was refused.</summary>
    /// <param name="refused">The token.</param>
    public void ForgetOwn(string refused) => own.Invalidate(refused);

    /// <summary>Exchanges an action's token for one that lives as long again.</summary>
    /// <param name="row">The action.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS gives none.</exception>
    public async Task RenewAsync(ConfirmationRow row, CancellationToken cancellationToken)
    {
        if (await KeptAsync(row, cancellationToken) is { } kept)
        {
            await KeepAsync(row, kept, cancellationToken);
        }
        else
        {
            await ReplaceAsync(row, null, cancellationToken);
        }
    }

    private async Task<string?> KeptAsync(ConfirmationRow row, CancellationToken cancellationToken) =>
        row.TokenExpiresAt > time.GetUtcNow() ? await tokens.OpenAsync(row, cancellationToken) : null;

    private async Task<string> KeepAsync(ConfirmationRow row, string subject, CancellationToken cancellationToken)
    {
        var (token, expiresAt) = await exchange.ForRecordAsync(subject, row.EventId, row.ActionId, cancellationToken);
        row.SetToken(await tokens.SealAsync(row.EventKey, token, cancellationToken), time.GetUtcNow(), expiresAt);
        // Where somebody changes the row at the same time it is not kept: the next one who needs a token gets one too.
        await table.TryKeepTokenAsync(row, cancellationToken);
        return token;
    }
}
