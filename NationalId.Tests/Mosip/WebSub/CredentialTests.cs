using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Mosip;

namespace NationalId.Tests.Mosip.WebSub;

[Trait(Tier.Name, Tier.Whole)]
public sealed class CredentialTests
{
    public static TheoryData<string, CredentialOptions> Good =>
        new()
        {
            { "as MOSIP writes it", new() },
            {
                "euin, by the default provider",
                new() { Type = "euin", DefaultProvider = true }
            },
            {
                "PS256",
                new() { Pss = true }
            },
            {
                "without the certificate",
                new() { WithoutCertificate = true }
            },
            {
                "standard base64",
                new() { StandardBase64 = true }
            },
            {
                "shared",
                new() { Way = CredentialWay.DataShare }
            },
        };

    public static TheoryData<string, CredentialOptions> Wrong =>
        new()
        {
            {
                "the credential has no signature of MOSIP",
                new() { Signer = CredentialSigner.Nobody }
            },
            {
                "the credential is signed with a certificate that is not MOSIP's",
                new() { Signer = CredentialSigner.Stranger }
            },
            {
                "the credential's signature does not fit its text",
                new() { Signer = CredentialSigner.Stranger, WithoutCertificate = true }
            },
            {
                "the credential's signature does not fit its text",
                new() { SignAnotherText = true }
            },
            {
                "the credential's type is not one that is read",
                new() { Type = "qrcode" }
            },
            {
                "the credential is of another registration id than its message",
                new() { SubjectId = "10001100010000120260625080000" }
            },
            {
                "the credential has the number of another certificate",
                new() { Attributes = Shares(("UIN", "4107457165"), ("birthCertificateNumber", "2026B000000")) }
            },
            {
                "a birth's credential came for a death, or the reverse",
                new() { Attributes = Shares(("UIN", "4107457165"), ("deathCertificateNumber", "2026D000000")) }
            },
            {
                "the credential has no number: MOSIP's policy does not share it",
                new() { Attributes = Shares(("fullName", "Ada Example")) }
            },
            {
                "the credential's number is encrypted once more: MOSIP's policy protects it",
                new() { Protected = ["UIN"] }
            },
            {
                "the credential's number is not a number",
                new() { Attributes = Shares(("UIN", "QWRhIEV4YW1wbGU")) }
            },
            {
                "the credential is shared at an address that is not allowed",
                new() { Way = CredentialWay.ForeignShare }
            },
        };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_credential_s_number_comes_onto_the_birth_s_record(string way, CredentialOptions options)
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        var delivery = await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, options);
        Assert.Equal(200, delivery.Status);
        Assert.True(delivery.Tries == 1, way);
        await world.CredentialAsync(birth, EventState.Delivered);
        var person = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!;
        Assert.Equal(person.Uin, world.NumberOf(birth));
        Assert.DoesNotContain(world.Logs.Lines, line => line.Contains(person.Uin, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_is_wrong_with_a_credential_is_kept_and_said_and_saves_nothing(
        string reason,
        CredentialOptions options
    )
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        Assert.Equal(200, (await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, options)).Status);
        var row = await world.CredentialAsync(birth, EventState.Flagged);
        Assert.Equal(reason, row.Reason);
        Assert.Null(world.NumberOf(birth));

        // The right one still comes through.
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await Eventually.TrueAsync(() =>
            world.NumberOf(birth) == world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.Uin
        );
    }

    [Fact]
    public async Task A_birth_that_went_as_a_packet_comes_back_as_a_credential()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        var registration = await world.Registrations.GetAsync(
            RegistrationKind.Birth,
            birth.RegistrationNumber,
            default
        );
        Assert.Equal("PROCESSED", world.Sandbox.Mosip.Packets.Manager.Find(registration!.Aid!)!.Status);
        Assert.Equal(200, (await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber)).Status);
        await world.CredentialAsync(birth, EventState.Delivered);
        Assert.Equal(world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.Uin, world.NumberOf(birth));
    }

    [Fact]
    public async Task The_country_says_which_attribute_and_which_field_hold_the_number()
    {
        await using var world = await HubWorld.StartAsync(settings =>
        {
            settings["NationalId:Mosip:WebSub:NumberAttributes"] = "VID,UIN";
            settings["NationalId:Mosip:WebSub:NationalIdField"] = "child.nid";
        });
        var birth = await world.BirthAsync();
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await world.CredentialAsync(birth, EventState.Delivered);
        Assert.Equal(
            world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.Vid,
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves.Last().Fields["child.nid"]
        );
    }

    [Fact]
    public async Task A_message_that_comes_again_is_the_same_event_and_another_credential_of_the_same_number_is_done()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        var options = new CredentialOptions { EventId = Guid.NewGuid().ToString() };
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, options);
        await world.CredentialAsync(birth, EventState.Delivered);
        Assert.Contains("again", (await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, options)).Body);
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber);
        await world.CredentialAsync(birth, EventState.Delivered);

        var other = new CredentialOptions { Attributes = Shares(("UIN", "4107457165")) };
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, other);
        var row = await world.CredentialAsync(birth, EventState.Flagged);
        Assert.Equal("the BRN has another number already", row.Reason);
        Assert.Equal(world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.Uin, world.NumberOf(birth));
    }

    [Fact]
    public async Task A_death_s_credential_saves_nothing_and_a_birth_s_is_flagged_there()
    {
        await using var world = await HubWorld.StartAsync();
        var (number, aid) = ("2026D000000", "10001200420000120260625080000");
        Assert.True(await world.Registrations.TryKeepAidAsync(RegistrationKind.Death, number, aid, default));
        await world.Registrations.SettleAidAsync(RegistrationKind.Death, number, aid, null, default, eventKey: "event");
        await world.Sandbox.Credentials.IssueAsync(aid, Shares(), new CredentialOptions());
        await world.EventAsync(number, EventKinds.Credential, EventState.Delivered);

        // Whatever number a death's credential brings is not saved.
        await world.Sandbox.Credentials.IssueAsync(aid, Shares(("UIN", "4107457165")), new CredentialOptions());
        await world.EventAsync(number, EventKinds.Credential, EventState.Delivered);

        var birthShaped = Shares(("UIN", "4107457165"), ("birthCertificateNumber", "2026B000000"));
        await world.Sandbox.Credentials.IssueAsync(aid, birthShaped, new CredentialOptions());
        var row = await world.EventAsync(number, EventKinds.Credential, EventState.Flagged);
        Assert.Equal("a birth's credential came for a death, or the reverse", row.Reason);
        Assert.Equal(0, world.Sandbox.OpenCrvs.Mediator.Calls);
    }

    [Fact]
    public async Task A_credential_for_nobody_s_registration_id_is_kept_and_flagged()
    {
        await using var world = await HubWorld.StartAsync();
        var strangers = "10001100010000120260625080000";
        var delivery = await world.Sandbox.Credentials.IssueAsync(strangers, Shares(), new CredentialOptions());
        Assert.Equal(200, delivery.Status);
        Assert.Contains("registration id is none of ours", delivery.Body);
        Assert.Contains("flagged", delivery.Body);
    }

    [Fact]
    public async Task A_message_that_fits_no_secret_waits_until_the_right_one_is_there()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        var wrong = new CredentialOptions { Signing = HubSigning.AnotherSecret };
        var delivery = await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, wrong);
        Assert.Equal((200, 1), (delivery.Status, delivery.Tries));
        Assert.Contains("quarantined", delivery.Body);
        await world.SweepAsync();
        Assert.Equal(1, (await world.Host.Services.GetRequiredService<Quarantine>().CountAsync(default)).Count);
        Assert.Null(world.NumberOf(birth));

        // The hub's secret becomes known here as well.
        await world.Host.DisposeAsync();
        world.Set("MOSIP_WEBSUB_SECRET_PREVIOUS", "another secret");
        await world.StartHostAsync();
        world.PointHubHere();
        await world.SweepAsync();
        await world.CredentialAsync(birth, EventState.Delivered);
        Assert.NotNull(world.NumberOf(birth));
        Assert.Equal(0, (await world.Host.Services.GetRequiredService<Quarantine>().CountAsync(default)).Count);
    }

    [Fact]
    public async Task Without_a_signature_it_is_refused_unless_the_country_says_otherwise()
    {
        var unsigned = new CredentialOptions { Signing = HubSigning.None };
        await using (var world = await HubWorld.StartAsync())
        {
            var birth = await world.BirthAsync();
            var delivery = await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, unsigned);
            Assert.Equal((401, 4), (delivery.Status, delivery.Tries));
        }

        await using (
            var world = await HubWorld.StartAsync(settings =>
            {
                settings["NationalId:Mosip:WebSub:RequireHubSignature"] = "false";
                settings["NationalId:Mosip:WebSub:RequireProof"] = "false";
            })
        )
        {
            var birth = await world.BirthAsync();
            var bare = unsigned with { Signer = CredentialSigner.Nobody };
            Assert.Equal(200, (await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, bare)).Status);
            await world.CredentialAsync(birth, EventState.Delivered);
        }
    }

    [Fact]
    public async Task A_credential_that_is_sealed_for_a_key_that_is_not_here_waits_for_it()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        var sealedForAnother = new CredentialOptions { SealForAnother = true };
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, sealedForAnother);
        var row = await world.CredentialAsync(birth, EventState.Waiting);
        Assert.Contains("sealed for a key that is not here", row.Reason);
    }

    [Fact]
    public async Task A_shared_credential_is_fetched_when_the_data_share_is_back()
    {
        await using var world = await HubWorld.StartAsync();
        var birth = await world.BirthAsync();
        world.Sandbox.Credentials.Share.Set(Fault.Status503);
        var shared = new CredentialOptions { Way = CredentialWay.DataShare };
        await world.Sandbox.IssueCredentialAsync(birth.RegistrationNumber, shared);
        await world.CredentialAsync(birth, EventState.Waiting);
        world.Sandbox.Credentials.Share.Clear();
        await world.CredentialAsync(birth, EventState.Delivered);
        Assert.NotNull(world.NumberOf(birth));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"event\":{\"id\":\"1\",\"data\":{\"registrationId\":7}}}")]
    [InlineData("{\"event\":{\"id\":\"1\",\"id\":\"2\",\"data\":{\"registrationId\":\"7\"}}}")]
    public async Task What_the_hub_signed_and_nobody_can_read_is_kept_for_an_operator(string text)
    {
        await using var world = await HubWorld.StartAsync();
        var body = Encoding.UTF8.GetBytes(text);
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/websub/callback")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        var secret = Encoding.UTF8.GetBytes(world.Sandbox.Keys.HubSecret);
        var hmac = System.Security.Cryptography.HMACSHA256.HashData(secret, body);
        request.Headers.Add("X-Hub-Signature", "sha256=" + Convert.ToHexString(hmac));
        using var answer = await world.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("flagged", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_route_belongs_to_nobody_where_no_hub_is_set_up()
    {
        await using var world = await World.StartAsync();
        using var post = await world.Http.PostAsync("api/websub/callback", new StringContent("{}"));
        using var get = await world.Http.GetAsync("api/websub/callback?hub.mode=subscribe&hub.challenge=1");
        Assert.Equal((404, 404), ((int)post.StatusCode, (int)get.StatusCode));
    }

    private static Dictionary<string, string> Shares(params (string Name, string Value)[] attributes) =>
        attributes.ToDictionary(one => one.Name, one => one.Value);
}
