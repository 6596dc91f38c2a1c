using Microsoft.Extensions.Configuration;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Platform.Secrets;

/// <summary>What stands around a secret by mistake is not part of it.</summary>
public sealed class BlankSecretTests
{
    public static TheoryData<string> Around =>
        ["\n", "\r\n", " ", "\t", "\uFEFF", "\u00A0", "\u200B", "\u2060", "\u202F", "\0", " \uFEFF\r\n"];

    [Theory]
    [MemberData(nameof(Around))]
    public async Task Both_stores_leave_it_away_in_every_version_and_tell(string blank)
    {
        await using var vault = await TestVault.StartAsync();
        vault.Put(SecretNames.WebhookSecret, "old secret" + blank);
        vault.Put(SecretNames.WebhookSecret, blank + "new secret" + blank);
        vault.Put(SecretNames.LedgerKey, "clean");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        configuration["OPENCRVS_SHA_SECRET"] = blank + "new secret" + blank;
        configuration["OPENCRVS_SHA_SECRET_PREVIOUS"] = "old secret" + blank;
        configuration["NATIONALID_LEDGER_KEY"] = "clean";
        foreach (var store in (ISecretStore[])[vault.Store(), new ConfigurationSecretStore(configuration)])
        {
            var versions = await store.GetVersionsAsync(SecretNames.WebhookSecret, default);
            Assert.Equal(["new secret", "old secret"], versions.Select(version => version.Value));
            Assert.All(versions, version => Assert.True(version.HadBlanks));
            Assert.False((await store.GetAsync(SecretNames.LedgerKey, default)).HadBlanks);
        }
    }

    [Theory]
    [MemberData(nameof(Around))]
    public async Task A_secret_of_nothing_else_is_missing_and_an_older_version_counts(string blank)
    {
        await using var vault = await TestVault.StartAsync();
        vault.Put(SecretNames.LedgerKey, blank);
        vault.Put(SecretNames.WebhookSecret, "older");
        vault.Put(SecretNames.WebhookSecret, blank + blank);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection().Build();
        configuration["NATIONALID_LEDGER_KEY"] = blank;
        configuration["OPENCRVS_SHA_SECRET"] = blank;
        configuration["OPENCRVS_SHA_SECRET_PREVIOUS"] = "older";
        foreach (var store in (ISecretStore[])[vault.Store(), new ConfigurationSecretStore(configuration)])
        {
            Assert.Empty(await store.GetVersionsAsync(SecretNames.LedgerKey, default));
            Assert.Equal("older", (await store.GetAsync(SecretNames.WebhookSecret, default)).Value);
        }
    }

    [Fact]
    public void The_last_line_end_of_a_PEM_file_is_not_worth_telling()
    {
        const string Pem = "-----BEGIN X-----\nAAAA\n-----END X-----";
        Assert.False(SecretText.Read("1", Pem + "\r\n")!.HadBlanks);
        Assert.True(SecretText.Read("1", "\uFEFF" + Pem)!.HadBlanks);
    }
}
