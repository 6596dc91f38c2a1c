using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// The fields of the country's forms, from its configuration. OpenCRVS stores a field that the form does not have, and
/// then can't read the record any more: a name is known to be right before it is written with a confirmation.
/// </summary>
/// <param name="http">The country configuration's client.</param>
/// <param name="tokens">Our bearer token.</param>
/// <param name="options">Where the country configuration is.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told when the forms can't be read.</param>
public sealed partial class EventForms(
    [FromKeyedServices(OpenCrvsPartners.CountryConfig)] HttpClient http,
    OpenCrvsTokens tokens,
    ActionsOptions options,
    TimeProvider time,
    ILogger<EventForms> logger
) : IDisposable
{
    private const string Party = "country configuration";

    // Forms hold their texts and conditions: some megabytes.
    private const int LongestAnswer = 32 * 1024 * 1024;

    private static readonly TimeSpan UsedFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim turn = new(1);
    private volatile Forms? known;
    private DateTimeOffset triedAt = DateTimeOffset.MinValue;

    /// <summary>Whether a form has a field.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="cancellationToken">Stops waiting for the country configuration.</param>
    /// <returns>Null when the form can't be had. Then it is not to be written with a confirmation.</returns>
    public async Task<bool?> HasAsync(RegistrationKind kind, string field, CancellationToken cancellationToken) =>
        await FieldsAsync(kind, cancellationToken) is { } fields ? fields.Contains(field) : null;

    /// <summary>The fields of a form.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="cancellationToken">Stops waiting for the country configuration.</param>
    /// <returns>None when the country has no such type of event; null when the forms can't be had.</returns>
    public async Task<IReadOnlySet<string>?> FieldsAsync(RegistrationKind kind, CancellationToken cancellationToken)
    {
        if (options.CountryConfigUrl is null)
        {
            return null;
        }

        if (!(known?.ReadAt + UsedFor > time.GetUtcNow()))
        {
            await RenewAsync(options.CountryConfigUrl, cancellationToken);
        }

        return known is null ? null
            : known.Fields.TryGetValue(options.EventOf(kind), out var fields) ? fields
            : new HashSet<string>();
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async Task RenewAsync(Uri country, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            var now = time.GetUtcNow();
            if (now - triedAt < AgainAfter)
            {
                return;
            }

            triedAt = now;
            known = new Forms(await ReadAsync(country, cancellationToken), now);
        }
        catch (DeliveryException failure)
        {
            // What was read before is the best that is known.
            LogNotRead(failure.Reason);
        }
        finally
        {
            turn.Release();
        }
    }

    private Task<Dictionary<string, HashSet<string>>> ReadAsync(Uri country, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                var path = options.Api == OpenCrvsVersion.V1_9 ? "events" : "config/events";
                using var request = new HttpRequestMessage(
                    HttpMethod.Get,
                    new Uri($"{country.AbsoluteUri.TrimEnd('/')}/{path}")
                );
                request.Headers.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    await tokens.GetAsync(cancellationToken)
                );
                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead,
                    cancellationToken
                );
                Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                var body = await Failures.ReadBodyAsync(answer, LongestAnswer, Party, cancellationToken);
                using var json = JsonDocument.Parse(body);
                return Read(json.RootElement) ?? throw Failures.Unreadable(Party);
            },
            cancellationToken
        );

    private static Dictionary<string, HashSet<string>>? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var forms = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var form in root.EnumerateArray())
        {
            if (Text(form, "id") is { } type && form.TryGetProperty("declaration", out var declaration))
            {
                forms[type] = [];
                Collect(declaration, forms[type]);
            }
        }

        return forms;
    }

    /// <summary>Every list of that name holds fields, however the country arranges its pages.</summary>
    private static void Collect(JsonElement element, HashSet<string> fields)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                Collect(item, fields);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
            {
                if (property is { Name: "fields", Value.ValueKind: JsonValueKind.Array })
                {
                    fields.UnionWith(
                        property.Value.EnumerateArray().Select(field => Text(field, "id")).OfType<string>()
                    );
                }

                Collect(property.Value, fields);
            }
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    [LoggerMessage(84, LogLevel.Warning, "The forms of the country configuration could not be read: {Failure}")]
    private partial void LogNotRead(string failure);

    private sealed record Forms(Dictionary<string, HashSet<string>> Fields, DateTimeOffset ReadAt);
}
