using System.Text.Json.Nodes;
using NationalId.Core.Operations.OpenApi;
using NationalId.Functions;

namespace NationalId.Tests.Operations;

/// <summary>
/// What <c>/api/openapi.json</c> says of each function. That the functions answer so, the fuzz tests and
/// <see cref="OpenApiAnswersTests"/> say.
/// </summary>
public sealed class OpenApiTests
{
    public static TheoryData<string> Functions => [.. ApiDescription.All.Select(function => function.Name).Order()];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Each_function_says_what_it_is_for_what_it_takes_and_what_it_answers(string name)
    {
        var function = ApiDescription.All.Single(one => one.Name == name);
        Assert.True(
            function.Attributes.OfType<OperationAttribute>().Any(),
            $"{name} has no [Operation]: say beside it what it is for, what it [Takes], [Answers] and [Refuses]."
        );
        var operation = ApiAnswers.Operations(name).First();
        Assert.NotEmpty(operation["summary"]!.GetValue<string>());
        Assert.Contains(
            operation["responses"]!.AsObject(),
            // Documents of persons are not served at all.
            answer =>
                (answer.Key.StartsWith('2') || name == "OsiaDocument") && answer.Value!["description"] is not null
        );
        Assert.Equal(function.WantsKey, operation["security"]?[0]?["functionKey"] is not null);
    }

    [Fact]
    public void Every_reference_leads_somewhere_and_every_tag_of_a_parameter_is_explained()
    {
        Assert.All(
            References(ApiAnswers.Document),
            reference =>
                Assert.NotNull(
                    reference[2..].Split('/').Aggregate((JsonNode?)ApiAnswers.Document, (at, part) => Step(at, part))
                )
        );
        Assert.All(
            ApiAnswers.AllOperations.SelectMany(operation => operation["parameters"]?.AsArray() ?? []),
            parameter => Assert.NotEmpty(parameter!["description"]!.GetValue<string>())
        );
        Assert.Equal(
            ApiAnswers.AllOperations.Count,
            ApiAnswers
                .AllOperations.Select(operation => operation["operationId"]!.GetValue<string>())
                .Distinct()
                .Count()
        );

        static JsonNode? Step(JsonNode? at, string part) => at is JsonArray list ? list[int.Parse(part)] : at?[part];
    }

    private static IEnumerable<string> References(JsonNode? node) =>
        node switch
        {
            JsonArray list => list.SelectMany(References),
            JsonObject parts => parts.SelectMany(part =>
                part is { Key: "$ref", Value: JsonValue reference }
                    ? [reference.GetValue<string>()]
                    : References(part.Value)
            ),
            _ => [],
        };
}
