using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd;

/// <summary>Answers of MOSIP that are none delay a birth and lose nothing.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class MosipStrangeAnswerTests
{
    [Theory]
    [InlineData(Fault.Html200)]
    [InlineData(Fault.NullResponse)]
    [InlineData(Fault.ErrorsArray)]
    [InlineData(Fault.Unauthorized)]
    public Task MOSIP_answering_nonsense_at_each_of_its_endpoints_delays_a_birth_and_does_not_lose_it(Fault fault) =>
        MosipFailureTests.DelaysABirthAsync(fault);
}
