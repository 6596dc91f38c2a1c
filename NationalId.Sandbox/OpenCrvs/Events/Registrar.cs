using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>A registration that a registrar makes; what is left out is invented.</summary>
public sealed record RegistrationOrder
{
    /// <summary>The country's type of event: birth or death.</summary>
    public string Type { get; init; } = "birth";

    /// <summary>Fields of the form, over the invented ones; null leaves one out.</summary>
    public JsonObject Declaration { get; init; } = [];

    /// <summary>Fields that are changed in the registering step itself.</summary>
    public JsonObject Registering { get; init; } = [];

    /// <summary>The registering step's transaction id; null: a new one.</summary>
    public string? TransactionId { get; init; }

    /// <summary>Notified, edited and registered: a record without a DECLARE.</summary>
    public bool ByNotification { get; init; }

    public string? TrackingId { get; init; }

    /// <summary>How much to attach, in characters.</summary>
    public int PaddingBytes { get; init; }
}

/// <summary>What the registrar sees after pressing Register.</summary>
/// <param name="EventId">The record.</param>
/// <param name="TrackingId">Its tracking id.</param>
/// <param name="TransactionId">The registering step's transaction id.</param>
/// <param name="ActionId">The id of the REGISTER action; null when none was stored.</param>
/// <param name="Status">200, or the error's status.</param>
/// <param name="Error">The error, unmasked.</param>
public sealed record RegistrarAnswer(
    string EventId,
    string TrackingId,
    string TransactionId,
    string? ActionId,
    int Status,
    string? Error
);

/// <summary>A registrar at the registration's screen.</summary>
internal sealed class Registrar(EventsCore core, EventDatabase database, EventTokens tokens, SandboxSettings settings)
{
    private Caller Self => Person(core.Is19 ? "000000000000000000000001" : "55555555-5555-4555-8555-555555555555");

    private Caller Colleague => Person(core.Is19 ? "000000000000000000000002" : "66666666-6666-4666-8666-666666666666");

    public string Token => tokens.OfUser(Self.Subject);

    public async Task<RegistrarAnswer> RegisterAsync(RegistrationOrder order)
    {
        var document = core.Create(order.Type, Self, order.TrackingId);
        var declaration = order.Type == "death" ? Death() : Birth();
        EventJson.Merge(declaration, order.Declaration);
        var annotation = new JsonObject { ["review.comment"] = "seen" };
        if (order.PaddingBytes > 0)
        {
            annotation["review.signature"] = new string('A', order.PaddingBytes);
        }

        if (order.ByNotification)
        {
            await DoAsync(document.Id, "NOTIFY", [], null);
            await DoAsync(document.Id, "EDIT", declaration, annotation);
        }
        else
        {
            await DoAsync(document.Id, "DECLARE", declaration, annotation);
        }

        if (core.Is19)
        {
            await DoAsync(document.Id, "VALIDATE", [], []);
        }

        return await PressAsync(document.Id, order.TransactionId, order.Registering);
    }

    /// <summary>Presses Register, with a transaction id of its own or the one of an earlier try.</summary>
    public async Task<RegistrarAnswer> PressAsync(string eventId, string? transactionId, JsonObject? changes = null)
    {
        transactionId ??= Guid.NewGuid().ToString();
        var (status, error) = (200, default(string));
        try
        {
            await core.RequestAsync(
                Self,
                new RequestedAction(eventId, "REGISTER", transactionId) { Declaration = changes ?? [], Annotation = [] }
            );
        }
        catch (CoreException refused)
        {
            (status, error) = (refused.Status, refused.Message);
        }

        var document = database.Find(eventId)!;
        var isPending = document.Pending.Any(action => action.Type == "REGISTER");
        if (!isPending || !StaysAssigned)
        {
            core.Assign(eventId, Self, null);
        }

        return new RegistrarAnswer(
            eventId,
            document.TrackingId,
            transactionId,
            document
                .Actions.LastOrDefault(action =>
                    action.Type == "REGISTER"
                    && action.TransactionId == transactionId
                    && action.Status == EventAction.Requested
                )
                ?.Id,
            status,
            error
        );
    }

    /// <summary>Declares a draft once more, as a program does that has heard no answer.</summary>
    public Task<EventDocument> DeclareAsync(string eventId, string transactionId, JsonObject? declaration = null) =>
        core.RequestAsync(
            Self,
            new RequestedAction(eventId, "DECLARE", transactionId) { Declaration = declaration ?? Birth() }
        );

    public EventDocument CreateDraft(string type) => core.Create(type, Self, null);

    /// <summary>Any other action of a person, e.g. CUSTOM.</summary>
    public Task<EventDocument> ActAsync(RequestedAction action) => core.RequestAsync(Self, action);

    /// <summary>One of the country's own actions.</summary>
    public async Task<int> ActAsync(string eventId, string customActionType)
    {
        try
        {
            await core.RequestAsync(
                Self,
                new RequestedAction(eventId, "CUSTOM", Guid.NewGuid().ToString())
                {
                    Annotation = [],
                    CustomActionType = customActionType,
                }
            );
            return 200;
        }
        catch (CoreException refused)
        {
            return refused.Status;
        }
    }

    /// <summary>A correction by a person: asked for and approved in one go.</summary>
    public async Task CorrectAsync(string eventId, JsonObject declaration)
    {
        var asked = await DoAsync(eventId, "REQUEST_CORRECTION", declaration, []);
        var accepted = asked.Actions.Last(action =>
            action is { Type: "REQUEST_CORRECTION", Status: EventAction.Accepted }
        );
        await core.RequestAsync(
            Self,
            new RequestedAction(eventId, "APPROVE_CORRECTION", Guid.NewGuid().ToString()) { RequestId = accepted.Id }
        );
    }

    public void Assign(string eventId) => core.Assign(eventId, Colleague, Colleague.Subject);

    public void Unassign(string eventId) => core.Assign(eventId, Colleague, null);

    private bool StaysAssigned => settings.Events.StaysAssigned ?? settings.OpenCrvsVersion != OpenCrvsVersion.V21;

    private Task<EventDocument> DoAsync(string eventId, string type, JsonObject declaration, JsonObject? annotation) =>
        core.RequestAsync(
            Self,
            new RequestedAction(eventId, type, Guid.NewGuid().ToString())
            {
                Declaration = declaration,
                Annotation = annotation,
            }
        );

    private Caller Person(string id) => new(id, IsSystem: false, tokens.RegistrarScopes);

    private static JsonObject Birth() =>
        new()
        {
            ["child.name"] = Name(),
            ["child.dob"] = DateTime.UtcNow.AddDays(-RandomNumberGenerator.GetInt32(5, 300)).ToString("yyyy-MM-dd"),
            ["child.gender"] = Gender(),
            ["mother.name"] = Name(),
            ["mother.idType"] = "NATIONAL_ID",
            ["mother.nid"] = Crypto.Numbers.NewUin(),
            ["mother.verified"] = "authenticated",
            ["mother.address"] = new JsonObject
            {
                ["country"] = "FAR",
                ["addressType"] = "DOMESTIC",
                ["administrativeArea"] = AdministrativeAreas.Ibombo,
                ["streetLevelDetails"] = new JsonObject(),
            },
            ["informant.relation"] = "MOTHER",
        };

    private static JsonObject Death() =>
        new()
        {
            ["deceased.name"] = Name(),
            ["deceased.dob"] = "1950-03-" + RandomNumberGenerator.GetInt32(10, 28),
            ["deceased.gender"] = Gender(),
            ["deceased.idType"] = "NATIONAL_ID",
            ["deceased.nid"] = Crypto.Numbers.NewUin(),
            ["eventDetails.date"] = DateTime.UtcNow.AddDays(-3).ToString("yyyy-MM-dd"),
            ["eventDetails.mannerOfDeath"] = "NATURAL",
            ["informant.relation"] = "SON",
        };

    private static string Gender() => RandomNumberGenerator.GetInt32(2) == 0 ? "female" : "male";

    private static JsonObject Name() => new() { ["firstname"] = Invent.Given(), ["surname"] = Invent.Family() };
}
