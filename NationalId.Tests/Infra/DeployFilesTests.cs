using System.Diagnostics;

namespace NationalId.Tests.Infra;

/// <summary>The files by which others' programs deploy: their syntax, and scripts with an az that only notes.</summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed class DeployFilesTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("deploy-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Workflow_Dockerfile_compose_file_and_azure_yaml_are_what_their_programs_read() =>
        Assert.Empty(await NodeScript.RunAsync("syntax.mjs", [], CompiledBicep.Root));

    [Fact]
    public async Task Secrets_go_to_the_vault_the_folder_is_gone_and_a_second_run_draws_no_new_keys()
    {
        var first = Secrets();
        var (code, _) = await PutAsync(first);
        Assert.Equal(0, code);
        Assert.False(Directory.Exists(first));
        Assert.Equal(
            [
                "NATIONALID-LEDGER-KEY utf-8",
                "NATIONALID-RECORD-TOKEN-KEY utf-8",
                "OPENCRVS-SHA-SECRET utf-8",
                "TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE base64",
            ],
            await PutsAsync()
        );

        var second = Secrets();
        Assert.Equal(0, (await PutAsync(second)).Code);
        Assert.False(Directory.Exists(second));
        Assert.Equal(4 + 2, (await PutsAsync()).Count);
    }

    [Fact]
    public async Task A_file_that_is_no_secret_of_ours_ends_it_before_anything_is_put()
    {
        var secrets = Secrets();
        await File.WriteAllTextAsync(Path.Combine(secrets, "keystore.p12"), "a");
        var (code, errors) = await PutAsync(secrets);
        Assert.Equal(2, code);
        Assert.Contains("keystore.p12 is no secret's name", errors);
        Assert.True(Directory.Exists(secrets));
        Assert.Empty(await PutsAsync());
    }

    [Fact]
    public async Task A_vault_that_can_not_be_asked_gets_no_new_ledger_key()
    {
        var secrets = Secrets();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "list-fails"), "");
        Assert.NotEqual(0, (await PutAsync(secrets)).Code);
        Assert.DoesNotContain(await PutsAsync(), put => put.StartsWith("NATIONALID", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_script_knows_every_secret()
    {
        var script = await File.ReadAllTextAsync(CompiledBicep.Path("scripts/put-secrets.sh"));
        Assert.All(ReadSettings.Secrets, secret => Assert.Matches($@"\b{secret}\b", script));
    }

    [Fact]
    public async Task Git_ignores_keys_and_what_the_documents_commands_leave()
    {
        string[] files =
        [
            "opencrvs-priv.key",
            "keystore.p12",
            "infra/a.pem",
            "nid.env",
            "secrets/x",
            "out/host.json",
            "app.zip",
            "local.settings.json",
            "sha-secret.txt",
        ];
        var (_, ignored, _) = await RunAsync("git", ["-C", CompiledBicep.Root, "check-ignore", .. files]);
        Assert.Equal(files, ignored.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private string Secrets()
    {
        var secrets = folder.CreateSubdirectory(Guid.NewGuid().ToString("N")).FullName;
        File.WriteAllText(Path.Combine(secrets, "OPENCRVS-SHA-SECRET"), "geheimß");
        File.WriteAllBytes(
            Path.Combine(secrets, "TOKENSEEDER-CRYPTO-SIGNATURE--SIGN-P12-FILE"),
            [0x30, 0x82, 0x01, 0x00]
        );
        return secrets;
    }

    private async Task<IReadOnlyList<string>> PutsAsync() =>
        File.Exists(Path.Combine(folder.FullName, "puts"))
            ? [.. (await File.ReadAllLinesAsync(Path.Combine(folder.FullName, "puts"))).Order()]
            : [];

    private async Task<(int Code, string Errors)> PutAsync(string secrets)
    {
        await StandIn.WriteAsync(
            Path.Combine(folder.FullName, "az"),
            """
            #!/usr/bin/env bash
            here=$(dirname "$0")
            case "$3" in
              set) echo "$7 ${11}" >>"$here/puts" ;;
              list) [[ ! -e $here/list-fails ]] || exit 1; cut -d' ' -f1 "$here/puts" 2>/dev/null || true ;;
            esac
            """
        );
        var (code, _, errors) = await RunAsync(CompiledBicep.Path("scripts/put-secrets.sh"), ["vault", secrets]);
        return (code, errors);
    }

    private async Task<(int Code, string Said, string Errors)> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await said, errors);
    }
}
