using System.Text.Json.Nodes;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;
using Fields = NationalId.Core.OpenCrvs.Reconcile.GraphQlSchema.Fields;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>What a search of records answered.</summary>
/// <param name="Rows">The registrations; null when there are more than OpenCRVS answers.</param>
/// <param name="Count">How many rows there were, registrations or not.</param>
public sealed record FoundRecords(IReadOnlyList<ListedRecord>? Rows, int Count);

/// <summary>
/// OpenCRVS 1.x's record search, and one record as its gateway shows it (docs/protocols.md, "Searching records").
/// </summary>
/// <param name="gateway">The gateway.</param>
/// <param name="pace">Keeps to the quota.</param>
/// <param name="time">The clock.</param>
public sealed class RecordSearchClient(GraphQlClient gateway, SearchPace pace, TimeProvider time) : IDisposable
{
    // No name and no date of a person is asked for.
    private const string Search =
        "query searchEvents($p: AdvancedSearchParametersInput!, $sort: String, $sortColumn: String, $count: Int, "
        + "$skip: Int) { searchEvents(advancedSearchParameters: $p, sort: $sort, sortColumn: $sortColumn, "
        + "count: $count, skip: $skip) { totalItems results { id type registration { status registrationNumber "
        + "trackingId dateOfDeclaration } operationHistories { operationType operatedOn } } } }";

    private static readonly string[] Statuses = ["REGISTERED", "CERTIFIED", "ISSUED"];

    private static readonly TimeSpan SchemaFor = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim turn = new(1);
    private (GraphQlSchema Schema, DateTimeOffset At)? known;

    private static Fields Person =>
        Fields
            .Of("id", "gender", "birthDate", "ageOfIndividualInYears", "exactDateOfBirthUnknown")
            .With("name", Fields.Of("use", "firstNames", "middleName", "familyName"))
            .With("identifier", Fields.Of("id", "type", "otherType"))
            .With("address", Fields.Of("type", "line", "city", "district", "state", "postalCode", "country"))
            .With("deceased", Fields.Of("deathDate"));

    private static Fields Registration =>
        Fields
            .Of("id")
            .With(
                "registration",
                Fields.Of("id", "trackingId", "registrationNumber").With("status", Fields.Of("type", "timestamp"))
            )
            .With("child", Person)
            .With("deceased", Person)
            .With("mother", Person)
            .With("father", Person)
            .With("spouse", Person)
            .With("informant", Informant);

    // 1.2 has the informant inside, later versions have them flat.
    private static Fields Informant
    {
        get
        {
            var informant = Person;
            informant["relationship"] = null;
            informant["_fhirIDPatient"] = null;
            return informant.With("individual", Person);
        }
    }

    /// <summary>Searches registrations.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="parameters">What they must be.</param>
    /// <param name="count">How many rows are wanted.</param>
    /// <param name="skip">How many are left out.</param>
    /// <param name="onDemand">Whether somebody waits for it.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached, or the quota is spent.</exception>
    internal async Task<FoundRecords> SearchAsync(
        RegistrationKind kind,
        JsonObject parameters,
        int count,
        int skip,
        bool onDemand,
        CancellationToken cancellationToken
    )
    {
        await pace.NeedQuotaAsync(onDemand, cancellationToken);
        parameters["event"] = kind == RegistrationKind.Birth ? "birth" : "death";
        // 1.2 shows what is not registered unless it is told.
        parameters["registrationStatuses"] = new JsonArray([.. Statuses.Select(status => (JsonNode)status)]);
        var variables = new JsonObject
        {
            ["p"] = parameters,
            ["sort"] = "asc",
            ["sortColumn"] = "dateOfDeclaration",
            ["count"] = count,
            ["skip"] = skip,
        };
        var answer = await gateway.AskAsync("searchEvents", Search, variables, cancellationToken);
        if (answer.Says("Too many results"))
        {
            return new FoundRecords(null, 0);
        }

        if (answer.Errors.Count > 0 || answer.Data?["searchEvents"] is not JsonObject found)
        {
            throw new TransientFailureException(
                "OpenCRVS's gateway does not understand our search: is it of the version that the settings say?"
            );
        }

        var rows = (found["results"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        if (rows.Count > 0)
        {
            await pace.CountAsync(cancellationToken);
        }

        return new FoundRecords([.. rows.Select(row => Listed(kind, row)).OfType<ListedRecord>()], rows.Count);
    }

    /// <summary>One record as the gateway shows it. It costs no quota and leaves no mark.</summary>
    /// <param name="kind">Birth or death.</param>
    /// <param name="recordId">The composition's id.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>Null when there is none that our client may see.</returns>
    /// <exception cref="TransientFailureException">OpenCRVS can't be reached.</exception>
    internal async Task<FetchedRegistration?> FetchAsync(
        RegistrationKind kind,
        string recordId,
        CancellationToken cancellationToken
    )
    {
        var schema = await SchemaAsync(cancellationToken);
        var type = kind == RegistrationKind.Birth ? "BirthRegistration" : "DeathRegistration";
        var query =
            $"query fetchRegistration($id: ID!) {{ fetchRegistration(id: $id) {{ __typename ... on {type} "
            + $"{{ {schema.Select(type, Registration)} }} }} }}";
        var answer = await gateway.AskAsync(
            "fetchRegistration",
            query,
            new JsonObject { ["id"] = recordId },
            cancellationToken
        );
        // Errors beside data are values that this version can't tell, e.g. an identifier's type: null stands for them.
        return answer.Data?["fetchRegistration"] is JsonObject record && WrittenJson.Text(record, "__typename") == type
            ? new FetchedRegistration(kind, recordId, record, schema.IsEnum("IdentityType", "type"), answer.Content)
            : null;
    }

    /// <summary>The gateway's schema.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="TransientFailureException">It does not show it.</exception>
    internal async Task<GraphQlSchema> SchemaAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (known is { } fresh && time.GetUtcNow() - fresh.At < SchemaFor)
            {
                return fresh.Schema;
            }

            var answer = await gateway.AskAsync("IntrospectionQuery", GraphQlSchema.Query, [], cancellationToken);
            var schema =
                GraphQlSchema.Read(answer.Data)
                ?? throw new TransientFailureException("OpenCRVS's gateway does not show its schema.");
            known = (schema, time.GetUtcNow());
            return schema;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private static ListedRecord? Listed(RegistrationKind kind, JsonObject row)
    {
        if (
            WrittenJson.Text(row, "id") is not { } id
            || WrittenJson.TimeAt(row, "registration", "dateOfDeclaration") is not { } position
            || !Statuses.Contains(WrittenJson.Text(row, "registration", "status"))
        )
        {
            return null;
        }

        // Certifying and correcting move the position; when it was registered is in the history.
        var registered = (row["operationHistories"] as JsonArray ?? [])
            .Where(one => WrittenJson.Text(one, "operationType") == "REGISTERED")
            .Select(one => WrittenJson.TimeAt(one, "operatedOn"))
            .FirstOrDefault(at => at is not null);
        return new ListedRecord(
            kind,
            id,
            RegistrationNumber.Normalise(WrittenJson.Text(row, "registration", "registrationNumber")),
            registered ?? position,
            position
        );
    }
}
