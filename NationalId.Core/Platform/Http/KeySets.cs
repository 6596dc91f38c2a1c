using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace NationalId.Core.Platform.Http;

/// <summary>JSON Web Key Sets of other parties.</summary>
internal static class KeySets
{
    private const int LongestAnswer = 256 * 1024;

    /// <summary>Fetches the keys of a set that signatures are checked by.</summary>
    /// <param name="http">Has the timeout.</param>
    /// <param name="address">The set; null where no setting says it.</param>
    /// <param name="party">Whose it is.</param>
    /// <param name="now">The present.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The keys; none when the set is empty.</returns>
    /// <exception cref="DeliveryException">They can't be had.</exception>
    public static async Task<IReadOnlyList<SecurityKey>> FetchAsync(
        HttpClient http,
        Uri? address,
        string party,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.SetKind("keys");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Failures.ThrowUnlessSuccess(answer, party, now);
        var body = await Failures.ReadBodyAsync(answer, LongestAnswer, party, cancellationToken);
        try
        {
            return [.. new JsonWebKeySet(Encoding.UTF8.GetString(body)).GetSigningKeys()];
        }
        catch (ArgumentException)
        {
            throw Failures.Unreadable(party);
        }
    }
}
