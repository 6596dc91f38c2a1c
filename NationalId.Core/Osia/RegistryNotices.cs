using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Osia;

/// <summary>
/// Takes what the registry tells by OSIA's notifications. Nothing but the secret in our address says who sent them, so
/// that each is a hint alone: the facts are read from the registry. They come at least once, in any order.
/// </summary>
/// <param name="subscriptions">Our subscriptions.</param>
/// <param name="secrets">The last part of our address.</param>
/// <param name="served">Knows which birth gave a number.</param>
/// <param name="watch">Has the registry asked.</param>
/// <param name="ledger">The ledger of events.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of what is refused.</param>
public sealed partial class RegistryNotices(
    RegistrySubscriptions subscriptions,
    ISecretStore secrets,
    ServedPeople served,
    RegistryWatch watch,
    EventLedger ledger,
    TimeProvider time,
    ILogger<RegistryNotices> logger
)
{
    private const int LongestBody = 256 * 1024;
    private const string NewPerson = "newPerson";

    // Which event it is stands in the subject; the reference implementation's senders have others.
    private static readonly string[] Noted = ["updatePerson", "duplicatePerson"];

    /// <summary>
    /// A confirmation or a notification: 200 when it is taken, also where there is nothing to do; 404 without the
    /// secret; 500 when it is to be sent again.
    /// </summary>
    /// <param name="request">The registry's request.</param>
    /// <param name="secret">The last part of the address.</param>
    public async Task<IResult> TakeAsync(HttpRequest request, string secret)
    {
        var stop = request.HttpContext.RequestAborted;
        try
        {
            if (!await IsSecretAsync(secret, stop))
            {
                LogRefused("secret");
                return Results.StatusCode(StatusCodes.Status404NotFound);
            }

            using var message = JsonDocument.Parse(await OsiaRequests.BodyAsync(request, LongestBody));
            await (
                IsConfirmation(request, message.RootElement)
                    ? ConfirmAsync(message.RootElement, stop)
                    : NoticeAsync(request, message.RootElement, stop)
            );
            return Results.StatusCode(StatusCodes.Status200OK);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // It would be no better the next time.
            LogRefused("unreadable");
            return Results.StatusCode(StatusCodes.Status200OK);
        }
        catch (Exception failure)
            when (failure
                    is DeliveryException
                        or SecretMissingException
                        or SecretStoreUnavailableException
                        or SecretUnusableException
                || StorageFailures.Is(failure)
            )
        {
            LogUnavailable(failure is DeliveryException known ? known.Reason : failure.GetType().Name);
            return Results.Json(
                OsiaError.Unexpected,
                OsiaJson.Default.OsiaError,
                statusCode: StatusCodes.Status500InternalServerError
            );
        }
    }

    private async Task<bool> IsSecretAsync(string given, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes(given);
        var versions = await secrets.GetVersionsAsync(SecretNames.OsiaNotifySecret, stop);
        var fits = false;
        foreach (var version in versions)
        {
            fits |= CryptographicOperations.FixedTimeEquals(bytes, Encoding.UTF8.GetBytes(version.Value));
        }

        return fits;
    }

    private static bool IsConfirmation(HttpRequest request, JsonElement message) =>
        (request.Headers["message-type"] is [{ Length: > 0 } header] ? header : Text(message, "type"))
        == "SubscriptionConfirmation";

    // It may come before our subscription is answered. NOTE: never the address that stands in it: a stranger's message
    // must not have us call anywhere.
    private Task ConfirmAsync(JsonElement message, CancellationToken stop) =>
        Text(message, "token") is { } token ? subscriptions.ConfirmAsync(token, stop) : Task.CompletedTask;

    private async Task NoticeAsync(HttpRequest request, JsonElement message, CancellationToken stop)
    {
        if (
            !await subscriptions.IsOursAsync(Header(request, "subscription-id"), Header(request, "topic-id"), stop)
            || OsiaAttributes.NumberOf(UinIn(message)) is not { } uin
            || await served.FindAsync(uin, stop) is not { } person
        )
        {
            return;
        }

        var subject = Text(message, "subject");
        if (subject is null or NewPerson)
        {
            await watch.HurryAsync(person.EventKey, stop);
        }
        else if (Noted.Contains(subject) && await ledger.GetAsync(person.EventKey, stop) is { } row)
        {
            var note = $"the registry tells of {subject}";
            if (row.LeaseUntil is null && row.Changes.All(change => change.Note != note))
            {
                row.Note(time.GetUtcNow(), row.Current, note);
                await ledger.SaveAsync(row, stop);
            }
        }
    }

    /// <summary>The number in a message: its text holds JSON, or the body is that JSON itself.</summary>
    private static string? UinIn(JsonElement message)
    {
        if (Text(message, "message") is not { } text)
        {
            return Text(message, "uin");
        }

        try
        {
            using var inner = JsonDocument.Parse(text);
            return Text(inner.RootElement, "uin");
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Header(HttpRequest request, string name) =>
        request.Headers[name] is [{ Length: > 0 } value] ? value : null;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    [LoggerMessage(134, LogLevel.Warning, "A notification of the registry was refused: {Reason}")]
    private partial void LogRefused(string reason);

    [LoggerMessage(135, LogLevel.Error, "A notification of the registry was answered 500: {Failure}")]
    private partial void LogUnavailable(string failure);
}
