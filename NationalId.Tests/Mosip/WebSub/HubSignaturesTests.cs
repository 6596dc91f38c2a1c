using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.WebSub;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>The hub's signature decides whether a credential may come in.</summary>
public sealed class HubSignaturesTests
{
    private static readonly byte[] Body = "{}"u8.ToArray();
    private readonly TestSecrets secrets = new();

    public HubSignaturesTests()
    {
        secrets.Values[SecretNames.LedgerKey] = "a ledger key of thirty-two bytes";
        secrets.Values[SecretNames.MosipHubSecret] = "one";
    }

    [Fact]
    public async Task What_the_hub_signed_with_our_secret_fits_and_nothing_else()
    {
        Assert.Equal(HubVerdict.Fits, await CheckAsync("one", Body));
        Assert.Equal(HubVerdict.FitsNone, await CheckAsync("two", Body));
        Assert.Equal(HubVerdict.FitsNone, await CheckAsync("one", [.. Body, 32]));
    }

    [Fact]
    public async Task A_secret_that_was_added_a_moment_ago_is_looked_for_once()
    {
        secrets.Fresh[SecretNames.MosipHubSecret] = "two";
        Assert.Equal(HubVerdict.Fits, await CheckAsync("two", Body));
        Assert.Equal([SecretNames.MosipHubSecret], secrets.Refreshed);
        Assert.Equal(HubVerdict.Fits, await CheckAsync("two", Body));
        Assert.Single(secrets.Refreshed);
    }

    [Fact]
    public async Task Any_version_that_is_enabled_may_have_signed()
    {
        secrets.Older[SecretNames.MosipHubSecret] = "zero";
        Assert.Equal(HubVerdict.Fits, await CheckAsync("zero", Body));
        Assert.Equal(HubVerdict.Fits, await CheckAsync("one", Body));
        Assert.Matches("^[0-9a-f]{16}\\.[0-9a-f]{16}$", await Signatures().WordAsync(default));
    }

    [Fact]
    public async Task While_the_secret_store_is_away_nobody_can_tell()
    {
        secrets.IsAway = true;
        Assert.Equal(HubVerdict.Unknown, await CheckAsync("one", Body));
        Assert.Null(await Signatures().WordAsync(default));
    }

    [Theory]
    [InlineData(SecretNames.MosipHubSecret)]
    [InlineData(SecretNames.LedgerKey)]
    public async Task Without_the_secret_or_a_key_to_seal_with_nobody_can_tell(string missing)
    {
        secrets.Values.TryRemove(missing, out _);
        Assert.Equal(HubVerdict.Unknown, await CheckAsync("one", Body));
        Assert.Null(await Signatures().WordAsync(default));
    }

    [Fact]
    public async Task The_word_for_the_secrets_changes_with_them_and_gives_nothing_away()
    {
        var before = await Signatures().WordAsync(default);
        Assert.Matches("^[0-9a-f]{16}$", before);
        Assert.Equal(before, await Signatures().WordAsync(default));
        secrets.Values[SecretNames.MosipHubSecret] = "two";
        Assert.NotEqual(before, await Signatures().WordAsync(default));
    }

    private HubSignatures Signatures()
    {
        var payloads = new PayloadStore(TestAzurite.ClientsOf("UseDevelopmentStorage=true"), TimeProvider.System);
        return new HubSignatures(secrets, new PayloadSeals(secrets, payloads));
    }

    /// <summary>Checks a body against a signature that the hub made of <see cref="Body"/> with a secret.</summary>
    private Task<HubVerdict> CheckAsync(string secret, byte[] body)
    {
        var hmac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Body);
        Assert.True(WebhookSignature.TryParse("sha256=" + Convert.ToHexStringLower(hmac), out var signature));
        return Signatures().CheckAsync(body, signature, default);
    }
}
