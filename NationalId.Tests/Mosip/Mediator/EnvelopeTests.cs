using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using NationalId.Core.Mosip.Mediator;

namespace NationalId.Tests.Mosip.Mediator;

public sealed class EnvelopeTests
{
    private static readonly RSA[] OurKeys = [TestKeys.Private(TestKeys.Ours)];

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Node_opens_what_we_seal_in_memory_and_streaming()
    {
        int[] lengths =
        [
            0,
            1,
            15,
            16,
            17,
            16 * 1024,
            EnvelopeContent.OneGo,
            EnvelopeContent.OneGo + 1,
            EnvelopeContent.OneGo + 24575,
            1_000_003,
        ];
        List<(byte[] Plain, string Data, string Signature)> messages = [];
        foreach (var length in lengths)
        {
            var plain = RandomNumberGenerator.GetBytes(length);
            var (data, signature) = Envelope.Seal(plain, TestKeys.Theirs, OurKeys[0]);
            messages.Add((plain, Convert.ToBase64String(data), Convert.ToBase64String(signature)));
            Assert.Equal(Envelope.CipherLength(length, TestKeys.Theirs), data.Length);

            using var message = JsonDocument.Parse(await WriteAsync(Content(plain)));
            Assert.Equal(
                ["id", "requestTime", "data", "signature"],
                message.RootElement.EnumerateObject().Select(property => property.Name)
            );
            messages.Add(
                (
                    plain,
                    message.RootElement.GetProperty("data").GetString()!,
                    message.RootElement.GetProperty("signature").GetString()!
                )
            );
        }

        var opened = await NodeScript.RunAsync(
            "envelope.mjs",
            messages.Select(message => new
            {
                op = "open",
                data = message.Data,
                signature = message.Signature,
                privateKey = TestKeys.PrivatePem(TestKeys.Theirs),
                receiver = TestKeys.Theirs.ExportCertificatePem(),
                signer = TestKeys.Ours.ExportCertificatePem(),
            })
        );
        Assert.Equal(messages.Count, opened.Count);
        foreach (var (message, answer) in messages.Zip(opened))
        {
            Assert.Equal("VER_R2", answer.GetProperty("version").GetString());
            Assert.True(answer.GetProperty("thumbprint").GetBoolean());
            Assert.True(answer.GetProperty("splitter").GetBoolean());
            Assert.True(answer.GetProperty("signature").GetBoolean());
            Assert.Equal(32, answer.GetProperty("keyLength").GetInt32());
            Assert.Equal(message.Plain, answer.GetProperty("plain").GetBytesFromBase64());
        }
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task We_open_every_shape_and_encoding_that_node_writes()
    {
        string[] shapes =
        [
            "version+thumbprint",
            "version",
            "legacy+thumbprint",
            "legacy+thumbprint+skipped",
            "legacy+thumbprint, nonce last",
            "legacy",
            "legacy, nonce last",
        ];
        string[] encodings = ["base64", "base64url", "base64url+padding"];
        var cases = shapes
            .SelectMany(shape =>
                encodings.SelectMany(encoding =>
                    new[] { 0, 1, 33, 90, 5000 }.Select(length =>
                        (shape, encoding, plain: RandomNumberGenerator.GetBytes(length))
                    )
                )
            )
            .ToArray();
        var written = await NodeScript.RunAsync(
            "envelope.mjs",
            cases.Select(one => new
            {
                op = "write",
                one.shape,
                one.encoding,
                plain = Convert.ToBase64String(one.plain),
                receiver = TestKeys.Ours.ExportCertificatePem(),
            })
        );
        RSA[] keys = [TestKeys.Private(TestKeys.Strangers), TestKeys.Private(TestKeys.Long), OurKeys[0]];
        foreach (var (one, answer) in cases.Zip(written))
        {
            Assert.Equal(one.plain, Envelope.Open(Envelope.DecodeBase64(answer.GetProperty("data").GetString()), keys));
        }
    }

    [Fact]
    [Trait(Tier.Name, Tier.Whole)]
    public async Task Random_bytes_that_look_like_a_splitter_or_version_mislead_nobody()
    {
        var splitter = Encoding.ASCII.GetBytes("#KEY_SPLITTER#VER_R2#KEY_SPLITTER#"[..32]);
        var version = Encoding.ASCII.GetBytes("VER_R2#KEY_SPLITTER#VER_R2VER_R2");
        string[] shapes = ["version+thumbprint", "version", "legacy+thumbprint", "legacy+thumbprint+skipped", "legacy"];
        var plain = Encoding.ASCII.GetBytes("VER_R2 and #KEY_SPLITTER# inside");
        var cases = shapes.SelectMany(shape =>
            new[] { splitter, version }.SelectMany(print =>
                new[] { splitter, version }.Select(aad => new
                {
                    op = "write",
                    shape,
                    plain = Convert.ToBase64String(plain),
                    receiver = TestKeys.Ours.ExportCertificatePem(),
                    thumbprint = Convert.ToBase64String(print),
                    aad = Convert.ToBase64String(aad),
                })
            )
        );
        foreach (var answer in await NodeScript.RunAsync("envelope.mjs", cases))
        {
            Assert.Equal(plain, Envelope.Open(Envelope.DecodeBase64(answer.GetProperty("data").GetString()), OurKeys));
        }
    }

    [Property(MaxTest = 60)]
    public bool What_is_sealed_opens_again_and_its_signature_holds(byte[] plain)
    {
        var (data, signature) = Envelope.Seal(plain, TestKeys.Ours, TestKeys.Private(TestKeys.Theirs));
        return Envelope.Open(data, OurKeys).AsSpan().SequenceEqual(plain)
            && Envelope.VerifySignature(data, signature, TestKeys.Theirs)
            && !Envelope.VerifySignature(data, signature, TestKeys.Ours)
            && Envelope.DecodeBase64(Convert.ToBase64String(plain)).AsSpan().SequenceEqual(plain)
            && Envelope.DecodeBase64(Base64Url.EncodeToString(plain)).AsSpan().SequenceEqual(plain);
    }

    [Fact]
    public void A_change_anywhere_is_noticed_and_told_without_data()
    {
        var (data, signature) = Envelope.Seal("Invented Name"u8, TestKeys.Ours, TestKeys.Private(TestKeys.Theirs));
        for (var i = 38; i < data.Length; i++)
        {
            var changed = (byte[])data.Clone();
            changed[i] ^= 0x40;
            var failure = Assert.Throws<EnvelopeException>(() => Envelope.Open(changed, OurKeys));
            Assert.Contains(
                failure.Fault,
                new[] { EnvelopeFault.WrongKey, EnvelopeFault.NoSplitter, EnvelopeFault.Tampered }
            );
            Assert.DoesNotContain("Invented", failure.ToString(), StringComparison.Ordinal);
            Assert.False(Envelope.VerifySignature(changed, signature, TestKeys.Theirs));
        }
    }

    [Fact]
    public void What_can_not_be_opened_says_why()
    {
        var (data, _) = Envelope.Seal("text"u8, TestKeys.Ours, TestKeys.Private(TestKeys.Theirs));
        Assert.Equal(EnvelopeFault.TooShort, Fault(data[..20]));
        Assert.Equal(EnvelopeFault.TooShort, Fault([]));
        Assert.Equal(EnvelopeFault.NoSplitter, Fault(data[..200]));
        Assert.Equal(EnvelopeFault.Tampered, Fault(data[..^1]));
        Assert.Equal(EnvelopeFault.Tampered, Fault(data[..^50]));
        Assert.Equal(EnvelopeFault.WrongKey, Fault(data, TestKeys.Private(TestKeys.Strangers)));
        Assert.Equal(EnvelopeFault.WrongKey, Fault(data, TestKeys.Private(TestKeys.Long)));
        Assert.Equal(EnvelopeFault.WrongKey, Assert.Throws<EnvelopeException>(() => Envelope.Open(data, [])).Fault);
        foreach (var text in new[] { "a", "abc$", "ab=c", "ünicode!" })
        {
            Assert.Equal(
                EnvelopeFault.NotBase64,
                Assert.Throws<EnvelopeException>(() => Envelope.DecodeBase64(text)).Fault
            );
        }

        static EnvelopeFault Fault(byte[] data, RSA? key = null) =>
            Assert.Throws<EnvelopeException>(() => Envelope.Open(data, [key ?? OurKeys[0]])).Fault;
    }

    [Theory]
    [InlineData(EnvelopeFault.NotBase64, "The envelope is not base64.")]
    [InlineData(EnvelopeFault.TooShort, "The envelope is too short.")]
    [InlineData(EnvelopeFault.NoSplitter, "The envelope has no key splitter behind a key.")]
    [InlineData(EnvelopeFault.WrongKey, "The envelope was not sealed for any of our keys.")]
    [InlineData(EnvelopeFault.Tampered, "The envelope's content was changed or cut.")]
    public void What_is_wrong_with_an_envelope_is_said_in_words(EnvelopeFault fault, string words) =>
        Assert.Equal(words, new EnvelopeException(fault).Message);

    [Fact]
    public void Each_envelope_has_a_key_and_random_bytes_of_its_own()
    {
        var (keys, random) = (new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 20; i++)
        {
            var (data, _) = Envelope.Seal("text"u8, TestKeys.Ours, TestKeys.Private(TestKeys.Theirs));
            // VER_R2, thumbprint, wrapped key, splitter, random bytes, cipher text, tag.
            keys.Add(Convert.ToHexString(OurKeys[0].Decrypt(data.AsSpan(38, 256), RSAEncryptionPadding.OaepSHA256)));
            random.Add(Convert.ToHexString(data.AsSpan(308, 32)));
        }

        Assert.Equal((20, 20), (keys.Count, random.Count));
        Assert.Empty(keys.Intersect(random));
        Assert.DoesNotContain(new string('0', 64), keys.Concat(random));
    }

    [Fact]
    public void A_key_of_another_length_is_none()
    {
        var data = Shape(OurKeys[0].Encrypt(new byte[16], RSAEncryptionPadding.OaepSHA256), 64);
        Assert.Equal(
            EnvelopeFault.WrongKey,
            Assert.Throws<EnvelopeException>(() => Envelope.Open(data, OurKeys)).Fault
        );
    }

    [Theory]
    // The keys of others have 2048 to 8192 bits, in steps of 64.
    [InlineData(256, 32, EnvelopeFault.WrongKey)]
    [InlineData(1024, 32, EnvelopeFault.WrongKey)]
    [InlineData(32 + 1024, 32, EnvelopeFault.WrongKey)]
    [InlineData(32 + 1032, 32, EnvelopeFault.NoSplitter)]
    [InlineData(248, 32, EnvelopeFault.NoSplitter)]
    [InlineData(300, 100, EnvelopeFault.NoSplitter)]
    // A nonce and a tag come after it at least.
    [InlineData(256, 31, EnvelopeFault.NoSplitter)]
    public void Whether_another_key_may_open_it_is_told_by_where_the_splitter_is(
        int wrapped,
        int after,
        EnvelopeFault fault
    ) =>
        Assert.Equal(
            fault,
            Assert.Throws<EnvelopeException>(() => Envelope.Open(Shape(new byte[wrapped], after), [])).Fault
        );

    /// <summary>Without version and thumbprint: a key, the splitter, and something.</summary>
    private static byte[] Shape(byte[] wrapped, int after) => [.. wrapped, .. "#KEY_SPLITTER#"u8, .. new byte[after]];

    [Fact]
    public void A_message_of_less_than_nothing_is_an_error() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new EnvelopeContent("id", Now, -1, _ => new(Stream.Null), TestKeys.Theirs, OurKeys[0])
        );

    [Fact]
    public void A_receiver_with_a_longer_key_is_served_too()
    {
        var (data, _) = Envelope.Seal("text"u8, TestKeys.Long, OurKeys[0]);
        Assert.Equal("text"u8.ToArray(), Envelope.Open(data, [OurKeys[0], TestKeys.Private(TestKeys.Long)]));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(EnvelopeContent.OneGo + 10)]
    public async Task The_same_content_can_be_sent_again_and_its_length_was_told(int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);
        var content = Content(plain, "an \"id\" with é");
        var first = await WriteAsync(content);
        var second = await WriteAsync(content);
        Assert.Equal(content.Headers.ContentLength, first.Length);
        Assert.Equal(content.Headers.ContentLength, second.Length);
        Assert.Equal("application/json", content.Headers.ContentType!.ToString());
        foreach (var body in new[] { first, second })
        {
            var message = JsonDocument.Parse(body).RootElement;
            Assert.Equal("an \"id\" with é", message.GetProperty("id").GetString());
            Assert.Equal("2024-02-29T10:11:12.345Z", message.GetProperty("requestTime").GetString());
            Assert.Equal(
                plain,
                Envelope.Open(message.GetProperty("data").GetBytesFromBase64(), [TestKeys.Private(TestKeys.Theirs)])
            );
        }

        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_plain_text_of_another_length_than_told_never_makes_a_whole_message(int difference)
    {
        foreach (var length in new[] { 100, EnvelopeContent.OneGo + 100 })
        {
            var plain = new byte[length];
            var content = new EnvelopeContent(
                "id",
                Now,
                length + difference,
                _ => new(new MemoryStream(plain)),
                TestKeys.Theirs,
                OurKeys[0]
            );
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => content.CopyToAsync(Stream.Null));
            Assert.IsAssignableFrom<IOException>(failure.InnerException);
        }
    }

    [Fact]
    public async Task Fifty_megabytes_stream_through_little_memory()
    {
        const int Length = 50 * 1024 * 1024;
        await Content(new byte[EnvelopeContent.OneGo + 1]).CopyToAsync(Stream.Null);
        var content = new EnvelopeContent("id", Now, Length, _ => new(new Zeros(Length)), TestKeys.Theirs, OurKeys[0]);
        // Nothing here waits, so it all happens on this thread; other tests allocate on theirs. A debug build allocates
        // state machines.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sent = content.CopyToAsync(Stream.Null);
        Assert.True(sent.IsCompletedSuccessfully);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    private static readonly DateTimeOffset Now = new(2024, 2, 29, 12, 11, 12, 345, TimeSpan.FromHours(2));

    private static EnvelopeContent Content(byte[] plain, string id = "composition") =>
        new(id, Now, plain.Length, _ => new(new MemoryStream(plain)), TestKeys.Theirs, OurKeys[0]);

    private static async Task<byte[]> WriteAsync(EnvelopeContent content)
    {
        using var body = new MemoryStream();
        await content.CopyToAsync(body);
        return body.ToArray();
    }

    private sealed class Zeros(long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, left);
            buffer[..count].Clear();
            left -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
