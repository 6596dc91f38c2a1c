using NationalId.Core.Ledger;

namespace NationalId.Core.Mosip.Packets;

/// <summary>The steps by which a registration reaches MOSIP, beside those that every destination has.</summary>
internal static class PacketSteps
{
    /// <summary>The number of the deceased was ended, where the settings say so.</summary>
    public const string Ended = "number-ended";

    /// <summary>MOSIP has processed the packet.</summary>
    public const string Processed = "processed";

    /// <summary>MOSIP has processed a packet beside the registration's own.</summary>
    /// <param name="process">The packet's process.</param>
    public static string ProcessedAs(string process) => "processed-" + process;

    /// <summary>A packet was written, and may be written again until it is started.</summary>
    /// <param name="process">The packet's process.</param>
    public static string Written(string process) => "written-" + process;

    /// <summary>MOSIP refused a packet for good: it goes again, under another id, when an operator says so.</summary>
    /// <param name="process">The packet's process.</param>
    public static string Refused(string process) => $"{EventSteps.Refused}-{process}";

    /// <summary>MOSIP works on a packet.</summary>
    /// <param name="packet">The packet.</param>
    public static string Started(Packet packet) => packet.IsMain ? EventSteps.Sent : "started-" + packet.Process;
}
