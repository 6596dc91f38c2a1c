using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Operations;

/// <summary>
/// What an operator says of a registration that OpenCRVS revoked or reinstated without telling us: behind a
/// key, in production behind Entra too. The operator's name stands in the history.
/// </summary>
/// <param name="revocations">Takes it.</param>
/// <param name="registrations">Knows the registrations.</param>
/// <param name="time">The clock.</param>
public sealed class RevocationCommands(Revocations revocations, Registrations registrations, TimeProvider time)
{
    /// <summary>
    /// Revokes or reinstates a registration. Body
    /// <c>{"id"?,"registrationNumber","kind","action","reason","nationalId"?}</c>. 202; 400 for another body, 404 for a
    /// registration that is not known here, 409 for an id that was used for another, 503 while storage or the secret
    /// store refuses.
    /// </summary>
    /// <param name="request">The operator's request.</param>
    /// <param name="by">Who asks for it.</param>
    public async Task<IResult> OrderAsync(HttpRequest request, string by)
    {
        var stop = request.HttpContext.RequestAborted;
        var (order, refusal) = await OperatorBody.ReadAsync(request, RevocationJson.Default.RevocationOrder);
        if (refusal is not null)
        {
            return refusal;
        }

        // It is read as every other's is: with the present for its time.
        order ??= new RevocationOrder(null, null, null, null, null, null);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            order with
            {
                Id = $"operator {order.Id ?? Guid.NewGuid().ToString()}",
                Timestamp = time.GetUtcNow(),
            },
            RevocationJson.Default.RevocationOrder
        );
        if (RevocationNotice.Read(body, out var problem) is not { } notice)
        {
            return Problems.BadRequest(problem);
        }

        if (notice.Reason is null)
        {
            return Problems.BadRequest("reason says why.");
        }

        if (await registrations.GetAsync(notice.Kind, notice.Number, stop) is null)
        {
            return Problems.NotFound("There is no such registration.");
        }

        try
        {
            return RevocationIntake.Answer(await revocations.TakeAsync(notice, by, null, stop));
        }
        catch (StorageGivenUpException)
        {
            return Problems.Unavailable("Storage does not take it.");
        }
        catch (Exception secret) when (secret is SecretMissingException or SecretStoreUnavailableException)
        {
            return Problems.Unavailable("It can't be sealed: the secret store does not give the ledger's key.");
        }
    }
}

/// <summary>What an operator says.</summary>
internal sealed record RevocationOrder(
    string? Id,
    string? RegistrationNumber,
    string? Kind,
    string? Action,
    string? Reason,
    string? NationalId
)
{
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The action alone.</summary>
    public override string ToString() => $"{nameof(RevocationOrder)} {Action}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RevocationOrder))]
internal sealed partial class RevocationJson : JsonSerializerContext;
