using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using NationalId.Core.Mosip.WebSub;

namespace NationalId.Tests.Mosip.WebSub;

/// <summary>
/// Signatures over texts that they don't carry. Beside these, <see cref="CredentialProofTests"/> has Node sign.
/// </summary>
public sealed class DetachedJwsTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("""{"UIN":"é"}""");
    private static readonly RSA Key = TestKeys.Private(TestKeys.Theirs);
    private static readonly string Certificate = Convert.ToBase64String(TestKeys.Theirs.RawData);

    [Theory]
    [InlineData("""{"alg":"RS256"}""", false, false)]
    [InlineData("""{"alg":"PS256"}""", true, false)]
    [InlineData("""{"alg":"PS256","b64":false,"crit":["b64"]}""", true, true)]
    [InlineData("""{"alg":"RS256","b64":false,"crit":["b64"]}""", false, true)]
    [InlineData("""{"alg":"RS256","b64":true,"crit":["b64"]}""", false, false)]
    public void A_signature_fits_its_text_and_key_and_no_other(string header, bool pss, bool raw)
    {
        var jws = DetachedJws.Read(Sign(header, pss, raw))!;
        Assert.True(jws.Fits(Text, Key));
        Assert.False(jws.Fits([.. Text, 32], Key));
        Assert.False(jws.Fits(Text, TestKeys.Private(TestKeys.Strangers)));

        // The header is signed too, the padding is the one that it names, and so is the text's form.
        Assert.False(DetachedJws.Read(Sign(header, !pss, raw))!.Fits(Text, Key));
        Assert.False(DetachedJws.Read(Sign(header, pss, !raw))!.Fits(Text, Key));
        Assert.False((jws with { HeaderText = Part("""{"alg":"RS256","x":1}""") }).Fits(Text, Key));
    }

    [Fact]
    public void What_it_carries_all_the_same_is_not_looked_at()
    {
        var parts = Sign("""{"alg":"RS256"}""", pss: false, raw: false).Split('.');
        Assert.True(DetachedJws.Read($"{parts[0]}.{Part("another text")}.{parts[2]}")!.Fits(Text, Key));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS256"}""")]
    [InlineData("""{"alg":"RS512"}""")]
    [InlineData("""{"alg":7}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"alg":"RS256","alg":"RS256"}""")]
    [InlineData("""{"alg":"RS256","crit":["exp"]}""")]
    [InlineData("""{"alg":"RS256","crit":["b64","exp"],"b64":false}""")]
    [InlineData("""{"alg":"RS256","crit":"b64"}""")]
    // RFC 7797: who doesn't know b64 must not take it for the common form.
    [InlineData("""{"alg":"RS256","b64":false}""")]
    [InlineData("""{"alg":"RS256","x5c":"a"}""")]
    [InlineData("""{"alg":"RS256","x5c":["#"]}""")]
    [InlineData("""{"alg":"RS256","x5t#S256":"#"}""")]
    public void A_header_that_asks_for_what_we_don_t_know_makes_no_signature(string header) =>
        Assert.Null(DetachedJws.Read(Sign(header, pss: false, raw: false)));

    [Theory]
    [InlineData("")]
    [InlineData("HEADER")]
    [InlineData("HEADER..")]
    [InlineData("HEADER.YQ")]
    [InlineData("HEADER..YQ.YQ")]
    [InlineData("..YQ")]
    [InlineData("HEADER..#")]
    [InlineData("#..YQ")]
    public void What_has_not_three_parts_is_none(string text) =>
        Assert.Null(DetachedJws.Read(text.Replace("HEADER", Part("""{"alg":"RS256"}"""), StringComparison.Ordinal)));

    [Fact]
    public void Certificates_come_in_their_order_and_a_thumbprint_says_whose_it_may_be()
    {
        var other = Convert.ToBase64String(TestKeys.Strangers.RawData);
        var several = DetachedJws.Read(Sign($$"""{"alg":"RS256","x5c":["{{Certificate}}","{{other}}"]}"""))!;
        Assert.Equal([TestKeys.Theirs.RawData, TestKeys.Strangers.RawData], several.Certificates);
        Assert.Null(several.Thumbprint);
        Assert.True(several.MayBeOf(TestKeys.Strangers));

        var print = Base64Url.EncodeToString(SHA256.HashData(TestKeys.Theirs.RawData));
        foreach (var padding in new[] { "", "=" })
        {
            var named = DetachedJws.Read(Sign($$"""{"alg":"RS256","x5t#S256":"{{print}}{{padding}}"}"""))!;
            Assert.Empty(named.Certificates);
            Assert.True(named.MayBeOf(TestKeys.Theirs));
            Assert.False(named.MayBeOf(TestKeys.Strangers));
        }
    }

    private static string Sign(string header, bool pss = false, bool raw = false)
    {
        byte[] signed =
        [
            .. Encoding.ASCII.GetBytes(Part(header) + "."),
            .. raw ? Text : Encoding.ASCII.GetBytes(Part(Text)),
        ];
        var signature = Key.SignData(
            signed,
            HashAlgorithmName.SHA256,
            pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1
        );
        return $"{Part(header)}..{Base64Url.EncodeToString(signature)}";
    }

    private static string Part(string text) => Part(Encoding.UTF8.GetBytes(text));

    private static string Part(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
