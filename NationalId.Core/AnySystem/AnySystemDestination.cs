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
/// <param name="seals">Opens payloads that are sealed.</param>
/// <param name="secrets">The secret that we sign with.</param>
/// <param name="system">The National ID system.</param>
/// <param name="returns">Takes the number that it answers.</param>
/// <param name="kinds">The table of event kinds.</param>
/// <param name="time">The clock.</param>
public sealed class AnySystemDestination(
    PayloadStore payloads,
    PayloadSeals seals,
    ISecretStore secrets,
    NationalIdSystemClient system,
    ReturnAcceptor returns,
    EventKinds kinds,
    TimeProvider time
) : IDestination
{
    /// <inheritdoc/>
    public bool Delivers(EventKind kind) => kind.Direction == EventDirection.Forward;

    /// <inheritdoc/>
    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.IsDone(EventSteps.Sent))
        {
            return;
        }

        var kind = kinds.Get(row.Topic);
        var (content, signature) = await SignAsync(row, cancellationToken);
        var marked = ChangeHeader.Mark(kind, FetchedHeader.Mark(row, content));
        var nationalId = await system.SendAsync(kind.Registration, signature, row.Key, marked, cancellationToken);
        CrashPoint.Hit("deliver.sent");
        if (nationalId is not null && kind.Registration == RegistrationKind.Birth && row.RegistrationNumber is { } brn)
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
        EventRow row,
        CancellationToken cancellationToken
    )
    {
        var secret = await secrets.GetAsync(SecretNames.SignSecret, cancellationToken);
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(secret.Value)]);
        var payload = await seals.OpenAsync(row.Key, row.Blob, cancellationToken);
        await using var opened = payload;
        if (payload.Whole is { } whole)
        {
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
            () => new PayloadContent(length, async stop => (await payloads.OpenAsync(row.Blob!, stop)).Content),
            hmac.Sign()
        );
    }
}
