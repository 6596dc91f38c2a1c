using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Platform.Secrets;
using NationalId.LocalHost;

namespace NationalId.Tests.Support;

/// <summary>
/// A Key Vault of the tests' own: its REST interface for secrets on loopback HTTPS, with faults on demand.
/// </summary>
internal sealed class TestVault : IAsyncDisposable
{
    private const string Token = "token-of-the-tests";
    private const int PageSize = 2;

    private readonly WebApplication app;
    private readonly X509Certificate2 certificate = Certificate();
    private readonly ConcurrentDictionary<string, List<Version>> secrets = new(StringComparer.OrdinalIgnoreCase);
    private DateTimeOffset created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private TestVault()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate))
        );
        app = builder.Build();
        app.Use(GuardAsync);
        app.MapGet("/secrets/{name}/versions", ListAsync);
        app.MapGet("/secrets/{name}/{version}", Read);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 6, 1, 8, 0, 0, TimeSpan.Zero));

    public LogKeeper Log { get; } = new();

    public Uri Url { get; private set; } = new("https://unset/");

    /// <summary>Paths asked for with a token, without the query: <c>name/versions</c> or <c>name/version</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>How many requests came without a token and got the challenge.</summary>
    public int Challenges;

    /// <summary>Status that every request gets; 0: the connection is cut.</summary>
    public int? Fault { get; set; }

    /// <summary>Sent with <see cref="Fault"/>.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>Requests wait for this before they are answered.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public int Lists(string name) => Requests.Count(request => request == $"{name}/versions");

    public static async Task<TestVault> StartAsync()
    {
        var vault = new TestVault();
        await vault.app.StartAsync();
        vault.Url = new Uri(vault.app.Urls.First());
        return vault;
    }

    /// <summary>The real client, which trusts this vault's certificate and has the token that it wants.</summary>
    public SecretClient Client()
    {
        var clientOptions = KeyVaultSecretStore.ClientOptions();
        clientOptions.DisableChallengeResourceVerification = true;
        clientOptions.Transport = new HttpClientTransport(
            new HttpClient(
                new SocketsHttpHandler
                {
                    SslOptions =
                    {
                        RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                            theirs!.GetCertHashString() == certificate.GetCertHashString(),
                    },
                }
            )
        );
        return new(Url, new OneToken(), clientOptions);
    }

    /// <summary>A store over this vault, as a process that has just started would have it.</summary>
    public KeyVaultSecretStore Store(TimeSpan? cacheFor = null) =>
        new(
            Client(),
            new SecretOptions { CacheFor = cacheFor ?? TimeSpan.FromMinutes(5) },
            Time,
            Log.For<KeyVaultSecretStore>()
        );

    /// <summary>Adds a version, newer than those before, and tells its name.</summary>
    public string Put(
        string name,
        string value,
        bool enabled = true,
        DateTimeOffset? notBefore = null,
        DateTimeOffset? expires = null
    )
    {
        var version = new Version(Guid.NewGuid().ToString("N"), value, created += TimeSpan.FromSeconds(1))
        {
            Enabled = enabled,
            NotBefore = notBefore,
            Expires = expires,
        };
        lock (secrets)
        {
            secrets.GetOrAdd(name, _ => []).Add(version);
        }

        return version.Id;
    }

    /// <summary>Disables every version of a secret.</summary>
    public void DisableAll(string name)
    {
        lock (secrets)
        {
            foreach (var one in secrets[name])
            {
                one.Enabled = false;
            }
        }
    }

    /// <summary>Takes the secrets out of a client's settings, which say where they are now.</summary>
    /// <param name="settings">The client's settings.</param>
    /// <param name="cacheFor">How long the client keeps what it has read.</param>
    /// <returns>The version of each.</returns>
    public Dictionary<string, string> Take(Dictionary<string, string?> settings, string cacheFor)
    {
        var versions = new Dictionary<string, string>();
        foreach (
            var name in typeof(SecretNames)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (string)field.GetRawConstantValue()!)
        )
        {
            if (settings.Remove(name.Replace('-', '_').Replace("__", ":", StringComparison.Ordinal), out var value))
            {
                versions[name] = Put(name, value!);
            }
        }

        settings["NationalId:Secrets:KeyVaultUrl"] = Url.AbsoluteUri;
        settings["NationalId:Secrets:CacheFor"] = cacheFor;
        // A client in a process of its own is let in by these.
        settings[TestOrders.VaultCertificate] = certificate.GetCertHashString();
        settings[TestOrders.VaultToken] = Token;
        return versions;
    }

    public void Enable(string name, string version, bool enabled)
    {
        lock (secrets)
        {
            secrets[name].Single(one => one.Id == version).Enabled = enabled;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        certificate.Dispose();
    }

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Authorization != $"Bearer {Token}")
        {
            Interlocked.Increment(ref Challenges);
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate =
                "Bearer authorization=\"https://login.test.invalid/tenant\", resource=\"https://vault.azure.net\"";
            return;
        }

        Requests.Enqueue(context.Request.Path.Value!["/secrets/".Length..].TrimEnd('/'));
        await Gate;
        if (Fault == 0)
        {
            context.Abort();
            return;
        }

        if (Fault is { } status)
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = RetryAfter?.ToString();
            await context.Response.WriteAsJsonAsync(
                new { error = new { code = "Fault", message = "the vault's words, which no log repeats" } }
            );
            return;
        }

        await next(context);
    }

    private IResult ListAsync(string name, HttpRequest request)
    {
        Version[] versions;
        lock (secrets)
        {
            versions = secrets.TryGetValue(name, out var found) ? [.. found] : [];
        }

        // Some vaults answer 404 for a name they never had, some an empty list; the harder one here.
        if (versions.Length == 0)
        {
            return NotFound();
        }

        // In no particular order, as the real one.
        var skip = int.TryParse(request.Query["$skiptoken"], out var token) ? token : 0;
        var page = versions.OrderBy(version => version.Id, StringComparer.Ordinal).Skip(skip).Take(PageSize);
        var next =
            skip + PageSize < versions.Length
                ? $"{Url}secrets/{name}/versions?api-version=7.5&$skiptoken={skip + PageSize}"
                : null;
        return Results.Json(
            new
            {
                value = page.Select(version => new { id = Id(name, version), attributes = Attributes(version) }),
                nextLink = next,
            }
        );
    }

    private IResult Read(string name, string version)
    {
        Version? found;
        lock (secrets)
        {
            found = secrets.GetValueOrDefault(name)?.SingleOrDefault(one => one.Id == version);
        }

        return found switch
        {
            null => NotFound(),
            { Enabled: false } => Results.Json(
                new { error = new { code = "Forbidden", message = "disabled" } },
                statusCode: 403
            ),
            _ => Results.Json(
                new
                {
                    value = found.Value,
                    id = Id(name, found),
                    attributes = Attributes(found),
                }
            ),
        };
    }

    private static IResult NotFound() =>
        Results.Json(new { error = new { code = "SecretNotFound", message = "none" } }, statusCode: 404);

    private string Id(string name, Version version) => $"{Url}secrets/{name}/{version.Id}";

    private static Dictionary<string, object> Attributes(Version version)
    {
        var attributes = new Dictionary<string, object>
        {
            ["enabled"] = version.Enabled,
            ["created"] = version.Created.ToUnixTimeSeconds(),
            ["updated"] = version.Created.ToUnixTimeSeconds(),
            ["recoveryLevel"] = "Recoverable",
        };
        if (version.NotBefore is { } notBefore)
        {
            attributes["nbf"] = notBefore.ToUnixTimeSeconds();
        }

        if (version.Expires is { } expires)
        {
            attributes["exp"] = expires.ToUnixTimeSeconds();
        }

        return attributes;
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=vault of the tests", key, HashAlgorithmName.SHA256);
        using var plain = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(plain.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Version(string id, string value, DateTimeOffset created)
    {
        public string Id { get; } = id;

        public string Value { get; } = value;

        public DateTimeOffset Created { get; } = created;

        public bool Enabled { get; set; }

        public DateTimeOffset? NotBefore { get; init; }

        public DateTimeOffset? Expires { get; init; }
    }

    private sealed class OneToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(Token, DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(
            TokenRequestContext requestContext,
            CancellationToken cancellationToken
        ) => new(GetToken(requestContext, cancellationToken));
    }
}

/// <summary>Keeps what was logged, to be looked through.</summary>
internal sealed class LogKeeper
{
    public ConcurrentQueue<(LogLevel Level, string? Event, string Text)> Lines { get; } = new();

    public ILogger<T> For<T>() => new Logger<T>(this);

    private sealed class Logger<T>(LogKeeper keeper) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => keeper.Lines.Enqueue((logLevel, eventId.Name, $"{formatter(state, exception)} {exception}"));
    }
}
