using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using NationalId.Benchmarks.Crypto;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;

namespace NationalId.Benchmarks.Load;

/// <summary>
/// A message of MOSIP's hub accepted, against its signature and the calls to storage that it takes, made by themselves.
/// </summary>
internal static class WebSubRun
{
    private const int CredentialLength = 4 * 1024;

    public static async Task RunAsync(Report report, bool full)
    {
        await using var rig = await Rig.StartAsync(
            client: false,
            queues: false,
            change: one =>
            {
                one.MosipTakesPackets = true;
                one.HasHub = true;
            }
        );
        await rig.StartClientAsync(queues: false);
        using var watch = new StorageWatch(rig.Azurite);
        var alone = await Alone.StartAsync(rig);
        var (rounds, size) = (full ? 20 : 10, 30);
        var messages = new List<Message>();
        var registrations = rig.Client!.Services.GetRequiredService<Registrations>();
        for (var i = 0; i < (rounds + 1) * size; i++)
        {
            var message = Message.Make(rig.Sandbox.Keys.HubSecret);
            messages.Add(message);
            var (kind, number, id) = (RegistrationKind.Birth, message.Number, message.RegistrationId);
            await registrations.TryKeepAidAsync(kind, number, id, CancellationToken.None);
            await registrations.SettleAidAsync(kind, number, id, null, CancellationToken.None, eventKey: "a birth's");
        }

        var (ours, bare, calls) = (new List<double>(), new List<double>(), new List<StorageCall>());
        for (var round = 0; round <= rounds; round++)
        {
            var some = messages[(round * size)..((round + 1) * size)];
            watch.Take();
            var accepted = ThreadClock.Median(await OneByOne.TimesAsync(some, message => PostAsync(rig, message)));
            var seen = watch.Take();
            var signedAndStored = ThreadClock.Median(await OneByOne.TimesAsync(some, alone.StoreAsync));
            // The first round warms both up.
            if (round > 0)
            {
                ours.Add(accepted);
                bare.Add(signedAndStored);
                calls.AddRange(seen);
            }
        }

        var (us, they) = (ThreadClock.Median(ours), ThreadClock.Median(bare));
        report.Add(
            $"WebSub delivery accepted, {messages[0].Body.Length / 1024} KB, one at a time",
            $"{us * 1000:0.00} ms",
            $"its HMAC and calls to storage alone {they * 1000:0.00} ms",
            $"{us / they:0.00} ×"
        );
        foreach (var group in calls.GroupBy(call => $"{call.Service} {call.Method}").OrderBy(group => group.Key))
        {
            report.Add(
                $"- {group.Key}: {(double)group.Count() / (rounds * size):0.#} a delivery",
                $"{group.Average(call => call.End - call.Begin) * 1000:0.00} ms",
                "",
                "each"
            );
        }
    }

    private static async Task PostAsync(Rig rig, Message message)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(rig.Client!.BaseAddress, "api/websub/callback")
        )
        {
            Content = new ByteArrayContent(message.Body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("X-Hub-Signature", message.Signature);
        using var answer = await rig.Http.SendAsync(request);
        if ((int)answer.StatusCode != 200)
        {
            throw new InvalidOperationException($"A message of the hub was answered {(int)answer.StatusCode}.");
        }
    }

    /// <summary>A message of MOSIP's hub that a credential was issued.</summary>
    private sealed record Message(byte[] Body, string Signature, string RegistrationId, string Number)
    {
        public static Message Make(string secret)
        {
            var id = string.Concat(RandomNumberGenerator.GetItems<char>("0123456789", 29));
            var body = Encoding.UTF8.GetBytes(
                new JsonObject
                {
                    ["publisher"] = "CREDENTIAL_SERVICE",
                    ["topic"] = "opencrvs-partner/CREDENTIAL_ISSUED",
                    ["publishedOn"] = "2026-11-27T08:00:00.000Z",
                    ["event"] = new JsonObject
                    {
                        ["id"] = Guid.NewGuid().ToString(),
                        ["transactionId"] = Guid.NewGuid().ToString(),
                        ["type"] = new JsonObject { ["namespace"] = "mosip", ["name"] = "mosip" },
                        ["timestamp"] = "2026-11-27T08:00:00.000Z",
                        ["dataShareUri"] = null,
                        ["data"] = new JsonObject
                        {
                            ["registrationId"] = id,
                            ["credentialType"] = "vercred",
                            ["protectionKey"] = "275700",
                            ["credential"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(CredentialLength)),
                            ["proof"] = new JsonObject { ["signature"] = "eyJhbGciOiJSUzI1NiJ9..c2lnbmF0dXJl" },
                        },
                    },
                }.ToJsonString()
            );
            return new Message(body, Sign(secret, body), id, "2026B" + id[^12..]);
        }

        public static string Sign(string secret, byte[] body) =>
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
    }

    /// <summary>The same steps with nothing between them: signature, the two rows, the payload, message, row.</summary>
    private sealed class Alone(Rig rig, TableClient table, BlobContainerClient blobs, QueueClient queue)
    {
        private const int IndexRows = 5;

        public static async Task<Alone> StartAsync(Rig rig)
        {
            var connection = rig.Azurite.ConnectionString;
            var table = new TableClient(connection, "alone");
            var blobs = new BlobContainerClient(connection, "alone");
            var queue = new QueueClient(connection, "alone");
            await Task.WhenAll(table.CreateAsync(), blobs.CreateAsync(), queue.CreateAsync());
            return new Alone(rig, table, blobs, queue);
        }

        public async Task StoreAsync(Message message)
        {
            Message.Sign(rig.Sandbox.Keys.HubSecret, message.Body);
            await table.GetEntityIfExistsAsync<TableEntity>("0", message.RegistrationId);
            await table.GetEntityIfExistsAsync<TableEntity>("0", message.Number);
            await blobs.UploadBlobAsync(message.RegistrationId, new BinaryData(message.Body));
            await queue.SendMessageAsync(new string('x', 300));
            await table.SubmitTransactionAsync(
                Enumerable
                    .Range(0, 1 + IndexRows)
                    .Select(row => new TableTransactionAction(
                        row == 0 ? TableTransactionActionType.Add : TableTransactionActionType.UpsertReplace,
                        new TableEntity("0", message.RegistrationId + row) { ["Text"] = new string('x', 500) }
                    ))
            );
        }
    }
}
