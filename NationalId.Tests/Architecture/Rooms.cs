using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace NationalId.Tests.Architecture;

/// <summary>The rooms of an assembly: the namespaces under its root, from the ground up.</summary>
/// <param name="assembly">The assembly.</param>
/// <param name="root">The namespace that holds the rooms, e.g. <c>NationalId.Core</c>.</param>
/// <param name="order">
/// One line a floor. A room uses the rooms of the lines before its own, and no other. Rooms of one line stand side by
/// side and don't use each other. An empty name stands for the root itself.
/// </param>
internal sealed class Rooms(System.Reflection.Assembly assembly, string root, params string[][] order)
{
    private readonly Lazy<IReadOnlyList<IType>> all = new(() =>
        [.. new ArchLoader().LoadAssembly(assembly).Build().Types]
    );

    /// <summary>Every arrow that the order doesn't allow, as <c>Room.Type -> Room.Type</c>, sorted.</summary>
    public IReadOnlyList<string> WrongArrows() =>
        [
            .. Types
                .SelectMany(type =>
                    type.Dependencies.Select(arrow => (From: type, To: arrow.Target))
                        // NOTE: Generated types of different rooms share the names of their generic parameters.
                        .Where(arrow => arrow.To is not GenericParameter)
                )
                .Where(arrow => RoomOf(arrow.To) is { } to && !Allowed(RoomOf(arrow.From)!, to))
                .Select(arrow => $"{NameOf(arrow.From)} -> {NameOf(arrow.To)}")
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>The types whose namespace is in no line of the table.</summary>
    public IReadOnlyList<string> Homeless() =>
        [.. Types.Where(type => Floor(RoomOf(type)!) < 0).Select(NameOf).Distinct().Order(StringComparer.Ordinal)];

    private IEnumerable<IType> Types => all.Value.Where(type => RoomOf(type) != null);

    private bool Allowed(string from, string to) => from == to || Floor(to) < Floor(from);

    private int Floor(string room) => Array.FindIndex(order, floor => floor.Contains(room));

    /// <summary>The part of the namespace after the root; null for types of other assemblies.</summary>
    private string? RoomOf(IType type)
    {
        var name = type.Namespace?.FullName;
        if (name == root)
        {
            return "";
        }

        return name != null && name.StartsWith(root + ".", StringComparison.Ordinal)
            ? name[(root.Length + 1)..].Split('.')[0]
            : null;
    }

    private string NameOf(IType type) => type.FullName[(root.Length + 1)..];
}
