using System.Text.Json;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>Asks the population registry about people (OSIA's Data Access).</summary>
/// <param name="client">Calls the service.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="options">Its address.</param>
public sealed class RegistryClient(OsiaClient client, OsiaAttributes attributes, OsiaOptions options)
{
    private const string OtherAttribute = "another attribute";
    private const int MostHits = 10;

    /// <summary>Compares what we know of a person with what the registry has.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="values">What we know.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The attributes that differ; null when the registry does not know the number.</returns>
    /// <exception cref="DeliveryException">Nothing can be said of the person now.</exception>
    internal Task<IReadOnlyList<string>?> MatchAsync(
        string uin,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    ) =>
        client.CallAsync<IReadOnlyList<string>?>(
            new OsiaCall("match", HttpMethod.Post, options.RegistryUrl, Person(uin) + "/match")
            {
                Body = OsiaAttributes.Write(values),
                Understood = [404],
            },
            answer => answer.Status == 404 ? null : [.. answer.Json().EnumerateArray().Select(Name).Distinct()],
            cancellationToken
        );

    /// <summary>Whether the registry has a person.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">It does not say.</exception>
    internal async Task<bool> HasAsync(string uin, CancellationToken cancellationToken) =>
        await ReadAsync(uin, [attributes.UinName], cancellationToken) is not null;

    /// <summary>Reads attributes of a person.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="names">The attributes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that have a value; null when the registry does not know the number.</returns>
    /// <exception cref="DeliveryException">It does not say.</exception>
    internal Task<Dictionary<string, string>?> ReadAsync(
        string uin,
        IReadOnlyList<string> names,
        CancellationToken cancellationToken
    ) =>
        client.CallAsync(
            new OsiaCall("read", HttpMethod.Get, options.RegistryUrl, $"{Person(uin)}?{Names("attributeNames", names)}")
            {
                Understood = [404],
            },
            answer => answer.Status == 404 ? null : Values(answer.Json(), names),
            cancellationToken
        );

    /// <summary>Looks for people of whom no number is known.</summary>
    /// <param name="values">What is known of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The numbers of those whom the registry has found.</returns>
    /// <exception cref="DeliveryException">It does not say.</exception>
    internal Task<IReadOnlyList<string>> FindAsync(
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        var query = string.Join(
            '&',
            values.Select(one => $"{Uri.EscapeDataString(one.Key)}={Uri.EscapeDataString(one.Value)}")
        );
        return client.CallAsync<IReadOnlyList<string>>(
            new OsiaCall("find", HttpMethod.Get, options.RegistryUrl, $"persons?{query}&offset=0&limit={MostHits}")
            {
                Understood = [404],
            },
            // NOTE: nobody is 404 by the standard, and an empty list in its reference implementation.
            answer =>
                answer.Status == 404
                    ? []
                    :
                    [
                        .. answer
                            .Json()
                            .EnumerateArray()
                            .Select(one => OsiaAttributes.NumberOf(OsiaAttributes.Text(one)))
                            .OfType<string>()
                            .Distinct(),
                    ],
            cancellationToken
        );
    }

    private static string Person(string uin) => "persons/" + Uri.EscapeDataString(uin);

    // Repeated, never joined by commas.
    private static string Names(string parameter, IReadOnlyList<string> names) =>
        string.Join('&', names.Select(name => $"{parameter}={Uri.EscapeDataString(name)}"));

    // What the registry writes there goes into our ledger: only names that are ours.
    private string Name(JsonElement difference) =>
        difference.GetProperty("attributeName").GetString() is { } name && attributes.Has(name) ? name : OtherAttribute;

    private static Dictionary<string, string> Values(JsonElement person, IReadOnlyList<string> names)
    {
        // An attribute that is unknown or forbidden is an object with its error.
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var one in person.EnumerateObject().Where(one => names.Contains(one.Name)))
        {
            if (OsiaAttributes.Text(one.Value) is { } value)
            {
                values[one.Name] = value;
            }
        }

        return values;
    }
}
