using BenchmarkDotNet.Attributes;
using NationalId.Core.Mosip.Ida;

namespace NationalId.Benchmarks.Crypto;

/// <summary>The signature check, with what it allocates.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
[BenchmarkCategory("signature")]
public class SignatureBenchmarks
{
    private Subjects subjects = null!;

    [Params(20 * 1024, 1024 * 1024)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup() => subjects = new Subjects(Length);

    [Benchmark(Baseline = true)]
    public void HmacAlone() => subjects.HmacAlone();

    [Benchmark]
    public int SignatureCheck() => subjects.Verify();
}

/// <summary>What a message to MOSIP costs, beside the one RSA operation that nobody can save.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class MessageBenchmarks
{
    private Subjects subjects = null!;

    [GlobalSetup]
    public void Setup() => subjects = new Subjects(20 * 1024);

    [Benchmark(Baseline = true)]
    public byte[] RsaSignAlone() => subjects.SignAlone();

    [Benchmark]
    public void SealAndSign() => subjects.Seal();

    [Benchmark]
    public IdaRequest IdaRequest() => subjects.BuildIda();
}
