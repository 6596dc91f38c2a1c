using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

/// <summary>Whatever is said of registrations, in whatever order it comes: the newest word counts.</summary>
public sealed class StandingTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Swapped_and_repeated_words_end_where_the_newest_says()
    {
        var words =
            from reinstates in Gen.ArrayOf(Gen.Elements(true, false))
            from repeats in Gen.Choose(1, 3)
            from shuffled in Gen.Shuffle(
                Enumerable.Repeat(Enumerable.Range(0, reinstates.Length), repeats).SelectMany(i => i)
            )
            select (reinstates, shuffled);
        foreach (var (reinstates, order) in words.Sample(300, new Rnd(20_261_126), 12))
        {
            var standing = default(Standing);
            foreach (var at in order)
            {
                standing = standing.After(ChangeOf(reinstates[at]), Begin.AddMinutes(at), KeyOf(at));
            }

            Assert.Equal(reinstates.Length > 0 && !reinstates[^1], standing.IsRevoked);
        }
    }

    [Fact]
    public void Of_words_of_the_same_moment_the_same_one_wins_in_whatever_order_they_come()
    {
        var one = default(Standing)
            .After(RegistrationChange.Revoked, Begin, "a")
            .After(RegistrationChange.Reinstated, Begin, "b");
        var other = default(Standing)
            .After(RegistrationChange.Reinstated, Begin, "b")
            .After(RegistrationChange.Revoked, Begin, "a");
        Assert.Equal(one, other);
        Assert.False(one.IsRevoked);
    }

    [Theory]
    [InlineData(false, 0, true)]
    [InlineData(true, 0, false)]
    [InlineData(false, 1, false)]
    [InlineData(true, 1, false)]
    [InlineData(false, 2, false)]
    public void A_number_is_in_use_while_its_birth_counts_and_no_death_does(
        bool birthRevoked,
        int deaths,
        bool inUse
    ) => Assert.Equal(inUse, new PersonState(birthRevoked, deaths).IsNumberInUse);

    private static RegistrationChange ChangeOf(bool reinstates) =>
        reinstates ? RegistrationChange.Reinstated : RegistrationChange.Revoked;

    private static string KeyOf(int at) => at.ToString("D4", CultureInfo.InvariantCulture);
}
