using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using NationalId.Core.Platform.Secrets;

namespace NationalId.LocalHost;

/// <summary>
/// What the endurance run (NationalId.Tests/Endurance) does to the program from outside: it sets its clock, and it has
/// a vault on loopback whose secrets it rotates. Nothing of it is in the Functions worker.
/// </summary>
internal static class TestOrders
{
    /// <summary>A file with the seconds that are added to the clock.</summary>
    public const string ClockFile = "LocalHost:ClockFile";

    /// <summary>The SHA-1 of the certificate that the vault has, in hexadecimal digits.</summary>
    public const string VaultCertificate = "LocalHost:VaultCertificate";

    /// <summary>The token that the vault wants.</summary>
    public const string VaultToken = "LocalHost:VaultToken";

    /// <summary>Replaces clock and vault where the settings say so.</summary>
    public static void Apply(IServiceCollection services, IReadOnlyDictionary<string, string?> settings)
    {
        if (settings.GetValueOrDefault(ClockFile) is { Length: > 0 } file)
        {
            services.AddSingleton<TimeProvider>(new ShiftedClock(file));
        }

        if (
            settings.GetValueOrDefault(VaultCertificate) is { Length: > 0 } certificate
            && settings.GetValueOrDefault("NationalId:Secrets:KeyVaultUrl") is { Length: > 0 } url
        )
        {
            services.AddSingleton(Vault(new Uri(url), certificate, settings.GetValueOrDefault(VaultToken) ?? ""));
        }
    }

    private static SecretClient Vault(Uri url, string certificate, string token)
    {
        var options = KeyVaultSecretStore.ClientOptions();
        options.DisableChallengeResourceVerification = true;
        options.Transport = new HttpClientTransport(
            new HttpClient(
                new SocketsHttpHandler
                {
                    SslOptions =
                    {
                        RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                            theirs?.GetCertHashString() == certificate,
                    },
                }
            )
        );
        return new SecretClient(url, new OneToken(token), options);
    }

    private sealed class OneToken(string token) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(
            TokenRequestContext requestContext,
            CancellationToken cancellationToken
        ) => new(GetToken(requestContext, cancellationToken));
    }

    /// <summary>The machine's clock and what a file adds to it, which is read five times a second.</summary>
    private sealed class ShiftedClock : TimeProvider
    {
        private readonly string file;
        private readonly Timer timer;
        private long shift;

        public ShiftedClock(string file)
        {
            this.file = file;
            timer = new Timer(_ => Read(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
            Read();
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddSeconds(Interlocked.Read(ref shift));

        private void Read()
        {
            try
            {
                Interlocked.Exchange(ref shift, long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or FormatException)
            {
                // It is being written: the next look finds it. The timer lives as long as the clock.
                GC.KeepAlive(timer);
            }
        }
    }
}
