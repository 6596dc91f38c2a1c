using NationalId.Core.OpenCrvs.Auth;

namespace NationalId.Tests.OpenCrvs.Auth;

/// <summary>The one question that only OpenCRVS's auth service can answer.</summary>
public sealed class LoggedOutTokensTests
{
    [Theory]
    [InlineData(200, """{"valid":true}""", false)]
    [InlineData(200, """{"valid":false}""", true)]
    [InlineData(200, "{}", null)]
    [InlineData(200, "<html>", null)]
    [InlineData(200, "", null)]
    [InlineData(400, """{"message":"a proxy's"}""", null)]
    [InlineData(401, """{"valid":false}""", null)]
    [InlineData(403, "", null)]
    [InlineData(404, "", null)]
    [InlineData(500, "", null)]
    public async Task Only_the_service_s_own_word_counts(int status, string body, bool? loggedOut)
    {
        var world = new BearerWorld { Answer = _ => BearerWorld.Text(body, status) };
        Assert.Equal(loggedOut, await world.LoggedOut.HasAsync("token", default));
        Assert.Equal(new Uri("http://auth.crvs.example/verifyToken"), Assert.Single(world.Asked));
        Assert.Equal("token=token", world.Form);
    }

    [Fact]
    public async Task Questions_are_bounded_in_number_and_in_waiting_and_in_time()
    {
        var world = new BearerWorld { Answer = _ => null };
        var bound = LoggedOutTokens.AtOnce + LoggedOutTokens.Waiting;
        var questions = Enumerable.Range(0, 60).Select(_ => world.LoggedOut.HasAsync("token", default)).ToList();

        // Those beyond the bound have their answer without any wait.
        await Eventually.TrueAsync(() => questions.Count(question => question.IsCompleted) == 60 - bound);
        await Eventually.TrueAsync(() => world.Asked.Count == LoggedOutTokens.AtOnce);
        world.Time.Advance(LoggedOutTokens.Patience);
        Assert.All(await Task.WhenAll(questions), Assert.Null);
        Assert.Equal(LoggedOutTokens.AtOnce, world.MostAtOnce);

        world.Answer = _ => BearerWorld.Text("""{"valid":true}""");
        Assert.False(await world.LoggedOut.HasAsync("token", default));
    }

    [Fact]
    public async Task A_sender_who_goes_is_not_taken_for_an_answer()
    {
        var world = new BearerWorld { Answer = _ => null };
        using var gone = new CancellationTokenSource();
        var question = world.LoggedOut.HasAsync("token", gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question);
    }
}
