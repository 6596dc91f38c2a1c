namespace NationalId.Tests.Support;

/// <summary>What <c>nationalid.events.refused</c>, at which alert rules look, counts meanwhile.</summary>
internal sealed class Refusals() : MetricCounts("nationalid.events.refused");
