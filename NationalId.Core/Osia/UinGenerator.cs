using System.Text;
using System.Text.Json;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>Draws numbers (OSIA's UIN Management). Every call draws a new one, whatever it is told.</summary>
/// <param name="client">Calls the service.</param>
/// <param name="options">Its address.</param>
public sealed class UinGenerator(OsiaClient client, OsiaOptions options)
{
    /// <summary>Draws a number.</summary>
    /// <param name="attributes">What the generator is told of the child.</param>
    /// <param name="transaction">A text by which the call can be traced, without data.</param>
    /// <param name="cancellationToken">Gives up. The number that it may have drawn is never used.</param>
    /// <exception cref="DeliveryException">It gave none.</exception>
    internal Task<string> DrawAsync(
        IReadOnlyDictionary<string, string> attributes,
        string transaction,
        CancellationToken cancellationToken
    ) =>
        client.CallAsync(
            new OsiaCall(
                "uin",
                HttpMethod.Post,
                options.UinUrl,
                "uin?transactionId=" + Uri.EscapeDataString(transaction)
            )
            {
                Body = OsiaAttributes.Write(attributes),
                Once = true,
            },
            answer => Read(answer.Body) ?? throw Failures.Unreadable(OsiaClient.Party),
            cancellationToken
        );

    /// <summary>
    /// The number in an answer: a JSON text, quotes and all. NOTE: some generators write it bare, or as a number. What
    /// is saved must never have the quotes in it.
    /// </summary>
    internal static string? Read(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body).Trim().Trim('\uFEFF');
        if (text.StartsWith('"'))
        {
            text = JsonSerializer.Deserialize<JsonElement>(text).GetString() ?? "";
        }

        return
            text is not ("null" or "true" or "false")
            && !text.AsSpan().ContainsAny("{}[]<>\"")
            && OsiaAttributes.NumberOf(text) is { } number
            ? number
            : null;
    }
}
