using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core;
using NationalId.Core.Operations;
using NationalId.Core.Platform.Telemetry;

namespace NationalId.Tests.Support;

/// <summary>The metrics that the code really has, asked as a collector asks.</summary>
internal static class MetricNames
{
    private static readonly Lazy<HashSet<string>> Published = new(() =>
    {
        HashSet<string> names = [];
        var settings = TestSettings.Mosip("UseDevelopmentStorage=true");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        using var services = new ServiceCollection().AddLogging().AddNationalId(configuration).BuildServiceProvider();
        services.GetRequiredService<HostGauges>();
        services.GetRequiredService<OverdueGauges>();
        services.GetRequiredService<ReconcileGauges>();
        services.GetRequiredService<SubscriptionGauges>();
        Instruments.Received.Add(0);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Instruments.Name)
                {
                    names.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        return names;
    });

    public static IReadOnlySet<string> All => Published.Value;
}
