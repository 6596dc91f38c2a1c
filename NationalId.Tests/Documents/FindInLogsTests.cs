using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using NationalId.LocalHost;

namespace NationalId.Tests.Documents;

/// <summary>The script that searches the logs of a real host.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class FindInLogsTests
{
    [Theory]
    [InlineData("4815162342", 1, "a.log:2: word 1")]
    [InlineData("nobody\nŁucja", 1, "a.log:2: word 2")]
    [InlineData("Ωmega", 1, "b.log.gz:1: word 1")]
    [InlineData("nobody", 0, "1 words looked for in 2 files: nothing found")]
    [InlineData("Zoe", 2, "")]
    [InlineData("", 2, "")]
    public async Task A_word_is_found_as_it_is_and_as_addresses_and_JSON_write_it(string words, int code, string says)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            Path.Combine(folder.Path, "a.log"),
            "a line\nGET /api/osia/v1/persons/4815162342?firstName=%C5%81ucja\n"
        );
        await using (var file = File.Create(Path.Combine(folder.Path, "b.log.gz")))
        await using (var gzip = new GZipStream(file, CompressionMode.Compress))
        {
            await gzip.WriteAsync("""{"name":"\u03a9MEGA"}"""u8.ToArray());
        }

        using var script = Process.Start(
            new ProcessStartInfo("bash", [Repository.PathOf("scripts/find-in-logs.sh"), folder.Path])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            }
        )!;
        await script.StandardInput.WriteAsync(words);
        script.StandardInput.Close();
        var said = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        Assert.Equal(code, script.ExitCode);
        Assert.Contains(says, said);
        Assert.DoesNotContain("Łucja", said);
    }
}
