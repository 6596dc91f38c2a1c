namespace NationalId.Core.Operations.OpenApi;

/// <summary>What an HTTP function is for: its entry in <c>/api/openapi.json</c>.</summary>
/// <param name="tag">Whose route it is: one of <see cref="ApiTags"/>.</param>
/// <param name="summary">What it does, in a sentence.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OperationAttribute(string tag, string summary) : Attribute
{
    /// <summary>Whose route it is.</summary>
    public string Tag { get; } = tag;

    /// <summary>What it does.</summary>
    public string Summary { get; } = summary;

    /// <summary>How callers prove themselves; a function that wants a key needs no word here.</summary>
    public ApiProof Proof { get; set; }
}

/// <summary>A function that does the same as another one, at another address: its entry is the other's.</summary>
/// <param name="function">The other function's name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SameAsAttribute(string function) : Attribute
{
    /// <summary>The other function's name.</summary>
    public string Function { get; } = function;
}

/// <summary>A parameter in the query of an HTTP function.</summary>
/// <param name="name">Its name.</param>
/// <param name="what">What it says.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class QueryAttribute(string name, string what) : Attribute
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>What it says.</summary>
    public string What { get; } = what;

    /// <summary>Whether a request without it is refused.</summary>
    public bool Required { get; set; }
}

/// <summary>The body that an HTTP function takes.</summary>
/// <param name="contentType">Its type.</param>
/// <param name="what">What it is.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TakesAttribute(string contentType, string what) : Attribute
{
    /// <summary>Its type.</summary>
    public string ContentType { get; } = contentType;

    /// <summary>What it is.</summary>
    public string What { get; } = what;

    /// <summary>Its shape: one of <see cref="ApiSchemas"/>; null where another party's document has it.</summary>
    public string? Schema { get; set; }

    /// <summary>Whether the body may be left out.</summary>
    public bool Optional { get; set; }
}

/// <summary>An answer of an HTTP function that is no problem: <see cref="RefusesAttribute"/> tells those.</summary>
/// <param name="status">Its status.</param>
/// <param name="when">When it is given.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AnswersAttribute(int status, string when) : Attribute
{
    /// <summary>Its status.</summary>
    public int Status { get; } = status;

    /// <summary>When it is given.</summary>
    public string When { get; } = when;

    /// <summary>Its shape: one of <see cref="ApiSchemas"/>; the type is <c>application/json</c> then.</summary>
    public string? Schema { get; set; }

    /// <summary>Its type where it is not JSON of ours; null without a body.</summary>
    public string? ContentType { get; set; }

    /// <summary>The one method that it is given to; null for all.</summary>
    public string? Method { get; set; }
}

/// <summary>The statuses with which an HTTP function refuses: RFC 9457 problems.</summary>
/// <param name="statuses">The statuses.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class RefusesAttribute(params int[] statuses) : Attribute
{
    /// <summary>The statuses.</summary>
    public IReadOnlyList<int> Statuses { get; } = statuses;

    /// <summary>Their shape where they are another party's and no problems: one of <see cref="ApiSchemas"/>.</summary>
    public string? Schema { get; set; }
}

/// <summary>How callers prove themselves.</summary>
public enum ApiProof
{
    /// <summary>Not at all: the network alone keeps others away.</summary>
    Nothing,

    /// <summary>By <c>X-Hub-Signature</c> over the body.</summary>
    Signature,

    /// <summary>By a bearer token.</summary>
    Bearer,

    /// <summary>By a signature within the body.</summary>
    Body,

    /// <summary>By what stands in the address.</summary>
    Address,
}

/// <summary>Whose routes there are.</summary>
public static class ApiTags
{
    /// <summary>What OpenCRVS up to 1.9 calls.</summary>
    public const string Webhooks = "OpenCRVS webhooks";

    /// <summary>What the country configuration of OpenCRVS 1.9 and later calls.</summary>
    public const string Triggers = "OpenCRVS triggers";

    /// <summary>What mosip-api answered before.</summary>
    public const string MosipApi = "mosip-api";

    /// <summary>What MOSIP calls.</summary>
    public const string Mosip = "MOSIP";

    /// <summary>What the Token Seeder answered before.</summary>
    public const string TokenSeeder = "Token Seeder";

    /// <summary>What an OSIA registry calls.</summary>
    public const string Osia = "OSIA";

    /// <summary>What any other National ID system calls.</summary>
    public const string AnySystem = "Any system";

    /// <summary>What operators call.</summary>
    public const string Operators = "Operators";

    /// <summary>What anybody may call.</summary>
    public const string Everybody = "Everybody";
}
