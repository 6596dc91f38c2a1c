using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Registry;

namespace NationalId.Core.Ledger;

/// <summary>
/// The ledger's row of one registration number: its AID for ever, its UIN token's hash, and what OpenCRVS was told.
/// </summary>
public sealed class RegistrationRow : ITableEntity
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <inheritdoc/>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The BRN or DRN (the composition id for an event that has neither).</summary>
    public string Number { get; set; } = "";

    /// <summary><c>Birth</c> or <c>Death</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>The record that has the number: another one with the same number is a contradiction.</summary>
    public string? RecordId { get; set; }

    /// <summary>MOSIP's application id: drawn once, never replaced.</summary>
    public string? Aid { get; set; }

    /// <summary>When the AID was drawn.</summary>
    public DateTimeOffset? AidAt { get; set; }

    /// <summary>The birth's subject: OpenCRVS's id of the Patient resource.</summary>
    public string? PatientId { get; set; }

    /// <summary>The keyed hash of the UIN token or national id that came back.</summary>
    public string? TokenHash { get; set; }

    /// <summary>When it came back.</summary>
    public DateTimeOffset? TokenAt { get; set; }

    /// <summary>When OpenCRVS said that it had saved it.</summary>
    public DateTimeOffset? TokenSavedAt { get; set; }

    /// <summary>When the birth was linked to a death.</summary>
    public DateTimeOffset? DeceasedAt { get; set; }
}

/// <summary>How a record and its registration number fit what is known.</summary>
public enum RecordClaim
{
    /// <summary>They belong together, from now on at the latest.</summary>
    Fits,

    /// <summary>Another record has the number.</summary>
    NumberHasAnotherRecord,

    /// <summary>The record has another number.</summary>
    RecordHasAnotherNumber,
}

/// <summary>
/// The ledger of registration numbers: table <c>registrations</c>, spread by the number's hash. Rows <c>r_</c> are the
/// registrations, <c>e_</c> the events of a number, <c>c_</c> lead from a record's id to its number, <c>t_</c> lead
/// from a token's keyed hash to its BRN, <c>v_</c> from the keyed hash of what IDA recognised somebody by to the keyed
/// hash of the token that it gave. National ids and tokens are here only as HMACs under a key from the secret store.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="secrets">Holds the HMAC's key; older enabled versions are still looked under.</param>
/// <param name="time">The clock.</param>
public sealed class Registrations(StorageClients storage, ISecretStore secrets, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "registrations";

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
    /// Offers an AID for a registration number. The first one offered wins for ever, whoever draws: insert if absent
    /// decides.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="drawn">The AID that is offered.</param>
    /// <param name="seen">The row as it was read a moment ago; null when there was none.</param>
    /// <param name="cancellationToken">Stops the change.</param>
    /// <returns>The row, with the AID to use.</returns>
    public Task<RegistrationRow> SettleAidAsync(
        RegistrationKind kind,
        string number,
        string drawn,
        RegistrationRow? seen,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            kind,
            number,
            seen,
            row =>
            {
                row.Aid ??= drawn;
                row.AidAt ??= time.GetUtcNow();
            },
            cancellationToken
        );

    /// <summary>
    /// Notes that a record has a registration number. The first one counts for ever, also of two that come at once:
    /// insert if absent decides.
    /// </summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="number">The registration number.</param>
    /// <param name="record">The record's id.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<RecordClaim> ClaimAsync(
        RegistrationKind kind,
        string number,
        string record,
        CancellationToken cancellationToken
    )
    {
        // 1. What the record is known by already.
        var hash = Hash($"{kind}:{record}");
        var known = (await FindAsync<TableEntity>(hash[..2], $"c_{hash}", cancellationToken))?.GetString("Value");
        if (known is not null && known != number)
        {
            return RecordClaim.RecordHasAnotherNumber;
        }

        // 2. The number, which the first record keeps.
        var row = await GetAsync(kind, number, cancellationToken);
        if (row?.RecordId is null)
        {
            row = await ChangeAsync(kind, number, row, one => one.RecordId ??= record, cancellationToken);
        }

        if (row.RecordId != record)
        {
            return RecordClaim.NumberHasAnotherRecord;
        }

        // 3. The record, which keeps the first number.
        try
        {
            if (known is null)
            {
                await Table.AddEntityAsync(Pointer('c', hash, number), cancellationToken);
            }
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            known = (await FindAsync<TableEntity>(hash[..2], $"c_{hash}", cancellationToken))?.GetString("Value");
            if (known is not null && known != number)
            {
                await ChangeAsync(kind, number, Release, cancellationToken);
                return RecordClaim.RecordHasAnotherNumber;
            }
        }

        return RecordClaim.Fits;

        void Release(RegistrationRow claimed) =>
            claimed.RecordId = claimed.RecordId == record ? null : claimed.RecordId;
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
                row ??= new RegistrationRow
                {
                    PartitionKey = partition,
                    RowKey = rowKey,
                    Number = number,
                    Kind = kind.ToString(),
                };
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

    /// <summary>Notes that an event belongs to a registration number, for the operator's search.</summary>
    public async Task AddEventAsync(string number, string eventKey, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var hash = Hash(number);
        await Table.UpsertEntityAsync(
            new TableEntity(hash[..2], $"e_{hash}_{eventKey}"),
            TableUpdateMode.Replace,
            cancellationToken
        );
    }

    /// <summary>The keys of a registration number's events.</summary>
    public async Task<IReadOnlyList<string>> EventsOfAsync(string number, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var hash = Hash(number);
        List<string> keys = [];
        var (low, high) = ($"e_{hash}_", $"e_{hash}`");
        await foreach (
            var row in Table.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {hash[..2]} and RowKey ge {low} and RowKey lt {high}"),
                cancellationToken: cancellationToken
            )
        )
        {
            keys.Add(row.RowKey[low.Length..]);
        }

        return keys;
    }

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
        var answer = await Table.GetEntityIfExistsAsync<T>(partition, row, cancellationToken: cancellationToken);
        return answer.HasValue ? answer.Value : null;
    }

    private static (string Partition, string Row) KeyOf(RegistrationKind kind, string number)
    {
        var hash = Hash($"{kind}:{number}");
        return (hash[..2], "r_" + hash);
    }

    // A registration number may hold characters that a table key must not.
    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
