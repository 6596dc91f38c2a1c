using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>A registration that was revoked, or reinstated, as a country configuration tells of it.</summary>
/// <param name="RegistrationNumber">The BRN or DRN.</param>
/// <param name="Kind">birth or death.</param>
/// <param name="Action">revoke or reinstate.</param>
public sealed record Revocation(string RegistrationNumber, string Kind, string Action)
{
    public string Id { get; init; } = Guid.NewGuid().ToString();

    /// <summary>When it was done; null: now.</summary>
    public DateTimeOffset? At { get; init; }

    public string? Reason { get; init; } = "registered by mistake";

    public string? NationalId { get; init; }

    public byte[] Write(DateTimeOffset now)
    {
        var body = new JsonObject
        {
            ["id"] = Id,
            ["timestamp"] = (At ?? now).ToString("O", CultureInfo.InvariantCulture),
            ["registrationNumber"] = RegistrationNumber,
            ["kind"] = Kind,
            ["action"] = Action,
            ["reason"] = Reason,
        };
        if (NationalId is not null)
        {
            body["nationalId"] = NationalId;
        }

        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }
}
