using System.Security.Cryptography;
using NationalId.Core.Registry;

namespace NationalId.Tests.Registry;

/// <summary>
/// The one table that says where an event goes, what makes it the same event, and what may replace it.
/// </summary>
public sealed class EventKindsTests
{
    private static readonly EventKinds Kinds = EventKinds.Carried;

    [Theory]
    [InlineData("BIRTH_REGISTERED", "birth-events", RegistrationKind.Birth, RegistrationChange.Registered)]
    [InlineData("DEATH_REGISTERED", "death-events", RegistrationKind.Death, RegistrationChange.Registered)]
    [InlineData("BIRTH_CORRECTED", "birth-events", RegistrationKind.Birth, RegistrationChange.Corrected)]
    [InlineData("DEATH_CORRECTED", "death-events", RegistrationKind.Death, RegistrationChange.Corrected)]
    [InlineData("BIOGRAPHICS_UPDATED", "birth-events", RegistrationKind.Birth, RegistrationChange.Corrected)]
    [InlineData("BIRTH_REVOKED", "birth-events", RegistrationKind.Birth, RegistrationChange.Revoked)]
    [InlineData("BIRTH_REINSTATED", "birth-events", RegistrationKind.Birth, RegistrationChange.Reinstated)]
    [InlineData("DEATH_REVOKED", "death-events", RegistrationKind.Death, RegistrationChange.Revoked)]
    [InlineData("DEATH_REINSTATED", "death-events", RegistrationKind.Death, RegistrationChange.Reinstated)]
    public void What_OpenCRVS_tells_goes_through_the_queue_of_its_registration(
        string name,
        string queue,
        RegistrationKind registration,
        RegistrationChange change
    )
    {
        var kind = Kinds.Get(name);
        Assert.Equal((queue, registration, change), (kind.Queue, kind.Registration, kind.Change));
        Assert.Equal(EventDirection.Forward, kind.Direction);
        Assert.Equal(change == RegistrationChange.Registered, kind.IsRegistration);
        Assert.Equal(change is RegistrationChange.Revoked or RegistrationChange.Reinstated, kind.IsRevocation);
        // Who says a registration counts no more has said it: a later message under the same id takes nothing back.
        Assert.Equal(kind.IsRevocation ? Replacement.Never : Replacement.UntilTaken, kind.ReplacedBy);
        Assert.Equal(name, Kinds.LabelOf(name));
    }

    [Theory]
    [InlineData("UIN_TOKEN")]
    [InlineData("NATIONAL_ID")]
    [InlineData("CREDENTIAL")]
    public void What_comes_back_goes_through_its_own_queue_and_is_no_registration(string name)
    {
        var kind = Kinds.Get(name);
        Assert.Equal(("return-events", EventDirection.Return), (kind.Queue, kind.Direction));
        Assert.Equal((false, false), (kind.IsRegistration, kind.IsRevocation));
        Assert.Equal(Replacement.Never, kind.ReplacedBy);
    }

    [Fact]
    public void Each_change_of_a_registration_has_its_kind()
    {
        Assert.Equal("BIRTH_REGISTERED", Kinds.Of(RegistrationKind.Birth, RegistrationChange.Registered).Name);
        Assert.Equal("DEATH_REVOKED", Kinds.Of(RegistrationKind.Death, RegistrationChange.Revoked).Name);
        Assert.Equal("BIRTH_REINSTATED", Kinds.Of(RegistrationKind.Birth, RegistrationChange.Reinstated).Name);
        Assert.Equal("DEATH_CORRECTED", Kinds.Of(RegistrationKind.Death, RegistrationChange.Corrected).Name);
        // A number that comes back is of a birth, and is none of these.
        var back = new EventKinds([Kinds.Get("UIN_TOKEN"), Kinds.Get("BIRTH_REGISTERED")]);
        Assert.Equal("BIRTH_REGISTERED", back.Of(RegistrationKind.Birth, RegistrationChange.Registered).Name);
    }

    [Fact]
    public void What_is_not_in_the_table_has_no_kind_and_a_name_that_no_metric_can_grow_by()
    {
        Assert.Null(Kinds.Find("MARRIAGE_REGISTERED"));
        Assert.Null(Kinds.Find("birth_registered"));
        Assert.Null(Kinds.Find(null));
        Assert.Equal("other", Kinds.LabelOf("MARRIAGE_REGISTERED"));
        Assert.Equal("other", Kinds.LabelOf(null));
        Assert.Throws<InvalidOperationException>(() => Kinds.Get("MARRIAGE_REGISTERED"));
        Assert.Equal(["birth-events", "death-events", "return-events"], Kinds.Queues);
    }

    [Fact]
    public void A_body_is_hashed_where_a_kind_tells_its_events_apart_by_what_they_say()
    {
        var byContent = EventKinds.Forwarded(
            "MARRIAGE_CORRECTED",
            EventKinds.BirthQueue,
            RegistrationKind.Birth,
            KeyRule.RecordAndContent
        );
        Assert.False(Kinds.HashesContent);
        Assert.True(new EventKinds([byContent, .. EventKinds.Standard]).HashesContent);
        Assert.NotEqual(byContent.KeyOf("r", "n", "one"), byContent.KeyOf("r", "n", "other"));
        Assert.Throws<ArgumentNullException>(() => byContent.KeyOf("r", "n", null));
    }

    [Fact]
    public void A_record_has_its_registration_once_whatever_the_message_says()
    {
        var birth = Kinds.Get("BIRTH_REGISTERED");
        Assert.Equal(birth.KeyOf("r", "n", "one"), birth.KeyOf("r", "n", "other"));
        Assert.Equal(
            5,
            new[]
            {
                birth.KeyOf("r", "n", null),
                birth.KeyOf("r", "m", null),
                birth.KeyOf("s", "n", null),
                birth.KeyOf("r", "n", null, "an action"),
                birth.KeyOf("r", "n", null, "another action"),
            }
                .Distinct()
                .Count()
        );
    }

    [Fact]
    public void A_number_comes_back_once_and_another_number_is_another_event()
    {
        var token = Kinds.Get("UIN_TOKEN");
        Assert.Equal(token.KeyOf(null, "n", "a hash"), token.KeyOf(null, "n", "a hash"));
        Assert.NotEqual(token.KeyOf(null, "n", "a hash"), token.KeyOf(null, "n", "another"));
        Assert.NotEqual(token.KeyOf(null, "n", "a hash"), token.KeyOf("why it contradicts", "n", "a hash"));
        Assert.Throws<ArgumentNullException>(() => token.KeyOf(null, "n", null));
        // The hub's id alone makes a credential the same.
        var credential = Kinds.Get("CREDENTIAL");
        Assert.Equal(credential.KeyOf("id", null, "one"), credential.KeyOf("id", null, "other"));
    }

    [Fact]
    public void Whoever_revokes_and_reinstates_under_one_id_has_said_one_thing()
    {
        var revoked = Kinds.Get("BIRTH_REVOKED").KeyOf("an id", "n", null);
        Assert.Equal(revoked, Kinds.Get("BIRTH_REINSTATED").KeyOf("an id", null, "x"));
        Assert.Equal(revoked, Kinds.Get("DEATH_REVOKED").KeyOf("an id", "m", null));
        Assert.NotEqual(revoked, Kinds.Get("BIRTH_REVOKED").KeyOf("another id", "n", null));
        Assert.Throws<ArgumentNullException>(() => Kinds.Get("BIRTH_REVOKED").KeyOf(null, "n", "x"));
    }

    [Fact]
    public void A_kind_whose_rule_nobody_knows_makes_no_key() =>
        Assert.Throws<InvalidOperationException>(() =>
            (Kinds.Get("BIRTH_REGISTERED") with { Key = (KeyRule)99 }).KeyOf("r", "n", "c")
        );

    [Theory]
    [InlineData("reconcile", true)]
    [InlineData("backfill", true)]
    [InlineData("import", true)]
    [InlineData(null, false)]
    [InlineData("webhook", false)]
    public void What_the_client_fetched_itself_nobody_signed(string? origin, bool isFetched) =>
        Assert.Equal(isFetched, EventOrigins.IsFetched(origin));

    [Theory]
    [InlineData(64, 'a', true)]
    [InlineData(64, '0', true)]
    [InlineData(63, 'a', false)]
    [InlineData(65, 'a', false)]
    [InlineData(64, 'A', false)]
    [InlineData(64, 'g', false)]
    public void A_key_is_64_lower_case_hex_digits(int length, char digit, bool isKey) =>
        Assert.Equal(isKey, EventKey.IsKey(new string(digit, length)));

    [Fact]
    public void What_can_t_be_read_is_known_by_its_signature()
    {
        Assert.NotEqual(EventKey.ForUnreadable([1, 2]), EventKey.ForUnreadable([1, 3]));
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData([.. "unreadable"u8, 1, 2])),
            EventKey.ForUnreadable([1, 2])
        );
    }
}
