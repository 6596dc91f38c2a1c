using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Reads a credential that came through MOSIP's hub: opens it, has its proofs checked, and makes sure that it is the
/// registration's for which it came.
/// </summary>
/// <param name="source">Gets the credential's text.</param>
/// <param name="proof">Checks MOSIP's signature.</param>
/// <param name="linkedDataProof">Checks the credential's own proof.</param>
/// <param name="registrations">Knows whose registration id it is.</param>
/// <param name="options">What is read, and what must be proved.</param>
public sealed class CredentialReader(
    CredentialSource source,
    CredentialProof proof,
    LinkedDataProof linkedDataProof,
    Registrations registrations,
    WebSubOptions options
) : IReturnReader
{
    private readonly string[] types = options.CredentialTypes.Names();
    private readonly string[] attributes = options.NumberAttributes.Names();

    /// <inheritdoc/>
    public string Kind => EventKinds.Credential;

    /// <inheritdoc/>
    public IReadOnlyList<string> Fields => [options.NationalIdField];

    /// <inheritdoc/>
    public async Task<ReturnedNumber?> ReadAsync(byte[] body, CancellationToken cancellationToken)
    {
        // 1. Whose it is. The registration id is ours: we chose it.
        var message = CredentialMessage.Read(body) ?? throw new FlaggedException(CredentialFlags.Unreadable);
        var registration =
            await registrations.FindByAidAsync(message.RegistrationId, cancellationToken)
            ?? throw new FlaggedException(CredentialFlags.UnknownRegistration);
        if (message.Type is not { } type || !types.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw new FlaggedException(CredentialFlags.UnknownType);
        }

        // 2. Its text, and that MOSIP wrote it.
        var text = await source.ReadAsync(message, cancellationToken);
        if (options.RequireProof)
        {
            await proof.CheckAsync(message.Signature, text, cancellationToken);
        }

        await linkedDataProof.CheckAsync(type, text, cancellationToken);

        // 3. That it is this registration's, and what it says.
        return CredentialContent.Read(text, attributes).NumberFor(registration) is { } number
            ? new ReturnedNumber(registration.Number, number) { Signed = options.RequireProof }
            : null;
    }
}
