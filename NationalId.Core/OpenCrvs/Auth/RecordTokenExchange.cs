using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>
/// Exchanges a token for one of a single record and action (OpenCRVS 1.9 and 2.0). A record token that has not ended
/// can be exchanged for a fresh one.
/// </summary>
/// <param name="http">The auth service's client.</param>
/// <param name="options">The auth service's address.</param>
/// <param name="time">The clock.</param>
public sealed class RecordTokenExchange(
    [FromKeyedServices(OpenCrvsPartners.Auth)] HttpClient http,
    OpenCrvsOptions options,
    TimeProvider time
)
{
    private const string Party = "OpenCRVS auth";

    /// <summary>A fresh token for one action of a record.</summary>
    /// <param name="subject">The token that is exchanged.</param>
    /// <param name="eventId">The record's id.</param>
    /// <param name="actionId">The action's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">The auth service can't be reached, or gives none.</exception>
    public Task<(string Token, DateTimeOffset ExpiresAt)> ForRecordAsync(
        string subject,
        string eventId,
        string actionId,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                // In the body: what stands in an address ends up in logs.
                using var form = new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "urn:opencrvs:oauth:grant-type:token-exchange",
                        ["subject_token"] = subject,
                        ["subject_token_type"] = "urn:ietf:params:oauth:token-type:access_token",
                        ["requested_token_type"] = "urn:opencrvs:oauth:token-type:single_record_token",
                        ["event_id"] = eventId,
                        ["action_id"] = actionId,
                    }
                );
                using var answer = await http.PostAsync(options.AuthAddress("token"), form, cancellationToken);
                if ((int)answer.StatusCode is >= 400 and < 500)
                {
                    throw new TransientFailureException("OpenCRVS auth does not renew the record's token.");
                }

                Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                var said = await answer.Content.ReadFromJsonAsync(AuthJson.Default.TokenAnswer, cancellationToken);
                return said?.AccessToken is { Length: > 0 } token
                    ? (token, time.GetUtcNow() + TokenTimes.LifetimeOf(token, time.GetUtcNow()))
                    : throw new TransientFailureException("OpenCRVS auth answered without a token");
            },
            cancellationToken
        );
}
