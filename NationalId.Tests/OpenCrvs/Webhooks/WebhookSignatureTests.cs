using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using NationalId.Core.OpenCrvs.Webhooks;

namespace NationalId.Tests.OpenCrvs.Webhooks;

public sealed class WebhookSignatureTests
{
    private const string Secret = "a-secret-of-ours";

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task What_node_signs_is_accepted_over_random_unicode_bodies_cut_anywhere()
    {
        var random = new Random(20240229);
        var bodies = Enumerable
            .Range(0, 400)
            .Select(i => RandomText(random, i * 7))
            .Append("")
            .Append("!*'()-_.~")
            .Append("\0\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U0010ffff")
            .ToArray();
        var answers = await NodeScript.RunAsync(
            "webhook-sign.mjs",
            bodies.Select(body => new { body, secret = Secret })
        );
        foreach (var (body, answer) in bodies.Zip(answers))
        {
            Assert.True(WebhookSignature.TryParse(answer.GetProperty("signature").GetString(), out var signature));
            using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes("another"), Encoding.UTF8.GetBytes(Secret)]);
            foreach (var piece in Encoding.UTF8.GetBytes(body).Chunk(random.Next(1, 5000)))
            {
                hmac.Append(piece);
            }

            Assert.Equal(1, hmac.Verify(signature));
            Assert.Equal(
                answer.GetProperty("signature").GetString(),
                JsUriHmac.Sign(Encoding.UTF8.GetBytes(body), Secret)
            );
        }
    }

    [Property(MaxTest = 300)]
    public bool The_encoding_is_that_of_escape_data_string_but_for_five_characters(NonNull<string> text, int seed)
    {
        // Lone surrogates are no text: JavaScript throws on them, UTF-8 has no bytes for them.
        var body = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get + RandomText(new Random(seed), 40)));
        var expected = Uri.EscapeDataString(body)
            .Replace("%21", "!")
            .Replace("%27", "'")
            .Replace("%28", "(")
            .Replace("%29", ")")
            .Replace("%2A", "*");
        var bytes = Encoding.UTF8.GetBytes(body);
        var encoded = new byte[(3 * bytes.Length) + JsUriEncoder.Slack];
        return Encoding.ASCII.GetString(encoded, 0, JsUriEncoder.Encode(bytes, encoded)) == expected;
    }

    [Fact]
    public void Every_byte_in_every_place_is_encoded_as_it_is_alone()
    {
        var random = new Random(5);
        for (var length = 0; length < 120; length++)
        {
            for (var round = 0; round < 100; round++)
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                Assert.Equal(bytes.SelectMany(value => Encode([value])), Encode(bytes));
            }
        }

        Assert.Equal("%00%FF%80%7F%25~".Select(c => (byte)c), Encode([0, 255, 128, 127, (byte)'%', (byte)'~']));

        static byte[] Encode(byte[] bytes)
        {
            var encoded = new byte[(3 * bytes.Length) + JsUriEncoder.Slack];
            return encoded[..JsUriEncoder.Encode(bytes, encoded)];
        }
    }

    [Property(MaxTest = 200)]
    public bool Where_the_body_is_cut_does_not_matter(byte[] bytes, PositiveInt size)
    {
        var body = Enumerable.Repeat(bytes, 200).SelectMany(part => part).ToArray();
        WebhookSignature.TryParse(JsUriHmac.Sign(body, Secret), out var signature);
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(Secret)]);
        foreach (var piece in body.Chunk(size.Get))
        {
            hmac.Append(piece);
        }

        return hmac.Verify(signature) == 0;
    }

    [Fact]
    public void One_changed_byte_a_missing_byte_or_another_secret_is_refused()
    {
        var body = """{"event":{"hub":{"topic":"BIRTH_REGISTERED"}}}"""u8.ToArray();
        Assert.True(WebhookSignature.TryParse(JsUriHmac.Sign(body, Secret), out var signature));
        for (var i = 0; i < body.Length; i++)
        {
            var changed = (byte[])body.Clone();
            changed[i] ^= 1;
            Assert.Equal(-1, Verify(changed, Secret, signature));
        }

        Assert.Equal(-1, Verify(body[..^1], Secret, signature));
        Assert.Equal(-1, Verify(body, Secret + " ", signature));
        Assert.Equal(0, Verify(body, Secret, signature));
    }

    [Fact]
    public void Verify_may_be_asked_again_and_in_between()
    {
        WebhookSignature.TryParse(JsUriHmac.Sign("ab"u8, Secret), out var signature);
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(Secret)]);
        hmac.Append("a"u8);
        Assert.Equal(-1, hmac.Verify(signature));
        hmac.Append("b"u8);
        Assert.Equal(0, hmac.Verify(signature));
        Assert.Equal(0, hmac.Verify(signature));
    }

    [Fact]
    public void What_was_disposed_takes_nothing_more_and_leaves_nothing_of_the_body_behind()
    {
        WebhookSignature.TryParse(JsUriHmac.Sign("ab"u8, Secret), out var signature);
        var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(Secret)]);
        hmac.Append(Enumerable.Repeat((byte)'x', 3000).ToArray());
        hmac.Dispose();
        hmac.Dispose();

        // The pool gives a thread what it gave back last.
        var next = ArrayPool<byte>.Shared.Rent(8 * 1024);
        Assert.DoesNotContain((byte)'x', next);
        ArrayPool<byte>.Shared.Return(next);
        Assert.Throws<ObjectDisposedException>(() => hmac.Append("ab"u8));
        Assert.Throws<ObjectDisposedException>(() => hmac.Verify(signature));
    }

    [Fact]
    public void Nothing_is_written_where_there_is_no_room_for_it() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            JsUriEncoder.Encode("a"u8, new byte[3 + JsUriEncoder.Slack - 1])
        );

    [Fact]
    public void Without_a_secret_nothing_matches_and_an_empty_secret_is_an_error()
    {
        WebhookSignature.TryParse(JsUriHmac.Sign("ab"u8, Secret), out var signature);
        using var none = new JsUriHmac([]);
        none.Append("ab"u8);
        Assert.Equal(-1, none.Verify(signature));
        Assert.Throws<ArgumentException>(() =>
            new JsUriHmac([
                [],
            ])
        );
    }

    [Fact]
    public void Hex_of_either_case_is_read()
    {
        var header = JsUriHmac.Sign("{}"u8, Secret);
        Assert.True(WebhookSignature.TryParse("sha256=" + header[7..].ToUpperInvariant(), out var signature));
        Assert.Equal(0, Verify("{}"u8.ToArray(), Secret, signature));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha1=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("SHA256=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256=000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256=00000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256=g000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256= 00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(" sha256=000000000000000000000000000000000000000000000000000000000000000")]
    public void A_malformed_header_is_no_signature(string? header)
    {
        Assert.False(WebhookSignature.TryParse(header, out var signature));
        Assert.False(signature.Matches(new byte[32]));
        Assert.False(signature.Matches([]));
    }

    [Fact]
    public void Memory_does_not_grow_with_the_body()
    {
        WebhookSignature.TryParse(JsUriHmac.Sign("{}"u8, Secret), out var signature);
        var piece = RandomNumberGenerator.GetBytes(64 * 1024);
        Measure(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Measure(320);
        // Of 20 MB. The collector may have taken a pooled buffer away meanwhile.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);

        void Measure(int pieces)
        {
            using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(Secret)]);
            for (var i = 0; i < pieces; i++)
            {
                hmac.Append(piece);
            }

            hmac.Verify(signature);
        }
    }

    private static int Verify(byte[] body, string secret, WebhookSignature signature)
    {
        using var hmac = new JsUriHmac([Encoding.UTF8.GetBytes(secret)]);
        hmac.Append(body);
        return hmac.Verify(signature);
    }

    private static string RandomText(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            var value = random.Next(4) switch
            {
                0 => random.Next(0x80),
                1 => random.Next(0x800),
                2 => random.Next(0x10000),
                _ => random.Next(0x110000),
            };
            text.Append(Rune.IsValid(value) ? new Rune(value).ToString() : "!*'()");
        }

        return text.ToString();
    }
}
