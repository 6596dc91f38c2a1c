using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

/// <summary>What is told fits what was started.</summary>
public sealed class NextStepsTests
{
    [Theory]
    [InlineData("1", null, "MOSIP", "/births", "/mosip/persons", "mosip-birth")]
    [InlineData("1", null, "Freedonia", "/births", "/nid/numbers", "nid-births")]
    [InlineData("2.0", "mosip-packets", "MOSIP", "/registrations", "/mosip/packets", "packet")]
    [InlineData("1", "osia", "Freedonia", "/births", "/osia/persons", "osia-uin")]
    public void The_commands_fit_what_was_started(
        string openCrvs,
        string? system,
        string client,
        string birth,
        string known,
        string fault
    )
    {
        var text = NextSteps.Text("http://a", "the-key", "http://c/", openCrvs, system, client);
        Assert.Contains("http://a/api/ops    its key: the-key", text);
        Assert.Contains("http://a/api/docs", text);
        Assert.Contains($"curl -X POST http://c{birth}\n", text);
        Assert.Contains($"curl http://c{known}\n", text);
        Assert.Contains($"\"target\":\"{fault}\"", text);
    }
}
