using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Validation;
using NationalId.Core.Registry;
using Person = NationalId.Core.Registry.Person;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Reads an event for delivery. The same scan that intake made says which Patient is the subject, so that the person
/// who is read is the person who gets the AID; Hl7.Fhir reads that Patient. Memory stays bounded: attachments are
/// passed over.
/// </summary>
public static class EventReader
{
    private const string IdentifierTypes = "http://opencrvs.org/specs/identifier-type";

    private static readonly string[] DateForms = ["yyyy-MM-dd", "yyyy-MM", "yyyy"];

    // Ostrich: takes all shapes that OpenCRVS sends without complaint (docs/protocols.md, "An event's bundle").
    private static readonly FhirJsonDeserializer Fhir = new(
        new DeserializerSettings().UsingMode(DeserializationMode.Ostrich)
    );

    /// <summary>Reads a webhook body from where it stands to its end.</summary>
    /// <exception cref="InvalidDataException">
    /// The event is one that intake flags, or its subject can't be read; the message is a fixed sentence without data.
    /// </exception>
    public static async Task<VitalEvent> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var scanner = new EventScanner(keepSubject: true);
        var chunk = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int size;
            while ((size = await body.ReadAsync(chunk, cancellationToken)) > 0)
            {
                scanner.Append(chunk.AsSpan(0, size));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
        var scan = scanner.Complete();
        if (scan.Outline.FlagReason is { } reason)
        {
            throw new InvalidDataException($"The event can't be carried: {reason}.");
        }

        var (topic, compositionId, number, trackingId, _) = scan.Outline;
        return new(
            HubTopics.KindOf(topic)!.Value,
            topic!,
            compositionId,
            number,
            trackingId,
            new Dictionary<PersonRole, Person> { [PersonRole.Subject] = Read(scan.SubjectJson) }
        );
    }

    private static Person Read(ReadOnlyMemory<byte> json)
    {
        if (json.IsEmpty)
        {
            throw new InvalidDataException("The subject is too large to be read.");
        }

        ReadOnlyMemory<byte> normal;
        try
        {
            normal = PatientNormaliser.Normalise(json);
        }
        catch (InvalidOperationException)
        {
            // Without the inner exception: it could quote the text.
            throw new InvalidDataException($"The subject can't be read: {FlagReasons.BadText}.");
        }
        var reader = new Utf8JsonReader(normal.Span);
        Fhir.TryDeserializeResource(ref reader, out var resource, out _);
        if (resource is not Patient patient)
        {
            throw new InvalidDataException("The subject can't be read as a Patient.");
        }

        return new(
            Text(() => patient.IdElement),
            [.. (Get(() => patient.Name) ?? []).Select(Name)],
            Text(() => patient.GenderElement),
            Day(Text(() => patient.BirthDateElement)),
            Day(Text(() => patient.Deceased as FhirDateTime)),
            [.. (Get(() => patient.Identifier) ?? []).Select(Identifier).OfType<PersonIdentifier>()]
        );
    }

    private static PersonName Name(HumanName name) =>
        new(
            Text(() => name.UseElement),
            [.. (Get(() => name.GivenElement) ?? []).Select(given => Text(() => given)).OfType<string>()],
            Text(() => name.FamilyElement)
        );

    private static PersonIdentifier? Identifier(Identifier identifier)
    {
        var codings = Get(() => identifier.Type?.Coding) ?? [];
        var coding =
            codings.Find(coding => Text(() => coding.SystemElement) == IdentifierTypes) ?? codings.FirstOrDefault();
        return Text(() => identifier.ValueElement) is { } value
            ? new(Text(() => coding?.CodeElement), Text(() => identifier.SystemElement), value)
            : null;
    }

    // What the JSON held, whether or not it is a value that FHIR has: a language is no NameUse.
    private static string? Text(Func<PrimitiveType?> element) =>
        Get(element)?.JsonValue is string text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    // Hl7.Fhir keeps values of the wrong kind aside and throws when they are asked for. The exception may quote them:
    // it ends here.
    private static T? Get<T>(Func<T?> property)
        where T : class
    {
        try
        {
            return property();
        }
        catch (CodedValidationException)
        {
            return null;
        }
    }

    private static string? Day(string? date)
    {
        var day = date?.Split('T')[0];
        return DateOnly.TryParseExact(day, DateForms, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            ? day
            : null;
    }
}
