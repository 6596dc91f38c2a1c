using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core;

namespace NationalId.Tests.Architecture;

/// <summary>The composition is a line a class.</summary>
public sealed class CompositionTests
{
    private const int MostDependencies = 7;

    [Theory]
    [InlineData("MOSIP")]
    [InlineData("Freedonia")]
    public void No_class_depends_on_more_than_seven_others_and_each_has_a_public_constructor(string client)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("NationalId:ClientName", client)])
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
}
