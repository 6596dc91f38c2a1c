using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using NationalId.Core.Ledger;
using NationalId.Core.Registry;
using NationalId.LocalHost;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.AnySystem;

/// <summary>
/// docs/default-system.md: the receiver that it gives an integrator to start from works as it stands there.
/// </summary>
[Trait(Tier.Name, Tier.Whole)]
public sealed partial class DefaultSystemPageTests
{
    [SkippableFact]
    public async Task The_page_s_receiver_gets_a_life_by_TLS_with_the_client_s_certificate_and_its_call_back_is_taken()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "bash, od, awk and timeout are needed.");
        using var folder = new TemporaryFolder();
        foreach (var (name, text) in Files())
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, name), text);
        }

        var keys = World.Keys.Value;
        await BashAsync(folder, "chmod +x *.sh && ./keys.sh", ("P12_PASSWORD", "pass word"));
        using var server = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder.Path, "server.crt"));
        var port = LocalRun.FreePort();
        // timeout passes the end on to all that the script has started.
        await using var receiver = await ChildProcess.StartAsync(
            "bash",
            [
                "-c",
                $"cd '{folder.Path}' && exec timeout 300 ./serve.sh {port} -Verify 1 -verify_return_error "
                    + "-CAfile client.crt",
            ],
            new Dictionary<string, string> { ["SIGN_SECRET"] = keys.SignSecret }
        );
        await using var world = await DefaultSystemTests.StartAsync(
            client: settings =>
            {
                settings["NationalId:DefaultSystem:BirthUrl"] = $"https://127.0.0.1:{port}/events";
                settings.Remove("NationalId:DefaultSystem:DeathUrl");
                settings["NationalId:DefaultSystem:Authentication"] = "Certificate";
                settings["NATIONALID_CLIENT_P12"] = Convert.ToBase64String(
                    File.ReadAllBytes(Path.Combine(folder.Path, "client.p12"))
                );
                settings["NATIONALID_CLIENT_P12_PASSWORD"] = "pass word";
            },
            services: services => DefaultSystemTests.Trust(services, server)
        );

        var birth = await world.Sandbox.OpenCrvs.SendBirthAsync(
            new BirthRecord
            {
                GivenNames = ["Zoë !*'()~"],
                FamilyName = "Ωmega 🐣 %41",
                PaddingBytes = 200_000,
            }
        );
        var number = await DefaultSystemTests.NumberAsync(world, birth);
        Assert.Equal(
            number,
            (await File.ReadAllTextAsync(Path.Combine(folder.Path, "numbers", birth.RegistrationNumber))).Trim()
        );
        Assert.Equal(
            birth.Body,
            await File.ReadAllBytesAsync(Path.Combine(folder.Path, "births", birth.RegistrationNumber + ".json"))
        );
        var death = await world.Sandbox.OpenCrvs.SendDeathAsync(new DeathRecord { NationalId = number });
        await world.DeliveredAsync(death);
        Assert.Equal(
            death.Body,
            await File.ReadAllBytesAsync(Path.Combine(folder.Path, "deaths", death.RegistrationNumber + ".json"))
        );

        const string Curl =
            "curl -s -o answer.txt -w '%{http_code}' --retry 9 --retry-connrefused --cacert server.crt "
            + "--cert client.crt --key client.key -H 'Expect:'";
        Assert.Equal(
            "401",
            await BashAsync(
                folder,
                $"{Curl} -H 'X-Hub-Signature: sha256={new string('0', 64)}' -d '{{}}' https://127.0.0.1:{port}/events"
            )
        );

        await world.EventAsync(birth.RegistrationNumber, EventKinds.NationalId, EventState.Delivered);
        Assert.EndsWith("\n200", await CallBackAsync(number));
        Assert.EndsWith("\n409", await CallBackAsync("Ω another"));
        Assert.Equal(number, world.Sandbox.OpenCrvs.Find(birth.RegistrationNumber)!.NationalId);

        Task<string> CallBackAsync(string value) =>
            BashAsync(
                folder,
                $"./call-back.sh {birth.RegistrationNumber} '{value}'",
                ("CALLBACK_SECRET", keys.CallbackSecret),
                ("CLIENT_URL", world.Host.BaseAddress.ToString().TrimEnd('/'))
            );
    }

    /// <summary>The page's bash blocks, under the names in their first lines.</summary>
    private static IEnumerable<(string Name, string Text)> Files() =>
        Block()
            .Matches(File.ReadAllText(Repository.PathOf("docs", "default-system.md")))
            .Select(block => (block.Groups["name"].Value, block.Groups["text"].Value));

    [GeneratedRegex(
        @"^```bash\n(?<text>(#![^\n]*\n)?# (?<name>[a-z-]+\.sh)[: ].*?)^```",
        RegexOptions.Multiline | RegexOptions.Singleline
    )]
    private static partial Regex Block();

    private static async Task<string> BashAsync(
        TemporaryFolder folder,
        string command,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo("bash", ["-c", command])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(process.ExitCode == 0, await error);
        return (await output).TrimEnd();
    }
}
