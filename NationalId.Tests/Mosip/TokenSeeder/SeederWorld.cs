using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>
/// The Token Seeder over an empty storage account and an IDA of its own. No log line may hold personal data, whatever
/// the test does.
/// </summary>
internal sealed class SeederWorld : IAsyncDisposable
{
    public const string Family = "Tumusiime";

    private readonly ServiceProvider services;
    private readonly LogLines log = new();
    private readonly QueueClient queue;

    private SeederWorld(TestIda ida, string connection, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        Ida = ida;
        using var signer = TestIda.Certificate("our partner");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(TestSettings.Mosip(connection))
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["TOKENSEEDER_MOSIP_AUTH__PARTNER_ID"] = "partner-1",
                    ["TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL"] = ida.Address.AbsoluteUri,
                    ["TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI"] = "https://ida.example",
                    ["TOKENSEEDER_MOSIP_AUTH__PARTNER_MISP_LK"] = TestIda.Licence,
                    ["TOKENSEEDER_MOSIP_AUTH__PARTNER_APIKEY"] = TestIda.ApiKey,
                    ["TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE"] = Convert.ToBase64String(
                        signer.Export(X509ContentType.Pkcs12, "pw")
                    ),
                    ["TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PASSWORD"] = "pw",
                    ["TOKENSEEDER_CRYPTO_ENCRYPT__ENCRYPT_CERT"] = ida.CertificatePem,
                    ["TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS"] = "60",
                    ["NATIONALID_LEDGER_KEY"] = "a ledger key",
                    ["NationalId:Delivery:FirstDelay"] = "00:00:00.1",
                    ["NationalId:Delivery:LongestDelay"] = "00:00:01",
                    ["NationalId:Delivery:CircuitBreak"] = "00:00:00.5",
                }
            )
            .AddInMemoryCollection(settings)
            .Build();
        services = new ServiceCollection()
            .AddLogging(logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log))
            .AddNationalId(configuration)
            .BuildServiceProvider();
        queue = new QueueClient(
            connection,
            SeederBatches.Queue,
            new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }
        );
    }

    public TestIda Ida { get; }

    public SeederBatches Batches => Get<SeederBatches>();

    public static async Task<SeederWorld> StartAsync(params (string Name, string Value)[] settings) =>
        new(
            await TestIda.StartAsync(),
            await TestAzurite.NewAccountAsync(),
            settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))
        );

    /// <summary>A VID that nobody else in the test has.</summary>
    public static string Vid(int number) =>
        Enumerable
            .Range(0, 10)
            .Select(digit => $"4{number:D14}{digit}")
            .First(vid => NationalIdNumber.Classify(vid) is IdType.Vid);

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public static string Sync(string authdata) =>
        """{"id":"","version":"","metadata":"","requesttime":"2025-02-03T04:05:06.007Z","request":"""
        + $$$"""{"lang":"eng","authdata":{{{authdata}}}}}""";

    public static string Batch(string authdata, string more = "", string output = "json") =>
        """{"id":"","version":"","metadata":"","requesttime":"2025-02-03T04:05:06.007Z","request":"""
        + $$$"""{"output":"{{{output}}}","deliverytype":"download","lang":"eng"{{{more}}},"authdata":"""
        + $$$"""{{{authdata}}}}}""";

    public Task<Answer> PostAsync(string json) => PostAsync(Encoding.UTF8.GetBytes(json));

    public Task<Answer> PostAsync(byte[] body) =>
        CallAsync(request =>
        {
            request.Body = new MemoryStream(body);
            request.ContentType = "application/json";
            return Get<TokenSeederApi>().AuthenticateAsync(request);
        });

    public async Task<Answer> UploadAsync(string? json, byte[]? csv)
    {
        using var form = new MultipartFormDataContent();
        if (csv is not null)
        {
            form.Add(new ByteArrayContent(csv), "csv_file", "people.csv");
        }

        if (json is not null)
        {
            form.Add(new StringContent(json), "request");
        }

        var body = await form.ReadAsByteArrayAsync();
        return await CallAsync(request =>
        {
            request.Body = new MemoryStream(body);
            request.ContentType = form.Headers.ContentType!.ToString();
            return Get<TokenSeederApi>().UploadAsync(request);
        });
    }

    public Task<Answer> FileAsync(string id) => CallAsync(request => Get<TokenSeederApi>().GetFileAsync(request, id));

    public async Task<string> StatusAsync(string id) =>
        (await CallAsync(request => Get<TokenSeederApi>().GetStatusAsync(request, id)))
            .Json.GetProperty("response")
            .GetProperty("status")
            .GetString()!;

    /// <summary>Does what the host does with the queue, until a batch is processed.</summary>
    public Task ProcessAsync(string id) =>
        Eventually.TrueAsync(async () =>
        {
            await ProcessOnceAsync(default);
            return (await StatusAsync(id)).StartsWith("processed", StringComparison.Ordinal);
        });

    public async Task<int> ProcessOnceAsync(CancellationToken stop)
    {
        var messages = (await queue.ReceiveMessagesAsync(16, TimeSpan.FromMinutes(5))).Value;
        foreach (var message in messages)
        {
            await Batches.ProcessAsync(message.MessageText, stop);
            await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }

        return messages.Length;
    }

    public async ValueTask DisposeAsync()
    {
        var secrets = Ida
            .Calls.SelectMany(call => new[] { call.Id, TestIda.TokenOf(call.Id) })
            .Concat([Family, TestIda.Licence, TestIda.ApiKey])
            .ToHashSet();
        Assert.DoesNotContain(
            log.Lines,
            line => secrets.Any(secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase))
        );
        await services.DisposeAsync();
        await Ida.DisposeAsync();
    }

    private async Task<Answer> CallAsync(Func<HttpRequest, Task<IResult>> call)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.Method = "POST";
        context.Response.Body = new MemoryStream();
        var result = await call(context.Request);
        await result.ExecuteAsync(context);
        return new Answer(
            context.Response.StatusCode,
            context.Response.ContentType,
            ((MemoryStream)context.Response.Body).ToArray()
        );
    }

    internal sealed record Answer(int Status, string? ContentType, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        public JsonElement Json => JsonDocument.Parse(Body).RootElement;

        public string? ErrorCode => Json.GetProperty("errors")[0].GetProperty("errorCode").GetString();

        public string RequestIdentifier => Json.GetProperty("response").GetProperty("request_identifier").GetString()!;
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Enqueue(state.ToString()!);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose() { }
    }
}
