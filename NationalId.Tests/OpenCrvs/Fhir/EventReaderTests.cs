using System.Text;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Fhir;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Fhir;

public class EventReaderTests
{
    [Fact]
    public async Task A_birth_with_plain_string_types_and_no_composition()
    {
        var record = await Read("birth-string-types");

        Assert.Equal(
            (RegistrationKind.Birth, "2023BQW71K4", "BQW71K4"),
            (record.Kind, record.RegistrationNumber, record.TrackingId)
        );
        Assert.Equal("51a6e1f0-0001-4000-8000-0000000000a2", record.Subject.PatientId);
        Assert.Equal(["en: Zoë,Aïssatou/Ndiaye Diop", "bn: জোয়ি/দিওপ"], Names(record));
        Assert.Equal(
            ("female", "2023-04-28", null),
            (record.Subject.Gender, record.Subject.BirthDate, record.Subject.DeceasedDate)
        );
        Assert.Null(record.Subject.NationalId);
        Assert.Equal("300000000000000000000000000000000007", record.Subject.UinToken);
        Assert.Equal("2023BQW71K4", record.Subject.Identifier("BIRTH_REGISTRATION_NUMBER"));
    }

    [Fact]
    public async Task A_birth_with_coded_types_and_a_composition()
    {
        var record = await Read("birth-composition");

        Assert.Equal(
            ("62b7f201-0002-4000-8000-0000000000c1", "2025BXK20PE"),
            (record.RecordId, record.RegistrationNumber)
        );
        Assert.Equal(["en: Ōtani/O'Brien"], Names(record));
        Assert.Equal(("male", "2025-02-01"), (record.Subject.Gender, record.Subject.BirthDate));
        Assert.Empty(record.Subject.Identifiers);
    }

    [Fact]
    public async Task Parents_are_read_where_the_composition_names_them_and_places_where_they_have_names()
    {
        var mother = (await Read("birth-composition")).People[PersonRole.Mother];
        Assert.Equal("O'Brien (née Sárközi)", mother.Names[0].Family);
        Assert.Null(mother.Address);
        Assert.DoesNotContain(PersonRole.Father, (await Read("birth-composition")).People.Keys);

        var text = Encoding
            .UTF8.GetString(Fixture.Read("birth-composition"))
            .Replace("mother-details", "father-details", StringComparison.Ordinal);
        var at = text.IndexOf("\"name\"", StringComparison.Ordinal);
        var body = text.Insert(
            at,
            """
            "address":[{"line":["12 Some Street","","62b7f201-0002-4000-8000-0000000000d1"],"city":"Ibombo",
            "district":"62b7f201-0002-4000-8000-0000000000d2","state":"Central","postalCode":"14022"}],
            """
        );
        var record = await EventReader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)), default);
        Assert.DoesNotContain(PersonRole.Mother, record.People.Keys);
        Assert.Equal(
            new PersonAddress("12 Some Street", "Ibombo", null, "Central", "14022"),
            record.People[PersonRole.Father].Address
        );
        Assert.Equal(nameof(PersonAddress), record.People[PersonRole.Father].Address!.ToString());
    }

    [Fact]
    public async Task Informant_and_spouse_are_read_and_places_have_the_names_that_the_bundle_tells()
    {
        var record = await EventReader.ReadAsync(
            new MemoryStream(
                """
                {"event":{"hub":{"topic":"DEATH_REGISTERED"},"context":[{"resourceType":"Bundle","entry":[
                {"resource":{"resourceType":"Composition","id":"c1","section":[
                {"code":{"coding":[{"code":"deceased-details"}]},"entry":[{"reference":"Patient/p1"}]},
                {"code":{"coding":[{"code":"spouse-details"}]},"entry":[{"reference":"Patient/p2"}]}]}},
                {"resource":{"resourceType":"Task","focus":{"reference":"Composition/c1"},"identifier":[
                {"system":"http://opencrvs.org/specs/id/death-registration-number","value":"2026D1"}]}},
                {"resource":{"resourceType":"RelatedPerson","relationship":{"coding":[{"code":"SON"}]},
                "patient":{"reference":"Patient/p3"}}},
                {"resource":{"resourceType":"Patient","id":"p1","name":[{"use":"en","given":["Otto"],"family":"E"}],
                "address":[{"line":["1 Hill",""],"district":"62b7f201-0002-4000-8000-0000000000d2",
                "state":"62b7f201-0002-4000-8000-0000000000d1","country":"FAR"}]}},
                {"resource":{"resourceType":"Patient","id":"p2","name":[{"use":"en","given":["Eve"],"family":"E"}]}},
                {"resource":{"resourceType":"Patient","id":"p3","name":[{"use":"en","given":["Kofi"],"family":"E"}],
                "telecom":[{"system":"phone","value":"0711"},{"system":"email","value":"k@example.org"}]}},
                {"resource":{"resourceType":"Location","id":"62b7f201-0002-4000-8000-0000000000d1","name":"Central"}},
                {"resource":{"resourceType":"Location","name":"Ibombo","id":"62b7f201-0002-4000-8000-0000000000d2"}}
                ]}]}}
                """u8.ToArray()
            ),
            default
        );
        Assert.Equal("Eve", record.People[PersonRole.Spouse].Names[0].Given[0]);
        var informant = record.People[PersonRole.Informant];
        Assert.Equal(
            ("Kofi", "0711", "k@example.org"),
            (informant.Names[0].Given[0], informant.Phone, informant.Email)
        );
        Assert.Equal(
            new PersonAddress("1 Hill", null, "Ibombo", "Central", null) { Country = "FAR" },
            record.Subject.Address
        );
    }

    [Fact]
    public async Task Of_a_death_only_the_deceaseds_national_id_counts()
    {
        var record = await Read("death-national-ids");

        Assert.Equal(RegistrationKind.Death, record.Kind);
        Assert.Equal("9100000032", record.Subject.NationalId);
        Assert.Equal("2025DFQ93AA", record.RegistrationNumber);
        Assert.Equal(["en: Bjørn,Þór/Ångström"], Names(record));
        Assert.Equal(("1948-06-30", "2025-02-27"), (record.Subject.BirthDate, record.Subject.DeceasedDate));
    }

    [Theory]
    [InlineData("2", "MOSIP_PSUT_TOKEN_ID:2")]
    [InlineData("3", "UINTOKEN:3")]
    [InlineData("2", "UINTOKEN:3", "MOSIP_PSUT_TOKEN_ID:2")]
    [InlineData("1", "UINTOKEN:3", "MOSIP_PSUT_TOKEN_ID:2", "MOSIP_UINTOKEN:1")]
    [InlineData(null, "NATIONAL_ID:4")]
    public async Task The_UIN_token_is_read_by_whichever_name_the_version_gave_it(
        string? token,
        params string[] identifiers
    )
    {
        foreach (
            var type in (string[])
                ["\"NAME\"", """{"coding":[{"system":"http://opencrvs.org/specs/identifier-type","code":"NAME"}]}"""]
        )
        {
            var written = identifiers
                .Select(identifier => identifier.Split(':'))
                .Select(parts =>
                    $$"""{"type":{{type.Replace("NAME", parts[0], StringComparison.Ordinal)}},"value":"{{parts[1]}}"}"""
                );
            var patient = $$"""{"resourceType":"Patient","identifier":[{{string.Join(',', written)}}]}""";
            var record = await EventReader.ReadAsync(
                new MemoryStream(Fixture.Birth(Fixture.Task, Fixture.Entry(patient))),
                default
            );
            Assert.Equal(token, record.Subject.UinToken);
        }
    }

    [Theory]
    [InlineData("""{"url":"URL","valueInteger":70}""", null)]
    [InlineData("""{"url":"URL","valueInteger":0}""", null)]
    [InlineData("""{"url":"URL","valueString":"70"}""", null)]
    [InlineData("""{"url":"URL","valueInteger":"70"}""", null)]
    [InlineData("""{"url":"http://example.org/x"},{"url":"URL","valueInteger":70}""", null)]
    [InlineData("""{"url":"URL","valueString":""}""", "1954-01-01")]
    [InlineData("""{"url":"URL","valueInteger":null}""", "1954-01-01")]
    [InlineData("""{"url":"URL"}""", "1954-01-01")]
    [InlineData("""{"url":"http://opencrvs.org/specs/extension/other","valueInteger":70}""", "1954-01-01")]
    [InlineData("", "1954-01-01")]
    public async Task A_birth_date_beside_an_age_is_assumed_and_is_none(string extensions, string? birthDate)
    {
        const string Url = "http://opencrvs.org/specs/extension/age-of-individual-in-years";
        var written = extensions.Replace("URL", Url, StringComparison.Ordinal);
        var record = await ReadPatient($$"""{"birthDate":"1954-01-01","extension":[{{written}}]}""");
        Assert.Equal(birthDate, record.Subject.BirthDate);
    }

    [Fact]
    public async Task Names_lose_what_turns_their_direction_and_keep_their_letters_joiners()
    {
        var record = await ReadPatient(
            """{"name":[{"use":"fa\u200E","given":"""
                + """["\u202Bمی\u200Cخواهم\u202C","\u200F","\uFEFFक\u094D\u200Dष"]"""
                + ""","family":"\u2067علی\u2069\u061C "}]}"""
        );
        var name = Assert.Single(record.Subject.Names);
        Assert.Equal("fa", name.Language);
        Assert.Equal(["می\u200Cخواهم", "क\u094D\u200Dष"], name.Given);
        Assert.Equal("علی", name.Family);
    }

    [Fact]
    public async Task What_nobody_sees_around_an_identifier_is_no_part_of_it_and_an_endless_id_is_none()
    {
        var endless = new string('x', 300);
        var record = await ReadPatient(
            $$"""{"id":"{{endless}}","identifier":[{"type":"NATIONAL_ID","value":"\u200B"}"""
                + $$""",{"type":"NATIONAL_ID","value":"4173 269845016391\u200E"}]}"""
        );
        Assert.Equal(["4173 269845016391"], record.Subject.NationalIds);
        Assert.Null(record.Subject.PatientId);
    }

    private static Task<VitalEvent> ReadPatient(string patient) =>
        EventReader.ReadAsync(
            new MemoryStream(
                Fixture.Birth(Fixture.Task, Fixture.Entry("{\"resourceType\":\"Patient\"," + patient[1..]))
            ),
            default
        );

    [Fact]
    public async Task Of_duplicates_the_last_counts_and_STU3_fields_are_no_trouble()
    {
        var record = await Read("birth-duplicates-stu3");

        Assert.Equal(["fr: Éloïse/Mbaye"], Names(record));
        Assert.Equal(
            ("unknown", "2024-01-02", null),
            (record.Subject.Gender, record.Subject.BirthDate, record.Subject.DeceasedDate)
        );
        Assert.Empty(record.Subject.Identifiers);
        Assert.Null(record.RegistrationNumber);
        Assert.Equal("BZT11LM", record.TrackingId);
    }

    [Fact]
    public async Task Intake_and_delivery_agree_on_the_event()
    {
        foreach (var name in Fixture.Names)
        {
            var record = await Read(name);
            var scan = Fixture.Scan(Fixture.Read(name));

            Assert.Equal(
                scan.Outline,
                new(record.Topic, record.RecordId, record.RegistrationNumber, record.TrackingId, null)
            );
        }
    }

    [Fact]
    public async Task Printing_shows_nothing_of_the_person()
    {
        var record = await Read("death-national-ids");
        var printed = $"{record} {record.Subject} {record.Subject.Names[0]} {record.Subject.Identifiers[0]}";

        Assert.DoesNotContain("Ångström", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("9100000032", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("1948", printed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"resourceType":"Patient","gender":5,"birthDate":{"a":1},"name":"x","identifier":[null,7,"""
            + """{"value":5},{"value":"v","type":[]}],"deceasedDateTime":7}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","name":[{"given":[null,{},3,"A"],"family":{},"use":[]}],"gender":[]"""
            + ""","birthDate":"1990-13-45","unknown":[[[]]]}"""
    )]
    [InlineData(
        """{"resourceType":"Patient","name":[[]],"identifier":[{"value":"1","type":{"coding":"x"}},"""
            + """{"value":"2","type":{"coding":[null,5,{"code":3}]}}]}"""
    )]
    public async Task Odd_values_are_read_as_absent(string patient)
    {
        var record = await EventReader.ReadAsync(
            new MemoryStream(Fixture.Birth(Fixture.Task, Fixture.Entry(patient))),
            default
        );

        Assert.Equal(
            (null, null, null),
            (record.Subject.Gender, record.Subject.BirthDate, record.Subject.DeceasedDate)
        );
    }

    [Fact]
    public async Task A_photograph_of_any_size_is_passed_over()
    {
        var patient =
            $$"""{"resourceType":"Patient","photo":[{"data":"{{new string('A', 5_000_000)}}"}],"name":"""
            + """[{"family":"Öz"}]}""";

        var record = await EventReader.ReadAsync(
            new MemoryStream(Fixture.Birth(Fixture.Task, Fixture.Entry(patient))),
            default
        );

        Assert.Equal("Öz", record.Subject.Names[0].Family);
    }

    [Fact]
    public async Task A_subject_across_the_end_of_a_buffer_reads_the_same()
    {
        var patient = Fixture.Entry(
            """{"resourceType":"Patient","name":[{"use":"tr","family":"\u00d6z"}],"identifier":"""
                + """[{"type":"NATIONAL_ID","value":"9100000077"}]}"""
        );
        const string place = "\"9100000077\"}";
        for (var shift = 0; shift < 300; shift++)
        {
            // Short texts, so that nothing is cut: the patient ends from well before to well after 32 KB.
            var filler = string.Concat(Enumerable.Repeat("\"text\",", 4620)) + $"\"{new string('x', shift)}\"";
            var body = Fixture.Birth(
                Fixture.Entry($$"""{"resourceType":"Media","y":[{{filler}}]}"""),
                patient,
                Fixture.Task
            );

            var record = await EventReader.ReadAsync(new MemoryStream(body), default);

            Assert.Equal(["tr: /Öz"], Names(record));
            Assert.Equal("9100000077", record.Subject.NationalId);
            Assert.Equal(
                body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(place)) + place.Length,
                Fixture.Scan(body).SubjectIdentifiers!.Value.Offset
            );
        }
    }

    [Property]
    public async Task A_damaged_body_is_read_or_refused(byte fixture, (byte High, byte Low, byte Value)[] damage)
    {
        var body = Fixture.Read(Fixture.Names[fixture % Fixture.Names.Length]);
        foreach (var (high, low, value) in damage)
        {
            body[((high << 8) | low) % body.Length] = value;
        }

        try
        {
            await EventReader.ReadAsync(new MemoryStream(body), default);
        }
        catch (InvalidDataException)
        {
            // That is the only way to refuse.
        }
    }

    [Fact]
    public async Task What_intake_flags_is_refused_without_quoting_it()
    {
        var flagged = """{"event":{"hub":{"topic":"BIRTH_SECRET"}}}"""u8.ToArray();
        var broken = Fixture.Birth(
            Fixture.Task,
            Fixture.Entry("""{"resourceType":"Patient","name":[{"family":"Secret\ud800"}]}""")
        );

        foreach (var body in new[] { flagged, broken })
        {
            var error = await Assert.ThrowsAsync<InvalidDataException>(() =>
                EventReader.ReadAsync(new MemoryStream(body), default)
            );
            Assert.DoesNotContain("secret", error.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    private static Task<VitalEvent> Read(string name) =>
        EventReader.ReadAsync(new MemoryStream(Fixture.Read(name)), default);

    private static IEnumerable<string> Names(VitalEvent record) =>
        record.Subject.Names.Select(name => $"{name.Language}: {string.Join(',', name.Given)}/{name.Family}");
}
