using System.Text.Json;

namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>A composition's sections: who is the child, the deceased, the mother.</summary>
internal sealed class SectionsPart : JsonPart
{
    private readonly SectionPart section;

    public SectionsPart()
    {
        section = new(this);
    }

    public string? ChildReference { get; private set; }

    public string? DeceasedReference { get; private set; }

    public string? MotherReference { get; private set; }

    public string? FatherReference { get; private set; }

    public string? SpouseReference { get; private set; }

    public void Forget()
    {
        ChildReference = null;
        DeceasedReference = null;
        MotherReference = null;
        FatherReference = null;
        SpouseReference = null;
    }

    public void Add(SectionKind kind, string? reference)
    {
        switch (kind)
        {
            case SectionKind.Child:
                ChildReference ??= reference;
                break;
            case SectionKind.Deceased:
                DeceasedReference ??= reference;
                break;
            case SectionKind.Mother:
                MotherReference ??= reference;
                break;
            case SectionKind.Father:
                FatherReference ??= reference;
                break;
            case SectionKind.Spouse:
                SpouseReference ??= reference;
                break;
        }
    }

    public override JsonPart? Child(bool array, long at) => array ? null : section;
}

/// <summary>One section: <c>{"code":{…},"entry":[{"reference"}]}</c>. Its first reference counts.</summary>
internal sealed class SectionPart : JsonPart
{
    private readonly ConceptPart<SectionKind> code = new(OpenCrvsCodes.SectionOf);
    private readonly ReferencesPart references = new();
    private readonly SectionsPart sections;
    private bool isCode;
    private bool isEntry;

    public SectionPart(SectionsPart sections)
    {
        this.sections = sections;
    }

    public override void Start(long at)
    {
        code.Forget();
        references.Forget();
    }

    public override void Name(ref Utf8JsonReader reader, long at)
    {
        isCode = reader.ValueTextEquals("code"u8);
        isEntry = !isCode && reader.ValueTextEquals("entry"u8);
        if (isCode)
        {
            code.Forget();
        }
        else if (isEntry)
        {
            references.Forget();
        }
    }

    public override JsonPart? Child(bool array, long at) =>
        isCode && !array ? code
        : isEntry && array ? references
        : null;

    public override void End(long at) => sections.Add(code.Code, references.First);

    private sealed class ReferencesPart : JsonPart
    {
        private readonly ReferencePart reference = new();

        public string? First { get; private set; }

        public void Forget() => First = null;

        public override JsonPart? Child(bool array, long at) => array ? null : reference;

        public override void Closed(long end)
        {
            First ??= reference.Reference;
            reference.Forget();
        }
    }
}
