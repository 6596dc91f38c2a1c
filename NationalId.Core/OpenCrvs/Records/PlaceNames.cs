using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Records;

/// <summary>
/// The names of OpenCRVS's administrative areas. Records of OpenCRVS 1.9 and later have their ids alone
/// (docs/protocols.md, "OpenCRVS triggers").
/// </summary>
/// <param name="http">The events service's client.</param>
/// <param name="tokens">Our bearer token.</param>
/// <param name="options">The events service's address, and OpenCRVS's generation.</param>
/// <param name="time">The clock.</param>
public sealed class PlaceNames(
    [FromKeyedServices(OpenCrvsPartners.Events)] HttpClient http,
    OpenCrvsTokens tokens,
    ActionsOptions options,
    TimeProvider time
) : IDisposable
{
    private const string Party = "OpenCRVS";

    // A large country has tens of thousands of villages.
    private const int LongestAnswer = 64 * 1024 * 1024;

    // Nobody's areas are nested deeper. It also ends a circle.
    private const int Deepest = 12;

    private static readonly TimeSpan UsedFor = TimeSpan.FromHours(6);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim turn = new(1);
    private volatile Areas? known;

    /// <summary>Puts the names of areas in the place of their ids, in the addresses of all people.</summary>
    /// <param name="record">The registration.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS does not tell them now.</exception>
    public async Task<VitalEvent> NameAsync(VitalEvent record, CancellationToken cancellationToken)
    {
        var people = new Dictionary<PersonRole, Person>();
        foreach (var (role, person) in record.People)
        {
            people[role] = person.Address is { AreaId: { } area } address
                ? person with
                {
                    Address = Named(address, await FindAsync(area, cancellationToken)),
                }
                : person;
        }

        return record with
        {
            People = people,
        };
    }

    /// <summary>The names from the state down to an area; empty when OpenCRVS does not know it.</summary>
    /// <param name="id">The area's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">OpenCRVS does not tell them now.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(string id, CancellationToken cancellationToken)
    {
        var areas = known;
        if (areas is null || IsStale(areas, id))
        {
            areas = await RenewAsync(id, cancellationToken);
        }

        var names = new List<string>();
        var area = areas.ById.GetValueOrDefault(id);
        while (area is not null && names.Count < Deepest)
        {
            names.Insert(0, area.Name);
            area = area.ParentId is { } parent ? areas.ById.GetValueOrDefault(parent) : null;
        }

        return names;
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    /// <summary>
    /// The first two levels have fields of their own; what is below them goes into the address's line.
    /// </summary>
    private static PersonAddress Named(PersonAddress address, IReadOnlyList<string> names) =>
        address with
        {
            State = address.State ?? names.FirstOrDefault(),
            District = address.District ?? names.ElementAtOrDefault(1),
            Line = string.Join(", ", names.Skip(2).Reverse().Prepend(address.Line).Where(part => part.Length > 0)),
        };

    // An area may be newer than what we read.
    private bool IsStale(Areas areas, string id)
    {
        var age = time.GetUtcNow() - areas.ReadAt;
        return age > UsedFor || (age > AgainAfter && !areas.ById.ContainsKey(id));
    }

    private async Task<Areas> RenewAsync(string id, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (known is { } others && !IsStale(others, id))
            {
                return others;
            }

            var read = new Areas(await ReadAsync(cancellationToken), time.GetUtcNow());
            known = read;
            return read;
        }
        catch (TransientFailureException) when (known?.ById.ContainsKey(id) == true)
        {
            // Places keep their names.
            return known;
        }
        finally
        {
            turn.Release();
        }
    }

    private Task<Dictionary<string, Area>> ReadAsync(CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var events =
                    options.EventsUrl
                    ?? throw new TransientFailureException("NationalId:OpenCrvs:EventsUrl is not set");
                // Since 2.0 areas are no longer locations.
                var procedure = options.Api == OpenCrvsVersion.V1_9 ? "locations.list" : "administrativeAreas.list";
                var token = await tokens.GetAsync(cancellationToken);
                using var request = new HttpRequestMessage(
                    HttpMethod.Get,
                    $"{events.AbsoluteUri.TrimEnd('/')}/{procedure}"
                );
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                request.SetKind("places");
                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                if ((int)answer.StatusCode is 401 or 403)
                {
                    tokens.Invalidate(token);
                }

                if (!answer.IsSuccessStatusCode)
                {
                    throw Failures.Repairable(answer, Party, time.GetUtcNow());
                }

                var body = await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken);
                return Read(body) ?? throw Failures.Unreadable(Party);
            },
            cancellationToken
        );

    private static Dictionary<string, Area>? Read(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        var list = Part(Part(Part(json.RootElement, "result"), "data"), "json");
        if (list is not { ValueKind: JsonValueKind.Array } all)
        {
            return null;
        }

        var areas = new Dictionary<string, Area>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in all.EnumerateArray())
        {
            if (Text(one, "id") is { } id && TypedText.Word(Text(one, "name")) is { } name)
            {
                areas[id] = new Area(name, Text(one, "parentId"));
            }
        }

        return areas;
    }

    private static JsonElement? Part(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out var part) ? part : null;

    private static string? Text(JsonElement one, string name) =>
        Part(one, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private sealed record Area(string Name, string? ParentId);

    private sealed record Areas(Dictionary<string, Area> ById, DateTimeOffset ReadAt);
}
