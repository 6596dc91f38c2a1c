using System.Text.Json.Nodes;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Reads an address of a form (docs/protocols.md, "OpenCRVS triggers"): an id of the smallest administrative area, and
/// parts of the country's choice.
/// </summary>
internal static class AddressParts
{
    private const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    /// <summary>The address; null when the field holds none.</summary>
    /// <param name="field">The field's value.</param>
    /// <param name="fields">What the country calls the parts.</param>
    public static PersonAddress? Read(JsonNode? field, FieldOptions fields)
    {
        if (field is not JsonObject address)
        {
            return null;
        }

        var details = address["streetLevelDetails"] as JsonObject ?? [];
        string[] named =
        [
            .. Names(fields.AddressCity),
            .. Names(fields.AddressDistrict),
            .. Names(fields.AddressState),
            .. Names(fields.AddressPostalCode),
        ];
        return new PersonAddress(
            // The form lists the largest part first.
            string.Join(
                ", ",
                details
                    .Where(part => !named.Contains(part.Key))
                    .Reverse()
                    .Select(part => Part(part.Key))
                    .OfType<string>()
            ),
            First(fields.AddressCity),
            First(fields.AddressDistrict),
            First(fields.AddressState),
            First(fields.AddressPostalCode)
        )
        {
            Country = ActionEventReader.Word(address, "country"),
            AreaId = Guid.TryParse(ActionEventReader.Text(address, "administrativeArea"), out var area)
                ? area.ToString()
                : null,
        };

        string? First(string names) => Names(names).Select(Part).FirstOrDefault(part => part is not null);

        string? Part(string name) => ActionEventReader.Word(details, name);
    }

    private static string[] Names(string list) => list.Split(',', Tidy);
}
