using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NationalId.Tests.Operations;

/// <summary>
/// Stands before a storage account's three services. While it refuses, every read is answered and every write gets the
/// answer that Azurite gives on a full disk.
/// </summary>
internal sealed partial class ReadOnlyStorage : IAsyncDisposable
{
    private readonly HttpClient http = new();
    private readonly List<WebApplication> apps = [];
    private volatile int status;

    /// <summary>The account through this proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>What was written: method and path.</summary>
    public ConcurrentQueue<string> Writes { get; } = new();

    public static async Task<ReadOnlyStorage> StartAsync(string connection)
    {
        var storage = new ReadOnlyStorage();
        var through = connection;
        foreach (Match endpoint in Endpoint.Matches(connection))
        {
            var address = endpoint.Groups[2].Value;
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            app.Run(context => storage.ForwardAsync(context, address));
            await app.StartAsync();
            storage.apps.Add(app);
            through = through.Replace(endpoint.Groups[1].Value + address, endpoint.Groups[1].Value + app.Urls.First());
        }

        storage.ConnectionString = through;
        return storage;
    }

    public void Refuse(int withStatus) => status = withStatus;

    public void Allow() => status = 0;

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps)
        {
            await app.DisposeAsync();
        }

        http.Dispose();
    }

    private async Task ForwardAsync(HttpContext context, string address)
    {
        var from = context.Request;
        var path = from.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        if (from.Method is not ("GET" or "HEAD"))
        {
            Writes.Enqueue($"{from.Method} {path}");
            if (status != 0)
            {
                context.Response.StatusCode = status;
                return;
            }
        }

        using var body = new MemoryStream();
        await from.Body.CopyToAsync(body);
        using var request = new HttpRequestMessage(new HttpMethod(from.Method), address + path)
        {
            Content = new ByteArrayContent(body.ToArray()),
        };
        foreach (var (name, values) in from.Headers.Where(header => header.Key is not "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        using var answer = await http.SendAsync(request);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        await answer.Content.CopyToAsync(context.Response.Body);
    }

    // BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1
    [GeneratedRegex("(Endpoint=)(http://127\\.0\\.0\\.1:\\d+)")]
    private static partial Regex Endpoint { get; }
}
