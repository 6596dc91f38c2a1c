using Azure;
using Azure.Data.Tables;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>
/// The numbers that were drawn: table <c>osianumbers</c>, one for each birth for ever, encrypted. The first that is
/// offered counts, whoever draws: insert if absent decides.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="seals">Encrypts numbers.</param>
public sealed class DrawnNumbers(StorageClients storage, OsiaSeals seals)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "osianumbers";

    private const string Sealed = "Sealed";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>A birth's number; null when none was drawn.</summary>
    /// <param name="birth">What the birth is known by.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task<string?> FindAsync(string birth, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var key = KeyOf(birth);
        var row = await Table.FindAsync<TableEntity>(key[..2], key, cancellationToken);
        return row is null ? null : await seals.OpenAsync(key, row.GetBinary(Sealed), cancellationToken);
    }

    /// <summary>Offers a number for a birth.</summary>
    /// <param name="birth">What the birth is known by.</param>
    /// <param name="number">The number.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>The number that counts.</returns>
    public async Task<string> SettleAsync(string birth, string number, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var key = KeyOf(birth);
        var row = new TableEntity(key[..2], key) { [Sealed] = await seals.SealAsync(key, number, cancellationToken) };
        try
        {
            await Table.AddEntityAsync(row, cancellationToken);
            return number;
        }
        catch (RequestFailedException first) when (first.Status == 409)
        {
            return await FindAsync(birth, cancellationToken) ?? number;
        }
    }

    private static string KeyOf(string birth) => TableRows.KeyOf("birth:" + birth);
}
