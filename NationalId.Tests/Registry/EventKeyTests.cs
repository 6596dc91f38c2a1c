using FsCheck.Xunit;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

public class EventKeyTests
{
    [Property]
    public bool Different_events_have_different_keys(
        string? composition,
        string? number,
        string? otherComposition,
        string? otherNumber
    ) =>
        (composition == otherComposition && number == otherNumber)
        == (EventKey.Compute("T", composition, number) == EventKey.Compute("T", otherComposition, otherNumber));

    [Fact]
    public void Parts_do_not_run_into_each_other()
    {
        string[] keys =
        [
            EventKey.Compute("T", "1", "23"),
            EventKey.Compute("T", "12", "3"),
            EventKey.Compute("T1", "2", "3"),
            EventKey.Compute("T", null, "123"),
            EventKey.Compute("T", "123", null),
            EventKey.Compute("T", "", "123"),
            EventKey.Compute("T", "1", null),
            EventKey.Compute("T", "1", ""),
            EventKey.ForUnreadable("T123"u8),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.Matches("^[0-9a-f]{64}$", key));
    }

    [Fact]
    public void A_key_stays_the_same_over_releases()
    {
        Assert.Equal(
            "2b66883cd15a5373b2ae884612f194c7b5b29e5907ca38da86cc3cf13d9cb048",
            EventKey.Compute("BIRTH_REGISTERED", "c", "2024B1")
        );
        Assert.Equal("ba7816bf8f01cfea", EventKey.BrnHash("abc"));
    }

    [Fact]
    public void All_events_of_a_record_begin_with_the_same_digit()
    {
        foreach (var record in Enumerable.Range(0, 50).Select(one => $"record {one}"))
        {
            string[] keys =
            [
                EventKey.Compute("BIRTH_REGISTERED", record, "2024B1"),
                EventKey.Compute("BIRTH_CORRECTED", record, "2024B1", "a bundle's hash"),
                EventKey.Compute("BIRTH_REGISTERED", record, null, "an action"),
            ];

            Assert.Equal(keys.Length, keys.Distinct().Count());
            Assert.All(keys, key => Assert.Equal(EventKey.PartitionOf(record), EventLedger.PartitionOf(key)));
        }
    }
}
