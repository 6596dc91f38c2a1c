using NationalId.Sandbox.Mosip;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Tests.Support;

/// <summary>Deaths of people whom MOSIP knows.</summary>
internal static class Deceased
{
    /// <summary>The death of a person, as a registrar writes it down.</summary>
    public static DeathRecord DeathOf(Person person) =>
        new()
        {
            GivenNames = [person.Name],
            FamilyName = "",
            Gender = person.Gender!,
            BirthDate = person.BirthDate!,
            NationalId = person.Uin,
        };
}
