using NationalId.Sandbox;

namespace NationalId.Tests.EndToEnd.OpenCrvs2;

/// <summary>Answers of OpenCRVS 2.0 that are none, or send us away: a record is accepted once.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class StrangeAnswerTests
{
    [Theory]
    [InlineData(Fault.Status429)]
    [InlineData(Fault.Unauthorized)]
    [InlineData(Fault.Html200)]
    [InlineData(Fault.NullResponse)]
    public Task Whatever_the_events_service_answers_a_record_is_accepted_once(Fault fault) =>
        FaultTests.AcceptedOnceAsync(fault);
}
