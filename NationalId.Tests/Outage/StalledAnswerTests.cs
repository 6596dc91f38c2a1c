using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Outage;

/// <summary>All callers wait for one fetch of the token, so a stalled answer is given up after a time-out.</summary>
public sealed class StalledAnswerTests
{
    private const string Token = """{"access_token":"good","expires_in":300}""";

    [Theory]
    [InlineData("mosip")]
    [InlineData("opencrvs")]
    public async Task A_token_endpoint_that_stalls_in_its_answer_is_given_up_and_asked_again(string partner)
    {
        await using var auth = await LoopbackServer.StartAsync(
            async (seen, context) =>
            {
                if (seen.Number > 1)
                {
                    await context.Response.WriteAsync(Token);
                    return;
                }

                var gone = new TaskCompletionSource();
                context.RequestAborted.Register(gone.SetResult);
                context.Response.ContentLength = Token.Length;
                await context.Response.WriteAsync(Token[..10]);
                await context.Response.Body.FlushAsync();
                await gone.Task;
            }
        );
        await using var services = Services(auth.Address);
        var failure = await Assert.ThrowsAsync<TransientFailureException>(() =>
            FetchAsync(services, partner).WaitAsync(TimeSpan.FromSeconds(60))
        );
        Assert.EndsWith("did not answer in time.", failure.Reason, StringComparison.Ordinal);
        Assert.Equal("good", await FetchAsync(services, partner));
    }

    [Fact]
    public async Task A_token_endpoint_that_answers_without_end_is_given_up_and_asked_again()
    {
        await using var auth = await LoopbackServer.StartAsync(
            (seen, context) =>
                context.Response.WriteAsync(seen.Number > 1 ? Token : Token + new string(' ', 2 * 1024 * 1024))
        );
        await using var services = Services(auth.Address);
        await Assert.ThrowsAsync<TransientFailureException>(() => FetchAsync(services, "opencrvs"));
        Assert.Equal("good", await FetchAsync(services, "opencrvs"));
    }

    private static Task<string> FetchAsync(ServiceProvider services, string partner) =>
        partner == "mosip"
            ? services.GetRequiredService<MosipTokenClient>().GetAsync(default)
            : services.GetRequiredService<OpenCrvsTokens>().GetAsync(default).AsTask();

    private static ServiceProvider Services(Uri auth) =>
        new ServiceCollection()
            .AddLogging()
            .AddNationalId(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        TestSettings.Mosip(
                            "UseDevelopmentStorage=true",
                            ("NationalId__Mosip__AuthUrl", auth.AbsoluteUri),
                            ("NationalId__OpenCrvs__AuthUrl", auth.AbsoluteUri),
                            ("NationalId__Mosip__Timeout", "00:00:03"),
                            ("NationalId__Delivery__LeaseFor", "00:00:06"),
                            ("NationalId__Delivery__QuickRetries", "0"),
                            ("OPENCRVS_CLIENT_ID", "client"),
                            ("OPENCRVS_CLIENT_SECRET", "only-for-this-test"),
                            ("MOSIP_AUTH_CLIENT_ID", "client"),
                            ("MOSIP_AUTH_CLIENT_SECRET", "only-for-this-test"),
                            ("MOSIP_AUTH_USER", "user"),
                            ("MOSIP_AUTH_PASS", "only-for-this-test")
                        )
                    )
                    .Build()
            )
            .BuildServiceProvider();
}
