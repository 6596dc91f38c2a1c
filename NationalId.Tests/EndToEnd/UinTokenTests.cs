using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Sandbox;
using NationalId.Sandbox.Crypto;
using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Core.Registry;

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

        // MOSIP does not send again by itself: somebody has to hear of it.
        using var refusals = new Refusals();
        world.Sandbox.OpenCrvs.Auth.Set(Fault.Status500);
        Assert.Equal(503, (await world.Sandbox.SendUinTokenAsync(brn)).Status);
        Assert.NotEqual(0, refusals.Of("return-unavailable"));

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
