using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.EndToEnd;

[Trait(Tier.Name, Tier.Whole)]
public sealed class UinTokenTests
{
    [Theory]
    [InlineData(EnvelopeShape.VerR2, false, false)]
    [InlineData(EnvelopeShape.VerR2, true, true)]
    [InlineData(EnvelopeShape.Legacy, true, false)]
    [InlineData(EnvelopeShape.LegacyWithThumbprint, false, true)]
    public async Task A_token_of_any_shape_comes_onto_the_birth_s_record(
        EnvelopeShape shape,
        bool base64Url,
        bool signPlainText
    )
    {
        await using var world = await World.StartAsync();
        var birth = await BirthAsync(world);
        var answer = await world.Sandbox.SendUinTokenAsync(
            birth.RegistrationNumber,
            new UinTokenOptions
            {
                Shape = shape,
                Base64Url = base64Url,
                SignPlainText = signPlainText,
            }
        );
        Assert.Equal(200, answer.Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        var token = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.UinToken;
        var saved = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Saves.Last();
        Assert.Equal(
            [("BRN", birth.RegistrationNumber), ("UINTOKEN", token), ("MOSIP_PSUT_TOKEN_ID", token)],
            saved.Fields.Select(field => (field.Key, field.Value))
        );
    }

    [Fact]
    public async Task A_token_is_saved_once_however_often_it_comes_and_however_long_the_mediator_is_away()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:TokenField"] = "MOSIP_PSUT_TOKEN_ID"
        );
        var birth = await BirthAsync(world);
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status500);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Waiting);
        world.Sandbox.OpenCrvs.Mediator.Clear();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);

        var again = await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber);
        Assert.Equal(200, again.Status);
        Assert.Contains("again", again.Body);
        var record = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!;
        var saved = Assert.Single(record.Saves, save => save.Fields.ContainsKey("MOSIP_PSUT_TOKEN_ID"));
        Assert.DoesNotContain("UINTOKEN", saved.Fields.Keys);
    }

    [Fact]
    public async Task A_second_token_is_a_conflict_that_is_kept_and_never_overwrites()
    {
        await using var world = await World.StartAsync();
        var birth = await BirthAsync(world);
        await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        var first = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken;

        var second = await world.Sandbox.SendUinTokenAsync(
            birth.RegistrationNumber,
            new UinTokenOptions { UinToken = new string('9', 36) }
        );
        Assert.Equal(409, second.Status);
        var row = await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Flagged);
        Assert.Equal("the BRN has another number already", row.Reason);

        var other = await BirthAsync(world);
        Assert.Equal(
            409,
            (
                await world.Sandbox.SendUinTokenAsync(
                    other.RegistrationNumber,
                    new UinTokenOptions { UinToken = first }
                )
            ).Status
        );
        Assert.Equal(first, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken);
        Assert.Null(world.Sandbox.OpenCrvs.Find(other.RegistrationNumber)!.UinToken);
    }

    [Fact]
    public async Task A_second_token_stays_its_owner_s_even_when_an_operator_replays_it()
    {
        await using var world = await World.StartAsync();
        var (birth, owner) = (await BirthAsync(world), await BirthAsync(world));
        var first = await TokenAsync(world, birth);
        var token = world.Sandbox.Mosip.FindByBirth(owner.RegistrationNumber)!.UinToken;
        Assert.Equal(
            409,
            (
                await world.Sandbox.SendUinTokenAsync(
                    birth.RegistrationNumber,
                    new UinTokenOptions { UinToken = token }
                )
            ).Status
        );

        var flagged = await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Flagged);
        using var replay = new HttpRequestMessage(HttpMethod.Post, $"api/ops/events/{flagged.Key}/replay");
        replay.Headers.Add("x-functions-key", world.Host.FunctionKeys.Admin);
        replay.Headers.Add("X-Requested-With", "test");
        using var replayed = await world.Http.SendAsync(replay);
        Assert.Equal(202, (int)replayed.StatusCode);
        Assert.Equal(
            "the BRN has another number already",
            (await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Flagged)).Reason
        );

        Assert.Equal(token, await TokenAsync(world, owner));
        Assert.Equal(first, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken);
    }

    [Fact]
    public async Task Of_two_tokens_that_come_at_once_the_other_is_flagged_and_its_own_birth_still_gets_it()
    {
        await using var world = await World.StartAsync();
        var (birth, owner) = (await BirthAsync(world), await BirthAsync(world));
        var tokens = new[] { birth, owner }
            .Select(item => world.Sandbox.Mosip.FindByBirth(item.RegistrationNumber)!.UinToken)
            .ToList();
        await world.Host.DisposeAsync();
        await world.StartHostAsync(runQueues: false);
        foreach (var token in tokens)
        {
            Assert.Equal(
                200,
                (
                    await world.Sandbox.SendUinTokenAsync(
                        birth.RegistrationNumber,
                        new UinTokenOptions { UinToken = token }
                    )
                ).Status
            );
        }

        await world.Host.DisposeAsync();
        await world.StartHostAsync();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Flagged);
        var saved = world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken;
        var left = Assert.Single(tokens, token => token != saved);
        Assert.Equal(
            200,
            (
                await world.Sandbox.SendUinTokenAsync(owner.RegistrationNumber, new UinTokenOptions { UinToken = left })
            ).Status
        );
        await world.EventAsync(owner.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
    }

    [Fact]
    public async Task Each_wrong_token_has_its_clear_answer()
    {
        await using var world = await World.StartAsync();
        var birth = await BirthAsync(world);
        var brn = birth.RegistrationNumber;
        Assert.Equal(
            401,
            (await world.Sandbox.SendUinTokenAsync(brn, new UinTokenOptions { Bearer = "nobody's" })).Status
        );
        Assert.Equal(
            401,
            (await world.Sandbox.SendUinTokenAsync(brn, new UinTokenOptions { SignWithAnotherKey = true })).Status
        );
        Assert.Equal(
            401,
            (
                await world.Sandbox.SendUinTokenAsync(
                    brn,
                    new UinTokenOptions { SignWithAnotherKey = true, SignPlainText = true }
                )
            ).Status
        );
        Assert.Equal(
            404,
            (
                await world.Sandbox.SendUinTokenAsync(
                    "2026-UNKNOWN",
                    new UinTokenOptions { UinToken = Numbers.Digits(36) }
                )
            ).Status
        );

        await AssertRefusedAsync("""{"data":"***","signature":"AAAA"}""", 400);
        await AssertRefusedAsync("""{"data":"AAAA"}""", 401);
        await AssertRefusedAsync("not JSON", 400);
        await AssertRefusedAsync("[]", 400);
        var cut = new byte[300];
        await AssertRefusedAsync($$"""{"data":"{{Convert.ToBase64String(cut)}}","signature":"{{Sign(cut)}}"}""", 400);
        await AssertRefusedAsync(
            $$"""{"data":"{{Convert.ToBase64String(cut)}}","signature":"{{Sign("cut"u8)}}"}""",
            401
        );
        var (text, other) = (
            Encoding.UTF8.GetBytes($$"""{"opencrvsBRN":"{{brn}}","uinToken":"1"}"""),
            Encoding.UTF8.GetBytes($$"""{"opencrvsBRN":"{{brn}}","uinToken":"2"}""")
        );
        var data = Convert.ToBase64String(Envelope.Seal(text, world.Sandbox.Keys.Client, new byte[32]));
        await AssertRefusedAsync($$"""{"data":"{{data}}","signature":"{{Sign(other)}}"}""", 401);

        string Sign(ReadOnlySpan<byte> signed) =>
            Convert.ToBase64String(
                world
                    .Sandbox.Keys.Mosip.GetRSAPrivateKey()!
                    .SignData(signed, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)
            );

        async Task AssertRefusedAsync(string body, int status)
        {
            var answer = await world.Sandbox.SendUinTokenRawAsync(
                new StringContent(body, Encoding.UTF8, "application/json")
            );
            Assert.Equal(status, answer.Status);
            Assert.Contains("\"title\"", answer.Body);
        }
    }

    [Theory]
    [InlineData(Fault.Status500, false)]
    [InlineData(Fault.Status500, true)]
    [InlineData(Fault.Html200, false)]
    [InlineData(Fault.Hang, false)]
    [InlineData(Fault.Hang, true)]
    [InlineData(Fault.Down, true)]
    public async Task A_token_that_MOSIP_signed_is_stored_while_OpenCRVS_s_auth_service_is_away(
        Fault fault,
        bool keyKnown
    )
    {
        await using var world = await World.StartAsync();
        var (birth, other) = (await BirthAsync(world), await BirthAsync(world));
        if (keyKnown)
        {
            await TokenAsync(world, other);
        }

        world.Sandbox.OpenCrvs.Auth.Set(fault);
        var token = world.Sandbox.Mosip.FindByBirth(birth.RegistrationNumber)!.UinToken;
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);

        // Without MOSIP's signature nothing is taken, whatever is away; nor with a bearer that is wrong by itself.
        var forged = new UinTokenOptions { SignWithAnotherKey = true, UinToken = new string('9', 36) };
        Assert.Equal(401, (await world.Sandbox.SendUinTokenAsync(other.RegistrationNumber, forged)).Status);
        var expired = new UinTokenOptions
        {
            Bearer = world.Sandbox.OpenCrvs.IssueToken(TimeSpan.FromMinutes(-5)),
            UinToken = new string('9', 36),
        };
        Assert.Equal(401, (await world.Sandbox.SendUinTokenAsync(other.RegistrationNumber, expired)).Status);

        world.Sandbox.OpenCrvs.Auth.Clear();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        Assert.Equal(token, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken);
        Assert.Contains(
            world.Logs.Lines,
            line => line.Contains("by MOSIP's signature alone", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_bearer_that_is_not_a_good_one_of_OpenCRVS_is_refused_and_says_why()
    {
        await using var world = await World.StartAsync();
        var brn = (await BirthAsync(world)).RegistrationNumber;
        var openCrvs = world.Sandbox.OpenCrvs;
        var left = openCrvs.IssueToken();
        openCrvs.LogOut(left);
        using var refusals = new Refusals();
        (string Bearer, string Says)[] wrong =
        [
            ("", "needed"),
            ("nobody's", "malformed"),
            (openCrvs.IssueToken(TimeSpan.FromMinutes(-1)), "expired"),
            (openCrvs.IssueToken(null, "webhook"), "scope"),
            (openCrvs.IssueToken(new IssuedTokenOptions { Issuer = "somebody" }), "issuer"),
            (openCrvs.IssueToken(new IssuedTokenOptions { Audience = ["opencrvs:gateway-user"] }), "audience"),
            (openCrvs.IssueToken(new IssuedTokenOptions { Algorithm = "none" }), "algorithm"),
            (openCrvs.IssueToken(new IssuedTokenOptions { SignWithAnotherKey = true }), "signature"),
            (left, "logged-out"),
        ];
        foreach (var (bearer, says) in wrong)
        {
            var answer = await world.Sandbox.SendUinTokenAsync(brn, new UinTokenOptions { Bearer = bearer });
            Assert.Equal((401, says), (answer.Status, says));
            Assert.Contains(says, answer.Body);
        }

        Assert.True(refusals.Of("return-bearer") >= wrong.Length);
        Assert.Null(openCrvs.Find(brn)!.UinToken);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(brn)).Status);
    }

    [Fact]
    public async Task A_client_of_MOSIP_s_own_is_let_in_by_the_scope_that_the_setting_names()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:CallerScopes"] = "mosip, recordsearch"
        );
        var brn = (await BirthAsync(world)).RegistrationNumber;
        Assert.Equal(401, (await world.Sandbox.SendUinTokenAsync(brn)).Status);
        var options = new UinTokenOptions { Bearer = world.Sandbox.OpenCrvs.IssueToken(null, "recordsearch") };
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(brn, options)).Status);
    }

    [Fact]
    public async Task Sixty_made_up_bearers_do_not_hold_up_a_true_one()
    {
        await using var world = await World.StartAsync();
        var (birth, other) = (await BirthAsync(world), await BirthAsync(world));
        await TokenAsync(world, other);
        var openCrvs = world.Sandbox.OpenCrvs;
        openCrvs.Auth.Set(Fault.Slow, delay: TimeSpan.FromSeconds(20));
        var asked = openCrvs.Auth.Calls;
        var madeUp = Enumerable
            .Range(0, 60)
            .Select(i =>
                world.Sandbox.SendUinTokenAsync(
                    birth.RegistrationNumber,
                    new UinTokenOptions
                    {
                        Bearer = i % 2 == 0 ? "made-up-" + i : openCrvs.IssueToken(null, "made-up-" + i),
                    }
                )
            )
            .ToList();
        var clock = Stopwatch.StartNew();
        var answer = await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber);
        Assert.Equal(200, answer.Status);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"It took {clock.Elapsed}.");
        Assert.All(await Task.WhenAll(madeUp), refused => Assert.Equal(401, refused.Status));

        // Nobody was asked about them: the true one alone went there, and was not waited for.
        Assert.InRange(openCrvs.Auth.Calls - asked, 0, 1);
    }

    [Fact]
    public async Task A_new_key_of_OpenCRVS_counts_with_the_next_token()
    {
        await using var world = await World.StartAsync();
        var birth = await BirthAsync(world);
        world.Sandbox.OpenCrvs.RotateKey();
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        Assert.Equal(1, world.Sandbox.OpenCrvs.KeyFetches);
    }

    [Fact]
    public async Task A_key_in_the_settings_is_asked_for_nowhere()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:PublicKey"] = World.Keys.Value.OpenCrvs.ExportSubjectPublicKeyInfoPem()
        );
        var birth = await BirthAsync(world);
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        Assert.Equal(0, world.Sandbox.OpenCrvs.KeyFetches);
    }

    [Fact]
    public async Task A_message_that_nobody_can_ever_open_is_not_asked_for_again()
    {
        await using var world = await World.StartAsync();
        var brn = (await BirthAsync(world)).RegistrationNumber;
        var good = Seal($$"""{"opencrvsBRN":"{{brn}}","uinToken":"1"}""");
        var splitter = good.AsSpan().IndexOf("#KEY_SPLITTER#"u8);
        (string What, byte[] Envelope)[] lost =
        [
            ("too short", good[..20]),
            ("cut in the key", good[..200]),
            ("cut behind the splitter", good[..(splitter + 14 + 20)]),
            ("cut in the text", good[..^1]),
            ("tampered with", [.. good[..^1], (byte)(good[^1] ^ 1)]),
            ("a key of no length that there is", [.. good[..100], .. good[101..]]),
            ("a splitter at the beginning", [.. "VER_R2#KEY_SPLITTER#"u8, .. new byte[400]]),
            ("a splitter at the end", [.. "VER_R2"u8, .. new byte[282], .. "#KEY_SPLITTER#"u8]),
            ("no JSON", Seal("opened, but no JSON")),
            ("half of a JSON", Seal($$"""{"opencrvsBRN":"{{brn}}","uin""")),
            ("no text", Seal(new byte[] { 0xFF, 0xFE, 0x00 })),
            ("nothing", Seal("")),
            ("a list", Seal("[]")),
            ("no token", Seal($$"""{"opencrvsBRN":"{{brn}}"}""")),
            ("a number for a token", Seal($$"""{"opencrvsBRN":"{{brn}}","uinToken":1}""")),
            ("half a character", Seal("{\"opencrvsBRN\":\"\\ud800\",\"uinToken\":\"1\"}")),
        ];
        foreach (var (what, envelope) in lost)
        {
            var answer = await world.Sandbox.SendUinTokenRawAsync(
                JsonContent.Create(
                    new
                    {
                        data = Convert.ToBase64String(envelope),
                        signature = Convert.ToBase64String(
                            world
                                .Sandbox.Keys.Mosip.GetRSAPrivateKey()!
                                .SignData(envelope, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1)
                        ),
                    }
                )
            );
            Assert.Equal((what, 400), (what, answer.Status));
        }

        byte[] Seal(object text) =>
            Envelope.Seal(
                text as byte[] ?? Encoding.UTF8.GetBytes((string)text),
                world.Sandbox.Keys.Client,
                new byte[32]
            );
    }

    [Fact]
    public async Task An_unsigned_token_needs_a_bearer_that_is_known_to_be_good()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:AllowUnsignedTokens"] = "true"
        );
        var birth = await BirthAsync(world);
        var openCrvs = world.Sandbox.OpenCrvs;
        using var refusals = new Refusals();
        openCrvs.Auth.Set(Fault.Status500);
        // Its key can't be had, and afterwards nobody says whether it was logged out.
        Assert.Equal(503, (await SendAsync()).Status);
        openCrvs.Auth.Clear();
        await Eventually.TrueAsync(async () => (await SendAsync("made up")).Status == 401);
        await Eventually.TrueAsync(async () =>
        {
            var answer = await SendAsync(openCrvs.IssueToken(new IssuedTokenOptions { SignWithAnotherKey = true }));
            return answer.Status == 401;
        });
        openCrvs.Auth.Set(Fault.Status500);
        Assert.Equal(503, (await SendAsync()).Status);
        Assert.NotEqual(0, refusals.Of("return-unavailable"));
        Assert.Null(openCrvs.Find(birth.RegistrationNumber)!.UinToken);
        openCrvs.Auth.Clear();
        await Eventually.TrueAsync(async () => (await SendAsync()).Status == 200);

        Task<TokenAnswer> SendAsync(string? bearer = null)
        {
            var plain = JsonSerializer.SerializeToUtf8Bytes(
                new { opencrvsBRN = birth.RegistrationNumber, uinToken = new string('7', 36) }
            );
            var envelope = Envelope.Seal(plain, world.Sandbox.Keys.Client, new byte[32]);
            return world.Sandbox.SendUinTokenRawAsync(
                JsonContent.Create(new { data = Convert.ToBase64String(envelope) }),
                bearer
            );
        }
    }

    [Fact]
    public async Task An_unsigned_token_is_taken_only_when_the_option_allows_it()
    {
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:Mosip:AllowUnsignedTokens"] = "true"
        );
        var birth = await BirthAsync(world);
        var plain = JsonSerializer.SerializeToUtf8Bytes(
            new { opencrvsBRN = birth.RegistrationNumber, uinToken = Numbers.Digits(36) }
        );
        var envelope = Envelope.Seal(plain, world.Sandbox.Keys.Client, new byte[32]);
        var answer = await world.Sandbox.SendUinTokenRawAsync(
            JsonContent.Create(new { data = Convert.ToBase64String(envelope) })
        );
        Assert.Equal(200, answer.Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
    }

    /// <summary>Has MOSIP send a birth's token, and waits for it on the record.</summary>
    private static async Task<string?> TokenAsync(World world, SentEvent birth)
    {
        Assert.Equal(200, (await world.Sandbox.SendUinTokenAsync(birth.RegistrationNumber)).Status);
        await world.EventAsync(birth.RegistrationNumber, EventKinds.UinToken, EventState.Delivered);
        return world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.UinToken;
    }

    internal static async Task<SentEvent> BirthAsync(World world, BirthRecord? record = null)
    {
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(record);
        await world.DeliveredAsync(sent);
        return sent;
    }
}
