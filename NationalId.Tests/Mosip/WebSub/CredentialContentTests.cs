using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>A credential gives its number to the registration that it was issued for, and to no other.</summary>
public sealed class CredentialContentTests
{
    private const string Aid = "10001100010000120260625080000";

    [Theory]
    [InlineData("""{"id":"AID","UIN":"4107457165"}""")]
    [InlineData("""{"id":"https://mosip.example/credentials/AID","UIN":"4107457165"}""")]
    [InlineData("""{"id":"AID","UIN":" 4107457165\u200E"}""")]
    [InlineData("""{"id":"AID","UIN":4107457165}""")]
    [InlineData("""{"id":"AID","UIN":"","VID":"4107457165"}""")]
    [InlineData("""{"id":"AID","UIN":null,"VID":"4107457165"}""")]
    [InlineData("""{"id":"AID","VID":"9","UIN":"4107457165"}""")]
    [InlineData("""{"id":"AID","UIN":"4107457165","birthCertificateNumber":"2026B1"}""")]
    [InlineData("""{"id":"AID","UIN":"4107457165","birthCertificateNumber":" 2026B1\uFEFF"}""")]
    [InlineData("""{"id":"AID","UIN":"4107457165","birthCertificateNumber":""}""")]
    [InlineData("""{"id":"AID","UIN":"4107457165","deathCertificateNumber":"","birthCertificateNumber":null}""")]
    public void A_birth_s_number_is_read(string subject) => Assert.Equal("4107457165", NumberFor("Birth", subject));

    [Theory]
    [InlineData("""{"id":"AID"}""")]
    [InlineData("""{"id":"AID","UIN":"4107457165","deathCertificateNumber":"2026B1"}""")]
    [InlineData("""{"id":"AID","UIN":"no number"}""")]
    public void A_death_s_credential_brings_no_number(string subject) => Assert.Null(NumberFor("Death", subject));

    [Theory]
    [InlineData("Birth", """{"id":"AID1","UIN":"4107457165"}""", CredentialFlags.OtherSubject)]
    [InlineData("Birth", """{"id":"1AID","UIN":"4107457165"}""", CredentialFlags.OtherSubject)]
    [InlineData("Birth", """{"id":"AID/9","UIN":"4107457165"}""", CredentialFlags.OtherSubject)]
    [InlineData("Death", """{"id":"other"}""", CredentialFlags.OtherSubject)]
    [InlineData(
        "Birth",
        """{"id":"AID","UIN":"4107457165","birthCertificateNumber":"2026B2"}""",
        CredentialFlags.OtherCertificate
    )]
    [InlineData("Death", """{"id":"AID","deathCertificateNumber":"2026B2"}""", CredentialFlags.OtherCertificate)]
    [InlineData(
        "Birth",
        """{"id":"AID","UIN":"4107457165","deathCertificateNumber":"2026B1"}""",
        CredentialFlags.OtherEvent
    )]
    [InlineData("Death", """{"id":"AID","birthCertificateNumber":"2026B1"}""", CredentialFlags.OtherEvent)]
    [InlineData("Birth", """{"id":"AID"}""", CredentialFlags.NoNumber)]
    [InlineData("Birth", """{"id":"AID","UIN":" \u200E"}""", CredentialFlags.NoNumber)]
    [InlineData("Birth", """{"id":"AID","UIN":true}""", CredentialFlags.NoNumber)]
    [InlineData("Birth", """{"id":"AID","UIN":"41074571x5"}""", CredentialFlags.StrangeNumber)]
    [InlineData("Birth", """{"id":"AID","UIN":"\u0664107457165"}""", CredentialFlags.StrangeNumber)]
    public void What_is_another_s_or_no_number_is_said(string kind, string subject, string reason) =>
        Assert.Equal(reason, Assert.Throws<FlaggedException>(() => NumberFor(kind, subject)).Reason);

    [Theory]
    [InlineData(200, null)]
    [InlineData(201, CredentialFlags.StrangeNumber)]
    public void A_number_is_at_most_as_long_as_one_can_be(int length, string? reason)
    {
        var number = new string('7', length);
        var subject = $$"""{"id":"AID","UIN":"{{number}}"}""";
        if (reason is null)
        {
            Assert.Equal(number, NumberFor("Birth", subject));
        }
        else
        {
            What_is_another_s_or_no_number_is_said("Birth", subject, reason);
        }
    }

    [Theory]
    [InlineData("""["UIN"]""", true)]
    [InlineData("""["VID","UIN"]""", true)]
    [InlineData("""["VID",7]""", false)]
    [InlineData("[]", false)]
    [InlineData("\"UIN\"", false)]
    public void A_number_that_MOSIP_encrypted_once_more_is_none(string names, bool isProtected)
    {
        var subject = """{"id":"1","UIN":"4107457165"}""";
        var text = $$"""{"protectedAttributes":{{names}},"credentialSubject":{{subject}}}""";
        if (isProtected)
        {
            Assert.Equal(CredentialFlags.ProtectedNumber, Assert.Throws<FlaggedException>(() => Read(text)).Reason);
        }
        else
        {
            Assert.Equal("4107457165", Read(text).Number);
        }
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("\"credentialSubject\"")]
    [InlineData("{}")]
    [InlineData("""{"credentialSubject":[]}""")]
    [InlineData("""{"credentialSubject":"id"}""")]
    [InlineData("""{"credentialSubject":{"UIN":"4107457165"}}""")]
    [InlineData("""{"credentialSubject":{"id":null,"UIN":"4107457165"}}""")]
    // Said twice it says two things.
    [InlineData("""{"credentialSubject":{"id":"1","UIN":"4107457165","UIN":"4107457166"}}""")]
    [InlineData("""{"credentialSubject":{"id":"1","UIN":"\ud800"}}""")]
    public void What_has_no_subject_can_not_be_read(string text) =>
        Assert.Equal(CredentialFlags.NotJson, Assert.Throws<FlaggedException>(() => Read(text)).Reason);

    [Fact]
    public void A_hub_s_message_is_read_whole()
    {
        var message = CredentialMessage.Read(
            """
            {"publisher":"CREDENTIAL_SERVICE","event":{"id":"e1","dataShareUri":"https://share.example/1","data":{
              "registrationId":"r1","credentialType":"vercred","credential":"c","dataShareUri":"https://other.example",
              "proof":{"signature":"a..b"}}}}
            """u8.ToArray()
        )!;
        Assert.Equal(("e1", "r1", "vercred"), (message.EventId, message.RegistrationId, message.Type));
        Assert.Equal(
            ("c", "https://share.example/1", "a..b"),
            (message.Credential, message.ShareAddress, message.Signature)
        );
        Assert.DoesNotContain("r1", message.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_hub_s_message_leaves_out_is_not_there_and_the_address_may_stand_in_the_data()
    {
        var message = CredentialMessage.Read(
            """
            {"event":{"id":"e1","data":{"registrationId":"r1","dataShareUri":"s","proof":"x","credentialType":7}}}
            """u8.ToArray()
        )!;
        Assert.Equal((null, null, null), (message.Type, message.Credential, message.Signature));
        Assert.Equal("s", message.ShareAddress);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"event":[]}""")]
    [InlineData("""{"event":{"id":"e","data":[]}}""")]
    [InlineData("""{"event":{"data":{"registrationId":"r"}}}""")]
    [InlineData("""{"event":{"id":"","data":{"registrationId":"r"}}}""")]
    [InlineData("""{"event":{"id":7,"data":{"registrationId":"r"}}}""")]
    [InlineData("""{"event":{"id":"e","data":{}}}""")]
    [InlineData("""{"event":{"id":"e","data":{"registrationId":""}}}""")]
    [InlineData("""{"event":{"id":"e","id":"f","data":{"registrationId":"r"}}}""")]
    [InlineData("""{"event":{"id":"e","data":{"registrationId":"\ud800"}}}""")]
    public void What_is_no_message_of_the_hub_s_is_none(string body) =>
        Assert.Null(CredentialMessage.Read(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void Ids_of_a_message_have_a_longest(int length, bool isRead)
    {
        var id = new string('7', length);
        foreach (var (own, registration) in new[] { (id, "r"), ("e", id) })
        {
            var data = $$"""{"registrationId":"{{registration}}"}""";
            var body = $$$"""{"event":{"id":"{{{own}}}","data":{{{data}}}}}""";
            Assert.Equal(isRead, CredentialMessage.Read(Encoding.UTF8.GetBytes(body)) is not null);
        }
    }

    private static CredentialContent Read(string text) =>
        CredentialContent.Read(Encoding.UTF8.GetBytes(text), ["UIN", "VID"]);

    private static string? NumberFor(string kind, string subject) =>
        Read($$"""{"credentialSubject":{{subject.Replace("AID", Aid, StringComparison.Ordinal)}}}""")
            .NumberFor(
                new RegistrationRow
                {
                    Kind = kind,
                    Number = "2026B1",
                    Aid = Aid,
                }
            );
}
