using System.Text.Json;
using NationalId.Core.Ledger;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// What an opened credential says, of either of MOSIP's providers (docs/protocols.md, "MOSIP's hub"). Which attributes
/// it has is the partner's policy.
/// </summary>
/// <param name="SubjectId">The subject's id: it ends with the registration id.</param>
/// <param name="BirthCertificate">The number of the birth's certificate, where the policy shares it.</param>
/// <param name="DeathCertificate">The number of the death's certificate, where the policy shares it.</param>
/// <param name="Number">The UIN or VID, where the policy shares it.</param>
internal sealed record CredentialContent(
    string SubjectId,
    string? BirthCertificate,
    string? DeathCertificate,
    string? Number
)
{
    private const string BirthAttribute = "birthCertificateNumber";
    private const string DeathAttribute = "deathCertificateNumber";

    /// <summary>Reads an opened credential.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="numberAttributes">The attributes that may hold the number.</param>
    /// <exception cref="FlaggedException">It can't be read.</exception>
    public static CredentialContent Read(byte[] text, IReadOnlyList<string> numberAttributes)
    {
        try
        {
            using var document = JsonDocument.Parse(text, StrictJson.Options);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("credentialSubject", out var subject)
                || subject.ValueKind != JsonValueKind.Object
                || Text(subject, "id") is not { } id
            )
            {
                throw new FlaggedException(CredentialFlags.NotJson);
            }

            var name = numberAttributes.FirstOrDefault(name => Text(subject, name) is { Length: > 0 });
            if (name is not null && IsProtected(document.RootElement, name))
            {
                throw new FlaggedException(CredentialFlags.ProtectedNumber);
            }

            return new CredentialContent(
                id,
                Text(subject, BirthAttribute),
                Text(subject, DeathAttribute),
                name is null ? null : Text(subject, name)
            );
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            throw new FlaggedException(CredentialFlags.NotJson);
        }
    }

    /// <summary>The number for a registration; null for a death, whose credential brings none.</summary>
    /// <param name="registration">The registration that the message is for.</param>
    /// <exception cref="FlaggedException">The credential is not this registration's.</exception>
    public string? NumberFor(RegistrationRow registration)
    {
        // 1. The registration id, which stands at the end of an address or alone.
        if (SubjectId[(SubjectId.LastIndexOf('/') + 1)..] != registration.Aid)
        {
            throw new FlaggedException(CredentialFlags.OtherSubject);
        }

        // 2. The certificate. What we sent says whether it is a birth, never what is missing here.
        var isBirth = registration.Kind == nameof(RegistrationKind.Birth);
        var (ours, others) = isBirth ? (BirthCertificate, DeathCertificate) : (DeathCertificate, BirthCertificate);
        if (others is { Length: > 0 })
        {
            throw new FlaggedException(CredentialFlags.OtherEvent);
        }

        if (ours is { Length: > 0 } && RegistrationNumber.Normalise(ours) != registration.Number)
        {
            throw new FlaggedException(CredentialFlags.OtherCertificate);
        }

        // 3. The number.
        if (!isBirth)
        {
            return null;
        }

        var number = TypedText.Trimmed(Number) ?? throw new FlaggedException(CredentialFlags.NoNumber);
        return number.Length <= RegistrationNumber.Longest && number.All(char.IsAsciiDigit)
            ? number
            : throw new FlaggedException(CredentialFlags.StrangeNumber);
    }

    /// <summary>Nothing of the content.</summary>
    public override string ToString() => nameof(CredentialContent);

    private static string? Text(JsonElement parent, string name) =>
        !parent.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;

    private static bool IsProtected(JsonElement credential, string name) =>
        credential.TryGetProperty("protectedAttributes", out var names)
        && names.ValueKind == JsonValueKind.Array
        && names.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals(name));
}
