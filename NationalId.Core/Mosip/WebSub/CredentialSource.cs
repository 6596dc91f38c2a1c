using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>Gets a credential's text: out of its message, or from where MOSIP shares it.</summary>
/// <param name="http">Fetches what is shared.</param>
/// <param name="tokens">Our token at MOSIP.</param>
/// <param name="opener">Opens envelopes with our keys.</param>
/// <param name="options">The addresses that are called.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialSource(
    [FromKeyedServices(MosipPartners.Hub)] HttpClient http,
    HubTokens tokens,
    EnvelopeOpener opener,
    WebSubOptions options,
    TimeProvider time
)
{
    private const string Party = "MOSIP's data share";
    private const int LongestShare = CredentialIntake.MaxBodyLength;

    /// <summary>The credential's text.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="FlaggedException">It has none that can be opened.</exception>
    /// <exception cref="TransientFailureException">It can't be fetched now.</exception>
    /// <exception cref="Pipeline.ReturnException">It was sealed for a key that is not here.</exception>
    internal async Task<byte[]> ReadAsync(CredentialMessage message, CancellationToken cancellationToken)
    {
        var envelope = message.Credential is { Length: > 0 } own
            ? own
            : await FetchAsync(AllowedOf(message.ShareAddress), cancellationToken);
        try
        {
            return await opener.OpenAsync(Envelope.DecodeBase64(envelope.AsSpan().Trim()), cancellationToken);
        }
        catch (EnvelopeException)
        {
            throw new FlaggedException(CredentialFlags.Damaged);
        }
    }

    /// <summary>
    /// An address that is allowed. It is compared in parts, and as it is called: a text can look as if it began alike.
    /// </summary>
    private Uri AllowedOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            throw new FlaggedException(CredentialFlags.NoCredential);
        }

        return
            SettingsReader.ParseAddress(address) is { UserInfo: "" } parsed
            && options
                .ShareAddresses.Names()
                .Select(SettingsReader.ParseAddress)
                .OfType<Uri>()
                .Any(allowed => Begins(parsed, allowed))
            ? parsed
            : throw new FlaggedException(CredentialFlags.ForeignShare);
    }

    private static bool Begins(Uri address, Uri allowed) =>
        address.Scheme == allowed.Scheme
        && address.Host == allowed.Host
        && address.Port == allowed.Port
        && address.AbsolutePath.StartsWith(allowed.AbsolutePath.TrimEnd('/') + "/", StringComparison.Ordinal)
        // What a server behind the address may take for a way up.
        && !Uri.UnescapeDataString(address.AbsolutePath).Contains("..", StringComparison.Ordinal);

    private Task<string> FetchAsync(Uri address, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var token = options.AuthUrl is null ? null : await tokens.GetAsync(cancellationToken);
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                if (token is not null)
                {
                    request.SetMosipToken(token);
                }

                request.SetKind("share");
                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                if (!answer.IsSuccessStatusCode)
                {
                    if (token is not null && (int)answer.StatusCode is 401 or 403)
                    {
                        tokens.Invalidate(token!);
                    }

                    // What is shared for a while is gone one day: that is for an operator, and no reason to drop it.
                    throw Failures.Repairable(answer, Party, time.GetUtcNow());
                }

                var body = await Failures.ReadBodyAsync(answer, LongestShare, Party, cancellationToken);
                return Failures.IsPage(body) ? throw Failures.Unreadable(Party) : Encoding.UTF8.GetString(body);
            },
            cancellationToken
        );
}
