using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Tests.OpenCrvs.Fhir;

public class LongStringFilterTests
{
    [Property]
    public bool A_cut_text_is_the_start_of_the_whole_text(byte ascii, string text, byte times, bool escape)
    {
        var whole = new string('a', 1800 + ascii) + string.Concat(Enumerable.Repeat("€😀\t" + Valid(text), times * 4));
        var json = escape ? JsonSerializer.Serialize(whole) : JsonSerializer.Serialize(whole, Relaxed);

        var copy = Copy(json, 7);
        var cut = JsonSerializer.Deserialize<string>(copy)!;

        return whole.StartsWith(cut, StringComparison.Ordinal)
            && copy.Length <= LongStringFilter.Kept + 64
            && (Encoding.UTF8.GetByteCount(json) > LongStringFilter.Kept || cut == whole);
    }

    [Theory]
    [InlineData(2041, """\ud83d\ude00""")]
    [InlineData(2042, """\ud83d\ude00""")]
    [InlineData(2046, """\ud83d\ude00""")]
    [InlineData(2047, """\ud83d\ude00""")]
    [InlineData(2047, "😀")]
    [InlineData(2047, "\\\\")]
    public void A_character_at_the_limit_stays_whole(int before, string character)
    {
        var copy = Copy($"\"{new string('a', before)}{character}{new string('b', 1000)}\"", 1);

        var cut = JsonSerializer.Deserialize<string>(copy)!;

        Assert.Equal(JsonSerializer.Deserialize<string>($"\"{character}\""), cut[before..].TrimEnd('b'));
    }

    [Fact]
    public void Half_characters_without_end_are_cut_all_the_same()
    {
        Assert.InRange(Copy("\"" + string.Concat(Enumerable.Repeat("\\ud83d", 100_000)) + "\"", 100).Length, 0, 2200);
        var continuation = new byte[100_000];
        continuation.AsSpan().Fill(0x80);
        continuation[0] = (byte)'"';
        Assert.InRange(Copy(continuation, 100).Length, 0, 2200);
    }

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));

    private static byte[] Copy(string json, int chunk) => Copy(Encoding.UTF8.GetBytes(json), chunk);

    private static byte[] Copy(byte[] json, int chunk)
    {
        var filter = new LongStringFilter();
        var output = new byte[json.Length];
        var written = 0;
        for (var at = 0; at < json.Length; at += chunk)
        {
            ReadOnlySpan<byte> input = json.AsSpan(at, Math.Min(chunk, json.Length - at));
            written += filter.Copy(ref input, output.AsSpan(written));
            Assert.True(input.IsEmpty);
        }
        return output[..written];
    }
}
