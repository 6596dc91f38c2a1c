using System.Net.Http.Headers;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>What the country configuration answered; status 0 when it didn't.</summary>
internal sealed record CountryAnswer(int Status, string Body);

/// <summary>Core's call to the country configuration: no time limit, no second try, no signature.</summary>
internal sealed class CountryTrigger(HttpClient http, Func<Uri> countryConfiguration)
{
    public async Task<CountryAnswer> AskAsync(EventDocument document, string action, string token)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{countryConfiguration()}/trigger/events/{document.Type}/actions/{action}"
        )
        {
            Content = new ByteArrayContent(document.ToBytes()),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.TryAddWithoutValidation("Accept", "*/*");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip,deflate");
        request.Headers.TryAddWithoutValidation("User-Agent", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)");
        try
        {
            using var answer = await http.SendAsync(request);
            return new CountryAnswer((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException)
        {
            return new CountryAnswer(0, "");
        }
    }
}
