using System.Globalization;

namespace NationalId.LocalHost;

/// <summary>The program's options.</summary>
internal sealed class CommandLine
{
    public const string Help = """
        Runs the National ID client's functions on this machine. Not for production: that is Azure Functions.

          --port <n>          listen on this port of 127.0.0.1 (default: a free one)
          --azurite           start Azurite for this run and use it as AzureWebJobsStorage
          --sandbox <dll>     start NationalId.Sandbox.dll (a MOSIP and an OpenCRVS) and use its settings
          --client <name>     the National ID client's name in the sandbox's OpenCRVS
          --opencrvs <version> which OpenCRVS the sandbox is: 1 (default), 1.2, 1.9, 2.0 or 2.1
          --mosip packets     have the sandbox's MOSIP take packets, without its mediator
          --system osia       have the sandbox be a National ID system that speaks OSIA
          --settings <file>   app settings: a local.settings.json (default: the checkout's, when there is no sandbox)
          --run-json <file>   write addresses and keys there, readable by you alone, once everything is up
        """;

    public int Port { get; private set; }

    public bool Azurite { get; private set; }

    public string? Sandbox { get; private set; }

    public string? Client { get; private set; }

    public string? OpenCrvs { get; private set; }

    public string? Mosip { get; private set; }

    public string? System { get; private set; }

    public string? Settings { get; private set; }

    public string? RunJson { get; private set; }

    public bool WantsHelp { get; private set; }

    /// <exception cref="FormatException">An option is unknown or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i])
            {
                case "--azurite":
                    line.Azurite = true;
                    break;
                case "--help" or "-h":
                    line.WantsHelp = true;
                    break;
                case "--port":
                    line.Port =
                        int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                        && port < 65536
                            ? port
                            : throw new FormatException("--port must be a number below 65536.");
                    break;
                case "--sandbox":
                    line.Sandbox = Path.GetFullPath(Value());
                    break;
                case "--client":
                    line.Client = Value();
                    break;
                case "--opencrvs":
                    line.OpenCrvs = Value();
                    break;
                case "--mosip":
                    line.Mosip = Value() is "packets" ? "packets" : throw new FormatException("--mosip takes packets.");
                    break;
                case "--system":
                    line.System = Value() is "osia" ? "osia" : throw new FormatException("--system takes osia.");
                    break;
                case "--settings":
                    line.Settings = Path.GetFullPath(Value());
                    break;
                case "--run-json":
                    line.RunJson = Path.GetFullPath(Value());
                    break;
                default:
                    throw new FormatException($"Unknown option {arguments[i]}.");
            }

            string Value() =>
                ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[i - 1]} needs a value.");
        }

        return line;
    }
}
