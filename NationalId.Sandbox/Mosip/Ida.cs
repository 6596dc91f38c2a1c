namespace NationalId.Sandbox.Mosip;

internal sealed class Ida(MosipSandbox mosip, SandboxSettings settings, SandboxKeys keys)
{
    public IReadOnlyCollection<string> Answers => [];

    public Task<IResult> AnswerAsync(HttpContext context) => throw new NotImplementedException(mosip + "" + settings + keys);

    public object Failure(Fault fault) => throw new NotImplementedException();
}
