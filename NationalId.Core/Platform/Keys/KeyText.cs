using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Platform.Keys;

/// <summary>One key, certificate or bundle of a secret.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Der">Its bytes.</param>
internal sealed record KeyBlock(KeyKind Kind, byte[] Der);

/// <summary>
/// The text of a secret that holds keys, in the shapes it really arrives in: PEM; PEM with <c>\n</c> spelled out (env
/// files) or with its line ends lost (the portal's one-line field); base64 of DER; base64 of any of these, in UTF-8 or
/// UTF-16 with a BOM.
/// </summary>
internal static class KeyText
{
    // Base64 of base64: a file that was encoded by hand and once more by the tool that stored it.
    private const int Layers = 2;

    /// <summary>What the text holds, in its order.</summary>
    /// <exception cref="KeyProblemException">It holds nothing that can be looked at.</exception>
    public static IReadOnlyList<KeyBlock> Read(string text) => Read(text, Layers);

    private static IReadOnlyList<KeyBlock> Read(string text, int layers)
    {
        var clean = Clean(text);
        if (clean.Length == 0)
        {
            throw new KeyProblemException("it is empty");
        }

        if (IsPem(clean))
        {
            return Blocks(clean);
        }

        var bytes = FromBase64(clean);
        return layers > 0 && InnerText(bytes) is { } inner
            ? Read(inner, layers - 1)
            : [new KeyBlock(KeyKinds.OfDer(bytes), bytes)];
    }

    private static List<KeyBlock> Blocks(string pem)
    {
        if (pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            return [new KeyBlock(KeyKind.EncryptedPrivateKey, [])];
        }

        List<KeyBlock> blocks = [];
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var der = FromBase64(rest[fields.Base64Data].ToString());
            blocks.Add(new KeyBlock(KeyKinds.OfPem(rest[fields.Label], der), der));
            rest = rest[fields.Location.End..];
        }

        return blocks.Count > 0 ? blocks : throw new KeyProblemException("its PEM is damaged or cut off");
    }

    private static bool IsPem(string text) => text.Contains("-----BEGIN ", StringComparison.Ordinal);

    /// <summary>Without quotes, invisible characters and escapes, and with plain blanks.</summary>
    private static string Clean(string text)
    {
        var unescaped = SecretText
            .Trim(SecretText.Trim(text).Trim('"'))
            .Replace("\\r", "", StringComparison.Ordinal)
            .Replace("\\n", "\n", StringComparison.Ordinal)
            .Replace('\u00A0', ' ');
        return unescaped.Any(IsInvisible) ? string.Concat(unescaped.Where(one => !IsInvisible(one))) : unescaped;

        static bool IsInvisible(char one) => char.GetUnicodeCategory(one) == UnicodeCategory.Format;
    }

    /// <summary>The text that these bytes are, if it is one that may hold keys.</summary>
    private static string? InnerText(byte[] bytes)
    {
        using var reader = new StreamReader(
            new MemoryStream(bytes),
            Encoding.UTF8,
            detectEncodingFromByteOrderMarks: true
        );
        var text = reader.ReadToEnd();
        return IsPem(text) || (text.Length > 16 && text.All(IsBase64)) ? text : null;

        static bool IsBase64(char one) =>
            char.IsAsciiLetterOrDigit(one) || one is '+' or '/' or '=' or '-' or '_' or '\r' or '\n' or '\uFEFF';
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return text.AsSpan().IndexOfAny('-', '_') >= 0
                ? Base64Url.DecodeFromChars(text)
                : Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new KeyProblemException("it is neither PEM nor base64");
        }
    }
}
