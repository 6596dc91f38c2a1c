using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// OpenCRVS's events service: accepting and rejecting an action, reading a record, correcting it
/// (docs/protocols.md, "Accepting an action"). It says what OpenCRVS answered; what that means is others' business.
/// </summary>
/// <param name="http">The events service's client.</param>
/// <param name="options">Its address, and OpenCRVS's generation.</param>
public sealed class EventsClient([FromKeyedServices(OpenCrvsPartners.Events)] HttpClient http, ActionsOptions options)
{
    /// <summary>What people call it.</summary>
    internal const string Party = "OpenCRVS";

    // A record holds every change that was ever made to it.
    private const int LongestAnswer = 50 * 1024 * 1024;

    // NOTE: the path must be the action's own. OpenCRVS takes any other, answers 200, and the record is lost.
    private static readonly Dictionary<string, string> Paths = new(StringComparer.Ordinal)
    {
        ["NOTIFY"] = "notify",
        ["DECLARE"] = "declare",
        ["VALIDATE"] = "validate",
        ["EDIT"] = "edit",
        ["REGISTER"] = "register",
        ["ARCHIVE"] = "archive",
        ["PRINT_CERTIFICATE"] = "printCertificate",
        ["REQUEST_CORRECTION"] = "correction.request",
        ["APPROVE_CORRECTION"] = "correction.approve",
        ["REJECT_CORRECTION"] = "correction.reject",
    };

    // OpenCRVS has a constraint that no late rejection of these fulfils.
    private static readonly string[] NotRejectable = ["REJECT", "APPROVE_CORRECTION", "REJECT_CORRECTION"];

    /// <summary>Whether OpenCRVS takes a rejection of an action later than at once.</summary>
    /// <param name="actionType">The action's type.</param>
    internal static bool CanReject(string actionType) =>
        Paths.ContainsKey(actionType) && !NotRejectable.Contains(actionType);

    /// <summary>Accepts an action.</summary>
    /// <param name="row">The action.</param>
    /// <param name="declaration">What is written on the record with it.</param>
    /// <param name="bearer">The token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached, or its answer got lost.</exception>
    internal Task<EventsAnswer> AcceptAsync(
        ConfirmationRow row,
        JsonObject declaration,
        string bearer,
        CancellationToken cancellationToken
    )
    {
        var input = Input(row);
        input["declaration"] = declaration.DeepClone();
        if (row.RegistrationNumber is { } number)
        {
            input["registrationNumber"] = number;
        }

        return CallAsync(
            HttpMethod.Post,
            Procedure(row, "accept"),
            Wrapped(input),
            "confirm",
            bearer,
            cancellationToken
        );
    }

    /// <summary>Rejects an action. OpenCRVS takes no reason.</summary>
    /// <inheritdoc cref="AcceptAsync"/>
    internal Task<EventsAnswer> RejectAsync(ConfirmationRow row, string bearer, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, Procedure(row, "reject"), Wrapped(Input(row)), "confirm", bearer, cancellationToken);

    /// <summary>
    /// Reads a record. OpenCRVS adds the reading to its history, and shows it in searches as it is now.
    /// </summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="bearer">The token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <inheritdoc cref="AcceptAsync"/>
    internal Task<EventsAnswer> GetAsync(string eventId, string bearer, CancellationToken cancellationToken)
    {
        // 1.9 takes the bare id, later ones an object, and each refuses the other's.
        JsonNode input =
            options.Api == OpenCrvsVersion.V1_9 ? JsonValue.Create(eventId) : new JsonObject { ["eventId"] = eventId };
        var query = Uri.EscapeDataString(Wrapped(input).ToJsonString());
        return CallAsync(HttpMethod.Get, $"event.get?input={query}", null, "read", bearer, cancellationToken);
    }

    /// <summary>Asks for a correction, approves or rejects it.</summary>
    /// <param name="eventId">The record's id.</param>
    /// <param name="step"><c>request</c> or <c>approve</c>.</param>
    /// <param name="body">The correction.</param>
    /// <param name="bearer">The token.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <inheritdoc cref="AcceptAsync"/>
    internal Task<EventsAnswer> CorrectAsync(
        string eventId,
        string step,
        JsonObject body,
        string bearer,
        CancellationToken cancellationToken
    )
    {
        var path = $"events/{Uri.EscapeDataString(eventId)}/correction/{step}";
        if (options.Api == OpenCrvsVersion.V1_9)
        {
            path = $"events/correction/{step}";
            body["eventId"] = eventId;
        }

        return CallAsync(HttpMethod.Post, path, body, "correct", bearer, cancellationToken);
    }

    private static JsonObject Input(ConfirmationRow row)
    {
        var input = new JsonObject
        {
            ["eventId"] = row.EventId,
            ["actionId"] = row.ActionId,
            // The pending action's own. OpenCRVS stores one acceptance for a transaction, so that ours and the one of
            // a country configuration that accepted by itself can't both be stored.
            ["transactionId"] =
                row.TransactionId.Length > 0 ? row.TransactionId : StableIds.Of("confirm", row.ActionId),
        };
        if (row.RequestId is { } request)
        {
            input["requestId"] = request;
        }

        return input;
    }

    private static JsonObject Wrapped(JsonNode input) => new() { ["json"] = input };

    private static string Procedure(ConfirmationRow row, string verdict) =>
        Paths.TryGetValue(row.ActionType, out var path)
            ? $"event.actions.{path}.{verdict}"
            : throw new TransientFailureException("An action of this type can't be accepted later.");

    private Task<EventsAnswer> CallAsync(
        HttpMethod method,
        string path,
        JsonObject? body,
        string kind,
        string bearer,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var address =
                    options.EventsUrl
                    ?? throw new TransientFailureException("NationalId:OpenCrvs:EventsUrl is not set");
                using var request = new HttpRequestMessage(method, $"{address.AbsoluteUri.TrimEnd('/')}/{path}");
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
                request.SetKind(kind);
                if (body is not null)
                {
                    // A repeat that succeeds would hide that the first try may have been stored without being seen in
                    // searches.
                    request.SetOnce();
                    request.Content = SizedJson.Of(body);
                }

                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                var content = await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken);
                return EventsAnswer.Read((int)answer.StatusCode, content);
            },
            cancellationToken
        );
}
