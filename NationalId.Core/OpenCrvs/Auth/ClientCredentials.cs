using System.Net.Http.Json;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>OAuth 2's client credentials, in the form that every token endpoint takes.</summary>
internal static class ClientCredentials
{
    private const double LongestLife = 86_400;

    /// <summary>The question.</summary>
    /// <param name="id">The client's id.</param>
    /// <param name="secret">Its secret.</param>
    /// <param name="scope">The scopes; none when empty.</param>
    public static FormUrlEncodedContent Form(string id, string secret, string? scope)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("grant_type", "client_credentials"),
            new("client_id", id),
            new("client_secret", secret),
        ];
        if (scope is { Length: > 0 })
        {
            form.Add(new("scope", scope));
        }

        return new FormUrlEncodedContent(form);
    }

    /// <summary>
    /// The token of an answer that is a yes, and how long it lives: a day at most, a minute when unsaid.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <param name="party">Who gave it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="DeliveryException">There is no token in it.</exception>
    public static async Task<(string Token, TimeSpan Lifetime)> ReadAsync(
        HttpResponseMessage answer,
        string party,
        CancellationToken cancellationToken
    )
    {
        var token = await answer.Content.ReadFromJsonAsync(AuthJson.Default.TokenAnswer, cancellationToken);
        return string.IsNullOrEmpty(token?.AccessToken)
            ? throw Failures.Unreadable(party)
            : (token.AccessToken, TimeSpan.FromSeconds(Math.Clamp(token.ExpiresIn ?? 60, 0, LongestLife)));
    }
}
