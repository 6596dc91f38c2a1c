using System.Text;
using NationalId.Core.OpenCrvs.Records;

namespace NationalId.Tests.OpenCrvs.Records;

public sealed class RecordTokensTests
{
    private const string Key = "0123456789abcdef";

    [Fact]
    public void A_token_opens_with_its_secret_and_its_event_alone()
    {
        var stored = RecordTokens.Seal("a secret", Key, "the token");
        Assert.Equal("the token", RecordTokens.Open("a secret", Key, stored));
        Assert.Null(RecordTokens.Open("another secret", Key, stored));
        Assert.Null(RecordTokens.Open("a secret", "another event", stored));
        stored[^1] ^= 1;
        Assert.Null(RecordTokens.Open("a secret", Key, stored));
        Assert.Null(RecordTokens.Open("a secret", Key, stored[..8]));
        Assert.Null(RecordTokens.Open("a secret", Key, []));
    }

    [Fact]
    public void What_is_stored_says_nothing_of_the_token_and_is_never_the_same()
    {
        var one = RecordTokens.Seal("a secret", Key, "the token");
        Assert.DoesNotContain("token", Encoding.UTF8.GetString(one));
        Assert.NotEqual(one, RecordTokens.Seal("a secret", Key, "the token"));
    }
}
