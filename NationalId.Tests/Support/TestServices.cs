using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core;

namespace NationalId.Tests.Support;

/// <summary>The client's own services without a host: their parts are run by the test.</summary>
internal static class TestServices
{
    /// <summary>What the client is made of by its settings.</summary>
    public static IServiceCollection Of(Dictionary<string, string?> settings, TimeProvider? time = null) =>
        new ServiceCollection()
            .AddLogging()
            .AddSingleton(time ?? TimeProvider.System)
            .AddNationalId(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
