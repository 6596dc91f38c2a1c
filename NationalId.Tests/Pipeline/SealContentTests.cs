using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Tests.Pipeline;

/// <summary>
/// What a seal binds together: a payload that was sealed is of use as it is, where it is, and nowhere else.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class SealContentTests : IAsyncLifetime
{
    private const string LedgerKey = "a ledger key of thirty-two bytes";
    private static readonly string Key = new('a', 64);
    private static readonly byte[] Body = "{\"birth\":1}"u8.ToArray();

    private readonly TestSecrets secrets = new();
    private PayloadStore payloads = null!;

    private PayloadSeals Seals => field ??= new PayloadSeals(secrets, payloads);

    public async Task InitializeAsync()
    {
        secrets.Values[SecretNames.LedgerKey] = LedgerKey;
        var storage = TestAzurite.ClientsOf(await TestAzurite.NewAccountAsync());
        payloads = new PayloadStore(storage, TimeProvider.System);
        await storage.Blobs.GetBlobContainerClient(PayloadStore.AcceptedContainer).CreateAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_seal_is_what_it_was_in_every_version_so_that_stored_payloads_stay_ours()
    {
        var blob = payloads.NewName();
        var info = await Seals.SealAsync(Info(), blob, SHA256.HashData(Body), default);

        // Computed by hand.
        var said =
            $"eventkey={Key}\nnumber=2026B1\nreceivedat=2026-11-26T08:00:00.0000000+00:00\nsource=webhook\n"
            + "topic=BIRTH_REGISTERED\n";
        byte[] content =
        [
            .. "payload seal\n"u8,
            .. SHA256.HashData(Body),
            .. Encoding.UTF8.GetBytes($"{blob}\n{said}"),
        ];
        var seal = HMACSHA256.HashData(Encoding.UTF8.GetBytes(LedgerKey), content);
        Assert.Equal(Convert.ToHexStringLower(seal), info.Seal);
    }

    [Fact]
    public async Task A_payload_whose_words_about_itself_were_changed_is_none_of_ours()
    {
        var (blob, info) = await StoreAsync(Body);
        Assert.True(await Seals.FitsAsync(Key, blob, default));
        PayloadInfo[] changed =
        [
            info with
            {
                RegistrationNumber = "2026B2",
            },
            info with
            {
                RegistrationNumber = null,
            },
            info with
            {
                Topic = EventKinds.Death,
            },
            info with
            {
                Source = EventSources.Trigger,
            },
            info with
            {
                ReceivedAt = info.ReceivedAt.AddSeconds(1),
            },
            info with
            {
                FlagReason = "held",
            },
            info with
            {
                Seal = null,
            },
            info with
            {
                Seal = info.Seal![..63],
            },
        ];
        foreach (var one in changed)
        {
            await payloads.SetInfoAsync(blob, one, default);
            Assert.False(await Seals.FitsAsync(Key, blob, default), one.ToString());
        }

        await payloads.SetInfoAsync(blob, info, default);
        Assert.True(await Seals.FitsAsync(Key, blob, default));
    }

    [Fact]
    public async Task A_payload_that_was_copied_to_another_place_or_is_asked_for_as_another_event_s_is_none_of_ours()
    {
        var (blob, info) = await StoreAsync(Body);
        var copy = payloads.NewName();
        await payloads.PutAsync(copy, new MemoryStream(Body), info, default);
        Assert.False(await Seals.FitsAsync(Key, copy, default));
        Assert.False(await Seals.FitsAsync(new string('b', 64), blob, default));
        await Assert.ThrowsAsync<TransientFailureException>(() => Seals.OpenAsync(Key, copy, default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024 * 1024)]
    [InlineData((1024 * 1024) + 1)]
    public async Task A_payload_of_any_length_is_read_as_it_was_stored_and_a_changed_byte_is_seen(int length)
    {
        var body = RandomNumberGenerator.GetBytes(length);
        var (blob, info) = await StoreAsync(body);
        Assert.Equal(body, await Seals.ReadAsync(Key, blob, default));
        await using (var payload = await Seals.OpenAsync(Key, blob, default))
        {
            using var read = new MemoryStream();
            await payload.Content.CopyToAsync(read);
            Assert.Equal(body, read.ToArray());
            // What is short is in memory already and is not read twice.
            Assert.Equal(length <= 1024 * 1024, payload.Whole is not null);
        }

        byte[] other = length == 0 ? [1] : [(byte)(body[0] ^ 1), .. body[1..]];
        await payloads.PutAsync(blob, new MemoryStream(other), info, default);
        Assert.False(await Seals.FitsAsync(Key, blob, default));
    }

    [Fact]
    public async Task A_payload_that_another_worker_sealed_with_a_key_that_is_new_here_is_ours()
    {
        const string NewKey = "another ledger key, of 32 bytes.";
        secrets.Values[SecretNames.LedgerKey] = NewKey;
        var (blob, _) = await StoreAsync(Body);
        secrets.Values[SecretNames.LedgerKey] = LedgerKey;
        Assert.False(await Seals.FitsAsync(Key, blob, default));
        secrets.Fresh[SecretNames.LedgerKey] = NewKey;
        Assert.True(await Seals.FitsAsync(Key, blob, default));
        await Assert.ThrowsAsync<PayloadMissingException>(() => Seals.OpenAsync(Key, null, default));
    }

    private static PayloadInfo Info() =>
        new(
            Key,
            EventKinds.Birth,
            new DateTimeOffset(2026, 11, 26, 8, 0, 0, TimeSpan.Zero),
            null,
            "2026B1",
            null,
            null,
            null
        )
        {
            Source = EventSources.Webhook,
        };

    private async Task<(string Blob, PayloadInfo Info)> StoreAsync(byte[] body)
    {
        var blob = payloads.NewName();
        var info = await Seals.SealAsync(Info(), blob, SHA256.HashData(body), default);
        await payloads.PutAsync(blob, new MemoryStream(body), info, default);
        return (blob, info);
    }
}
