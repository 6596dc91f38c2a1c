using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Auth;
using static NationalId.Core.OpenCrvs.Auth.BearerVerdict;

namespace NationalId.Tests.OpenCrvs.Auth;

/// <summary>Bearer tokens of OpenCRVS, checked by ourselves.</summary>
public sealed class OpenCrvsBearersTests
{
    private static readonly (BearerVerdict, string) Good = (Valid, "");

    [Fact]
    public async Task A_token_as_OpenCRVS_issues_it_is_valid_and_its_claims_can_be_read()
    {
        var world = new BearerWorld();
        var check = await world.Bearers.CheckAsync(
            world.Token(claims => claims["eventId"] = "e1"),
            BearerWorld.MosipWants,
            default
        );
        Assert.Equal(Good, (check.Verdict, check.Reason));
        Assert.Equal("e1", check.Claim("eventId"));
        Assert.Equal("system", check.Claim("userType"));
        Assert.Null(check.Claim("actionId"));
    }

    [Theory]
    [InlineData("""{"iss":"somebody"}""", "issuer")]
    [InlineData("""{"iss":"Opencrvs:auth-service"}""", "issuer")]
    [InlineData("""{"iss":null}""", "issuer")]
    [InlineData("""{"aud":["opencrvs:gateway-user"]}""", "audience")]
    [InlineData("""{"aud":[]}""", "audience")]
    [InlineData("""{"aud":null}""", "audience")]
    [InlineData("""{"exp":null}""", "expired")]
    [InlineData("""{"exp":0}""", "expired")]
    [InlineData("""{"exp":-1}""", "expired")]
    [InlineData("""{"exp":1772366340}""", "expired")]
    [InlineData("""{"nbf":1772366520}""", "expired")]
    [InlineData("""{"scope":["webhook"]}""", "scope")]
    [InlineData("""{"scope":["nationalid"]}""", "scope")]
    [InlineData("""{"scope":["nationalIdentity"]}""", "scope")]
    [InlineData("""{"scope":[]}""", "scope")]
    [InlineData("""{"scope":null}""", "scope")]
    [InlineData("""{"scope":{"a":"nationalId"}}""", "scope")]
    public async Task A_token_that_says_the_wrong_thing_is_wrong_however_well_it_is_signed(string claims, string reason)
    {
        var world = new BearerWorld();
        var token = world.Token(all =>
        {
            foreach (var (name, value) in JsonNode.Parse(claims)!.AsObject())
            {
                all[name] = value?.DeepClone();
                if (value is null)
                {
                    all.Remove(name);
                }
            }
        });
        Assert.Equal((Wrong, reason), await world.CheckAsync(token));
        // And nobody was asked for it.
        Assert.Empty(world.Asked);
    }

    [Theory]
    [InlineData("""["webhook","nationalId"]""")]
    [InlineData("\"nationalId\"")]
    [InlineData("\"webhook nationalId\"")]
    [InlineData("""["type=nationalId"]""")]
    [InlineData("""["type=nationalId&event=birth"]""")]
    public async Task A_scope_is_found_in_every_form_that_a_version_writes(string scope)
    {
        var world = new BearerWorld();
        Assert.Equal(Good, await world.CheckAsync(world.Token(claims => claims["scope"] = JsonNode.Parse(scope))));
    }

    [Fact]
    public async Task A_token_without_scope_is_valid_where_none_is_asked_for()
    {
        var world = new BearerWorld();
        Assert.Equal(
            Good,
            await world.CheckAsync(
                world.Token(claims => claims.Remove("scope")),
                new BearerWants(BearerWants.CountryConfig, [])
            )
        );
    }

    [Fact]
    public async Task One_of_several_scopes_is_enough_where_not_all_are_asked_for()
    {
        var world = new BearerWorld();
        var wants = new BearerWants(BearerWants.CountryConfig, ["webhook", "nationalId"]);
        Assert.Equal(Good, await world.CheckAsync(world.Token(), wants));
        Assert.Equal((Wrong, "scope"), await world.CheckAsync(world.Token(), wants with { All = true }));
    }

    [Fact]
    public async Task A_token_may_be_as_long_as_the_longest_and_no_longer()
    {
        var world = new BearerWorld();
        var length = OpenCrvsBearers.LongestToken - world.Token().Length;
        // A character is four thirds of one in base64.
        var padded = Enumerable
            .Range((length * 3 / 4) - 20, 40)
            .Select(count => world.Token(claims => claims["sub"] = new string('x', count)))
            .ToList();
        var longest = padded.Single(token => token.Length == OpenCrvsBearers.LongestToken);
        Assert.Equal(Good, await world.CheckAsync(longest));
        var longer = padded.First(token => token.Length > OpenCrvsBearers.LongestToken);
        Assert.Equal((Wrong, "malformed"), await world.CheckAsync(longer));
    }

    [Fact]
    public async Task Tokens_that_fit_cost_one_question_an_hour_and_while_nobody_answers_one_a_minute()
    {
        var world = new BearerWorld();
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        world.Time.Advance(OpenCrvsKeys.UsedFor - TimeSpan.FromSeconds(1));
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        Assert.Single(world.Asked);

        world.Answer = _ => BearerWorld.Text("", 503);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(Good, await world.CheckAsync(world.Token()));
            Assert.Equal(2, world.Asked.Count);
            world.Time.Advance(TimeSpan.FromSeconds(9));
        }

        world.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        Assert.Equal(3, world.Asked.Count);
    }

    [Fact]
    public async Task A_key_in_an_answer_that_is_an_error_is_none()
    {
        var world = new BearerWorld { Answer = _ => BearerWorld.Text(BearerWorld.Pem(BearerWorld.First), 500) };
        Assert.Equal((CannotTell, "no-key"), await world.CheckAsync(world.Token()));
    }

    [Fact]
    public async Task A_key_of_the_setting_is_at_hand_at_a_glance_whatever_ends_its_lines()
    {
        foreach (var end in (string[])["\n", "\\n", "\r\n", "\\r\\n"])
        {
            var pem = BearerWorld.Pem(BearerWorld.First).Replace("\n", end, StringComparison.Ordinal);
            var world = new BearerWorld(publicKey: pem);
            var check = await world.Bearers.GlanceAsync(world.Token(), BearerWorld.MosipWants);
            Assert.Equal(Good, (check.Verdict, check.Reason));
        }
    }

    [Fact]
    public async Task Clocks_may_differ_by_seconds_and_a_time_beyond_all_calendars_is_no_crash()
    {
        var world = new BearerWorld();
        var now = world.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal(Good, await world.CheckAsync(world.Token(claims => claims["exp"] = now - 20)));
        Assert.Equal(Good, await world.CheckAsync(world.Token(claims => claims["exp"] = now - 29)));
        Assert.Equal((Wrong, "expired"), await world.CheckAsync(world.Token(claims => claims["exp"] = now - 30)));
        Assert.Equal(Good, await world.CheckAsync(world.Token(claims => claims["nbf"] = now + 30)));
        Assert.Equal((Wrong, "expired"), await world.CheckAsync(world.Token(claims => claims["nbf"] = now + 31)));
        foreach (var far in new[] { "253402300799", "99999999999999", "1e300", "9223372036854775807" })
        {
            var token = world.Token(claims => claims["exp"] = JsonNode.Parse(far));
            Assert.Contains((await world.CheckAsync(token)).Verdict, new[] { Valid, Wrong });
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("rs256")]
    public async Task Only_RS256_is_a_signature(string algorithm)
    {
        var world = new BearerWorld();
        Assert.Equal((Wrong, "algorithm"), await world.CheckAsync(world.Token(algorithm: algorithm)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("nobody's")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("e30.bnVsbA.AAAA")]
    [InlineData("W10.W10.AAAA")]
    [InlineData("a.b.c.d.e")]
    public async Task Any_text_is_wrong_and_costs_no_call(string text)
    {
        var world = new BearerWorld();
        Assert.Equal(Wrong, (await world.CheckAsync(text)).Verdict);
        Assert.Equal(Wrong, (await world.CheckAsync(text + new string('x', OpenCrvsBearers.LongestToken))).Verdict);
        Assert.Empty(world.Asked);
    }

    [Property(MaxTest = 300)]
    public bool No_change_to_a_token_leaves_it_valid_and_none_is_a_crash(uint at, char with)
    {
        var world = new BearerWorld();
        var token = world.Token().ToCharArray();
        var place = (int)(at % token.Length);
        if (token[place] == with || place == token.Length - 1)
        {
            // The last character of a signature has bits that mean nothing.
            return true;
        }

        token[place] = with;
        return world.CheckAsync(new string(token)).GetAwaiter().GetResult().Verdict == Wrong;
    }

    [Fact]
    public async Task A_token_signed_by_somebody_else_is_wrong_and_the_key_is_asked_for_once_a_minute_at_most()
    {
        var world = new BearerWorld();
        var forged = world.Token(key: BearerWorld.Second);
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        world.Time.Advance(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal((Wrong, "signature"), await world.CheckAsync(forged));
        }

        Assert.Equal(2, world.Asked.Count);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((Wrong, "signature"), await world.CheckAsync(forged));
        Assert.Equal(3, world.Asked.Count);
    }

    [Fact]
    public async Task A_new_key_of_OpenCRVS_counts_with_the_first_token_that_it_signed_and_the_old_one_no_more()
    {
        var world = new BearerWorld();
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        world.Time.Advance(TimeSpan.FromMinutes(2));
        world.Answer = _ => BearerWorld.Text(BearerWorld.Pem(BearerWorld.Second));
        Assert.Equal(Good, await world.CheckAsync(world.Token(key: BearerWorld.Second)));
        Assert.Equal((Wrong, "signature"), await world.CheckAsync(world.Token()));
    }

    [Fact]
    public async Task A_key_that_OpenCRVS_gave_up_is_not_trusted_for_ever_though_only_its_tokens_come()
    {
        var world = new BearerWorld();
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        world.Answer = _ => BearerWorld.Text(BearerWorld.Pem(BearerWorld.Second));
        world.Time.Advance(OpenCrvsKeys.UsedFor);
        Assert.Equal((Wrong, "signature"), await world.CheckAsync(world.Token()));
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(404, "404 page not found")]
    [InlineData(200, "<html>back soon</html>")]
    [InlineData(200, "")]
    [InlineData(200, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public async Task Without_a_key_nothing_is_taken_for_valid_and_with_the_last_one_all_goes_on(
        int status,
        string body
    )
    {
        var world = new BearerWorld { Answer = _ => BearerWorld.Text(body, status) };
        Assert.Equal((CannotTell, "no-key"), await world.CheckAsync(world.Token()));
        Assert.Equal((CannotTell, "no-key"), await world.CheckAsync(world.Token(key: BearerWorld.Second)));
        Assert.Equal((Wrong, "scope"), await world.CheckAsync(world.Token(claims => claims.Remove("scope"))));
        Assert.Single(world.Asked);

        world.Time.Advance(OpenCrvsKeys.FirstAgainAfter);
        var away = world.Answer;
        world.Answer = _ => BearerWorld.Text(BearerWorld.Pem(BearerWorld.First));
        Assert.Equal(Good, await world.CheckAsync(world.Token()));

        world.Answer = away;
        world.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        // It may be a newer key's: nobody says.
        Assert.Equal((CannotTell, "signature"), await world.CheckAsync(world.Token(key: BearerWorld.Second)));
    }

    [Fact]
    public async Task A_glance_asks_nobody_and_is_never_sure_of_a_signature_that_it_cannot_check()
    {
        var world = new BearerWorld();
        Assert.Equal(CannotTell, await GlanceAsync(world.Token()));
        Assert.Equal(Wrong, await GlanceAsync("nobody's"));
        Assert.Empty(world.Asked);
        await world.CheckAsync(world.Token());
        Assert.Equal(Valid, await GlanceAsync(world.Token()));
        Assert.Equal(CannotTell, await GlanceAsync(world.Token(key: BearerWorld.Second)));
        Assert.Single(world.Asked);

        async Task<BearerVerdict> GlanceAsync(string token) =>
            (await world.Bearers.GlanceAsync(token, BearerWorld.MosipWants)).Verdict;
    }

    [Fact]
    public async Task A_silent_auth_service_holds_a_token_for_seconds_only_and_all_share_one_question()
    {
        var world = new BearerWorld { Answer = _ => null };
        var checks = Enumerable.Range(0, 60).Select(_ => world.CheckAsync(world.Token())).ToList();
        await Eventually.TrueAsync(() => world.Asked.Count == 1);
        world.Time.Advance(OpenCrvsKeys.Patience);
        Assert.All(await Task.WhenAll(checks), check => Assert.Equal((CannotTell, "no-key"), check));
        Assert.Single(world.Asked);
    }

    [Fact]
    public async Task The_key_comes_from_the_setting_s_address_or_from_the_setting_itself()
    {
        var world = new BearerWorld();
        await world.CheckAsync(world.Token());
        Assert.Equal(new Uri("http://auth.crvs.example/.well-known"), Assert.Single(world.Asked));

        var elsewhere = new Uri("https://register.crvs.example/api/auth/.well-known");
        world = new BearerWorld(publicKeyUrl: elsewhere);
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        Assert.Equal(elsewhere, Assert.Single(world.Asked));

        using var request = new RequestOf(BearerWorld.Second);
        world = new BearerWorld(
            publicKey: BearerWorld.Pem(BearerWorld.First).Replace("\n", "\\n", StringComparison.Ordinal)
                + request.Certificate.ExportCertificatePem()
        );
        Assert.Equal(Good, await world.CheckAsync(world.Token()));
        Assert.Equal(Good, await world.CheckAsync(world.Token(key: BearerWorld.Second)));
        using var stranger = RSA.Create(2048);
        Assert.Equal((Wrong, "signature"), await world.CheckAsync(world.Token(key: stranger)));
        Assert.Empty(world.Asked);
    }

    [Fact]
    public void What_is_no_public_key_is_refused_and_not_repeated()
    {
        using var small = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] texts =
        [
            "",
            "opencrvs",
            BearerWorld.First.ExportPkcs8PrivateKeyPem(),
            BearerWorld.First.ExportRSAPrivateKeyPem(),
            BearerWorld.Pem(small),
            curve.ExportSubjectPublicKeyInfoPem(),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        ];
        Assert.All(
            texts,
            text =>
                Assert.Contains(
                    "no RSA public key",
                    Assert.Throws<CryptographicException>(() => OpenCrvsKeys.Read(text)).Message
                )
        );
        Assert.Single(OpenCrvsKeys.Read(BearerWorld.First.ExportRSAPublicKeyPem()));
    }

    private sealed class RequestOf(RSA key) : IDisposable
    {
        public X509Certificate2 Certificate { get; } =
            new CertificateRequest(
                "CN=opencrvs",
                key,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            ).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        public void Dispose() => Certificate.Dispose();
    }
}
