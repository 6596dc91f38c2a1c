using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using NationalId.Core.Operations;

namespace NationalId.Functions;

/// <summary>
/// Tells the Functions host that operators need no key, where the sign-in alone lets them in. Only their functions have
/// the level Function; each of them asks <see cref="Operators"/> who is signed in.
/// </summary>
/// <param name="options">Whether the sign-in alone lets operators in.</param>
public sealed class OperatorLevel(OperationsOptions options) : IFunctionMetadataTransformer
{
    private const string Level = "authLevel";

    /// <inheritdoc/>
    public string Name => nameof(OperatorLevel);

    /// <inheritdoc/>
    public void Transform(IList<IFunctionMetadata> original)
    {
        ArgumentNullException.ThrowIfNull(original);
        if (!options.SignInAlone)
        {
            return;
        }

        foreach (var bindings in original.Select(function => function.RawBindings).OfType<IList<string>>())
        {
            for (var index = 0; index < bindings.Count; index++)
            {
                if (
                    JsonNode.Parse(bindings[index]) is JsonObject binding
                    && nameof(AuthorizationLevel.Function)
                        .Equals((string?)binding[Level], StringComparison.OrdinalIgnoreCase)
                )
                {
                    binding[Level] = nameof(AuthorizationLevel.Anonymous);
                    bindings[index] = binding.ToJsonString();
                }
            }
        }
    }
}
