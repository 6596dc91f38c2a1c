using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.LocalHost;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs.Events;

namespace NationalId.Tests.Support;

/// <summary>
/// An OpenCRVS 1.9, 2.0 or 2.1 with its country configuration, another National ID system and a client between them.
/// </summary>
internal sealed class World2 : IAsyncDisposable
{
    private World2(World inner) => Inner = inner;

    /// <summary>The same without new events.</summary>
    public World Inner { get; }

    public SandboxServer Sandbox => Inner.Sandbox;

    public EventsSandbox Events => Inner.Sandbox.Events;

    public LocalHostServer Host => Inner.Host;

    public static async Task<World2> StartAsync(
        OpenCrvsVersion version = OpenCrvsVersion.V20,
        Action<SandboxSettings>? sandbox = null,
        Action<Dictionary<string, string?>>? client = null,
        bool runQueues = true,
        Action<IServiceCollection>? services = null
    ) =>
        new(
            await World.StartAsync(
                settings =>
                {
                    settings.OpenCrvsVersion = version;
                    settings.ClientName = "Freedonia";
                    // A country configuration that helps itself would hide what the client does wrong.
                    settings.Events.AcceptsByItself = false;
                    sandbox?.Invoke(settings);
                },
                client,
                runQueues,
                services
            )
        );

    /// <summary>A registrar registers a record, and the client takes it.</summary>
    public async Task<RegistrarAnswer> RegisterAsync(RegistrationOrder? order = null)
    {
        var registered = await Events.RegisterAsync(order);
        Assert.Equal(200, registered.Status);
        Assert.Equal(202, Events.Triggers.Last(one => one.EventId == registered.EventId).ClientStatus);
        return registered;
    }

    /// <summary>
    /// Waits until a record is registered, once, under the number that the country configuration made.
    /// </summary>
    public async Task<EventDocument> ConfirmedAsync(RegistrarAnswer registered)
    {
        await Eventually.TrueAsync(
            () => Task.FromResult(Events.Find(registered.EventId)!.Registrations.Count > 0),
            instead: () => $"The record is not registered: {Rows(registered.EventId)}"
        );
        var document = Events.Find(registered.EventId)!;
        Assert.Equal(NumberOf(document), Assert.Single(document.Registrations).RegistrationNumber);
        Assert.Empty(document.Pending);
        return document;
    }

    /// <summary>Waits until a field of the record has a value, and the search shows it.</summary>
    public Task WrittenAsync(RegistrarAnswer registered, string field, string value) =>
        Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    (string?)Events.State(registered.EventId).Declaration[field] == value
                        && (string?)Events.Indexed(registered.EventId)?["declaration"]?[field] == value
                ),
            instead: () => $"{field} is not written: {Rows(registered.EventId)}"
        );

    /// <summary>Waits until searches show the registration, and nothing that waits.</summary>
    public Task IndexedAsync(RegistrarAnswer registered) =>
        Eventually.TrueAsync(() =>
            (string?)Events.Indexed(registered.EventId)?["status"] == "REGISTERED"
            && Events.Indexed(registered.EventId)!["flags"]!.AsArray().Count == 0
        );

    /// <summary>The number that the National ID system gave a child; null when it has none.</summary>
    public string? GivenTo(RegistrarAnswer registered) =>
        Sandbox.NationalIdSystem.FindByBirth(NumberOf(Events.Find(registered.EventId)!))?.Number;

    /// <summary>Waits until the National ID system has given a child its number.</summary>
    public async Task<string> GivenAsync(RegistrarAnswer registered)
    {
        await Eventually.TrueAsync(() => GivenTo(registered) is not null);
        return GivenTo(registered)!;
    }

    /// <summary>Waits until the ledger has the registration delivered.</summary>
    public Task<EventRow> DeliveredAsync(RegistrarAnswer registered)
    {
        var document = Events.Find(registered.EventId)!;
        return Inner.EventAsync(
            NumberOf(document),
            document.Type == "birth" ? "BIRTH_REGISTERED" : "DEATH_REGISTERED",
            EventState.Delivered
        );
    }

    /// <summary>What the operator sees waiting.</summary>
    public async Task<IReadOnlyList<JsonObject>> WaitingAsync()
    {
        using var request = Operator(HttpMethod.Get, "api/ops/confirmations");
        using var answer = await Inner.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, answer.ToString());
        return [.. (await answer.Content.ReadFromJsonAsync<JsonArray>())!.Select(one => one!.AsObject())];
    }

    /// <summary>An operator has a registration confirmed, or rejected with a reason.</summary>
    public async Task<int> OrderAsync(string key, string order, object? body = null)
    {
        using var request = Operator(HttpMethod.Post, $"api/ops/confirmations/{key}/{order}");
        request.Content = body is null ? null : JsonContent.Create(body);
        using var answer = await Inner.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    /// <summary>How many record tokens are kept.</summary>
    public async Task<int> KeptTokensAsync() => (await Inner.KeptTokensAsync()).Count;

    public static string NumberOf(EventDocument document) =>
        $"{document.CreatedAt[..4]}{(document.Type == "birth" ? 'B' : 'D')}{document.TrackingId}";

    /// <summary>A record's actions, a line each.</summary>
    public string Rows(string eventId) =>
        string.Concat(
            Events
                .Find(eventId)!
                .Actions.Select(action =>
                    $"{Environment.NewLine}{action.Type} {action.Status} {action.CreatedByUserType} "
                    + $"{action.RegistrationNumber} {action.Declaration.ToJsonString()}"
                )
        );

    public ValueTask DisposeAsync() => Inner.DisposeAsync();

    private HttpRequestMessage Operator(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, Inner.Url(path));
        request.Headers.Add("x-functions-key", Host.FunctionKeys.Admin);
        request.Headers.Add("X-Requested-With", "NationalId");
        return request;
    }
}
