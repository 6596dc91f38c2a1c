using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace NationalId.Sandbox.Mosip;

/// <summary>MOSIP's identity repository and its hotlist, as far as deaths need them.</summary>
public sealed class PacketIdentities
{
    private const string UpdateId = "mosip.id.update";
    private const string ReadId = "mosip.id.read";

    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(60);

    private readonly Packets packets;
    private readonly MosipSandbox mosip;
    private readonly SandboxSettings settings;
    private readonly ConcurrentDictionary<string, bool> usedIds = new();
    private readonly ConcurrentDictionary<string, string> blocked = new();

    internal PacketIdentities(Packets packets, MosipSandbox mosip, SandboxSettings settings)
    {
        this.packets = packets;
        this.mosip = mosip;
        this.settings = settings;
    }

    public FaultSwitch Repository { get; } = new("identity");

    public FaultSwitch Hotlist { get; } = new("hotlist");

    /// <summary>The numbers on the hotlist, with their kinds.</summary>
    public IReadOnlyDictionary<string, string> Blocked => blocked;

    internal void Map(IEndpointRouteBuilder app)
    {
        app.MapPatch("/idrepository/v1/identity/", Repository.Around(UpdateAsync));
        app.MapGet("/idrepository/v1/identity/idvid/{id}", Repository.Around(ReadAsync));
        app.MapPost("/v1/hotlist/block", Hotlist.Around(context => ListAsync(context, "block", "BLOCKED")));
        app.MapPost("/v1/hotlist/unblock", Hotlist.Around(context => ListAsync(context, "unblock", "UNBLOCKED")));
    }

    private async Task<IResult> UpdateAsync(HttpContext context)
    {
        if (packets.Refusal(context, "ID_REPOSITORY") is { } refusal)
        {
            return refusal;
        }

        context.Request.EnableBuffering();
        var request = await Packets.ReadAsync(context, UpdateId, "v1");
        context.Request.Body.Position = 0;
        var root = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
        var now = settings.TimeProvider.GetUtcNow();
        if (
            request is not { } wanted
            || !DateTimeOffset.TryParse(
                Packets.Text(root, "requesttime"),
                CultureInfo.InvariantCulture,
                out var requestTime
            )
            || (now - requestTime).Duration() > LargestSkew
            || Packets.Text(wanted, "status") is not ("DEACTIVATED" or "ACTIVATED" or "BLOCKED")
        )
        {
            return Packets.Failed("IDR-IDC-002", "Invalid Input Parameter");
        }

        var id = Packets.Text(wanted, "registrationId") ?? "";
        var identity = wanted.GetProperty("identity");
        if (Find(Packets.Text(identity, "UIN")) is not { } person)
        {
            return Packets.Failed("IDR-IDC-007", "No Record(s) found");
        }

        if (packets.Manager.Find(id) is not null || !usedIds.TryAdd(id, true))
        {
            return Packets.Failed("IDR-IDC-012", "Record already exists in DB");
        }

        person.Active = Packets.Text(wanted, "status") == "ACTIVATED";
        return Results.Json(State(UpdateId, person));
    }

    private Task<IResult> ReadAsync(HttpContext context) =>
        Task.FromResult(
            packets.Refusal(context, "ID_REPOSITORY")
                ?? (
                    Find((string?)context.Request.RouteValues["id"]) is { } person
                        ? Results.Json(State(ReadId, person))
                        : Packets.Failed("IDR-IDC-007", "No Record(s) found")
                )
        );

    private async Task<IResult> ListAsync(HttpContext context, string step, string status)
    {
        if (packets.Refusal(context, "HOTLIST_ADMIN") is { } refusal)
        {
            return refusal;
        }

        if (
            await Packets.ReadAsync(context, "mosip.hotlist." + step, "1.0") is not { } request
            || Packets.Text(request, "id") is not { } id
            || Packets.Text(request, "idType") is not { } type
            || type is not ("UIN" or "VID")
            || Packets.Text(request, "status") != status
        )
        {
            return Packets.Failed("ADMN-HTL-002", "Invalid Input Parameter");
        }

        if (status == "BLOCKED")
        {
            blocked[id] = type;
        }
        else
        {
            blocked.TryRemove(id, out _);
        }

        return Results.Json(
            Packets.Answer(
                "mosip.hotlist." + step,
                new
                {
                    id,
                    idType = type,
                    status,
                },
                null
            )
        );
    }

    private Person? Find(string? uin) => mosip.Persons.FirstOrDefault(person => person.Uin == uin);

    private static object State(string id, Person person) =>
        Packets.Answer(id, new { status = person.Active ? "ACTIVATED" : "DEACTIVATED", identity = new { } }, null);
}
