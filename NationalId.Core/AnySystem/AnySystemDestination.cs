using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>
/// Any National ID system: it gets the original body, byte for byte. A number that it answers comes back in the same
/// way as one that it sends later.
/// </summary>
/// <param name="payloads">Where payloads are.</param>
/// <param name="registrations">The ledger of registration numbers.</param>
/// <param name="secrets">The secret that we sign with.</param>
/// <param name="system">The National ID system.</param>
/// <param name="returns">Takes the number that it answers.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class AnySystemDestination(
    PayloadStore payloads,
    Registrations registrations,
    ISecretStore secrets,
    NationalIdSystemClient system,
    ReturnAcceptor returns,
    EventKinds kinds,
    TimeProvider time
) : IDestination
{
    private const int Small = 1024 * 1024;

    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.Direction == EventDirection.Forward;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.IsDone(EventSteps.Sent))
        {
            return;
        }

        var kind = kinds.Get(row.Topic).Registration;
        if (row.RegistrationNumber is { } number)
        {
            // Before it is sent: the number may come back at once.
            await registrations.ChangeAsync(kind, number, _ => { }, cancellationToken);
        }

        var (content, signature) = await SignAsync(row.Blob ?? throw new PayloadMissingException(), cancellationToken);
        var nationalId = await system.SendAsync(kind, signature, content, cancellationToken);
        CrashPoint.Hit("deliver.sent");
        if (nationalId is not null && kind == RegistrationKind.Birth && row.RegistrationNumber is { } brn)
        {
            await TakeNumberAsync(new ReturnedNumber(brn, nationalId), cancellationToken);
        }

        row.Done(EventSteps.Sent, time.GetUtcNow());
    }

    private async Task TakeNumberAsync(ReturnedNumber answered, CancellationToken cancellationToken)
    {
        var message = new JsonObject { ["BRN"] = answered.Brn, ["nationalId"] = answered.Number };
        try
        {
            await returns.TakeAsync(
                EventKinds.NationalId,
                Encoding.UTF8.GetBytes(message.ToJsonString()),
                answered,
                cancellationToken
            );
        }
        catch (StorageGivenUpException)
        {
            throw new TransientFailureException("Storage did not take the system's answer.");
        }
    }

    /// <summary>
    /// The signature stands in a header before the body: a long payload streams twice, a short one is read once.
    /// </summary>
    private async Task<(Func<HttpContent> Content, string Signature)> SignAsync(
        string blob,
        CancellationToken cancellationToken
    )
    {
        var secret = await secrets.GetAsync(SecretNames.SignSecret, cancellationToken);
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(secret.Value)]);
        var payload = await payloads.OpenAsync(blob, cancellationToken);
        await using var opened = payload;
        if (payload.Length <= Small)
        {
            var whole = new byte[payload.Length];
            await payload.Content.ReadExactlyAsync(whole, cancellationToken);
            hmac.Append(whole);
            return (
                () =>
                    new PayloadContent(
                        whole.Length,
                        _ => Task.FromResult<Stream>(new MemoryStream(whole, writable: false))
                    ),
                hmac.Sign()
            );
        }

        await payload.Content.ReadChunksAsync(hmac.Append, cancellationToken);

        var length = payload.Length;
        return (
            () => new PayloadContent(length, async stop => (await payloads.OpenAsync(blob, stop)).Content),
            hmac.Sign()
        );
    }
}
