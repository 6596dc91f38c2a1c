using System.Text;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.OpenCrvs.Records;

public sealed class EventsAnswerTests
{
    [Theory]
    [InlineData("""{"result":{"data":{"json":{"id":"e","actions":[{"id":"a","status":"Accepted"}]}}}}""")]
    [InlineData("""{"id":"e","actions":[{"id":"a","status":"Accepted"}]}""")]
    public void A_record_is_read_in_both_forms(string body) =>
        Assert.True(Assert.Single(Read(200, body).Record!.Actions).IsAccepted);

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"result":{"data":{"json":null}}}""")]
    [InlineData("""{"id":7}""")]
    public void A_yes_without_a_record_is_no_yes(string body) =>
        Assert.Throws<TransientFailureException>(() => Read(200, body));

    [Theory]
    [InlineData("""{"id":"e"}""")]
    [InlineData("""{"id":"e","actions":null}""")]
    [InlineData("""{"id":"e","actions":[null,7,[],{}]}""")]
    [InlineData("""{"id":"e","actions":[{"id":7,"type":null,"status":[],"createdAt":"x","declaration":[]}]}""")]
    public void Actions_of_any_shape_are_read(string body) => Assert.Equal("e", Read(200, body).Record!.Id);

    [Fact]
    public void A_rejection_is_known_by_OpenCRVSs_words()
    {
        const string Words = """{"error":{"json":{"message":"Action has already been rejected.","code":-32600}}}""";
        Assert.True(Read(400, Words).SaysRejected);
        Assert.False(Read(500, Words).SaysRejected);
        Assert.False(Read(400, "").SaysRejected);
        Assert.False(Read(400, "[7]").SaysRejected);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(500)]
    public void What_OpenCRVS_says_is_never_repeated(int status)
    {
        var answer = Read(status, """{"error":{"json":{"message":"Ada Example 1234567890"}}}""");
        Assert.DoesNotContain("Ada", answer.Failure().Reason);
        Assert.DoesNotContain("Ada", answer.ToString());
        Assert.Contains($"{status}", answer.Failure().Reason);
    }

    [Fact]
    public void Stable_ids_are_UUIDs_of_version_5_that_follow_from_their_parts()
    {
        var id = Guid.Parse(StableIds.Of("request", "e", "child.nid", "1"));
        Assert.Equal(5, id.Version);
        Assert.Equal($"{id}", StableIds.Of("request", "e", "child.nid", "1"));
        Assert.NotEqual($"{id}", StableIds.Of("request", "e", "child.nid", "2"));
        Assert.NotEqual($"{id}", StableIds.Of("approve", "e", "child.nid", "1"));
    }

    private static EventsAnswer Read(int status, string body) =>
        EventsAnswer.Read(status, Encoding.UTF8.GetBytes(body));
}
