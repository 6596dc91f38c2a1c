using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>Which part a person has in the registration by which they are served: the first is worth most.</summary>
public enum ServedAs
{
    /// <summary>The deceased.</summary>
    Deceased,

    /// <summary>The child.</summary>
    Child,

    /// <summary>The mother or the father.</summary>
    Parent,
}

/// <summary>What is served of one person by one registration.</summary>
public sealed class ServedRow : ITableEntity
{
    /// <inheritdoc/>
    public string PartitionKey { get; set; } = "";

    /// <inheritdoc/>
    public string RowKey { get; set; } = "";

    /// <inheritdoc/>
    public DateTimeOffset? Timestamp { get; set; }

    /// <inheritdoc/>
    public ETag ETag { get; set; }

    /// <summary>The registration's event.</summary>
    public string EventKey { get; set; } = "";

    /// <summary>When it was stored.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Until when it is served; null while the registry does not have it.</summary>
    public DateTimeOffset? Until { get; set; }

    /// <summary>The person's attributes, encrypted.</summary>
    public byte[] Sealed { get; set; } = [];

    /// <summary>The partition of the row that leads here from the date of birth; null when there is none.</summary>
    public string? ByBirthDate { get; set; }
}

/// <summary>A person who is served.</summary>
/// <param name="EventKey">The registration's event.</param>
/// <param name="Attributes">The attributes that have a value.</param>
internal sealed record ServedPerson(string EventKey, Dictionary<string, string> Attributes)
{
    /// <summary>The event alone.</summary>
    public override string ToString() => $"{nameof(ServedPerson)} {EventKey}";
}

/// <summary>
/// The people whom the registry can read from us: table <c>osiapeople</c>. A person's rows stand under the keyed hash
/// of the number, a row for each registration; others lead there from the keyed hash of the date of birth. What they
/// say is encrypted, and removed when its time is over.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="registrations">Makes the keyed hashes.</param>
/// <param name="seals">Encrypts attributes.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="time">The clock.</param>
public sealed class ServedPeople(
    StorageClients storage,
    Registrations registrations,
    OsiaSeals seals,
    OsiaAttributes attributes,
    TimeProvider time
)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "osiapeople";

    private const string DatePrefix = "b_";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>Serves a person from now on, as a registration has them. What it said earlier is replaced.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="part">The person's part in it.</param>
    /// <param name="eventKey">The registration's event.</param>
    /// <param name="values">The attributes.</param>
    /// <param name="until">Until when; null: until <see cref="EndAsync"/>.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task PutAsync(
        string uin,
        ServedAs part,
        string eventKey,
        IReadOnlyDictionary<string, string> values,
        DateTimeOffset? until,
        CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var hash = (await registrations.HashesAsync(uin, cancellationToken))[0];
        var key = $"{hash}_{(int)part}_{eventKey}";
        var row = new ServedRow
        {
            PartitionKey = hash[..2],
            RowKey = key,
            EventKey = eventKey,
            At = time.GetUtcNow(),
            Until = until,
            Sealed = await seals.SealAsync(key, OsiaAttributes.Write(values), cancellationToken),
        };
        if (attributes.BirthDateName is { } name && values.TryGetValue(name, out var born))
        {
            row.ByBirthDate = (await DateHashesAsync(born, cancellationToken))[0];
            await Table.UpsertEntityAsync(
                new TableEntity(row.ByBirthDate, key),
                TableUpdateMode.Replace,
                cancellationToken
            );
        }

        await Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>The person who has a number; null when nobody is served under it. It is one storage call.</summary>
    /// <param name="uin">The number.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async Task<ServedPerson?> FindAsync(string uin, CancellationToken cancellationToken)
    {
        foreach (var hash in await registrations.HashesAsync(uin, cancellationToken))
        {
            if (await FindByHashAsync(hash, cancellationToken) is { } person)
            {
                return person;
            }
        }

        return null;
    }

    /// <summary>The people who were born on a day.</summary>
    /// <param name="born">The date of birth, as it is served.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    internal async IAsyncEnumerable<ServedPerson> BornAsync(
        string born,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await storage.ReadyAsync();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var partition in await DateHashesAsync(born, cancellationToken))
        {
            await foreach (
                var pointer in Table.QueryAsync<TableEntity>(
                    TableClient.CreateQueryFilter($"PartitionKey eq {partition}"),
                    select: ["RowKey"],
                    cancellationToken: cancellationToken
                )
            )
            {
                var hash = pointer.RowKey.Split('_')[0];
                if (seen.Add(hash) && await FindByHashAsync(hash, cancellationToken) is { } person)
                {
                    yield return person;
                }
            }
        }
    }

    /// <summary>Serves a person for a while only from now on, as far as one registration goes.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="eventKey">The registration's event.</param>
    /// <param name="until">Until when.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task EndAsync(string uin, string eventKey, DateTimeOffset until, CancellationToken cancellationToken)
    {
        foreach (var hash in await registrations.HashesAsync(uin, cancellationToken))
        {
            foreach (var row in (await RowsAsync(hash, cancellationToken)).Where(row => row.EventKey == eventKey))
            {
                row.Until = until;
                try
                {
                    await Table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellationToken);
                }
                catch (RequestFailedException changed) when (changed.Status is 404 or 412)
                {
                    // It was stored anew at this moment, or removed.
                }
            }
        }
    }

    /// <summary>Serves a person no more from now on, as far as one registration goes.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="eventKey">The registration's event.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public Task StopAsync(string uin, string eventKey, CancellationToken cancellationToken) =>
        EndAsync(uin, eventKey, time.GetUtcNow(), cancellationToken);

    /// <summary>Removes what is no longer served.</summary>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task RemoveEndedAsync(CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        await foreach (
            var row in Table.QueryAsync<ServedRow>(
                TableClient.CreateQueryFilter($"Until le {time.GetUtcNow()}"),
                cancellationToken: cancellationToken
            )
        )
        {
            try
            {
                await Table.DeleteEntityAsync(row.PartitionKey, row.RowKey, row.ETag, cancellationToken);
            }
            catch (RequestFailedException changed) when (changed.Status == 412)
            {
                continue;
            }

            if (row.ByBirthDate is { } partition)
            {
                await Table.DeleteEntityAsync(partition, row.RowKey, ETag.All, cancellationToken);
            }
        }
    }

    private async Task<ServedPerson?> FindByHashAsync(string hash, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var row = (await RowsAsync(hash, cancellationToken))
            .Where(row => row.Until is not { } until || until > now)
            // A part is the digit behind the hash: the deceased counts before the child, and both before a parent.
            .OrderBy(row => row.RowKey[hash.Length + 1])
            .ThenByDescending(row => row.At)
            .FirstOrDefault();
        return row is null
            ? null
            : new ServedPerson(
                row.EventKey,
                OsiaAttributes.Read(await seals.OpenAsync(row.RowKey, row.Sealed, cancellationToken))
            );
    }

    private async Task<IReadOnlyList<ServedRow>> RowsAsync(string hash, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var (low, high) = (hash + "_", hash + "`");
        return await Table
            .QueryAsync<ServedRow>(
                TableClient.CreateQueryFilter($"PartitionKey eq {hash[..2]} and RowKey ge {low} and RowKey lt {high}"),
                cancellationToken: cancellationToken
            )
            .ToListAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<string>> DateHashesAsync(string born, CancellationToken cancellationToken) =>
        [
            .. (await registrations.HashesAsync("osia date of birth\n" + born, cancellationToken)).Select(hash =>
                DatePrefix + hash
            ),
        ];
}
