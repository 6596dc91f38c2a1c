namespace NationalId.Core.Operations.OpenApi;

/// <summary>An HTTP function, as its trigger and the attributes beside it tell.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its address with parameters in braces, e.g. <c>/api/ops/events/{key}</c>.</param>
/// <param name="Methods">Its methods, in lower case.</param>
/// <param name="WantsKey">Whether the Functions host asks for a key.</param>
/// <param name="Attributes">What <see cref="OperationAttribute"/> and the others say.</param>
public sealed record ApiFunction(
    string Name,
    string Path,
    IReadOnlyList<string> Methods,
    bool WantsKey,
    IReadOnlyList<Attribute> Attributes
);
