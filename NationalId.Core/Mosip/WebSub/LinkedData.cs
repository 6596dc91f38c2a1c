using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// The canonical form (URDNA2015) of MOSIP's verifiable credentials, for the contexts that MOSIP's have: W3C's
/// credentials, the country's MOSIP context and <c>sec</c> (docs/protocols.md, "MOSIP's hub"). These credentials are a
/// document and its subject, both with an address, and texts; so every line has its place without a search, and
/// nothing here reaches out for a context. What is not of this form is refused: JSON-LD drops a term that no context
/// has without a word, and what is dropped is not signed.
/// </summary>
/// <param name="vocabulary">What the country's MOSIP context calls <c>mosip</c>, e.g.
/// <c>https://api.example/mosip#</c>.</param>
/// <param name="terms">The subject's attributes that the context has.</param>
internal sealed partial class LinkedData(string vocabulary, IReadOnlyCollection<string> terms)
{
    private const string Credentials = "https://www.w3.org/2018/credentials#";
    private const string Security = "https://w3id.org/security#";
    private const string Type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
    private const string Time = "http://www.w3.org/2001/XMLSchema#dateTime";
    private const string Created = "http://purl.org/dc/terms/created";
    private const string CredentialsContext = "https://www.w3.org/2018/credentials/v1";
    private const string MosipContext = "/.well-known/mosip-context.json";
    private const string SecurityPrefix = "https://w3id.org/security#";
    private const string CredentialType = "VerifiableCredential";

    // No context has this type. JSON-LD drops it.
    private const string MosipType = "MOSIPVerifiableCredential";

    // The one node of the proof that has no address.
    private const string ProofNode = "_:c14n0";

    /// <summary>
    /// What MOSIP signs: the hash of the proof without its signature, then the hash of the credential without its
    /// proof.
    /// </summary>
    /// <param name="credential">The credential.</param>
    /// <returns>64 bytes; null when it is not of the form.</returns>
    public byte[]? Hash(JsonElement credential)
    {
        if (
            credential.ValueKind != JsonValueKind.Object
            || !credential.TryGetProperty("proof", out var proof)
            || LinesOfProof(proof) is not { } proofLines
            || LinesOfCredential(credential) is not { } credentialLines
        )
        {
            return null;
        }

        return [.. Digest(proofLines), .. Digest(credentialLines)];
    }

    /// <summary>The credential's canonical form, without its proof; null when it is not of the form.</summary>
    internal string? CanonicalCredential(JsonElement credential) =>
        LinesOfCredential(credential) is { } lines ? Join(lines) : null;

    /// <summary>The proof's canonical form, without its signature; null when it is not of the form.</summary>
    internal string? CanonicalProof(JsonElement proof) => LinesOfProof(proof) is { } lines ? Join(lines) : null;

    private static List<string>? LinesOfProof(JsonElement proof)
    {
        if (proof.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        List<string> lines = [];
        foreach (var part in proof.EnumerateObject())
        {
            var value = part.Value.ValueKind == JsonValueKind.String ? part.Value.GetString()! : "";
            string? line = (part.Name, value) switch
            {
                ("type", "RsaSignature2018") => $"<{Type}> <{Security}RsaSignature2018>",
                ("proofPurpose", "assertionMethod") => $"<{Security}proofPurpose> <{Security}assertionMethod>",
                ("created", _) => Literal(Created, value, Time),
                ("verificationMethod", _) => Link(Security + "verificationMethod", value),
                ("jws", { Length: > 0 }) => "",
                _ => null,
            };
            if (line is null)
            {
                return null;
            }

            if (line.Length > 0)
            {
                lines.Add($"{ProofNode} {line} .\n");
            }
        }

        return lines.Count == 4 ? lines : null;
    }

    private List<string>? LinesOfCredential(JsonElement credential)
    {
        if (Text(credential, "id") is not { } id || !IsAddress(id) || !HasContexts(credential))
        {
            return null;
        }

        List<string?> lines = [];
        foreach (var part in credential.EnumerateObject())
        {
            var value = part.Value.ValueKind == JsonValueKind.String ? part.Value.GetString()! : "";
            switch (part.Name)
            {
                case "id" or "@context" or "proof":
                    break;
                case "type":
                    lines.Add(HasTypes(part.Value) ? $"<{Type}> <{Credentials}{CredentialType}>" : null);
                    break;
                case "issuer":
                    lines.Add(Link(Credentials + "issuer", value));
                    break;
                case "issuanceDate" or "expirationDate":
                    lines.Add(Literal(Credentials + part.Name, value, Time));
                    break;
                case "credentialSubject":
                    lines.Add(Text(part.Value, "id") is { } subject ? Link(Credentials + part.Name, subject) : null);
                    break;
                default:
                    return null;
            }
        }

        if (lines.Contains(null) || LinesOfSubject(credential) is not { } more)
        {
            return null;
        }

        return [.. lines.Select(line => $"<{id}> {line} .\n"), .. more];
    }

    private List<string>? LinesOfSubject(JsonElement credential)
    {
        if (
            !credential.TryGetProperty("credentialSubject", out var subject)
            || Text(subject, "id") is not { } id
            || !IsAddress(id)
            || id == Text(credential, "id")
        )
        {
            return null;
        }

        List<string> lines = [];
        foreach (var attribute in subject.EnumerateObject().Where(attribute => attribute.Name != "id"))
        {
            if (
                attribute.Value.ValueKind != JsonValueKind.String
                || !terms.Contains(attribute.Name)
                || Literal(vocabulary + attribute.Name, attribute.Value.GetString()!, type: null) is not { } line
            )
            {
                return null;
            }

            lines.Add($"<{id}> {line} .\n");
        }

        return lines;
    }

    private static bool HasContexts(JsonElement credential) =>
        credential.TryGetProperty("@context", out var contexts)
        && contexts.ValueKind == JsonValueKind.Array
        && contexts.EnumerateArray().ToArray() is [var first, var second, var third]
        && first.ValueKind == JsonValueKind.String
        && first.ValueEquals(CredentialsContext)
        && second.ValueKind == JsonValueKind.String
        && second.GetString()!.EndsWith(MosipContext, StringComparison.Ordinal)
        && third.ValueKind == JsonValueKind.Object
        && third.EnumerateObject().ToArray() is [{ Name: "sec" } prefix]
        && prefix.Value.ValueKind == JsonValueKind.String
        && prefix.Value.ValueEquals(SecurityPrefix);

    private static bool HasTypes(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array
        && types.GetArrayLength() is 1 or 2
        && types[0].ValueKind == JsonValueKind.String
        && types[0].ValueEquals(CredentialType)
        && types
            .EnumerateArray()
            .Skip(1)
            .All(type => type.ValueKind == JsonValueKind.String && type.ValueEquals(MosipType));

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string? Link(string property, string address) =>
        IsAddress(address) ? $"<{property}> <{address}>" : null;

    private static string? Literal(string property, string value, string? type)
    {
        // NOTE: Libraries differ in how they write control characters, and no number or date has any.
        if (value.Any(char.IsControl))
        {
            return null;
        }

        var text = value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal);
        return type is null ? $"<{property}> \"{text}\"" : $"<{property}> \"{text}\"^^<{type}>";
    }

    // Anything else might be a term or a prefix of some context.
    private static bool IsAddress(string text) => Address().IsMatch(text);

    private static byte[] Digest(List<string> lines) => SHA256.HashData(Encoding.UTF8.GetBytes(Join(lines)));

    /// <summary>Each statement once, in the order of code points.</summary>
    private static string Join(List<string> lines) =>
        string.Concat(lines.Distinct(StringComparer.Ordinal).Order(CodePoints));

    // NOTE: .NET orders UTF-16 units: what stands beyond the first plane would come too early.
    private static readonly Comparer<string> CodePoints = Comparer<string>.Create(
        (one, other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other))
    );

    [GeneratedRegex(@"\A(https?://|urn:uuid:)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+\z")]
    private static partial Regex Address();
}
