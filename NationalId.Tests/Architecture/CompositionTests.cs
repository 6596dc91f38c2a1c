using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core;
using NationalId.Core.Platform.Storage;

namespace NationalId.Tests.Architecture;

/// <summary>The composition is a line a class.</summary>
public sealed class CompositionTests
{
    private const int MostDependencies = 7;

    [Theory]
    [InlineData("MOSIP", "")]
    [InlineData("MOSIP", "mosip-packets")]
    [InlineData("Freedonia", "")]
    [InlineData("Freedonia", "osia")]
    public void No_class_depends_on_more_than_seven_others_and_each_has_a_public_constructor(
        string client,
        string system
    )
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("NationalId:ClientName", client), new("NationalId:System", system)])
            .Build();
        var ours = new ServiceCollection()
            .AddNationalId(configuration)
            .Where(service => !service.IsKeyedService)
            .Select(service => service.ImplementationType)
            .OfType<Type>()
            .Where(type => type.Assembly == typeof(NationalIdServices).Assembly)
            .Distinct()
            .ToList();
        Assert.True(ours.Count > 40, $"There are only {ours.Count} classes.");
        Assert.All(
            ours,
            type =>
            {
                Assert.NotEmpty(type.GetConstructors());
                Assert.All(
                    type.GetConstructors(),
                    constructor => Assert.InRange(constructor.GetParameters().Length, 0, MostDependencies)
                );
            }
        );
    }

    [Theory]
    [InlineData("MOSIP", "")]
    [InlineData("MOSIP", "mosip-packets")]
    [InlineData("Freedonia", "")]
    [InlineData("Freedonia", "osia")]
    public void Every_queue_that_a_function_listens_to_is_created_also_where_its_part_is_not_configured(
        string client,
        string system
    )
    {
        // For a queue that is missing the Functions host logs a warning each other second.
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("NationalId:ClientName", client), new("NationalId:System", system)])
            .Build();
        using var services = new ServiceCollection().AddLogging().AddNationalId(configuration).BuildServiceProvider();
        var created = services.GetServices<StorageNeeds>().SelectMany(needs => needs.Queues).ToHashSet();
        var listened = Assembly
            .Load("NationalId.Functions")
            .GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters())
            .SelectMany(parameter => parameter.GetCustomAttributes<QueueTriggerAttribute>())
            .Select(trigger => trigger.QueueName)
            .ToList();
        Assert.NotEmpty(listened);
        Assert.All(listened, queue => Assert.Contains(queue, created));
    }
}
