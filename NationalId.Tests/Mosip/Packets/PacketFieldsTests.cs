using System.Text.Json;
using Microsoft.Extensions.Configuration;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Mosip.Packets;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.Packets;

public sealed class PacketFieldsTests
{
    private const string Places = "addressLine1='A'; region='B'; province='C'; city='D'; zone='E'";

    private readonly PacketOptions options = new();
    private IReadOnlyDictionary<string, string> sent = new Dictionary<string, string>();

    [Fact]
    public void A_text_in_languages_has_one_value_for_each_language_of_the_record()
    {
        options.BirthFields =
            "IDSchemaVersion=schemaVersion; fullName=subject.name; dateOfBirth=subject.birthDate; "
            + "gender=subject.gender; guardianOrParentName=mother.name|father.name; "
            + Places;
        var fields = Fields(
            Child() with
            {
                Names = [new("en", ["Ada"], "Ékué \"Q\""), new("fr", ["Adèle"], "Ékué"), new("maiden", ["X"], "Y")],
            },
            father: Child() with
            {
                Names = [new("en", ["Kofi"], "Ékué")],
            }
        );
        Assert.Equal(
            [("eng", "Ada Ékué \"Q\""), ("fra", "Adèle Ékué")],
            Values(fields["fullName"]!.GetValue<string>())
        );
        Assert.Equal([("eng", "Female")], Values(fields["gender"]!.GetValue<string>()));
        Assert.Equal([("eng", "Kofi Ékué")], Values(fields["guardianOrParentName"]!.GetValue<string>()));
        Assert.Equal("2026/06/20", fields["dateOfBirth"]!.GetValue<string>());
        Assert.Equal("0.5", fields["IDSchemaVersion"]!.GetValue<string>());
    }

    [Fact]
    public void Where_the_record_says_nothing_the_next_source_counts_and_then_the_field_is_left_out()
    {
        options.BirthFields =
            "IDSchemaVersion=schemaVersion; fullName=subject.name; dateOfBirth=subject.birthDate; "
            + "gender=subject.gender; postalCode=subject.postalCode|mother.postalCode; phone=father.nationalId; "
            + "addressLine1=subject.address|mother.address; region='B'; province='C'; city=mother.city|'D'; zone='E'";
        var mother = Child() with { Address = new("12 Some Street", null, null, null, "14022") };
        var fields = Fields(Child(), mother);
        Assert.Equal("14022", fields["postalCode"]!.GetValue<string>());
        Assert.Equal([("eng", "12 Some Street")], Values(fields["addressLine1"]!.GetValue<string>()));
        Assert.Equal([("eng", "D")], Values(fields["city"]!.GetValue<string>()));
        Assert.False(fields.ContainsKey("phone"));
    }

    [Fact]
    public void A_stock_MOSIP_gets_home_parent_and_informant_and_the_home_is_one_person_s()
    {
        var mother = Child() with
        {
            Names = [new("en", ["Eve"], "Example")],
            Address = new("12 Long Street", null, "Ibombo", "Central", null),
        };
        var father = Child() with { Address = new("", "Porto", "Lake", "West", "79000") };
        var informant = mother with { Phone = "0711", Email = "eve@example.org", IntroducerToken = "psut-1" };
        var fields = Fields(Child(), mother, father, informant);
        Assert.Equal([("eng", "12 Long Street")], Values(fields["addressLine1"]!.GetValue<string>()));
        Assert.Equal([("eng", "Central")], Values(fields["region"]!.GetValue<string>()));
        Assert.Equal([("eng", "Central")], Values(fields["province"]!.GetValue<string>()));
        Assert.Equal([("eng", "Ibombo")], Values(fields["zone"]!.GetValue<string>()));
        Assert.Equal([("eng", "Ibombo")], Values(fields["city"]!.GetValue<string>()));
        Assert.False(fields.ContainsKey("postalCode"));
        Assert.Equal([("eng", "Eve Example")], Values(fields["guardianOrParentName"]!.GetValue<string>()));
        Assert.Equal("0711", fields["phone"]!.GetValue<string>());
        Assert.Equal("eve@example.org", fields["email"]!.GetValue<string>());
        Assert.Equal("psut-1", fields["introducerInfoToken"]!.GetValue<string>());
    }

    [Fact]
    public void What_a_sender_has_named_goes_on_where_the_schema_has_it_and_no_rule_says_otherwise()
    {
        sent = new Dictionary<string, string>
        {
            ["addressLine1"] = "1 Hill",
            ["region"] = """[{"language":"fra","value":"Centre"}]""",
            ["province"] = "P",
            ["city"] = "C",
            ["zone"] = "Z",
            ["preferredLang"] = "English",
            ["fullName"] = "Somebody Else",
            ["nickname"] = "X",
        };
        var fields = Fields(Child());
        Assert.Equal([("eng", "1 Hill")], Values(fields["addressLine1"]!.GetValue<string>()));
        Assert.Equal([("fra", "Centre")], Values(fields["region"]!.GetValue<string>()));
        Assert.Equal("English", fields["preferredLang"]!.GetValue<string>());
        Assert.Equal([("eng", "Ada Example")], Values(fields["fullName"]!.GetValue<string>()));
        Assert.False(fields.ContainsKey("nickname"));
    }

    [Fact]
    public void Each_field_that_MOSIP_needs_and_the_record_lacks_is_named()
    {
        var flagged = Assert.Throws<FlaggedException>(() => Fields(Child() with { Gender = null, BirthDate = "2026" }));
        Assert.Contains("dateOfBirth, gender, addressLine1, region, province, city, zone", flagged.Reason);
    }

    [Fact]
    public void A_death_has_the_fields_that_the_country_says_and_lacks_none_that_it_needs()
    {
        options.DeathFields = "UIN=uin; deceasedInformer=number; IDSchemaVersion=schemaVersion";
        options.DeathRequired = "UIN,deceasedInformer";
        options.SchemaVersion = "1.2";
        var fields = Death("2026D1");
        Assert.Equal(["UIN", "deceasedInformer", "IDSchemaVersion"], fields.Select(field => field.Key));
        Assert.Equal("4815162342", fields["UIN"]!.GetValue<string>());
        Assert.Equal("1.2", fields["IDSchemaVersion"]!.GetValue<string>());
        Assert.Contains("deceasedInformer", Assert.Throws<FlaggedException>(() => Death(null)).Reason);

        System.Text.Json.Nodes.JsonObject Death(string? number)
        {
            var people = new Dictionary<PersonRole, Person> { [PersonRole.Subject] = Child() };
            var record = new VitalEvent(RegistrationKind.Death, EventKinds.Death, null, number, null, people);
            return new PacketFields(options, new IdaMapping(), TimeProvider.System).Of(
                new PacketContent(RegistrationKind.Death, number, record, DateTimeOffset.UtcNow, "4815162342")
            );
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 1, true)]
    [InlineData(12, 12, false)]
    [InlineData(12, 13, true)]
    public void Who_is_an_infant_is_MOSIP_s_setting(int oldest, int age, bool flagged)
    {
        options.OldestInfant = oldest;
        options.BirthRequired = "fullName";
        var born = DateTime.UtcNow.AddYears(-age).AddDays(-1).ToString("yyyy-MM-dd");
        var failure = Record.Exception(() => Fields(Child() with { BirthDate = born }));
        Assert.Equal(flagged, failure is FlaggedException);
        Assert.True(flagged || failure is null, $"{failure}");
    }

    [Fact]
    public void What_a_birth_needs_is_the_country_s_list()
    {
        options.BirthRequired = "fullName,phone";
        Assert.Contains("phone", Assert.Throws<FlaggedException>(() => Fields(Child())).Reason);
        options.BirthRequired = "fullName";
        Assert.NotNull(Fields(Child())["fullName"]);
    }

    [Fact]
    public void A_schema_comes_from_the_settings_or_from_a_mounted_file()
    {
        options.BirthFields = "fullName=subject.name; shoeSize='44'";
        options.BirthRequired = "fullName";
        options.SchemaJson = PacketSchemas.With("shoeSize");
        Assert.Equal("44", Fields(Child())["shoeSize"]!.GetValue<string>());
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, options.SchemaJson);
            options.SchemaJson = "";
            options.SchemaFile = file;
            Assert.Equal("44", Fields(Child())["shoeSize"]!.GetValue<string>());
            Assert.Contains("shoeSize", new PacketFields(options, new IdaMapping(), TimeProvider.System).SchemaJson);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_change_has_the_fields_and_the_process_of_the_settings()
    {
        options.SchemaJson = PacketSchemas.With("why", "when");
        options.CorrectionFields = "fullName=subject.name; UIN=uin";
        options.BirthRevokedProcess = "OUR_REVOCATION";
        options.BirthRevokedFields = "UIN=uin; why=reason|'a mistake'";
        options.DeathRevokedProcess = "OUR_REVIVAL";
        options.DeathRevokedFields = "UIN=uin; when=received";
        Assert.Equal("OUR_REVOCATION", options.RevokedProcessOf(RegistrationKind.Birth));
        Assert.Equal("OUR_REVIVAL", options.RevokedProcessOf(RegistrationKind.Death));
        var fields = new PacketFields(options, new IdaMapping(), TimeProvider.System);
        var birth = Content(RegistrationKind.Birth, "female");
        Assert.Equal(["UIN", "why"], fields.OfRevocation(birth).Select(field => field.Key));
        Assert.Equal("a mistake", (string?)fields.OfRevocation(birth)["why"]);
        Assert.Equal("twice", (string?)fields.OfRevocation(birth with { Reason = "twice" })["why"]);
        var death = fields.OfRevocation(Content(RegistrationKind.Death, "female"));
        Assert.Equal(["UIN", "when"], death.Select(field => field.Key));

        // The gender is none of its fields: MOSIP is told nothing of its correction.
        Assert.Null(fields.OfCorrection(birth, Content(RegistrationKind.Birth, "male")));
        var corrected = fields.OfCorrection(birth, Content(RegistrationKind.Birth, "female", "Adele"));
        Assert.Equal(["fullName", "UIN"], corrected!.Select(field => field.Key));

        static PacketContent Content(RegistrationKind kind, string gender, string first = "Ada")
        {
            var subject = Child() with { Gender = gender, Names = [new("en", [first], "Example")] };
            var people = new Dictionary<PersonRole, Person> { [PersonRole.Subject] = subject };
            var record = new VitalEvent(kind, EventKinds.Birth, null, "2026B1", null, people);
            return new PacketContent(kind, "2026B1", record, DateTimeOffset.UnixEpoch, "4815162342");
        }
    }

    [Theory]
    [InlineData(RegistrationKind.Birth, "OUR_BIRTH")]
    [InlineData(RegistrationKind.Death, "OUR_DEATH")]
    public void A_packet_says_centre_machine_officer_source_process_and_schema_of_the_settings(
        RegistrationKind kind,
        string process
    )
    {
        options.CenterId = "12345";
        options.MachineId = "67890";
        options.OfficerId = "our officer";
        options.BirthProcess = "OUR_BIRTH";
        options.DeathProcess = "OUR_DEATH";
        options.SchemaVersion = "1.200";
        var packet = new Packet(kind, "OUR_SOURCE", options.ProcessOf(kind), true, "key", []);
        var request = packet.ToRequest("id", options, "the schema", isFetched: false, DateTimeOffset.UtcNow);
        Assert.Equal("12345_67890", (string?)request["refId"]);
        Assert.Equal((process, "OUR_SOURCE"), ((string?)request["process"], (string?)request["source"]));
        Assert.Equal(("1.200", "the schema"), ((string?)request["schemaVersion"], (string?)request["schemaJson"]));
        var about = request["metaInfo"]!;
        Assert.Contains("\"centerId\",\"value\":\"12345\"", (string?)about["metaData"]);
        Assert.Contains("\"machineId\",\"value\":\"67890\"", (string?)about["metaData"]);
        Assert.Contains("\"officerId\",\"value\":\"our officer\"", (string?)about["operationsData"]);
    }

    [Fact]
    public void Services_that_are_elsewhere_are_called_there()
    {
        options.Url = new Uri("https://gateway.example/all/");
        Assert.Equal("https://gateway.example/all/commons/v1/packetmanager/createPacket", $"{options.Packets}");
        Assert.Equal(
            "https://gateway.example/all/registrationprocessor/v1/workflowmanager/workflowinstance",
            $"{options.Workflow}"
        );
        Assert.Equal("https://gateway.example/all/v1/authmanager/authenticate/clientidsecretkey", $"{options.Auth}");
        options.AuthUrl = new Uri("https://a.example/auth");
        options.PacketUrl = new Uri("https://b.example/packets");
        options.WorkflowUrl = new Uri("https://c.example/workflow");
        Assert.Equal(
            ("https://a.example/auth", "https://b.example/packets", "https://c.example/workflow"),
            ($"{options.Auth}", $"{options.Packets}", $"{options.Workflow}")
        );
    }

    [Theory]
    [InlineData(
        "Packets__BirthFields",
        "fullName=subject.name; nickname='x'",
        "nickname, which the identity schema does not"
    )]
    [InlineData("Packets__BirthFields", "fullName=subject.name", "does not fill IDSchemaVersion")]
    [InlineData("Packets__BirthFields", "fullName=subject.nickname", "from something unknown")]
    [InlineData("Packets__BirthFields", "fullName=neighbour.name", "from something unknown")]
    [InlineData("Packets__BirthFields", "fullName", "from something unknown")]
    [InlineData("Packets__DeathFields", "UIN=uin; UIN=number; IDSchemaVersion=schemaVersion", "fills a field twice")]
    [InlineData("Packets__SchemaJson", "{}", "is no identity schema")]
    [InlineData("Packets__SchemaJson", "none", "is no identity schema")]
    [InlineData("Packets__SchemaFile", "/nowhere/schema.json", "can't be read")]
    [InlineData("Packets__SchemaVersion", "first", "must be a number")]
    [InlineData("OnDeath", "packet+everything", "must be one of packet, packet+resident")]
    [InlineData("Packets__CenterId", "1", "must be the five digits")]
    [InlineData("Packets__MachineId", "2004x", "must be the five digits")]
    [InlineData("Packets__OfficerId", "", "fails packets without an officer silently")]
    [InlineData("Packets__Url", "", "internal gateway")]
    public void What_MOSIP_would_drop_or_fail_silently_is_refused_at_start(string option, string value, string problem)
    {
        var settings = TestSettings.Packets("UseDevelopmentStorage=true", ($"NationalId__Mosip__{option}", value));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var result = NationalId.Core.NationalIdServices.CheckSettings(configuration);
        Assert.True(result.Failed);
        var sentence = Assert.Single(
            result.FailureMessage.Split('\n'),
            line => line.Contains($"NationalId__Mosip__{option} ", StringComparison.Ordinal)
        );
        Assert.Contains(problem, sentence);
    }

    [Fact]
    public void A_complete_client_starts()
    {
        var settings = TestSettings.Packets("UseDevelopmentStorage=true");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        Assert.True(NationalId.Core.NationalIdServices.CheckSettings(configuration).Succeeded);
    }

    private System.Text.Json.Nodes.JsonObject Fields(
        Person child,
        Person? mother = null,
        Person? father = null,
        Person? informant = null
    )
    {
        var people = new Dictionary<PersonRole, Person> { [PersonRole.Subject] = child };
        if (mother is not null)
        {
            people[PersonRole.Mother] = mother;
        }

        if (father is not null)
        {
            people[PersonRole.Father] = father;
        }

        if (informant is not null)
        {
            people[PersonRole.Informant] = informant;
        }

        var record = new VitalEvent(RegistrationKind.Birth, EventKinds.Birth, null, "2026B1", null, people)
        {
            Sent = sent,
        };
        return new PacketFields(options, new IdaMapping(), TimeProvider.System).Of(
            new PacketContent(RegistrationKind.Birth, "2026B1", record, DateTimeOffset.UtcNow, null)
        );
    }

    private static Person Child() => new(null, [new("en", ["Ada"], "Example")], "female", "2026-06-20", null, []);

    private static IEnumerable<(string, string)> Values(string json) =>
        JsonSerializer
            .Deserialize<JsonElement>(json)
            .EnumerateArray()
            .Select(value => (value.GetProperty("language").GetString()!, value.GetProperty("value").GetString()!));
}
