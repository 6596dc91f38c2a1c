using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>
/// The client of mosip-api that country configurations have: it joins addresses as browsers do, so that a base without
/// a slash at its end loses its path; it takes any success whose body is JSON; it gives up after fifteen seconds.
/// </summary>
internal sealed class InteropClient(HttpClient http)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Tells of a registration; status 0 when there was no answer in time.</summary>
    public async Task<CountryAnswer> RegisterAsync(Uri api, JsonObject payload, string token, CancellationToken gone)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(api, "./events/registration"))
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload.ToJsonString())),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(gone);
        stop.CancelAfter(Patience);
        try
        {
            using var answer = await http.SendAsync(request, stop.Token);
            var text = await answer.Content.ReadAsStringAsync(stop.Token);
            using var json = answer.IsSuccessStatusCode ? JsonDocument.Parse(text) : null;
            return new CountryAnswer((int)answer.StatusCode, text);
        }
        catch (Exception lost)
            when (lost is HttpRequestException or IOException or OperationCanceledException or JsonException)
        {
            return new CountryAnswer(0, "");
        }
    }

    /// <summary>What OpenCRVS's example tells of a registration.</summary>
    public static JsonObject Payload(EventDocument document, string number, bool withEventId)
    {
        var data = RecordState.Of(document).Declaration;
        foreach (var pending in document.Pending)
        {
            EventJson.Merge(data, pending.Declaration);
        }

        var isBirth = document.Type == "birth";
        var who = isBirth ? "child" : "deceased";
        var name = data[who + ".name"] as JsonObject ?? [];
        var fields = new JsonObject
        {
            [isBirth ? "birthCertificateNumber" : "deathCertificateNumber"] = number,
            ["fullName"] = string.Join(
                ' ',
                new[] { "firstname", "middlename", "surname" }
                    .Select(part => (string?)name[part])
                    .Where(part => !string.IsNullOrEmpty(part))
            ),
            ["dateOfBirth"] = data[who + ".dob"]?.DeepClone(),
            ["gender"] = data[who + ".gender"]?.DeepClone(),
        };
        if (!isBirth)
        {
            fields["nationalIdNumber"] = data["deceased.nid"]?.DeepClone();
        }

        var payload = new JsonObject
        {
            ["trackingId"] = document.TrackingId,
            ["requestFields"] = fields,
            ["notification"] = new JsonObject
            {
                ["recipientEmail"] = "@TODO",
                ["recipientFullName"] = "@TODO",
                ["recipientPhone"] = "@TODO",
            },
            ["metaInfo"] = new JsonObject(),
            ["audit"] = new JsonObject(),
        };
        if (withEventId)
        {
            payload["eventId"] = document.Id;
        }

        return payload;
    }
}
