using NationalId.Core;

namespace NationalId.Tests.Architecture;

/// <summary>The rooms of NationalId.Core have doors that open one way.</summary>
public sealed class ArchitectureTests
{
    /// <summary>The table, and the only place that has it.</summary>
    private static readonly Rooms Core = new(
        typeof(NationalIdServices).Assembly,
        "NationalId.Core",
        ["Platform"],
        ["Registry"],
        ["Ledger"],
        ["Pipeline"],
        ["OpenCrvs"],
        ["Mosip", "Osia", "AnySystem"],
        ["Operations"],
        // The composition, and what else stands in NationalId.Core itself.
        [""]
    );

    private static readonly Rooms House = new(
        typeof(ArchitectureTests).Assembly,
        "NationalId.Tests.Architecture.House",
        ["Cellar"],
        ["Hall"],
        ["Left", "Right"],
        [""]
    );

    [Fact]
    public void A_room_uses_only_the_rooms_before_it()
    {
        var wrong = Core.WrongArrows();
        Assert.True(wrong.Count == 0, Listed("arrows go the wrong way", wrong));
    }

    [Fact]
    public void Every_type_stands_in_a_room_of_the_table()
    {
        var homeless = Core.Homeless();
        Assert.True(homeless.Count == 0, Listed("types stand in no room", homeless));
    }

    /// <summary>The house of this folder has every kind of arrow, and these are the wrong ones among them.</summary>
    [Fact]
    public void A_wrong_arrow_is_reported_however_it_is_written()
    {
        Assert.Equal(
            [
                "Cellar.AsArgument -> Hall.Lamp",
                "Cellar.AsArray -> Hall.Lamp",
                "Cellar.AsAttribute -> Hall.MarkAttribute",
                "Cellar.AsBase -> Hall.Lamp",
                "Cellar.AsElement -> Hall.Lamp",
                "Cellar.AsField -> Hall.Lamp",
                "Cellar.AsResult -> Hall.Lamp",
                "Cellar.AsTypeOf -> Hall.Lamp",
                "Cellar.InAsync -> Hall.Lamp",
                "Cellar.InBody -> Hall.Lamp",
                "Cellar.InIterator -> Hall.Lamp",
                "Cellar.InLambda -> Hall.Lamp",
                "Cellar.Outside -> Door",
                "Left.Neighbour -> Right.Wall",
            ],
            House.WrongArrows()
        );
    }

    [Fact]
    public void A_type_outside_the_rooms_is_reported() => Assert.Equal(["Attic.Box"], House.Homeless());

    private static string Listed(string what, IReadOnlyList<string> lines) =>
        $"{lines.Count} {what}:\n{string.Join('\n', lines)}";
}
