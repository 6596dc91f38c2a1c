using System.Collections.Concurrent;
using System.Security.Cryptography;
using NationalId.Core.Platform.Secrets;
using NationalId.Sandbox;
using NationalId.Tests.Crash;
using NationalId.Tests.Outage;

namespace NationalId.Tests.Endurance;

/// <summary>
/// What goes wrong during the run, in three lanes at once, each drawn from the seed: the process dies; partners fail;
/// storage, vault and clock do.
/// </summary>
internal sealed class Troubles(
    EnduranceSystem system,
    SandboxServer sandbox,
    HostProcess host,
    StorageProxy storage,
    TestVault vault,
    string clockFile,
    int seed
)
{
    /// <summary>How long the client uses a secret before it looks again.</summary>
    public static readonly TimeSpan SecretsFor = TimeSpan.FromSeconds(3);

    // "deliver.again" comes by itself, wherever a partner fails.
    private static readonly string[] Boundaries = [.. CrashTests.Boundaries.Except(["deliver.again"])];

    // Not 400: to any other system that is a verdict on the record.
    private static readonly Fault[] Kinds =
    [
        Fault.Down,
        Fault.DownAfter,
        Fault.Slow,
        Fault.Status500,
        Fault.Status503,
        Fault.Status429,
        Fault.Html200,
        Fault.NullResponse,
        Fault.ErrorsArray,
        Fault.Unauthorized,
        Fault.Hang,
    ];

    // MOSIP says no in a 200. To any other system, OpenCRVS's mediator and OSIA's publishing, which says nothing, a 200
    // without a page is a yes.
    private static readonly Fault[] Envelopes = [Fault.NullResponse, Fault.ErrorsArray];

    private readonly ConcurrentDictionary<string, int> counts = new();

    /// <summary>What has happened, and how often.</summary>
    public IReadOnlyDictionary<string, int> Counts => counts;

    public int Kills => counts.GetValueOrDefault("kill");

    /// <summary>Lets all of it happen.</summary>
    /// <param name="span">How long partners, storage, vault and clock fail.</param>
    /// <param name="killing">How long the process is killed: it lives on afterwards.</param>
    /// <param name="pace">The mean of the pauses.</param>
    /// <param name="stop">Ends it early.</param>
    public Task RunAsync(TimeSpan span, TimeSpan killing, TimeSpan pace, CancellationToken stop) =>
        Task.WhenAll(
            KillAsync(killing, 2 * pace, new Random(seed), stop),
            LaneAsync(span, pace, new Random(seed + 1), PartnerAsync, stop),
            LaneAsync(span, pace, new Random(seed + 2), EnvironmentAsync, stop)
        );

    /// <summary>
    /// Starts the process until it stays. A start that storage fails ends with an error, and whoever runs us starts it
    /// again.
    /// </summary>
    public async Task StartAsync(string? crashAt, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await host.StartAsync(crashAt);
                return;
            }
            catch (Xunit.Sdk.XunitException) when (attempt < 100 && host.HasEnded)
            {
                Count("start in vain");
                await Task.Delay(500, stop);
            }
        }
    }

    private async Task KillAsync(TimeSpan span, TimeSpan pace, Random random, CancellationToken stop)
    {
        var end = DateTime.UtcNow + span;
        string[] boundaries = [.. Boundaries, .. system.Boundaries];
        random.Shuffle(boundaries);
        for (var life = 0; DateTime.UtcNow < end; life++)
        {
            // Now the step is drawn at which it dies, now the moment.
            var crashAt = life % 2 == 0 ? $"{boundaries[life / 2 % boundaries.Length]}:{random.Next(1, 4)}" : null;
            await StartAsync(crashAt, stop);
            if (await host.EndAsync(Pause(random, pace)) is null)
            {
                await host.KillAsync();
                await host.EndAsync(TimeSpan.FromSeconds(20));
            }
            else
            {
                Count($"at {crashAt}");
            }

            Count("kill");
            await Task.Delay(random.Next(0, 1500), stop);
        }

        await StartAsync(null, stop);
    }

    private static async Task LaneAsync(
        TimeSpan span,
        TimeSpan pace,
        Random random,
        Func<Random, int, CancellationToken, Task> trouble,
        CancellationToken stop
    )
    {
        var end = DateTime.UtcNow + span;
        for (var turn = 0; DateTime.UtcNow < end; turn++)
        {
            await trouble(random, turn, stop);
            await Task.Delay(Pause(random, pace), stop);
        }
    }

    private async Task PartnerAsync(Random random, int turn, CancellationToken stop)
    {
        var partner = system.Faults.Select(name => sandbox.Faults[name]).ToArray();
        var length = TimeSpan.FromSeconds(random.Next(1, 7));
        switch (turn % 4)
        {
            case 0:
                Count("partner down");
                Array.ForEach(partner, one => one.Set(Fault.Down));
                await Task.Delay(length, stop);
                break;
            case 1:
                Count("partner flaps");
                for (var flap = 0; flap < 5; flap++)
                {
                    Array.ForEach(partner, one => one.Set(flap % 2 == 0 ? Fault.Down : Fault.None));
                    await Task.Delay(random.Next(200, 1000), stop);
                }

                break;
            default:
                var where = partner[random.Next(partner.Length)];
                var kinds = where.Name is "mediator" or "nid-births" or "nid-deaths" or "osia-publish"
                    ? Kinds.Except(Envelopes)
                    : Kinds;
                var kind = random.GetItems(kinds.ToArray(), 1)[0];
                Count($"{where.Name} {kind}");
                where.Set(kind, delay: TimeSpan.FromMilliseconds(random.Next(300, 2000)));
                await Task.Delay(length, stop);
                break;
        }

        Array.ForEach(partner, one => one.Clear());
    }

    private async Task EnvironmentAsync(Random random, int turn, CancellationToken stop)
    {
        var length = TimeSpan.FromSeconds(random.Next(1, 7));
        switch (turn % 5)
        {
            case 0:
                Count("storage hangs");
                storage.Hold();
                await Task.Delay(length, stop);
                storage.Release();
                break;
            case 1:
                await RotateAsync(random, stop);
                break;
            case 2:
                // Minutes and hours, either way; then the time service sets it right.
                int[] jumps = [-7200, -300, -50, 50, 300, 7200];
                Count("clock jumps");
                await File.WriteAllTextAsync(clockFile, $"{jumps[random.Next(jumps.Length)]}", stop);
                await Task.Delay(length, stop);
                await File.WriteAllTextAsync(clockFile, "0", stop);
                break;
            case 3:
                Count("storage gone");
                storage.Refuse();
                await Task.Delay(length, stop);
                storage.Allow();
                break;
            default:
                Count("vault gone");
                vault.Fault = random.Next(2) == 0 ? 503 : 0;
                await Task.Delay(length, stop);
                vault.Fault = null;
                break;
        }
    }

    private async Task RotateAsync(Random random, CancellationToken stop)
    {
        var names = Rotatable().ToArray();
        var name = names[random.Next(names.Length)];
        switch (name)
        {
            case SecretNames.WebhookSecret:
                // As docs/rotate-secrets.md says: it is added here, then OpenCRVS has it.
                var secret = Guid.NewGuid().ToString();
                vault.Put(name, secret);
                await Task.Delay(2 * SecretsFor, stop);
                sandbox.OpenCrvs.WebhookSecret = secret;
                break;
            case SecretNames.OpenCrvsClientSecret:
                vault.Put(name, sandbox.Keys.RotateOpenCrvsClientSecret());
                break;
            case SecretNames.MispLicenceKey:
                vault.Put(name, sandbox.Keys.RotateMispLicenceKey());
                break;
            case SecretNames.PartnerApiKey:
                vault.Put(name, sandbox.Keys.RotatePartnerApiKey());
                break;
            default:
                vault.Put(name, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
                break;
        }

        Count("rotated " + name);
    }

    private IEnumerable<string> Rotatable()
    {
        yield return SecretNames.OpenCrvsClientSecret;
        if (system.HasWebhooks)
        {
            yield return SecretNames.WebhookSecret;
        }

        if (system is MediatorSystem)
        {
            yield return SecretNames.MispLicenceKey;
            yield return SecretNames.PartnerApiKey;
        }

        // The newest five versions are read: what an older one has sealed could not be opened any more.
        string[] ours = system.HasTriggers
            ? [SecretNames.LedgerKey, SecretNames.RecordTokenKey]
            : [SecretNames.LedgerKey];
        foreach (var name in ours.Where(name => counts.GetValueOrDefault("rotated " + name) < 3))
        {
            yield return name;
        }
    }

    private static TimeSpan Pause(Random random, TimeSpan mean) => mean * (0.3 + (1.4 * random.NextDouble()));

    private void Count(string what) => counts.AddOrUpdate(what, 1, (_, count) => count + 1);
}
