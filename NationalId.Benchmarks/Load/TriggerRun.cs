using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NationalId.Benchmarks.Crypto;

namespace NationalId.Benchmarks.Load;

/// <summary>A trigger accepted, against a webhook of the same size on the same server.</summary>
internal static class TriggerRun
{
    private const int Length = 20 * 1024;
    private const double MostRatio = 1.25;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(30);

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(client: false, queues: false);
        using var key = RSA.Create(2048);
        var settings = rig.Settings;
        settings["NationalId:ClientName"] = "Freedonia";
        settings["NationalId:DefaultSystem:BirthUrl"] = "http://127.0.0.1:9";
        settings["NationalId:OpenCrvs:Version"] = "1.9";
        settings["NationalId:OpenCrvs:EventsUrl"] = "http://127.0.0.1:9";
        settings["NationalId:OpenCrvs:PublicKey"] = key.ExportSubjectPublicKeyInfoPem();
        settings["NATIONALID_RECORD_TOKEN_KEY"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await using var client = await Rig.StartHostAsync(settings, queues: false);
        var (rounds, size) = (full ? 20 : 10, 30);
        var webhooks = await rig.BirthsAsync((rounds + 1) * size, Length - 5000);
        var triggers = Enumerable
            .Range(0, webhooks.Count)
            .Select(_ => Trigger.Make(key, webhooks[0].Body.Length))
            .ToList();
        var (ours, against) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var (from, until) = (round * size, (round + 1) * size);
            var webhook = await OneByOneAsync(webhooks[from..until], one => rig.PostAsync(client.BaseAddress, one));
            var trigger = await OneByOneAsync(
                triggers[from..until],
                one => PostAsync(rig.Http, client.BaseAddress, one)
            );
            // The first round warms both up.
            if (round > 0)
            {
                against.Add(webhook);
                ours.Add(trigger);
            }
        }

        var (us, they) = (ThreadClock.Median(ours), ThreadClock.Median(against));
        report.Add(
            $"trigger accepted, {triggers[0].Body.Length / 1024} KB, one at a time",
            $"{us * 1000:0.00} ms",
            $"webhook of the same size {they * 1000:0.00} ms",
            $"{us / they:0.00} ×",
            $"≤ {MostRatio} ×",
            us / they <= MostRatio
        );
    }

    /// <summary>
    /// The seconds of one request, as its sender sees them. After each the server gets a moment for what it does once
    /// it has answered: rows that nothing depends on.
    /// </summary>
    private static async Task<double> OneByOneAsync<T>(List<T> all, Func<T, Task> post) =>
        ThreadClock.Median(await OneByOne.TimesAsync(all, post, Moment));

    private static async Task PostAsync(HttpClient http, Uri server, Trigger trigger)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(server, "api/trigger/events/birth/actions/REGISTER")
        )
        {
            Content = new ByteArrayContent(trigger.Body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", trigger.Token);
        request.Headers.Add("X-Registration-Number", trigger.Number);
        using var answer = await http.SendAsync(request);
        if ((int)answer.StatusCode != 202)
        {
            throw new InvalidOperationException($"A trigger was answered {(int)answer.StatusCode}.");
        }
    }

    /// <summary>A trigger, ready to be posted.</summary>
    private sealed record Trigger(byte[] Body, string Token, string Number)
    {
        public static Trigger Make(RSA key, int length)
        {
            var (record, action) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
            var document = new JsonObject
            {
                ["id"] = record,
                ["type"] = "birth",
                ["createdAt"] = "2026-11-25T02:45:24.982Z",
                ["actions"] = new JsonArray(
                    Action(Guid.NewGuid().ToString(), "CREATE", "Accepted", 0),
                    Action(Guid.NewGuid().ToString(), "DECLARE", "Accepted", 1),
                    Action(action, "REGISTER", "Requested", 2)
                ),
                ["trackingId"] = record[..6].ToUpperInvariant(),
            };
            var declared = document["actions"]![1]!["declaration"]!;
            declared["child.name"] = new JsonObject { ["firstname"] = "Ada", ["surname"] = "Benchmark" };
            declared["child.dob"] = "2026-06-20";
            // Fields as a form has them, up to the size that is wanted.
            for (var field = 0; document.ToJsonString().Length < length - 100; field++)
            {
                declared[$"informant.answer{field}"] = new string('x', Math.Min(100, length));
            }

            return new Trigger(
                Encoding.UTF8.GetBytes(document.ToJsonString()),
                Sign(key, record, action),
                "2026B" + record[..12].ToUpperInvariant()
            );
        }

        private static JsonObject Action(string id, string type, string status, int second) =>
            new()
            {
                ["id"] = id,
                ["transactionId"] = Guid.NewGuid().ToString(),
                ["createdByUserType"] = "user",
                ["createdAt"] = $"2026-11-25T02:45:{second:00}.000Z",
                ["createdBy"] = "55555555-5555-4555-8555-555555555555",
                ["declaration"] = new JsonObject(),
                ["status"] = status,
                ["type"] = type,
            };

        private static string Sign(RSA key, string record, string action)
        {
            var claims = new JsonObject
            {
                ["scope"] = new JsonArray("record.confirm-registration", "record.reject-registration"),
                ["eventId"] = record,
                ["actionId"] = action,
                ["exp"] = DateTimeOffset.UtcNow.AddDays(7).ToUnixTimeSeconds(),
                ["aud"] = new JsonArray("opencrvs:gateway-user", "opencrvs:countryconfig-user"),
                ["iss"] = "opencrvs:auth-service",
            };
            var signed = Part("""{"alg":"RS256","typ":"JWT"}""") + "." + Part(claims.ToJsonString());
            return signed
                + "."
                + Base64Url.EncodeToString(
                    key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                );
        }

        private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }
}
