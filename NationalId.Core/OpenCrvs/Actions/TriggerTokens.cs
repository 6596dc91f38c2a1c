using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Auth;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>A trigger's token that was found valid.</summary>
/// <param name="Token">The token itself.</param>
/// <param name="ExpiresAt">Until when it is good.</param>
/// <param name="EventId">The record that it is for; null where tokens are for none.</param>
/// <param name="ActionId">The action that it is for; null where tokens are for none.</param>
internal sealed record TriggerPass(string Token, DateTimeOffset ExpiresAt, string? EventId, string? ActionId)
{
    /// <summary>Nothing of it.</summary>
    public override string ToString() => nameof(TriggerPass);
}

/// <summary>
/// Checks the token that comes with a trigger. The address is open to whoever reaches the country configuration, so
/// this check is all that keeps others out.
/// </summary>
/// <param name="bearers">Checks OpenCRVS's tokens.</param>
/// <param name="options">OpenCRVS's generation.</param>
public sealed class TriggerTokens(OpenCrvsBearers bearers, ActionsOptions options)
{
    private const string Scheme = "Bearer ";

    // Since 2.1 the token only says that OpenCRVS sent it: no scope, no record.
    private readonly bool isForRecord = options.Api != OpenCrvsVersion.V2_1;

    // OpenCRVS wants both for accepting as well as for rejecting.
    private readonly BearerWants wants = new(
        BearerWants.CountryConfig,
        options.Api == OpenCrvsVersion.V2_1 ? [] : ["record.confirm-registration", "record.reject-registration"]
    )
    {
        All = true,
    };

    /// <summary>Checks a trigger's token.</summary>
    /// <param name="request">The trigger.</param>
    /// <param name="stop">Stops waiting for OpenCRVS's keys.</param>
    /// <returns>The token, or why it is not taken: <c>token</c> when it is wrong, <c>key</c> when OpenCRVS's public key
    /// can't be had.</returns>
    internal async Task<(TriggerPass? Pass, string Refusal, string Detail)> CheckAsync(
        HttpRequest request,
        CancellationToken stop
    )
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        )
        {
            return (null, "token", "missing");
        }

        var token = header[Scheme.Length..].Trim();
        var check = await bearers.CheckAsync(token, wants, stop);
        if (check.Token is not { } valid)
        {
            return (null, check.Verdict == BearerVerdict.CannotTell ? "key" : "token", check.Reason);
        }

        var pass = new TriggerPass(
            token,
            new DateTimeOffset(valid.ValidTo, TimeSpan.Zero),
            isForRecord ? check.Claim("eventId") ?? "" : null,
            isForRecord ? check.Claim("actionId") ?? "" : null
        );
        return (pass, "", "");
    }
}
