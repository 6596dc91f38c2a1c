using System.Text.Json.Nodes;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// Writes persons in the population registry (OSIA's Population Registry interface), where its owner grants a civil
/// registry that. Each call can be repeated: what is there already is done.
/// </summary>
/// <param name="client">Calls the service.</param>
/// <param name="options">Its address.</param>
public sealed class RegistryWriter(OsiaClient client, OsiaOptions options)
{
    private const int Exists = 409;

    /// <summary>Whether persons are written at all.</summary>
    public bool Writes => options.WriteUrl is not null;

    /// <summary>Writes a child: the person, its identity, and that this is the one that counts.</summary>
    /// <param name="uin">The child's number.</param>
    /// <param name="identity">The identity's id: the same at each try.</param>
    /// <param name="values">The child's attributes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task CreateAsync(
        string uin,
        string identity,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        var person = "persons/" + Uri.EscapeDataString(uin);
        await CallAsync(HttpMethod.Post, person, identity, Person("ACTIVE", "ALIVE"), cancellationToken);
        await IdentifyAsync(uin, identity, values, cancellationToken);
    }

    /// <summary>Writes an identity of somebody whom the registry has, and that this is the one that counts.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="identity">The identity's id: the same at each try.</param>
    /// <param name="values">The person's attributes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task IdentifyAsync(
        string uin,
        string identity,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellationToken
    )
    {
        var person = "persons/" + Uri.EscapeDataString(uin);
        var biographic = new JsonObject();
        foreach (var (name, value) in values)
        {
            biographic[name] = value;
        }

        await CallAsync(
            HttpMethod.Post,
            $"{person}/identities/{identity}",
            identity,
            new JsonObject
            {
                ["identityType"] = "CIVIL",
                ["status"] = "VALID",
                ["biographicData"] = biographic,
            },
            cancellationToken
        );
        await CallAsync(HttpMethod.Put, $"{person}/identities/{identity}/reference", identity, null, cancellationToken);
    }

    /// <summary>Writes that a person is dead.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="transaction">A text by which the call can be traced, without data.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task EndAsync(string uin, string transaction, CancellationToken cancellationToken) =>
        SetAsync(uin, new PersonState(BirthRevoked: false, DeathsInForce: 1), transaction, cancellationToken);

    /// <summary>Writes how somebody stands.</summary>
    /// <param name="uin">The person's number.</param>
    /// <param name="state">What the registrations say.</param>
    /// <param name="transaction">A text by which the call can be traced, without data.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal Task SetAsync(string uin, PersonState state, string transaction, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Put,
            "persons/" + Uri.EscapeDataString(uin),
            transaction,
            Person(state.BirthRevoked ? "INACTIVE" : "ACTIVE", state.IsDead ? "DEAD" : "ALIVE"),
            cancellationToken
        );

    private static JsonObject Person(string status, string physicalStatus) =>
        new() { ["status"] = status, ["physicalStatus"] = physicalStatus };

    private Task CallAsync(
        HttpMethod method,
        string path,
        string transaction,
        JsonObject? body,
        CancellationToken cancellationToken
    ) =>
        client.CallAsync(
            new OsiaCall("write", method, options.WriteUrl, $"{path}?transactionId={Uri.EscapeDataString(transaction)}")
            {
                Body = body?.ToJsonString(),
                // NOTE: of what is created alone. A change that is refused is not done.
                Understood = method == HttpMethod.Post ? [Exists] : [],
            },
            _ => true,
            cancellationToken
        );
}
