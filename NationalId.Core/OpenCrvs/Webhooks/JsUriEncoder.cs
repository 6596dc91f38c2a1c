using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NationalId.Core.OpenCrvs.Webhooks;

/// <summary>
/// JavaScript's <c>encodeURIComponent</c> over UTF-8 bytes: letters, digits and <c>-_.!~*'()</c> stay, every other byte
/// becomes <c>%XX</c>. JSON changes between the two kinds too often to predict, so nothing here branches on a byte:
/// sixteen bytes at a time are turned into their candidates, and a shuffle per four bytes picks what is written.
/// </summary>
internal static class JsUriEncoder
{
    /// <summary>
    /// How much longer than three times the input the destination must be: writes go past what counts.
    /// </summary>
    public const int Slack = 16;

    private const int Group = 4;

    private static readonly SearchValues<byte> Unreserved = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()"u8
    );

    /// <summary>
    /// For each byte the up to three bytes it becomes, lowest first, and in the highest byte how many they are.
    /// </summary>
    private static readonly uint[] Single = BuildSingle();

    /// <summary>For each low half of a byte, which high halves (2 to 7, as bits 0 to 5) make it unreserved.</summary>
    private static readonly Vector128<byte> UnreservedByLow = BuildUnreservedByLow();

    /// <summary>
    /// For each four bits that tell which of four bytes are reserved, where the output's bytes come from and how many
    /// they are.
    /// </summary>
    private static readonly Vector128<byte>[] Shuffles = BuildShuffles();
    private static readonly nint[] Lengths =
    [
        .. Enumerable.Range(0, 1 << Group).Select(reserved => (nint)(Group + (2 * int.PopCount(reserved)))),
    ];

    private static bool HasShuffles => BitConverter.IsLittleEndian && (Ssse3.IsSupported || AdvSimd.Arm64.IsSupported);

    /// <summary>Encodes into <paramref name="destination"/>.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">At least three times as long as <paramref name="source"/>, and <see cref="Slack"/>
    /// more.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, (3 * source.Length) + Slack);
        ref var start = ref MemoryMarshal.GetReference(destination);
        nint written = 0;
        if (HasShuffles)
        {
            ref var shuffles = ref MemoryMarshal.GetArrayDataReference(Shuffles);
            ref var lengths = ref MemoryMarshal.GetArrayDataReference(Lengths);
            var hex = Vector128.Create("0123456789ABCDEF"u8);
            var highBits = Vector128.Create((byte)0, 0, 1, 2, 4, 8, 16, 32, 0, 0, 0, 0, 0, 0, 0, 0);
            var percent = Vector128.Create((byte)'%').AsUInt32();
            var byLow = UnreservedByLow;
            for (; source.Length >= Vector128<byte>.Count; source = source[Vector128<byte>.Count..])
            {
                var bytes = Vector128.Create(source);
                var low = bytes & Vector128.Create((byte)15);
                var high = (bytes.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15);
                var unreserved = Vector128.ShuffleNative(byLow, low) & Vector128.ShuffleNative(highBits, high);
                var reserved = Vector128.Equals(unreserved, Vector128<byte>.Zero).ExtractMostSignificantBits();
                var highHex = Vector128.ShuffleNative(hex, high).AsUInt32();
                var lowHex = Vector128.ShuffleNative(hex, low).AsUInt32();

                // Four bytes as they are, their high digits, their low digits, and percent signs: one vector for each
                // four bytes.
                var (firstTwo, lastTwo) = (
                    ZipLow(bytes.AsUInt32(), highHex).AsUInt64(),
                    ZipHigh(bytes.AsUInt32(), highHex).AsUInt64()
                );
                var (firstEnds, lastEnds) = (ZipLow(lowHex, percent).AsUInt64(), ZipHigh(lowHex, percent).AsUInt64());
                written = Write(
                    ref start,
                    written,
                    ZipLow(firstTwo, firstEnds),
                    reserved & 15,
                    ref shuffles,
                    ref lengths
                );
                written = Write(
                    ref start,
                    written,
                    ZipHigh(firstTwo, firstEnds),
                    (reserved >> 4) & 15,
                    ref shuffles,
                    ref lengths
                );
                written = Write(
                    ref start,
                    written,
                    ZipLow(lastTwo, lastEnds),
                    (reserved >> 8) & 15,
                    ref shuffles,
                    ref lengths
                );
                written = Write(
                    ref start,
                    written,
                    ZipHigh(lastTwo, lastEnds),
                    reserved >> 12,
                    ref shuffles,
                    ref lengths
                );
            }
        }

        foreach (var value in source)
        {
            var entry = Single[value];
            Unsafe.Add(ref start, written) = (byte)entry;
            Unsafe.Add(ref start, written + 1) = (byte)(entry >> 8);
            Unsafe.Add(ref start, written + 2) = (byte)(entry >> 16);
            written += (nint)(entry >> 24);
        }

        return (int)written;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Write(
        ref byte start,
        nint at,
        Vector128<ulong> candidates,
        uint reserved,
        ref Vector128<byte> shuffles,
        ref nint lengths
    )
    {
        Vector128
            .ShuffleNative(candidates.AsByte(), Unsafe.Add(ref shuffles, reserved))
            .StoreUnsafe(ref start, (nuint)at);
        return at + Unsafe.Add(ref lengths, reserved);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ZipLow(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ZipHigh(Vector128<uint> a, Vector128<uint> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> ZipLow(Vector128<ulong> a, Vector128<ulong> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> ZipHigh(Vector128<ulong> a, Vector128<ulong> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    private static uint[] BuildSingle()
    {
        var hex = "0123456789ABCDEF"u8;
        var table = new uint[256];
        for (var value = 0; value < table.Length; value++)
        {
            table[value] = Unreserved.Contains((byte)value)
                ? (1u << 24) | (uint)value
                : (3u << 24) | ((uint)hex[value & 15] << 16) | ((uint)hex[value >> 4] << 8) | '%';
        }

        return table;
    }

    private static Vector128<byte> BuildUnreservedByLow()
    {
        var bits = new byte[16];
        for (var value = 0x20; value < 0x80; value++)
        {
            bits[value & 15] |= (byte)(Unreserved.Contains((byte)value) ? 1 << ((value >> 4) - 2) : 0);
        }

        return Vector128.Create(bits);
    }

    private static Vector128<byte>[] BuildShuffles()
    {
        var shuffles = new Vector128<byte>[1 << Group];
        for (var reserved = 0; reserved < shuffles.Length; reserved++)
        {
            List<byte> from = [];
            for (var i = 0; i < Group; i++)
            {
                from.AddRange(
                    (reserved >> i & 1) == 0
                        ? [(byte)i]
                        : [(byte)(3 * Group), (byte)(Group + i), (byte)((2 * Group) + i)]
                );
            }

            from.AddRange(new byte[Vector128<byte>.Count - from.Count]);
            shuffles[reserved] = Vector128.Create(from.ToArray());
        }

        return shuffles;
    }
}
