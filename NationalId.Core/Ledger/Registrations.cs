using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>How a record and its registration number fit what is known.</summary>
public enum RecordClaim
{
    /// <summary>They belong together, from now on at the latest.</summary>
    Fits,

    /// <summary>Another record has the number.</summary>
    NumberHasAnotherRecord,

    /// <summary>
    /// The same registration came by another way in, where records have other ids: it is being carried already.
    /// </summary>
    CameAnotherWay,
}

/// <summary>
/// The ledger of registration numbers: table <c>registrations</c>, spread by the number's hash. Rows <c>r_</c> are the
/// registrations, <c>a_</c> lead from an AID to the registration that it was drawn for (where MOSIP's answers name the
/// AID alone), <c>t_</c> from a token's keyed hash to its BRN, <c>v_</c> from the keyed hash of what IDA recognised
/// somebody by to the keyed hash of the token that it gave. National ids and tokens are here only as HMACs under a key
/// from the secret store.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="secrets">Holds the HMAC's key; older enabled versions are still looked under.</param>
/// <param name="time">The clock.</param>
public sealed class Registrations(StorageClients storage, ISecretStore secrets, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "registrations";

    private const string KindColumn = "Kind";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>The row of a registration number; null when there is none.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    public async Task<RegistrationRow?> GetAsync(
        RegistrationKind kind,
        string number,
        CancellationToken cancellationToken
    )
    {
        var (partition, row) = KeyOf(kind, number);
        return await FindAsync<RegistrationRow>(partition, row, cancellationToken);
    }

    /// <summary>
    /// Offers an AID for a registration number. The first one offered wins, whoever draws: insert if absent decides. It
    /// stays for ever, unless MOSIP refuses it for good.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="drawn">The AID that is offered.</param>
    /// <param name="seen">The row as it was read a moment ago; null when there was none.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    /// <param name="refused">An AID that MOSIP refused for good and an operator has replaced; null: none is.</param>
    /// <param name="eventKey">The event for which it is drawn, where MOSIP's answers name the AID alone; null where
    /// they name the number.</param>
    /// <param name="also">What changes with it.</param>
    /// <returns>The row, with the AID to use.</returns>
    public Task<RegistrationRow> SettleAidAsync(
        RegistrationKind kind,
        string number,
        string drawn,
        RegistrationRow? seen,
        CancellationToken cancellationToken,
        string? refused = null,
        string? eventKey = null,
        Action<RegistrationRow>? also = null
    )
    {
        return ChangeAsync(
            kind,
            number,
            seen,
            row =>
            {
                if (row.Aid is null || row.Aid == refused)
                {
                    row.SetAid(drawn, time.GetUtcNow(), eventKey);
                }

                also?.Invoke(row);
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Keeps an AID for a registration number, before anything is sent under it: it leads back to the number then,
    /// where MOSIP's answers name the AID alone. A draw that loses is sent by nobody.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="drawn">The AID.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>False when it is another number's: two were drawn alike, and each would get the other's
    /// credential.</returns>
    public async Task<bool> TryKeepAidAsync(
        RegistrationKind kind,
        string number,
        string drawn,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var back = Pointer('a', Hash(drawn), number);
        back[KindColumn] = kind.ToString();
        return await TryAddAsync(back, cancellationToken)
            || (
                await FindAsync<TableEntity>(back.PartitionKey, back.RowKey, cancellationToken) is { } known
                && known.GetString("Value") == number
                && known.GetString(KindColumn) == kind.ToString()
            );
    }

    /// <summary>The registration that an AID belongs to; null when it is none of ours, or was replaced.</summary>
    /// <param name="aid">The AID.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    public async Task<RegistrationRow?> FindByAidAsync(string aid, CancellationToken cancellationToken)
    {
        var hash = Hash(aid);
        return
            await FindAsync<TableEntity>(hash[..2], $"a_{hash}", cancellationToken) is { } back
            && Enum.TryParse<RegistrationKind>(back.GetString(KindColumn), out var kind)
            && await GetAsync(kind, back.GetString("Value"), cancellationToken) is { } row
            && row.Aid == aid
            ? row
            : null;
    }

    /// <summary>
    /// Notes which record has a registration number. The first one counts for ever, also of two that come at once:
    /// insert if absent decides.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="source">The way in by which it came.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <param name="also">What a row that is new has from the first on; null: nothing more.</param>
    /// <returns>How they fit, and the number's row as it is now where they do.</returns>
    public async Task<(RecordClaim Claim, RegistrationRow? Row)> ClaimAsync(
        RegistrationKind kind,
        string number,
        string record,
        string source,
        CancellationToken cancellationToken,
        Action<RegistrationRow>? also = null
    )
    {
        await storage.ReadyAsync();
        var (partition, rowKey) = KeyOf(kind, number);
        var row = New(kind, number, partition, rowKey);
        Take(row);
        also?.Invoke(row);
        if (!await TryAddAsync(row, cancellationToken))
        {
            row = await GetAsync(kind, number, cancellationToken);
            if (row?.RecordId is null)
            {
                row = await ChangeAsync(kind, number, row, Take, cancellationToken);
            }
        }

        if (row.RecordId == record)
        {
            return (RecordClaim.Fits, row);
        }

        return (
            (row.RecordSource ?? EventSources.Webhook) == source
                ? RecordClaim.NumberHasAnotherRecord
                : RecordClaim.CameAnotherWay,
            null
        );

        void Take(RegistrationRow free)
        {
            if (free.RecordId is null)
            {
                free.RecordId = record;
                free.RecordSource = source;
            }
        }
    }

    /// <summary>Inserts or changes a registration's row; repeats while somebody else changes it too.</summary>
    public async Task<RegistrationRow> ChangeAsync(
        RegistrationKind kind,
        string number,
        Action<RegistrationRow> change,
        CancellationToken cancellationToken
    ) => await ChangeAsync(kind, number, await GetAsync(kind, number, cancellationToken), change, cancellationToken);

    /// <summary>
    /// The same for a row that was read (null: not found) a moment ago: its ETag tells whether that still holds,
    /// without reading again.
    /// </summary>
    public async Task<RegistrationRow> ChangeAsync(
        RegistrationKind kind,
        string number,
        RegistrationRow? seen,
        Action<RegistrationRow> change,
        CancellationToken cancellationToken
    )
    {
        var (partition, rowKey) = KeyOf(kind, number);
        for (var row = seen; ; row = await FindAsync<RegistrationRow>(partition, rowKey, cancellationToken))
        {
            try
            {
                var isNew = row is null;
                row ??= New(kind, number, partition, rowKey);
                change(row);
                var answer = isNew
                    ? await Table.AddEntityAsync(row, cancellationToken)
                    : await Table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
                row.ETag = answer.Headers.ETag ?? default;
                return row;
            }
            catch (RequestFailedException conflict) when (conflict.Status is 409 or 412)
            {
                // Somebody else was first: look again.
            }
        }
    }

    /// <summary>
    /// Notes whose death it is, before anybody is told of it: the number by which the National ID system recognised the
    /// deceased, as its keyed hash, and the birth that it belongs to.
    /// </summary>
    /// <param name="death">What the death is known by.</param>
    /// <param name="number">The number.</param>
    /// <param name="birth">The birth's registration number; null when it is not known.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task NoteDeceasedAsync(string death, string number, string? birth, CancellationToken cancellationToken)
    {
        var hash = (await HashesAsync(number, cancellationToken))[0];
        await ChangeAsync(RegistrationKind.Death, death, row => row.TokenHash = hash, cancellationToken);
        if (birth is not null)
        {
            await NoteDeathAsync(death, birth, cancellationToken);
        }
    }

    /// <summary>Notes that a death belongs to a birth, and counts.</summary>
    /// <param name="death">What the death is known by.</param>
    /// <param name="birth">The birth's registration number.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public Task NoteDeathAsync(string death, string birth, CancellationToken cancellationToken) =>
        ChangeAsync(
            RegistrationKind.Birth,
            birth,
            row => row.SetDeath(death, counts: true, time.GetUtcNow()),
            cancellationToken
        );

    /// <summary>
    /// The keyed hashes of a token, a number or what IDA recognised somebody by: under the newest key first, then under
    /// older ones that are still enabled.
    /// </summary>
    /// <exception cref="SecretMissingException">The secret store has no ledger key.</exception>
    public async Task<IReadOnlyList<string>> HashesAsync(string nationalIdOrToken, CancellationToken cancellationToken)
    {
        var keys = await secrets.GetVersionsAsync(SecretNames.LedgerKey, cancellationToken);
        return keys.Count == 0
            ? throw new SecretMissingException(SecretNames.LedgerKey)
            :
            [
                .. keys.Select(key =>
                    Convert.ToHexStringLower(
                        HMACSHA256.HashData(
                            Encoding.UTF8.GetBytes(key.Value),
                            Encoding.UTF8.GetBytes(nationalIdOrToken)
                        )
                    )
                ),
            ];
    }

    /// <summary>
    /// The same for a number that should be the one whose hash is noted already. Another worker may have noted it under
    /// a ledger key that this one has not seen yet, so before it is called another number the keys are read again.
    /// </summary>
    /// <param name="number">The token or number.</param>
    /// <param name="noted">The hash that is noted; null when none is.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    public async Task<IReadOnlyList<string>> HashesAsync(
        string number,
        string? noted,
        CancellationToken cancellationToken
    )
    {
        var hashes = await HashesAsync(number, cancellationToken);
        if (noted is null || hashes.Contains(noted))
        {
            return hashes;
        }

        secrets.Refresh(SecretNames.LedgerKey);
        return await HashesAsync(number, cancellationToken);
    }

    /// <summary>The BRN that a token belongs to; null when none is known.</summary>
    /// <param name="tokenHashes">The token's keyed hashes.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    public Task<string?> BirthOfTokenAsync(IEnumerable<string> tokenHashes, CancellationToken cancellationToken) =>
        PointerAsync('t', tokenHashes, cancellationToken);

    /// <summary>Notes whose token this is. A token that already belongs to another BRN stays there.</summary>
    /// <returns>The BRN that the token belongs to.</returns>
    public async Task<string> SettleTokenAsync(
        IReadOnlyList<string> tokenHashes,
        string brn,
        CancellationToken cancellationToken
    )
    {
        if (await BirthOfTokenAsync(tokenHashes, cancellationToken) is { } owner)
        {
            return owner;
        }

        try
        {
            await Table.AddEntityAsync(Pointer('t', tokenHashes[0], brn), cancellationToken);
            return brn;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            return await BirthOfTokenAsync(tokenHashes, cancellationToken) ?? brn;
        }
    }

    /// <summary>Takes back that a token belongs to a BRN; one that belongs to another stays there.</summary>
    public async Task ForgetTokenAsync(
        IReadOnlyList<string> tokenHashes,
        string brn,
        CancellationToken cancellationToken
    )
    {
        foreach (var hash in tokenHashes)
        {
            if (
                await FindAsync<TableEntity>(hash[..2], $"t_{hash}", cancellationToken) is { } row
                && row.GetString("Value") == brn
            )
            {
                await Table.DeleteEntityAsync(row, row.ETag, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The keyed hash of the token that the National ID system gave earlier for the same id, name, gender and date of
    /// birth; null when it did not.
    /// </summary>
    /// <param name="claims">What the person was recognised by; each of them is looked for.</param>
    /// <param name="cancellationToken">Stops the lookup.</param>
    public async Task<string?> RecognisedAsync(IEnumerable<string> claims, CancellationToken cancellationToken)
    {
        foreach (var claim in claims)
        {
            if (await PointerAsync('v', await HashesAsync(claim, cancellationToken), cancellationToken) is { } token)
            {
                return token;
            }
        }

        return null;
    }

    /// <summary>
    /// Notes which token the National ID system gave for a claim, so that a later question needs no call.
    /// </summary>
    /// <param name="claim">What the person was recognised by.</param>
    /// <param name="token">The token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task RememberAsync(string claim, string token, CancellationToken cancellationToken)
    {
        var claimHash = (await HashesAsync(claim, cancellationToken))[0];
        var value = (await HashesAsync(token, cancellationToken))[0];
        await storage.ReadyAsync();
        await Table.UpsertEntityAsync(Pointer('v', claimHash, value), TableUpdateMode.Replace, cancellationToken);
    }

    private async Task<bool> TryAddAsync(ITableEntity row, CancellationToken cancellationToken)
    {
        try
        {
            row.ETag = (await Table.AddEntityAsync(row, cancellationToken)).Headers.ETag ?? default;
            return true;
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            return false;
        }
    }

    private static RegistrationRow New(RegistrationKind kind, string number, string partition, string row) =>
        new()
        {
            PartitionKey = partition,
            RowKey = row,
            Number = number,
            Kind = kind.ToString(),
        };

    private static TableEntity Pointer(char kind, string hash, string value) =>
        new(hash[..2], $"{kind}_{hash}") { ["Value"] = value };

    private async Task<string?> PointerAsync(char kind, IEnumerable<string> hashes, CancellationToken cancellationToken)
    {
        foreach (var hash in hashes)
        {
            if (await FindAsync<TableEntity>(hash[..2], $"{kind}_{hash}", cancellationToken) is { } row)
            {
                return row.GetString("Value");
            }
        }

        return null;
    }

    private async Task<T?> FindAsync<T>(string partition, string row, CancellationToken cancellationToken)
        where T : class, ITableEntity
    {
        await storage.ReadyAsync();
        return await Table.FindAsync<T>(partition, row, cancellationToken);
    }

    private static (string Partition, string Row) KeyOf(RegistrationKind kind, string number)
    {
        var hash = Hash($"{kind}:{number}");
        return (hash[..2], "r_" + hash);
    }

    // A registration number may hold characters that a table key must not.
    private static string Hash(string text) => TableRows.KeyOf(text);
}
