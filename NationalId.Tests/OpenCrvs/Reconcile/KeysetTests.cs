using NationalId.Core.OpenCrvs.Reconcile;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Reconcile;

public sealed class KeysetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 25, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Every_row_is_listed_once_though_many_stand_at_one_instant(int size)
    {
        // Three alone, seven at one instant, two more.
        List<ListedRecord> all =
        [
            .. Enumerable.Range(0, 3).Select(i => At(i, Noon.AddSeconds(i))),
            .. Enumerable.Range(3, 7).Select(i => At(i, Noon.AddMinutes(1))),
            .. Enumerable.Range(10, 2).Select(i => At(i, Noon.AddMinutes(i))),
        ];
        List<string> listed = [];
        var calls = 0;
        await foreach (var page in Keyset.ListAsync(Noon, size, Read, default))
        {
            listed.AddRange(page.Records.Select(record => record.RecordId));
        }

        Assert.Equal(all.Select(record => record.RecordId), listed);

        Task<(IReadOnlyList<ListedRecord> Rows, int Count)> Read(DateTimeOffset from, int skip, CancellationToken stop)
        {
            Assert.InRange(++calls, 1, 40);
            List<ListedRecord> rows = [.. all.Where(record => record.Position >= from).Skip(skip).Take(size)];
            return Task.FromResult<(IReadOnlyList<ListedRecord>, int)>((rows, rows.Count));
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Rows_that_are_no_registrations_do_not_end_the_list(int size)
    {
        // Every third row has no number of its own, or another status: it is not listed.
        List<ListedRecord> all = [.. Enumerable.Range(0, 30).Select(i => At(i, Noon.AddSeconds(i / 3)))];
        List<string> listed = [];
        await foreach (var page in Keyset.ListAsync(Noon, size, Read, default))
        {
            listed.AddRange(page.Records.Select(record => record.RecordId));
        }

        Assert.Equal(all.Where(IsListed).Select(record => record.RecordId), listed);

        Task<(IReadOnlyList<ListedRecord> Rows, int Count)> Read(DateTimeOffset from, int skip, CancellationToken stop)
        {
            List<ListedRecord> rows = [.. all.Where(record => record.Position >= from).Skip(skip).Take(size)];
            return Task.FromResult<(IReadOnlyList<ListedRecord>, int)>(([.. rows.Where(IsListed)], rows.Count));
        }

        bool IsListed(ListedRecord record) => all.IndexOf(record) % 3 != 1;
    }

    private static ListedRecord At(int id, DateTimeOffset at) =>
        new(RegistrationKind.Birth, $"r{id}", $"n{id}", at, at);
}
