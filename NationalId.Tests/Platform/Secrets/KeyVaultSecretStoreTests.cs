using Microsoft.Extensions.Logging;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Platform.Secrets;

public sealed class KeyVaultSecretStoreTests : IAsyncLifetime
{
    private const string Name = SecretNames.WebhookSecret;
    private TestVault vault = null!;

    public async Task InitializeAsync() => vault = await TestVault.StartAsync();

    public async Task DisposeAsync() => await vault.DisposeAsync();

    [Fact]
    public async Task All_enabled_versions_come_newest_first_over_several_pages_after_the_vaults_challenge()
    {
        vault.Put(Name, "first");
        vault.Put(Name, "second");
        vault.Put(Name, "never seen", enabled: false);
        vault.Put(Name, "third");

        Assert.Equal(["third", "second", "first"], await ValuesAsync(vault.Store()));
        Assert.True(vault.Challenges > 0);
        Assert.Equal(2, vault.Lists(Name));
    }

    [Fact]
    public async Task Only_the_newest_five_versions_count()
    {
        for (var i = 1; i <= 8; i++)
        {
            vault.Put(Name, $"v{i}");
        }

        Assert.Equal(["v8", "v7", "v6", "v5", "v4"], await ValuesAsync(vault.Store()));
    }

    [Fact]
    public async Task A_value_is_asked_for_once_in_five_minutes_and_a_versions_value_once_for_ever()
    {
        vault.Put(Name, "one");
        var store = vault.Store();
        await ValuesAsync(store);
        await ValuesAsync(store);
        Assert.Equal(2, vault.Requests.Count);

        vault.Time.Advance(TimeSpan.FromMinutes(4.9));
        var first = await store.GetVersionsAsync(Name, default);
        Assert.Equal(2, vault.Requests.Count);

        vault.Time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Same(first, await store.GetVersionsAsync(Name, default));
        Assert.Equal([$"{Name}/versions", $"{Name}/{first[0].Version}", $"{Name}/versions"], vault.Requests);
    }

    [Fact]
    public async Task A_rotation_takes_effect_within_the_ttl_and_the_old_version_passes_until_it_is_disabled()
    {
        var old = vault.Put(Name, "old");
        var store = vault.Store();
        Assert.Equal(["old"], await ValuesAsync(store));

        vault.Put(Name, "new");
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["new", "old"], await ValuesAsync(store));

        vault.Enable(Name, old, enabled: false);
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["new"], await ValuesAsync(store));
    }

    [Fact]
    public async Task A_version_counts_from_its_activation_date_to_its_expiration_date_to_the_second()
    {
        var now = vault.Time.GetUtcNow();
        vault.Put(Name, "ends soon", expires: now.AddSeconds(100));
        vault.Put(Name, "begins soon", notBefore: now.AddSeconds(40));
        vault.Put(Name, "ended", expires: now.AddSeconds(-1));
        var store = vault.Store();
        Assert.Equal(["ends soon"], await ValuesAsync(store));

        vault.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(["begins soon", "ends soon"], await ValuesAsync(store));

        vault.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(["begins soon"], await ValuesAsync(store));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(403)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task While_the_vault_fails_the_last_values_serve_and_the_status_says_degraded(int fault)
    {
        vault.Put(Name, "good");
        var store = vault.Store();
        await ValuesAsync(store);
        Assert.Equal(SecretStoreState.Reachable, store.Status.State);
        var seen = store.Status.LastSuccess;

        vault.Fault = fault;
        vault.Time.Advance(TimeSpan.FromMinutes(6));
        var failedAt = vault.Time.GetUtcNow();
        Assert.Equal(["good"], await ValuesAsync(store));
        Assert.Equal(new SecretStoreStatus(seen, failedAt), store.Status);
        Assert.True(store.Status.IsDegraded);
        Assert.Equal(SecretStoreState.Degraded, store.Status.State);

        vault.Time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(["good"], await ValuesAsync(store));
        Assert.Equal(failedAt, store.Status.FailingSince);

        vault.Fault = null;
        vault.Put(Name, "newer");
        vault.Time.Advance(KeyVaultSecretStore.Cooldown);
        Assert.Equal(["newer", "good"], await ValuesAsync(store));
        Assert.Equal(new SecretStoreStatus(vault.Time.GetUtcNow(), null), store.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(403)]
    [InlineData(503)]
    public async Task A_cold_start_without_the_vault_is_told_as_unavailable_and_heals_by_itself(int fault)
    {
        vault.Put(Name, "good");
        vault.Fault = fault;
        var store = vault.Store();
        Assert.Equal(SecretStoreState.NotAskedYet, store.Status.State);

        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
        Assert.Equal(SecretStoreState.NeverReached, store.Status.State);

        vault.Fault = null;
        vault.Time.Advance(KeyVaultSecretStore.Cooldown);
        Assert.Equal(["good"], await ValuesAsync(store));
    }

    [Fact]
    public async Task After_a_failure_the_vault_is_left_alone_for_ten_seconds()
    {
        vault.Put(Name, "good");
        vault.Fault = 503;
        var store = vault.Store();
        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
        var asked = vault.Requests.Count;

        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
            await Assert.ThrowsAsync<SecretStoreUnavailableException>(() =>
                store.GetVersionsAsync(SecretNames.PartnerApiKey, default).AsTask()
            );
        }

        Assert.Equal(asked, vault.Requests.Count);
        vault.Time.Advance(KeyVaultSecretStore.Cooldown);
        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
        Assert.True(vault.Requests.Count > asked);
    }

    [Fact]
    public async Task A_refusal_of_one_secret_does_not_keep_the_others_back()
    {
        vault.Put(Name, "good");
        vault.Put(SecretNames.PartnerApiKey, "also good");
        var store = vault.Store();
        vault.Fault = 403;
        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));

        vault.Fault = null;
        Assert.Equal("also good", (await store.GetAsync(SecretNames.PartnerApiKey, default)).Value);
    }

    [Fact]
    public async Task Retry_after_of_a_429_is_kept_without_holding_the_caller()
    {
        vault.Put(Name, "good");
        vault.Fault = 429;
        vault.RetryAfter = 60;
        var store = vault.Store();
        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
        Assert.Equal(1, vault.Lists(Name));

        vault.Fault = null;
        vault.Time.Advance(TimeSpan.FromSeconds(59));
        await Assert.ThrowsAsync<SecretStoreUnavailableException>(() => ValuesAsync(store));
        Assert.Equal(1, vault.Lists(Name));

        vault.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["good"], await ValuesAsync(store));
    }

    [Fact]
    public async Task A_secret_that_is_absent_is_an_empty_list_and_is_found_half_a_minute_after_it_was_added()
    {
        var store = vault.Store();
        Assert.Empty(await ValuesAsync(store));
        await Assert.ThrowsAsync<SecretMissingException>(() => store.GetAsync(Name, default).AsTask());
        Assert.Equal(1, vault.Lists(Name));
        Assert.False(store.Status.IsDegraded);

        vault.Put(Name, "added");
        vault.Time.Advance(KeyVaultSecretStore.AbsentFor);
        Assert.Equal(["added"], await ValuesAsync(store));
    }

    [Fact]
    public async Task When_every_version_is_disabled_none_is_left()
    {
        var only = vault.Put(Name, "leaked");
        var store = vault.Store();
        Assert.Equal(["leaked"], await ValuesAsync(store));

        vault.Enable(Name, only, enabled: false);
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await ValuesAsync(store));
    }

    [Fact]
    public async Task Many_callers_at_once_make_one_request()
    {
        vault.Put(Name, "good");
        var gate = new TaskCompletionSource();
        vault.Gate = gate.Task;
        var store = vault.Store();
        var callers = Enumerable.Range(0, 50).Select(_ => Task.Run(() => ValuesAsync(store))).ToArray();
        await Waiting.UntilAsync(() => vault.Lists(Name) > 0);
        gate.SetResult();

        Assert.All(await Task.WhenAll(callers), values => Assert.Equal(["good"], values));
        Assert.Equal(1, vault.Lists(Name));
    }

    [Fact]
    public async Task A_caller_that_gives_up_does_not_fail_the_others()
    {
        vault.Put(Name, "good");
        var gate = new TaskCompletionSource();
        vault.Gate = gate.Task;
        var store = vault.Store();
        using var impatient = new CancellationTokenSource();
        var first = store.GetVersionsAsync(Name, impatient.Token).AsTask();
        var second = ValuesAsync(store);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        gate.SetResult();
        Assert.Equal(["good"], await second);
    }

    [Fact]
    public async Task A_slow_vault_holds_nobody_who_could_use_an_older_value()
    {
        vault.Put(Name, "old");
        var store = vault.Store();
        await ValuesAsync(store);

        var gate = new TaskCompletionSource();
        vault.Gate = gate.Task;
        vault.Put(Name, "new");
        vault.Time.Advance(TimeSpan.FromMinutes(5));
        var caller = ValuesAsync(store);
        await Waiting.UntilAsync(() => vault.Lists(Name) == 2);
        Assert.False(caller.IsCompleted);
        vault.Time.Advance(KeyVaultSecretStore.Patience);
        Assert.Equal(["old"], await caller);

        gate.SetResult();
        await Waiting.UntilAsync(() =>
            vault.Requests.Count == 4
            && ValuesAsync(store) is { IsCompletedSuccessfully: true } read
            && read.Result[0] == "new"
        );
    }

    [Fact]
    public async Task Refresh_sees_a_new_version_at_once_but_is_heard_once_in_ten_seconds()
    {
        vault.Put(Name, "one");
        var store = vault.Store();
        await ValuesAsync(store);

        vault.Put(Name, "two");
        store.Refresh(Name);
        Assert.Equal(["two", "one"], await ValuesAsync(store));
        Assert.Equal(2, vault.Lists(Name));

        vault.Put(Name, "three");
        for (var i = 0; i < 100; i++)
        {
            store.Refresh(Name);
            Assert.Equal(["two", "one"], await ValuesAsync(store));
        }

        Assert.Equal(2, vault.Lists(Name));
        vault.Time.Advance(KeyVaultSecretStore.RefreshEvery);
        store.Refresh(Name);
        Assert.Equal(["three", "two", "one"], await ValuesAsync(store));
    }

    [Fact]
    public async Task Refresh_during_a_read_has_the_next_caller_read_again()
    {
        vault.Put(Name, "one");
        var gate = new TaskCompletionSource();
        vault.Gate = gate.Task;
        var store = vault.Store();
        var early = ValuesAsync(store);
        await Waiting.UntilAsync(() => vault.Lists(Name) == 1);
        store.Refresh(Name);
        gate.SetResult();
        await early;

        vault.Put(Name, "two");
        Assert.Equal(["two", "one"], await ValuesAsync(store));
    }

    [Fact]
    public async Task Logs_and_messages_hold_no_value_and_none_of_the_vaults_words()
    {
        vault.Put(Name, "the-very-secret");
        var store = vault.Store();
        var version = (await store.GetAsync(Name, default)).ToString();
        vault.Fault = 503;
        vault.Time.Advance(TimeSpan.FromMinutes(6));
        await ValuesAsync(store);
        var unavailable = await Assert.ThrowsAsync<SecretStoreUnavailableException>(() =>
            vault.Store().GetAsync(Name, default).AsTask()
        );

        Assert.Contains(vault.Log.Lines, line => line is { Level: LogLevel.Warning, Event: "SecretStoreUnavailable" });
        Assert.All(
            [.. vault.Log.Lines.Select(line => line.Text), unavailable.ToString(), version],
            text =>
            {
                Assert.DoesNotContain("the-very-secret", text);
                Assert.DoesNotContain("the vault's words", text);
            }
        );
    }

    private static async Task<string[]> ValuesAsync(KeyVaultSecretStore store) =>
        [.. (await store.GetVersionsAsync(Name, default)).Select(version => version.Value)];
}

internal static class Waiting
{
    /// <summary>Waits for something that happens elsewhere; fails after 30 s.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "it never happened");
            await Task.Delay(10);
        }
    }
}
