using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.OpenCrvs.Actions;

namespace NationalId.Tests.OpenCrvs.Actions;

/// <summary>An event document is folded as OpenCRVS folds it.</summary>
public sealed class EventDocumentTests
{
    private static readonly HashSet<string> Fields = ["child.name", "child.gender", "child.dob", "child.tags"];

    [Fact]
    public void The_action_that_waits_changes_what_was_declared_before() =>
        Assert.Equal(
            """{"child.gender":"male","child.name":{"firstname":"Ada","surname":"Lovelace"}}""",
            Current(
                Action("1", "DECLARE", "Requested", """{"child.gender":"female","child.name":{"firstname":"Ada"}}"""),
                Action("2", "DECLARE", "Accepted", "{}", ("originalActionId", "1")),
                Action(
                    "3",
                    "REGISTER",
                    "Requested",
                    """{"child.gender":"male","child.name":{"surname":"Lovelace"},"other.field":"x"}"""
                )
            )
        );

    [Fact]
    public void Null_clears_a_field_and_a_part_of_one() =>
        Assert.Equal(
            """{"child.name":{"firstname":"Ada"}}""",
            Current(
                Action(
                    "1",
                    "NOTIFY",
                    "Accepted",
                    """{"child.gender":"female","child.name":{"firstname":"Ada","surname":"X"}}"""
                ),
                Action("2", "EDIT", "Accepted", """{"child.gender":null,"child.name":{"surname":null}}"""),
                Action("3", "REGISTER", "Requested", "{}")
            )
        );

    [Fact]
    public void A_record_that_was_notified_and_edited_needs_no_declaration() =>
        Assert.Equal(
            """{"child.dob":"2026-06-20","child.gender":"female"}""",
            Current(
                Action("1", "NOTIFY", "Accepted", """{"child.dob":"2026-06-19","child.gender":"female"}"""),
                Action("2", "EDIT", "Requested", """{"child.dob":"2026-06-20"}"""),
                Action("3", "EDIT", "Accepted", "{}", ("originalActionId", "2")),
                Action("4", "REGISTER", "Requested", "{}")
            )
        );

    [Fact]
    public void What_the_country_configuration_declares_at_the_acceptance_comes_over_what_was_asked_for() =>
        Assert.Equal(
            """{"child.name":{"firstname":"Ada","surname":"Y"}}""",
            Current(
                Action("1", "DECLARE", "Requested", """{"child.name":{"firstname":"Ada","surname":"X"}}"""),
                Action("2", "DECLARE", "Accepted", """{"child.name":{"surname":"Y"}}""", ("originalActionId", "1")),
                Action("3", "REGISTER", "Requested", "{}")
            )
        );

    [Fact]
    public void A_correction_counts_once_it_is_approved_by_the_id_of_the_accepted_request()
    {
        string[] asked =
        [
            Action("1", "DECLARE", "Accepted", """{"child.gender":"female"}"""),
            Action("2", "REQUEST_CORRECTION", "Requested", """{"child.gender":"male"}"""),
            Action("3", "REQUEST_CORRECTION", "Accepted", "{}", ("originalActionId", "2")),
        ];
        Assert.Equal("""{"child.gender":"female"}""", Current(asked));
        Assert.Equal("""{"child.gender":"male"}""", Current([.. asked, Approval("3")]));
        // OpenCRVS answers 200 to that, and changes nothing.
        Assert.Equal("""{"child.gender":"female"}""", Current([.. asked, Approval("2")]));
        Assert.Equal("""{"child.gender":"female"}""", Current([.. asked, Approval("9")]));

        static string Approval(string request) =>
            Action("4", "APPROVE_CORRECTION", "Accepted", "{}", ("requestId", request));
    }

    [Fact]
    public void An_approval_s_acceptance_is_of_the_correction_that_the_approval_names() =>
        Assert.Equal(
            """{"child.gender":"male"}""",
            Current(
                Action("1", "DECLARE", "Accepted", """{"child.gender":"female"}"""),
                Action("2", "REQUEST_CORRECTION", "Requested", """{"child.gender":"male"}"""),
                Action("3", "REQUEST_CORRECTION", "Accepted", "{}", ("originalActionId", "2")),
                Action("4", "APPROVE_CORRECTION", "Requested", "{}", ("requestId", "3")),
                Action("5", "APPROVE_CORRECTION", "Accepted", "{}", ("originalActionId", "4"))
            )
        );

    [Fact]
    public void Actions_count_in_the_order_of_their_times_and_rejected_ones_not_at_all() =>
        Assert.Equal(
            """{"child.gender":"other"}""",
            Current(
                Action(
                    "3",
                    "EDIT",
                    "Accepted",
                    """{"child.gender":"other"}""",
                    ("createdAt", "2026-11-25T03:00:00.000Z")
                ),
                Action("1", "DECLARE", "Accepted", """{"child.gender":"male"}"""),
                Action("2", "EDIT", "Rejected", """{"child.gender":"x"}""", ("createdAt", "2026-11-25T04:00:00.000Z")),
                Action("4", "REGISTER", "Requested", "{}", ("createdAt", "2026-11-25T05:00:00.000Z"))
            )
        );

    [Fact]
    public void Where_an_action_has_no_time_the_place_in_the_document_counts() =>
        Assert.Equal(
            """{"child.gender":"other"}""",
            Current(
                Action("9", "DECLARE", "Accepted", """{"child.gender":"female"}"""),
                Action("1", "EDIT", "Accepted", """{"child.gender":"male"}""", ("createdAt", "nonsense")),
                Action("8", "EDIT", "Accepted", """{"child.gender":"other"}"""),
                Action("7", "REGISTER", "Requested", "{}")
            )
        );

    [Theory]
    [InlineData("PRINT_CERTIFICATE")]
    [InlineData("REJECT_CORRECTION")]
    [InlineData("REQUEST_CORRECTION")]
    public void What_says_nothing_of_the_person_changes_nothing(string type) =>
        Assert.Equal(
            """{"child.gender":"female"}""",
            Current(
                Action("1", "DECLARE", "Accepted", """{"child.gender":"female"}"""),
                Action("2", type, "Accepted", """{"child.gender":"male"}"""),
                Action("3", "REGISTER", "Requested", "{}")
            )
        );

    [Fact]
    public void A_record_is_registered_once_its_registration_is_accepted()
    {
        var asked = Action("2", "REGISTER", "Requested", "{}");
        var accepted = Action("3", "REGISTER", "Accepted", "{}", ("registrationNumber", "2026B1"));
        var after = Action("4", "PRINT_CERTIFICATE", "Accepted", "{}");
        var registered = Scan($$"""{"id":"e","actions":[{{asked}},{{accepted}},{{after}}]}""");
        Assert.Equal(("3", "2026B1"), (registered.Registered!.Id, registered.RegistrationNumber));
        Assert.Null(Scan($$"""{"id":"e","actions":[{{asked}},{{after}}]}""").Registered);
        Assert.Null(Scan($$"""{"actions":[{{accepted}}]}""").Registered);
        Assert.Null(Scan($$"""{"id":"e","actions":[{{accepted}}]""").Registered);
    }

    [Fact]
    public void Who_made_an_action_and_in_which_transaction_is_known()
    {
        var action = Action(
            "1",
            "CUSTOM",
            "Requested",
            "{}",
            ("transactionId", "t"),
            ("createdByUserType", "system"),
            ("customActionType", "revoke"),
            ("createdBy", "a client")
        );
        var read = Assert.Single(Scan($$"""{"id":"e","actions":[{{action}}]}""").Actions);
        Assert.Equal(
            ("t", "system", "revoke", "a client"),
            (read.TransactionId, read.UserType, read.CustomType, read.CreatedBy)
        );
    }

    [Fact]
    public void What_stands_beside_actions_and_declarations_is_neither()
    {
        var document = Scan(
            """
            {"drafts":[{"id":"9","status":"Requested"}],"id":"e","actions":[{"id":"1","type":"REGISTER",
            "status":"Requested","declaration":{"child.gender":"female"},"annotation":{"child.gender":"male"},
            "declarations":[{"child.gender":"male"}]}],"later":[{"id":"8","type":"EDIT","status":"Requested"}]}
            """
        );
        Assert.Null(document.WhyNot);
        Assert.Single(document.Actions);
        Assert.Equal("""{"child.gender":"female"}""", document.Current().ToJsonString());
    }

    [Fact]
    public void Values_stay_what_they_are_and_numbers_as_they_are_written() =>
        Assert.Equal(
            """{"child.tags":[true,false,"7.50",null]}""",
            Current(Action("1", "REGISTER", "Requested", """{"child.tags":[true,false,7.50,null]}"""))
        );

    [Fact]
    public void An_action_without_a_declaration_declares_nothing()
    {
        var male = Action("1", "DECLARE", "Accepted", """{"child.gender":"male"}""");
        var nothing = JsonNode.Parse(Action("3", "VALIDATE", "Accepted", "{}"))!.AsObject();
        nothing.Remove("declaration");
        var female = Action("2", "EDIT", "Accepted", """{"child.gender":"female"}""");
        Assert.Equal(
            """{"child.gender":"female"}""",
            Current(male, nothing.ToJsonString(), female, Action("4", "REGISTER", "Requested", "{}"))
        );
    }

    [Fact]
    public void An_approval_that_names_no_request_brings_none_not_even_one_without_an_id()
    {
        var request = JsonNode.Parse(Action("2", "REQUEST_CORRECTION", "Accepted", """{"child.gender":"male"}"""))!;
        request.AsObject().Remove("id");
        Assert.Equal(
            """{"child.gender":"female"}""",
            Current(
                Action("1", "DECLARE", "Accepted", """{"child.gender":"female"}"""),
                request.ToJsonString(),
                Action("3", "APPROVE_CORRECTION", "Accepted", "{}")
            )
        );
    }

    [Fact]
    public void A_document_and_its_actions_say_their_type_and_nothing_of_the_person()
    {
        var action = Action("1", "REGISTER", "Requested", """{"child.name":{"firstname":"Ada"}}""");
        var document = Scan($$"""{"id":"e","type":"birth","trackingId":"ABC123","actions":[{{action}}]}""");
        Assert.Equal("EventDocument birth", document.ToString());
        Assert.Equal("EventAction REGISTER", document.Actions[0].ToString());
    }

    [Theory]
    // Each value and each name counts with its length and 16 bytes more, each list or object with 16.
    [InlineData("[", "\"N\"", "]", 1008, 1024)]
    [InlineData("{", "\"N\":\"\"", "}", 992, 1024)]
    [InlineData("[", "{}", "]", 0, 65_536)]
    public void One_megabyte_of_what_is_read_is_read_and_not_a_byte_more(
        string open,
        string part,
        string close,
        int length,
        int most
    )
    {
        Assert.Null(WhyNot(most));
        Assert.Equal("too many actions, or too much in the fields that are read", WhyNot(most + 1));

        string? WhyNot(int count)
        {
            var parts = Enumerable
                .Range(0, count)
                .Select(number => part.Replace("N", number.ToString().PadLeft(length, 'x'), StringComparison.Ordinal));
            var value = open + string.Join(',', parts) + close;
            return Scan(
                """{"id":"e","actions":[{"id":"1","status":"Requested","declaration":{"child.name":""" + value + "}}]}"
            ).WhyNot;
        }
    }

    [Fact]
    public void Ten_thousand_actions_are_read_and_not_one_more()
    {
        Assert.Null(WhyNot(9_999));
        Assert.Equal("too many actions, or too much in the fields that are read", WhyNot(10_000));

        static string? WhyNot(int others)
        {
            var more = string.Concat(Enumerable.Repeat(",{}", others));
            return Scan("""{"id":"e","actions":[{"id":"1","status":"Requested"}""" + more + "]}").WhyNot;
        }
    }

    [Fact]
    public void A_list_replaces_a_list() =>
        Assert.Equal(
            """{"child.tags":["c",{"d":[true]}]}""",
            Current(
                Action("1", "DECLARE", "Accepted", """{"child.tags":["a","b"]}"""),
                Action("2", "REGISTER", "Requested", """{"child.tags":["c",{"d":[true]}]}""")
            )
        );

    [Fact]
    public void The_last_of_two_properties_counts() =>
        Assert.Equal(
            """{"child.gender":"male"}""",
            Scan(
                    """
                    {"id":"x","actions":[{"type":"DECLARE","status":"Accepted","declaration":{"child.dob":"1"}}],
                    "id":"e","actions":[{"id":"9","id":"1","type":"REGISTER","status":"Requested",
                    "declaration":{"child.dob":"2"},"declaration":{"child.gender":"female","child.gender":"male"}}]}
                    """
                )
                .Current()
                .ToJsonString()
        );

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("nonsense", "not JSON")]
    [InlineData("""{"id":"e","actions":[""", "not JSON")]
    [InlineData("[]", "no event id")]
    [InlineData("{}", "no event id")]
    [InlineData("""{"id":7,"actions":[]}""", "no event id")]
    // The last of two counts, also where it says nothing.
    [InlineData("""{"id":"e","id":7,"actions":[{"id":"1","status":"Requested"}]}""", "no event id")]
    [InlineData("""{"id":"e","actions":[{"id":"1","id":7,"status":"Requested"}]}""", "no event id")]
    [InlineData("""{"id":"e"}""", "no action waits to be accepted")]
    [InlineData("""{"id":"e","actions":[{"status":"Requested"}]}""", "no event id")]
    [InlineData("""{"id":"e","actions":{"status":"Requested"}}""", "no action waits to be accepted")]
    [InlineData(
        """{"id":"e","actions":[{"id":"1","status":"Requested"},{"id":"2","originalActionId":"1"}]}""",
        "no action waits to be accepted"
    )]
    [InlineData(
        """{"id":"e","actions":[{"id":"1","status":"Requested"},{"id":"2","status":"Requested"}]}""",
        "several actions wait to be accepted"
    )]
    [InlineData("""{"id":"\ud800"}""", "text is not Unicode")]
    public void What_cannot_be_carried_says_why(string json, string reason) => Assert.Equal(reason, Scan(json).WhyNot);

    [Fact]
    public void It_does_not_matter_how_a_document_is_split()
    {
        var body = TestTriggers.Fixture("birth-REGISTER");
        var whole = Scan(body, body.Length).Current().ToJsonString();
        Assert.Contains("Zita", whole);
        Assert.All([1, 7, 100, 1000], size => Assert.Equal(whole, Scan(body, size).Current().ToJsonString()));
    }

    [Fact]
    public void Nothing_that_is_sent_fills_the_memory()
    {
        var attachment = new byte[1024 * 1024];
        attachment.AsSpan().Fill((byte)'x');
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var scanner = new DocumentScanner(Fields);
        scanner.Append(
            "{\"id\":\"e\",\"actions\":[{\"id\":\"1\",\"status\":\"Requested\",\"declaration\":{\"file\":\""u8
        );
        for (var megabyte = 0; megabyte < 50; megabyte++)
        {
            scanner.Append(megabyte == 25 ? "\",\"child.gender\":\""u8 : attachment);
        }

        scanner.Append("\"}}]}"u8);
        Assert.Null(scanner.Complete().WhyNot);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);

        Assert.Equal("too many actions, or too much in the fields that are read", Scan(Many("{}", 20_000)).WhyNot);
        var names = string.Join(',', Enumerable.Range(0, 100_000).Select(number => $"\"n{number}\":{{}}"));
        Assert.Equal(
            "too many actions, or too much in the fields that are read",
            Scan(Many("{\"declaration\":{\"child.name\":{" + names + "}}}", 1)).WhyNot
        );
        Assert.Equal("nested too deep", Scan(Deep("child.name", 70)).WhyNot);

        static string Many(string action, int count) =>
            $$"""{"id":"e","actions":[{{string.Join(',', Enumerable.Repeat(action, count))}}]}""";

        static string Deep(string field, int depth) =>
            "{\"id\":\"e\",\"actions\":[{\"declaration\":{\"" + field + "\":" + new string('[', depth);
    }

    private static string Action(
        string id,
        string type,
        string status,
        string declaration,
        params (string Name, string Value)[] more
    )
    {
        var action = new JsonObject
        {
            ["id"] = id,
            ["type"] = type,
            ["status"] = status,
            ["createdAt"] = $"2026-11-25T02:45:0{id}.000Z",
            ["declaration"] = JsonNode.Parse(declaration),
        };
        foreach (var (name, value) in more)
        {
            action[name] = value;
        }

        return action.ToJsonString();
    }

    private static string Current(params string[] actions) =>
        Scan($$"""{"id":"e","type":"birth","actions":[{{string.Join(',', actions)}}]}""").Current().ToJsonString();

    private static EventDocument Scan(string json) => Scan(Encoding.UTF8.GetBytes(json), 10_000);

    private static EventDocument Scan(byte[] body, int size)
    {
        using var scanner = new DocumentScanner(Fields);
        foreach (var chunk in body.Chunk(size))
        {
            scanner.Append(chunk);
        }

        return scanner.Complete();
    }
}
