using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.Sandbox;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Tests.Documents;

namespace NationalId.Tests.EndToEnd;

[Trait(Tier.Name, Tier.Whole)]
public sealed class BirthTests
{
    [Theory]
    [InlineData(BundleShape.Composition)]
    [InlineData(BundleShape.V12)]
    public async Task A_birth_goes_in_and_its_AID_comes_onto_the_record(BundleShape shape)
    {
        await using var world = await World.StartAsync();
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord
            {
                GivenNames = ["Zoë !*'()", "Łukasz"],
                FamilyName = "Ωmega 🐣",
                Shape = shape,
            }
        );
        var row = await world.DeliveredAsync(sent);

        Assert.Equal(202, Assert.Single(sent.Attempts).Status);
        var aid = world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid;
        Assert.Contains(aid, world.Sandbox.Mosip.DrawnAids);
        var received = Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.Equal(aid, received.Aid);
        Assert.Equal([row.Key], await world.Ledger.FindAsync(aid!, default));
        Assert.Empty(world.Sandbox.Mosip.Refused);
        Assert.Contains("Zoë !*'()", Encoding.UTF8.GetString(received.Payload!));
    }

    [Fact]
    public async Task The_same_event_three_times_is_one_AID_and_one_delivery()
    {
        await using var world = await World.StartAsync();
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Task.WhenAll(world.Sandbox.OpenCrvs.ResendAsync(sent), world.Sandbox.OpenCrvs.ResendAsync(sent));
        await world.DeliveredAsync(sent);
        var again = await world.Sandbox.OpenCrvs.ResendAsync(sent);
        Assert.Equal(202, Assert.Single(again.Attempts).Status);

        await Eventually.TrueAsync(async () => await world.WaitingAsync(EventKinds.BirthQueue) == 0);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.Single(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Saves);
        Assert.Single(world.Sandbox.Mosip.DrawnAids);
    }

    [Fact]
    public async Task MOSIP_down_at_delivery_is_202_all_the_same_and_one_delivery_once_it_is_up()
    {
        await using var world = await World.StartAsync();
        await world.Sandbox.StopMosipAsync();
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        Assert.Equal(202, Assert.Single(sent.Attempts).Status);
        var waiting = await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.NotNull(waiting.NextAt);
        Assert.Contains("MOSIP", waiting.Reason);

        await world.Sandbox.StartMosipAsync();
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid);
    }

    [Theory]
    [InlineData(Fault.Status500)]
    [InlineData(Fault.Html200)]
    public async Task The_mediator_down_does_not_keep_MOSIP_waiting_and_the_AID_is_saved_later(Fault fault)
    {
        await using var world = await World.StartAsync();
        world.Sandbox.OpenCrvs.Mediator.Set(fault);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber).Any());
        await world.EventAsync(sent.RegistrationNumber, EventKinds.Birth, EventState.Waiting);

        world.Sandbox.OpenCrvs.Mediator.Clear();
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));
        Assert.Single(world.Sandbox.Mosip.DrawnAids);
        Assert.NotNull(world.Sandbox.OpenCrvs.Find(sent.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task A_mediator_that_answers_at_great_length_has_saved_the_AID()
    {
        await using var mediator = await LoopbackServer.StartAsync((200, new string('a', 2_000_000)));
        await using var world = await World.StartAsync(client: settings =>
            settings["NationalId:OpenCrvs:MediatorUrl"] = mediator.Address.ToString()
        );
        Assert.Equal(1, (await world.DeliveredAsync(await world.Sandbox.OpenCrvs.SendBirthAsync())).Attempt);
    }

    [Fact]
    public async Task A_wrong_signature_or_a_tampered_body_is_401_and_nothing_is_stored()
    {
        await using var world = await World.StartAsync();
        var body = Encoding.UTF8.GetBytes("""{"event":{"hub":{"topic":"BIRTH_REGISTERED"}}}""");
        var signature = world.Sandbox.OpenCrvs.Sign(body);
        body[^2] = (byte)' ';

        foreach (
            var (content, header) in new (byte[], string?)[]
            {
                (body, signature),
                (body, "sha256=" + new string('0', 64)),
                (body, null),
                (body, "sha256=zz"),
                (body, "sha1=" + new string('0', 40)),
                (body, ""),
                (Encoding.UTF8.GetBytes("not JSON"), "sha256=" + new string('a', 64)),
            }
        )
        {
            using var answer = await PostAsync(world, content, header);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        }

        Assert.All(
            await world.Ledger.ByPartitionAsync(null, null, null, 1, keys => keys.AnyAsync().AsTask(), default),
            Assert.False
        );
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Theory]
    [InlineData("not JSON", "not JSON")]
    [InlineData("{}", "no topic")]
    [InlineData("""{"event":{"hub":{"topic":"MARRIAGE_REGISTERED"},"context":[]}}""", "unknown topic")]
    [InlineData("""{"event":{"hub":{"topic":"BIRTH_REGISTERED"},"context":[]}}""", "no FHIR bundle")]
    public async Task What_is_validly_signed_but_can_not_be_understood_is_kept_and_flagged(string text, string reason)
    {
        await using var world = await World.StartAsync();
        var body = Encoding.UTF8.GetBytes(text);
        using var answer = await PostAsync(world, body, world.Sandbox.OpenCrvs.Sign(body));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        using var receipt = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(reason, receipt.RootElement.GetProperty("reason").GetString());
        var row = await world.Ledger.GetAsync(receipt.RootElement.GetProperty("eventKey").GetString()!, default);
        Assert.Equal(EventState.Flagged, row!.Current);
        Assert.Equal(reason, row.Reason);
        var (key, _) = await world.Ledger.InStateAsync(EventState.Flagged, null, null, default).FirstAsync();
        Assert.Equal(row.Key, key);
    }

    [Fact]
    public async Task An_event_that_was_flagged_and_comes_again_repaired_is_delivered()
    {
        await using var world = await World.StartAsync();
        var birth = await world.UnheardBirthAsync();
        // Whom the composition names is not in the bundle.
        var broken = Encoding
            .UTF8.GetString(birth.Body)
            .Replace($"\"Patient/{birth.PatientId}\"", "\"Patient/nobody\"")
            .Replace("\"BIRTH_REGISTRATION_NUMBER\"", "\"OTHER\"");
        await AcceptedAsync(world, Encoding.UTF8.GetBytes(broken));
        var flagged = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Flagged);
        Assert.Equal("no subject", flagged.Reason);

        await AcceptedAsync(world, birth.Body);
        var delivered = await world.DeliveredAsync(birth);
        Assert.Equal(flagged.Key, delivered.Key);
        Assert.Contains(delivered.Changes, step => step.Note == "sent again by OpenCRVS");
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber));
        var payloads = world.Host.Services.GetRequiredService<PayloadStore>();
        Assert.Null(await payloads.GetInfoAsync(flagged.Blob!, default));
        Assert.NotNull(await payloads.GetInfoAsync(delivered.Blob!, default));
    }

    [Fact]
    public async Task An_event_that_MOSIP_took_but_that_was_given_up_is_sent_to_MOSIP_again_when_it_comes_repaired()
    {
        await using var world = await World.StartAsync();
        world.Sandbox.OpenCrvs.Mediator.Set(Fault.Status400);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var poisoned = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Poisoned);
        Assert.NotNull(poisoned.DoneAt(EventSteps.Sent));

        world.Sandbox.OpenCrvs.Mediator.Clear();
        await AcceptedAsync(world, Repaired(birth));
        await world.DeliveredAsync(birth);
        var received = world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber).ToList();
        Assert.Equal(2, received.Count);
        Assert.Contains("\"repaired\":true", Encoding.UTF8.GetString(received[1].Payload!));
        Assert.Equal(received[0].Aid, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid);
    }

    [Fact]
    public async Task An_event_that_waits_and_comes_again_repaired_is_delivered_as_it_came_last()
    {
        // MOSIP's mediator answers 500 to what it can't read: nobody can tell that from trouble of its own.
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status500);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var waiting = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        await AcceptedAsync(world, Repaired(birth));
        world.Sandbox.Mosip.Birth.Clear();
        var delivered = await world.DeliveredAsync(birth);
        Assert.Contains(delivered.Changes, step => step.Note == "sent again by OpenCRVS");
        Assert.Contains(
            "\"repaired\":true",
            Encoding.UTF8.GetString(Assert.Single(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber)).Payload!)
        );
        Assert.Null(await world.Host.Services.GetRequiredService<PayloadStore>().GetInfoAsync(waiting.Blob!, default));
        Assert.Equal(0, await world.WaitingAsync(EventKinds.BirthQueue));
    }

    [Fact]
    public async Task An_event_that_comes_again_repaired_while_a_worker_has_it_is_delivered_as_it_came_last()
    {
        await using var world = await World.StartAsync(client: World.ShortLeases);
        world.Sandbox.Mosip.Birth.Set(Fault.Status500);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        var waiting = await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        world.Sandbox.Mosip.Birth.Set(Fault.Hang);
        await Eventually.TrueAsync(async () =>
            (await world.Ledger.GetAsync(waiting.Key, default))!.LeaseUntil > DateTimeOffset.UtcNow
        );
        await AcceptedAsync(world, Repaired(birth));
        world.Sandbox.Mosip.Birth.Clear();
        await world.DeliveredAsync(birth, sweep: true);
        Assert.Contains(
            "\"repaired\":true",
            Encoding.UTF8.GetString(world.Sandbox.Mosip.ReceivedOf(birth.RegistrationNumber).Last().Payload!)
        );
    }

    [Fact]
    public async Task Whom_a_birth_is_about_is_known_before_MOSIP_takes_it()
    {
        // A host that stops between the two does not come back to it: a later death could not be linked to the Patient.
        await using var world = await World.StartAsync();
        world.Sandbox.Mosip.Birth.Set(Fault.Status500);
        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.EventAsync(birth.RegistrationNumber, EventKinds.Birth, EventState.Waiting);
        Assert.Equal(
            birth.PatientId,
            (await world.Registrations.GetAsync(RegistrationKind.Birth, birth.RegistrationNumber, default))!.PatientId
        );
    }

    [Fact]
    public async Task A_record_that_comes_before_it_has_its_number_keeps_its_AID()
    {
        await using var world = await World.StartAsync();
        var birth = await world.UnheardBirthAsync();
        var unnumbered = Encoding
            .UTF8.GetString(birth.Body)
            .Replace("birth-registration-number", "draft-number")
            .Replace("\"BIRTH_REGISTRATION_NUMBER\"", "\"OTHER\"");
        await AcceptedAsync(world, Encoding.UTF8.GetBytes(unnumbered));
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.Received.Count == 1);
        await AcceptedAsync(world, birth.Body);
        await world.DeliveredAsync(birth);
        Assert.Equal(2, world.Sandbox.Mosip.Received.Count);
        Assert.Equal(
            world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.Aid,
            Assert.Single(world.Sandbox.Mosip.Received.Select(item => item.Aid).Distinct())
        );
    }

    [Fact]
    public async Task A_record_that_came_with_another_s_number_meanwhile_keeps_its_AID_too()
    {
        await using var world = await World.StartAsync();
        var other = await world.Sandbox.OpenCrvs.SendBirthAsync();
        await world.DeliveredAsync(other);
        var birth = await world.UnheardBirthAsync();
        var whole = Encoding.UTF8.GetString(birth.Body);
        var unnumbered = whole
            .Replace("birth-registration-number", "draft-number")
            .Replace("\"BIRTH_REGISTRATION_NUMBER\"", "\"OTHER\"");
        await AcceptedAsync(world, Encoding.UTF8.GetBytes(unnumbered));
        await Eventually.TrueAsync(() => world.Sandbox.Mosip.Received.Count == 2);
        var wrong = whole.Replace(birth.RegistrationNumber, other.RegistrationNumber);
        await AcceptedAsync(world, Encoding.UTF8.GetBytes(wrong));
        await world.EventAsync(other.RegistrationNumber, EventKinds.Birth, EventState.Flagged);

        await AcceptedAsync(world, birth.Body);
        await world.DeliveredAsync(birth);
        Assert.Equal(3, world.Sandbox.Mosip.Received.Count);
        Assert.Equal(2, world.Sandbox.Mosip.Received.Select(item => item.Aid).Distinct().Count());
    }

    [Fact]
    public async Task Fifty_megabytes_go_through_and_more_is_413()
    {
        await using var world = await World.StartAsync(sandbox => sandbox.KeepPayloads = false);
        var sent = await world.Sandbox.OpenCrvs.SendBirthAsync(new BirthRecord { PaddingBytes = 37_000_000 });
        Assert.Equal(202, Assert.Single(sent.Attempts).Status);
        await world.DeliveredAsync(sent);
        Assert.Single(world.Sandbox.Mosip.ReceivedOf(sent.RegistrationNumber));

        var body = new byte[(50 * 1024 * 1024) + 1];
        Array.Fill(body, (byte)' ');
        using var answer = await PostAsync(world, body, world.Sandbox.OpenCrvs.Sign(body));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("a+b/c==")]
    [InlineData("+/+/+/=")]
    public async Task The_challenge_comes_back_decoded_once(string challenge)
    {
        await using var world = await World.StartAsync();
        foreach (var written in new[] { Uri.EscapeDataString(challenge), challenge })
        {
            using var answer = await world.Http.GetAsync(
                $"api/webhooks?mode=subscribe&challenge={written}&topic=BIRTH_REGISTERED"
            );
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(challenge, json.RootElement.GetProperty("challenge").GetString());
        }

        Assert.Null(await world.Sandbox.OpenCrvs.ChallengeAsync());
        using var none = await world.Http.GetAsync("api/webhooks?mode=unsubscribe");
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    [Fact]
    public async Task Health_tells_storage_and_secrets_and_no_secret()
    {
        await using var world = await World.StartAsync();
        var health = await world.Http.GetStringAsync("api/health");
        Assert.Contains("\"status\":\"healthy\"", health);
        Assert.Contains($"\"version\":\"{DocumentTests.Version}\"", health);
        Assert.DoesNotContain(world.Sandbox.OpenCrvs.WebhookSecret, health);
    }

    [Fact]
    public async Task The_message_in_the_queue_is_a_small_claim_check_in_base64_that_never_expires()
    {
        await using var world = await World.StartAsync(runQueues: false);
        await world.Sandbox.OpenCrvs.SendBirthAsync();
        var queue = new Azure.Storage.Queues.QueueServiceClient(world.StorageConnection).GetQueueClient(
            EventKinds.BirthQueue
        );
        var message = Assert.Single((await queue.PeekMessagesAsync()).Value);
        Assert.True(message.ExpiresOn is null || message.ExpiresOn.Value.Year == 9999);
        Assert.True(message.MessageText.Length < 1000);
        using var claim = JsonDocument.Parse(Convert.FromBase64String(message.MessageText));
        Assert.Equal("BIRTH_REGISTERED", claim.RootElement.GetProperty("topic").GetString());
    }

    private static byte[] Repaired(SentEvent sent) =>
        Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(sent.Body).Replace("\"timestamp\"", "\"repaired\":true,\"timestamp\"")
        );

    internal static async Task AcceptedAsync(World world, byte[] body)
    {
        using var answer = await PostAsync(world, body, world.Sandbox.OpenCrvs.Sign(body));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static Task<HttpResponseMessage> PostAsync(World world, byte[] body, string? signature)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, world.Url("api/webhooks"))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/json");
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature", signature);
        }

        return world.Http.SendAsync(request);
    }
}
