using System.Diagnostics;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using NationalId.LocalHost;

namespace NationalId.Tests.LocalHost;

[Trait(Tier.Name, Tier.Whole)]
public sealed class AzuriteServerTests
{
    [Fact]
    public async Task Data_is_there_again_after_a_restart_on_the_same_ports()
    {
        await using var azurite = await AzuriteServer.StartAsync();
        var before = azurite.ConnectionString;
        var queue = new QueueClient(before, "kept");
        await queue.CreateAsync();
        await queue.SendMessageAsync("a message");

        await azurite.RestartAsync();

        Assert.Equal(before, azurite.ConnectionString);
        var message = await new QueueClient(azurite.ConnectionString, "kept").ReceiveMessageAsync();
        Assert.Equal("a message", message.Value.MessageText);
    }

    [Fact]
    public async Task What_keeps_Azurite_from_standing_still_removes_what_is_to_go_and_nothing_else()
    {
        var patch = new { patch = Repository.PathOf("scripts", "azurite.cjs") };
        Assert.Empty(await NodeScript.RunAsync("azurite-lists.mjs", [patch]));
    }

    [Fact]
    public async Task Accounts_do_not_see_each_other()
    {
        var one = new BlobContainerClient(await TestAzurite.NewAccountAsync(), "same-name");
        var other = new BlobContainerClient(await TestAzurite.NewAccountAsync(), "same-name");
        await one.CreateAsync();

        Assert.False(await other.ExistsAsync());
    }

    [Fact]
    public async Task A_child_dies_with_its_parent_even_when_the_parent_is_killed()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // This LocalHost starts Azurite as its child. Then it is killed with SIGKILL.
        using var folder = new TemporaryFolder();
        var runJson = Path.Combine(folder.Path, "run.json");
        using var host = Process.Start(
            new ProcessStartInfo(
                "dotnet",
                [
                    typeof(AzuriteServer).Assembly.Location,
                    "--azurite",
                    "--settings",
                    Repository.PathOf("local.settings.sample.json"),
                    "--run-json",
                    runJson,
                ]
            )
            {
                RedirectStandardOutput = true,
                WorkingDirectory = folder.Path,
            }
        )!;
        var output = host.StandardOutput.ReadToEndAsync();
        await Eventually.TrueAsync(() => File.Exists(runJson), TimeSpan.FromSeconds(60));
        var connection = System
            .Text.Json.JsonDocument.Parse(File.ReadAllText(runJson))
            .RootElement.GetProperty("storageConnection")
            .GetString();
        var blobs = new BlobServiceClient(connection, new BlobClientOptions { Retry = { MaxRetries = 0 } });
        await blobs.GetPropertiesAsync();

        host.Kill();

        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await blobs.GetPropertiesAsync();
                    return false;
                }
                catch (Exception)
                {
                    return true;
                }
            },
            TimeSpan.FromSeconds(20)
        );
        await output;
    }
}
