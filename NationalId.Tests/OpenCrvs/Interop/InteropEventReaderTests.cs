using System.Text;
using NationalId.Core.OpenCrvs.Interop;
using NationalId.Core.Registry;

namespace NationalId.Tests.OpenCrvs.Interop;

/// <summary>What countries tell by mosip-api's routes becomes the same events as triggers.</summary>
public sealed class InteropEventReaderTests
{
    [Fact]
    public async Task OpenCRVS_s_example_of_a_birth_and_what_MOSIP_takes_besides()
    {
        var read = await ReadAsync(
            """
            {"trackingId":"B4K7QX","requestFields":{"birthCertificateNumber":"2026BA2C29113F",
            "fullName":"Ada Mary Example",
            "dateOfBirth":"2026-06-20","gender":"Female","phone":"+260 1","postalCode":14022,
            "region":[{"language":"eng","value":"X"}],
            "nothing":null},
            "notification":{"recipientEmail":"@TODO","recipientFullName":"Bo Example","recipientPhone":"@TODO"},
            "metaInfo":{"informantPsut":"4711"},"audit":{}}
            """
        );
        Assert.Equal(RegistrationKind.Birth, read.Kind);
        Assert.Equal(EventKinds.Birth, read.Topic);
        Assert.Equal("B4K7QX", read.TrackingId);
        // The ledger's number counts.
        Assert.Null(read.RegistrationNumber);
        Assert.Equal(["Ada Mary Example"], read.Subject.Names.Single().Given);
        Assert.Equal("2026-06-20", read.Subject.BirthDate);
        Assert.Equal("female", read.Subject.Gender);
        Assert.Empty(read.Subject.Identifiers);
        var informant = read.People[PersonRole.Informant];
        Assert.Equal("4711", informant.IntroducerToken);
        Assert.Equal(["Bo Example"], informant.Names.Single().Given);
        Assert.Null(informant.Email);
        Assert.Null(informant.Phone);
        Assert.Equal(["phone", "postalCode", "region"], read.Sent.Keys.Order());
        Assert.Equal("14022", read.Sent["postalCode"]);
        Assert.Equal("""[{"language":"eng","value":"X"}]""", read.Sent["region"]);
    }

    [Theory]
    [InlineData("nationalIdNumber")]
    [InlineData("UIN")]
    [InlineData("VID")]
    public async Task A_death_has_the_number_of_the_deceased(string field)
    {
        var read = await ReadAsync(
            $$$"""
            {"requestFields":{"deathCertificateNumber":"2026DAFBB34679",
            "fullName":"[{\"language\":\"eng\",\"value\":\"Otto Example\"}]",
            "dateOfBirth":"1950/02/01","gender":[{"language":"eng","value":"Male"}],"{{{field}}}":"1234567892"}}
            """
        );
        Assert.Equal(RegistrationKind.Death, read.Kind);
        Assert.Equal("1950-02-01", read.Subject.BirthDate);
        Assert.Equal("eng", read.Subject.Names.Single().Language);
        Assert.Equal(["Otto Example"], read.Subject.Names.Single().Given);
        Assert.Equal("male", read.Subject.Gender);
        Assert.Equal("1234567892", read.Subject.NationalId);
        Assert.DoesNotContain(PersonRole.Informant, read.People.Keys);
        Assert.Empty(read.Sent);
    }

    [Fact]
    public async Task A_correction_is_of_somebody_with_a_number()
    {
        var read = await ReadAsync("""{"requestFields":{"VID":"1234567890123456","gender":"male"}}""");
        Assert.Equal(EventKinds.Update, read.Topic);
        Assert.Equal("1234567890123456", read.Subject.NationalId);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"requestFields":[]}""")]
    [InlineData("""{"requestFields":{"birthCertificateNumber":""}}""")]
    [InlineData("""{"requestFields":{"birthCertificateNumber":"1","deathCertificateNumber":"2"}}""")]
    [InlineData("""{"requestFields":{"fullName":"\ud800"}}""")]
    public async Task What_is_no_registration_can_t_be_read(string body) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(body));

    private static async Task<VitalEvent> ReadAsync(string body)
    {
        using var payload = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return await new InteropEventReader().ReadAsync(payload, default);
    }
}
