using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>
/// Reads a person's attributes in the registry for a country's form. The person does not take part in that, so nobody
/// can unless the settings name a scope of OpenCRVS for it, and each time is noted before anything is told.
/// </summary>
/// <param name="bearers">Checks OpenCRVS's tokens.</param>
/// <param name="registry">The population registry.</param>
/// <param name="audit">Notes who asked.</param>
/// <param name="options">The scope, and the attributes.</param>
/// <param name="logger">Told of outages.</param>
public sealed partial class PrefillRoute(
    OpenCrvsBearers bearers,
    RegistryClient registry,
    PrefillAudit audit,
    OsiaOptions options,
    ILogger<PrefillRoute> logger
)
{
    private const string Scheme = "Bearer ";
    private const int LongestBody = 4096;

    /// <summary>
    /// The attributes of the person whose number is <c>nid</c>: 200; 400 for what is no request; 401 without a good
    /// token; 403 without the scope; 404 when the registry does not know the number; 503 while it does not say.
    /// </summary>
    /// <param name="request">The country configuration's request.</param>
    public async Task<IResult> AnswerAsync(HttpRequest request)
    {
        var stop = request.HttpContext.RequestAborted;
        if (options.PrefillScope.Length == 0)
        {
            return Problems.NotFound("Nothing is read for forms here.");
        }

        try
        {
            if (
                request.Headers.Authorization is not [{ } header]
                || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            )
            {
                return Problems.Unauthorized("A token of OpenCRVS is needed.");
            }

            var wants = new BearerWants(BearerWants.CountryConfig, [options.PrefillScope]);
            var check = await bearers.CheckAsync(header[Scheme.Length..].Trim(), wants, stop);
            if (check.Verdict != BearerVerdict.Valid)
            {
                return check.Verdict == BearerVerdict.CannotTell ? Away()
                    : check.Reason == "scope" ? Problems.Forbidden("The token lacks the scope.")
                    : Problems.Unauthorized("The token is not valid.");
            }

            return NumberIn(await OsiaRequests.BodyAsync(request, LongestBody)) is { } number
                ? await ReadAsync(check, number, stop)
                : Problems.BadRequest("A JSON object with nid is expected.");
        }
        catch (Exception failure)
            when (failure
                    is DeliveryException
                        or SecretMissingException
                        or SecretUnusableException
                        or SecretStoreUnavailableException
                || StorageFailures.Is(failure)
            )
        {
            LogAway(failure is DeliveryException known ? known.Reason : failure.GetType().Name);
            return Away();
        }
    }

    private static IResult Away() => Problems.Unavailable("The registry does not say: try again later.");

    private static string? NumberIn(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("nid", out var nid)
                ? OsiaAttributes.NumberOf(OsiaAttributes.Text(nid))
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<IResult> ReadAsync(BearerCheck check, string number, CancellationToken stop)
    {
        await audit.AddAsync(check.Claim("sub"), check.Claim("eventId"), number, stop);
        var names = OsiaOptions.Items(options.PrefillAttributes);
        if (await registry.ReadAsync(number, names, stop) is not { } values)
        {
            return Problems.NotFound("The registry does not know the number.");
        }

        var answer = new JsonObject();
        foreach (var (name, value) in values)
        {
            answer[name] = value;
        }

        return Results.Text(answer.ToJsonString(), "application/json");
    }

    [LoggerMessage(136, LogLevel.Error, "A form was not filled: {Reason}")]
    private partial void LogAway(string reason);
}

/// <summary>
/// Who read whom for a form: table <c>osiareads</c>, a partition for each day. Numbers stand there as keyed hashes.
/// </summary>
/// <param name="storage">The storage account.</param>
/// <param name="registrations">Makes the keyed hashes.</param>
/// <param name="time">The clock.</param>
public sealed class PrefillAudit(StorageClients storage, Registrations registrations, TimeProvider time)
{
    /// <summary>The table's name.</summary>
    public const string TableName = "osiareads";

    private TableClient Table => field ??= storage.Tables.GetTableClient(TableName);

    /// <summary>Notes a question, before it is asked.</summary>
    /// <param name="subject">Whose token it was, by OpenCRVS's id.</param>
    /// <param name="eventId">The record that the token is for; null when it is for none.</param>
    /// <param name="number">The number that was asked about.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task AddAsync(string? subject, string? eventId, string number, CancellationToken cancellationToken)
    {
        await storage.ReadyAsync();
        var now = time.GetUtcNow();
        var row = new TableEntity(now.ToString("yyyy-MM-dd", null), $"{now.UtcTicks:D19}_{Guid.NewGuid():N}")
        {
            ["Subject"] = subject,
            ["EventId"] = eventId,
            ["NumberHash"] = (await registrations.HashesAsync(number, cancellationToken))[0],
        };
        await Table.AddEntityAsync(row, cancellationToken);
    }
}
