using NationalId.Tests.Architecture.House.Hall;

#pragma warning disable IDE0130 // A small house in one file: its namespaces are its rooms.
namespace NationalId.Tests.Architecture.House
{
    internal sealed class Door
    {
        public static Hall.Lamp Right() => new();
    }
}

namespace NationalId.Tests.Architecture.House.Hall
{
    internal class Lamp
    {
        public static int Lit { get; set; }

        /// <summary>Goes down, as it may.</summary>
        public static Type Down() => typeof(Cellar.InBody);
    }

    [AttributeUsage(AttributeTargets.Class)]
    internal sealed class MarkAttribute : Attribute;
}

namespace NationalId.Tests.Architecture.House.Cellar
{
    internal sealed class AsField
    {
        public object? Any => lamp;

        private readonly Lamp? lamp = null;
    }

    internal sealed class AsArgument
    {
        public static void Take(Lamp? lamp) => GC.KeepAlive(lamp);
    }

    internal sealed class AsResult
    {
        public static Lamp? Give() => null;
    }

    internal sealed class AsElement
    {
        public static IReadOnlyList<Lamp> Give() => [];
    }

    internal sealed class AsArray
    {
        public Lamp[]? Lamps { get; set; }
    }

    internal sealed class AsBase : Lamp;

    [Mark]
    internal sealed class AsAttribute;

    internal sealed class AsTypeOf
    {
        public static string Name() => typeof(Lamp).Name;
    }

    internal sealed class InBody
    {
        public static int Count() => Lamp.Lit;
    }

    internal sealed class InLambda
    {
        public static Func<int, int> Count(int more) => some => Lamp.Lit + some + more;
    }

    internal sealed class InAsync
    {
        public static async Task<int> CountAsync()
        {
            await Task.Yield();
            return Lamp.Lit;
        }
    }

    internal sealed class InIterator
    {
        public static IEnumerable<int> Count()
        {
            yield return Lamp.Lit;
        }
    }

    internal sealed class Outside
    {
        public static object Open() => new Door();
    }
}

namespace NationalId.Tests.Architecture.House.Left
{
    internal sealed class Neighbour
    {
        public static int Count() => Right.Wall.Thickness + Hall.Lamp.Lit;
    }
}

namespace NationalId.Tests.Architecture.House.Right
{
    internal sealed class Wall
    {
        public static int Thickness { get; set; }
    }
}

namespace NationalId.Tests.Architecture.House.Attic
{
    internal sealed class Box;
}
