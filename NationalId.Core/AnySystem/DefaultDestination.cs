using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using NationalId.Core.Ledger;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>
/// The default path: the original body, byte for byte, to the configured National ID system. A number that it answers
/// comes back through
/// <see cref="ReturnIntake"/>, as one that it sends later does.
/// </summary>
internal sealed class DefaultDestination(
    PayloadStore payloads,
    Registrations registrations,
    ISecretStore secrets,
    NationalIdSystemClient system,
    ReturnIntake returns,
    TimeProvider time
) : IDestination
{
    private const int Small = 1024 * 1024;

    public async Task DeliverAsync(EventRow row, CancellationToken cancellationToken)
    {
        if (row.SentAt is not null)
        {
            return;
        }

        var kind = row.Topic == EventKinds.Death ? RegistrationKind.Death : RegistrationKind.Birth;
        if (row.RegistrationNumber is { } number)
        {
            // Before it is sent: the number may come back at once.
            await registrations.ChangeAsync(kind, number, _ => { }, cancellationToken);
        }

        try
        {
            var (content, signature) = await SignAsync(
                row.Blob ?? throw new PayloadMissingException(),
                cancellationToken
            );
            var nationalId = await system.SendAsync(kind, signature, content, cancellationToken);
            CrashPoint.Hit("deliver.sent");
            if (nationalId is not null && kind == RegistrationKind.Birth && row.RegistrationNumber is { } brn)
            {
                var answer = new JsonObject { ["BRN"] = brn, ["nationalId"] = nationalId };
                await returns.TakeAsync(
                    EventKinds.NationalId,
                    Encoding.UTF8.GetBytes(answer.ToJsonString()),
                    cancellationToken
                );
            }

            row.SentAt = time.GetUtcNow();
        }
        catch (PayloadMissingException)
        {
            throw new PermanentFailureException("The payload was removed.");
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

        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            for (int read; (read = await payload.Content.ReadAsync(buffer, cancellationToken)) > 0; )
            {
                hmac.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }

        var length = payload.Length;
        return (
            () => new PayloadContent(length, async stop => (await payloads.OpenAsync(blob, stop)).Content),
            hmac.Sign()
        );
    }
}
