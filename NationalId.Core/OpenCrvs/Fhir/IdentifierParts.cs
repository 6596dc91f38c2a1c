using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>A resource's identifiers: the numbers among them, and where another fits in.</summary>
internal sealed class IdentifiersPart : JsonPart
{
    private readonly IdentifierPart identifier;
    private BundleFacts.Numbers birth;
    private BundleFacts.Numbers death;
    private bool isEmpty;

    public IdentifiersPart()
    {
        identifier = new(this);
    }

    public BundleFacts.Numbers Birth => birth;

    public BundleFacts.Numbers Death => death;

    public string? Aid { get; private set; }

    /// <summary>Whether the resource has the property at all.</summary>
    public bool Seen { get; set; }

    /// <summary>Null when they are in a shape that takes no more.</summary>
    public SplicePoint? Place { get; set; }

    public void Forget()
    {
        birth = default;
        death = default;
        Aid = null;
        Place = null;
        Seen = false;
    }

    public void Add(NumberKind kind, string? value)
    {
        switch (kind)
        {
            case NumberKind.Birth:
                birth.Registration ??= value;
                break;
            case NumberKind.Death:
                death.Registration ??= value;
                break;
            case NumberKind.BirthTracking:
                birth.Tracking ??= value;
                break;
            case NumberKind.DeathTracking:
                death.Tracking ??= value;
                break;
            case NumberKind.Aid:
                Aid ??= value;
                break;
        }
    }

    public override void Start(long at) => isEmpty = true;

    public override JsonPart? Child(bool array, long at)
    {
        isEmpty = false;
        return array ? null : identifier;
    }

    public override void Value(ref Utf8JsonReader reader, long at, long end) => isEmpty = false;

    public override void End(long at) => Place = new(at, isEmpty ? SpliceShape.IntoEmpty : SpliceShape.AfterLast);
}

/// <summary>
/// One identifier: <c>{"system" or "type","value"}</c>. Up to about version 1.3 the type is a plain string, later a
/// CodeableConcept.
/// </summary>
internal sealed class IdentifierPart(IdentifiersPart identifiers) : JsonPart
{
    private readonly ConceptPart<NumberKind> type = new(OpenCrvsCodes.IdentifierOf);
    private Property property;
    private NumberKind system;
    private string? value;

    private enum Property : byte
    {
        Other,
        System,
        Type,
        Value,
    }

    public override void Start(long at)
    {
        system = default;
        type.Forget();
        value = null;
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        if (reader.ValueTextEquals("value"u8))
        {
            property = Property.Value;
            value = null;
        }
        else if (reader.ValueTextEquals("type"u8))
        {
            property = Property.Type;
            type.Forget();
        }
        else if (reader.ValueTextEquals("system"u8))
        {
            property = Property.System;
            system = default;
        }
        else
        {
            property = Property.Other;
        }
    }

    public override JsonPart? Child(bool array, long at) => property == Property.Type && !array ? type : null;

    public override void Value(ref Utf8JsonReader reader, long at, long end)
    {
        switch (property)
        {
            case Property.Value:
                value = JsonText.Read(ref reader);
                break;
            case Property.Type:
                type.Take(ref reader);
                break;
            case Property.System when reader.TokenType == JsonTokenType.String:
                system = OpenCrvsCodes.SystemOf(ref reader);
                break;
        }
    }

    public override void End(long at) => identifiers.Add(system != default ? system : type.Code, value);
}
