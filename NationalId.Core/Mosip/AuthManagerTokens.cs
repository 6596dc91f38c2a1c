using System.Net;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip;

/// <summary>A client that MOSIP's auth manager knows.</summary>
/// <param name="Address">The auth manager.</param>
/// <param name="AppId">The application id that it knows the client under.</param>
/// <param name="IdSecret">The name of the secret that holds the client's id.</param>
/// <param name="KeySecret">The name of the secret that holds the client's own secret.</param>
internal sealed record AuthManagerClient(Uri Address, string AppId, string IdSecret, string KeySecret);

/// <summary>How MOSIP's services take a token.</summary>
internal static class MosipCookie
{
    /// <summary>What the cookie begins with.</summary>
    public const string Name = "Authorization=";

    /// <summary>
    /// Sends a token with a request. NOTE: nothing behind it. MOSIP's hub cuts the header at "; " and "=".
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="token">The token.</param>
    public static void SetMosipToken(this HttpRequestMessage request, string token) =>
        request.Headers.TryAddWithoutValidation("Cookie", Name + token);
}

/// <summary>
/// A client's token of MOSIP's auth manager, kept until shortly before it ends (docs/protocols.md, "MOSIP's packets").
/// It answers 200 even when it refuses: what counts is the cookie.
/// </summary>
/// <param name="http">Has the timeout.</param>
/// <param name="secrets">Holds our clients.</param>
/// <param name="time">The clock.</param>
public abstract class AuthManagerTokens(HttpClient http, ISecretStore secrets, TimeProvider time)
{
    private const string Party = "MOSIP's auth manager";

    // A token that does not say when it ends.
    private static readonly TimeSpan UnknownLifetime = TimeSpan.FromMinutes(5);

    private readonly CachedToken current = new(time);

    /// <summary>Who we are at the auth manager.</summary>
    /// <exception cref="TransientFailureException">The settings don't say.</exception>
    internal abstract AuthManagerClient Client { get; }

    /// <summary>A token that is good for now.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TransientFailureException">There is none to be had at present.</exception>
    public ValueTask<string> GetAsync(CancellationToken cancellationToken) =>
        current.GetAsync(stop => FetchAsync(Client, stop), cancellationToken);

    /// <summary>Forgets a token that MOSIP refused, unless a newer one has taken its place already.</summary>
    /// <param name="refused">The token.</param>
    public void Invalidate(string refused) => current.Invalidate(refused);

    /// <summary>Draws a token. Secrets that are refused are read again, once.</summary>
    private Task<(string Token, TimeSpan Lifetime)> FetchAsync(
        AuthManagerClient client,
        CancellationToken cancellationToken
    ) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var (token, code) = await RequestAsync(client, cancellationToken);
                if (token is null)
                {
                    secrets.Refresh(client.IdSecret);
                    secrets.Refresh(client.KeySecret);
                    (token, code) = await RequestAsync(client, cancellationToken);
                }

                return token ?? throw new TransientFailureException($"{Party} gave no token: {code}.");
            },
            cancellationToken
        );

    private async Task<((string Token, TimeSpan Lifetime)? Token, string? Code)> RequestAsync(
        AuthManagerClient client,
        CancellationToken cancellationToken
    )
    {
        var id = await secrets.GetAsync(client.IdSecret, cancellationToken);
        var key = await secrets.GetAsync(client.KeySecret, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, client.Address)
        {
            Content = SizedJson.Of(
                new JsonObject
                {
                    ["id"] = "string",
                    ["version"] = "string",
                    ["requesttime"] = MosipTime.Format(time.GetUtcNow()),
                    ["metadata"] = new JsonObject(),
                    ["request"] = new JsonObject
                    {
                        ["clientId"] = id.Value,
                        ["secretKey"] = key.Value,
                        ["appId"] = client.AppId,
                    },
                }
            ),
        };
        request.SetKind("token");
        using var answer = await http.SendAsync(request, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            if ((int)answer.StatusCode is 400 or 401 or 403)
            {
                // A secret that was rotated is used with the next try.
                secrets.Refresh(client.IdSecret);
                secrets.Refresh(client.KeySecret);
            }

            // Even a 400 speaks of our settings here, not of an event: an operator can repair it.
            throw Failures.Repairable(answer, Party, time.GetUtcNow());
        }

        if (CookieOf(answer) is { } value)
        {
            return ((value, LifetimeOf(value)), null);
        }

        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return (null, MosipAnswer.Read(body).Code ?? "it told no reason");
    }

    private static string? CookieOf(HttpResponseMessage answer)
    {
        if (!answer.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            return null;
        }

        var cookie = cookies.FirstOrDefault(one =>
            one.StartsWith(MosipCookie.Name, StringComparison.OrdinalIgnoreCase)
        );
        var value = cookie?[MosipCookie.Name.Length..].Split(';')[0].Trim();
        // It becomes part of a header again: nothing that would end it.
        return value is { Length: > 0 } && !value.Any(c => c is <= ' ' or > '~' or ',' or '"') ? value : null;
    }

    private TimeSpan LifetimeOf(string value)
    {
        try
        {
            var ends = new JsonWebToken(value).ValidTo;
            var lifetime = ends - time.GetUtcNow().UtcDateTime;
            return ends == DateTime.MinValue ? UnknownLifetime
                : lifetime > TimeSpan.Zero ? lifetime
                : TimeSpan.Zero;
        }
        catch (ArgumentException)
        {
            return UnknownLifetime;
        }
    }
}
