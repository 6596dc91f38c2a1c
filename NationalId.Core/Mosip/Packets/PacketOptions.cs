using NationalId.Core.Platform.Settings;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Packets;

/// <summary>Where registration ids come from.</summary>
public enum RegistrationIdSource
{
    /// <summary>MOSIP's generator.</summary>
    Generator,

    /// <summary>They are made of centre, machine, chance and time, as MOSIP makes them.</summary>
    Own,
}

/// <summary>
/// MOSIP as its packet manager and workflow manager take registrations (docs/protocols.md, "MOSIP's packets"). The
/// defaults are those of a stock MOSIP 1.3.
/// </summary>
public sealed class PacketOptions : ISettingsSection
{
    /// <inheritdoc/>
    public static string Section => "NationalId:Mosip:Packets";

    /// <summary>
    /// MOSIP's internal gateway, before all the services' paths: <c>https://api-internal.example</c>.
    /// </summary>
    public Uri? Url { get; set; }

    /// <summary>The auth manager, where it is not behind <see cref="Url"/>.</summary>
    public Uri? AuthUrl { get; set; }

    /// <summary>The packet manager, where it is not behind <see cref="Url"/>.</summary>
    public Uri? PacketUrl { get; set; }

    /// <summary>The workflow manager, where it is not behind <see cref="Url"/>.</summary>
    public Uri? WorkflowUrl { get; set; }

    /// <summary>The application id that the auth manager knows our client under.</summary>
    public string AuthAppId { get; set; } = "ida";

    /// <summary>
    /// The registered centre, five digits. With the machine it says which key MOSIP encrypts the packets with.
    /// </summary>
    public string CenterId { get; set; } = "";

    /// <summary>The registered machine, five digits.</summary>
    public string MachineId { get; set; } = "";

    /// <summary>
    /// The officer under whom packets are made: a real user of MOSIP, since it fails packets without one silently.
    /// </summary>
    public string OfficerId { get; set; } = "";

    /// <summary>Where registration ids come from.</summary>
    public RegistrationIdSource RegistrationIds { get; set; }

    /// <summary>Whether the registration id is saved on the OpenCRVS record as the application id.</summary>
    public bool SaveRegistrationId { get; set; }

    /// <summary>The source that MOSIP knows civil registration under.</summary>
    public string Source { get; set; } = "CRVS1";

    /// <summary>The process of a birth.</summary>
    public string BirthProcess { get; set; } = "CRVS_NEW";

    /// <summary>The process of a death.</summary>
    public string DeathProcess { get; set; } = "CRVS_DEATH";

    /// <summary>The version of the identity schema, as MOSIP has it.</summary>
    public string SchemaVersion { get; set; } = "0.500";

    /// <summary>The identity schema as JSON; without it and <see cref="SchemaFile"/> that of a stock MOSIP.</summary>
    public string SchemaJson { get; set; } = "";

    /// <summary>The identity schema as a mounted file.</summary>
    public string SchemaFile { get; set; } = "";

    /// <summary>
    /// A birth's fields, separated by semicolons: <c>field=source|source|'text'</c>. The first source that the record
    /// has counts.
    /// </summary>
    public string BirthFields { get; set; } =
        "IDSchemaVersion=schemaVersion; fullName=subject.name; dateOfBirth=subject.birthDate; "
        + "gender=subject.gender; birthCertificateNumber=number; "
        + "addressLine1=sent.addressLine1|home.address|home.city|home.district; "
        + "region=sent.region|home.state; province=sent.province|home.state; "
        + "zone=sent.zone|home.district|home.state; city=sent.city|home.city|home.district|home.state; "
        + "postalCode=sent.postalCode|home.postalCode; "
        + "guardianOrParentName=sent.guardianOrParentName|mother.name|father.name|informant.name; "
        + "phone=sent.phone|informant.phone; email=sent.email|informant.email; "
        + "introducerInfoToken=sent.introducerInfoToken|informant.introducerToken";

    /// <summary>The fields without which MOSIP fails a birth, separated by commas.</summary>
    public string BirthRequired { get; set; } =
        "IDSchemaVersion,fullName,dateOfBirth,gender,addressLine1,region,province,city,zone";

    /// <summary>A death's fields, written like <see cref="BirthFields"/>.</summary>
    public string DeathFields { get; set; } =
        "IDSchemaVersion=schemaVersion; UIN=uin; declaredAsDeceased='Y'; deceasedDeclarationDate=received; "
        + "deceasedInformer=sent.deceasedInformer|informant.name";

    /// <summary>The fields without which MOSIP fails a death, separated by commas.</summary>
    public string DeathRequired { get; set; } = "IDSchemaVersion,UIN";

    /// <summary>
    /// How old a child may be whom MOSIP still takes as an infant, in years. It fails older ones silently.
    /// </summary>
    public int OldestInfant { get; set; } = 5;

    /// <summary>
    /// The process by which MOSIP hears that a birth was corrected, e.g. <c>CRVS_UPDATE</c>; empty: it hears of none. A
    /// stock MOSIP 1.3 has no process for it.
    /// </summary>
    public string CorrectionProcess { get; set; } = "";

    /// <summary>
    /// Its fields, written like <see cref="BirthFields"/>. A correction that changes none of them is not sent.
    /// </summary>
    public string CorrectionFields { get; set; } =
        "IDSchemaVersion=schemaVersion; UIN=uin; fullName=subject.name; dateOfBirth=subject.birthDate; "
        + "gender=subject.gender";

    /// <summary>
    /// The process by which MOSIP hears that a birth was revoked, where <c>NationalId__Mosip__OnRevocation</c> is
    /// <c>process</c>. No MOSIP that was published has it.
    /// </summary>
    public string BirthRevokedProcess { get; set; } = "CRVS_deactivate_ID";

    /// <summary>Its fields, written like <see cref="BirthFields"/>.</summary>
    public string BirthRevokedFields { get; set; } =
        "IDSchemaVersion=schemaVersion; UIN=uin; Deactivation_reason=reason|'revoked'; "
        + "date_of_initial_registration=received";

    /// <summary>The process by which MOSIP hears that a death was revoked.</summary>
    public string DeathRevokedProcess { get; set; } = "CRVS_Fraud_Death";

    /// <summary>Its fields.</summary>
    public string DeathRevokedFields { get; set; } =
        "IDSchemaVersion=schemaVersion; UIN=uin; Declared_as_Deceased='N'; Deceased_Declaration_Date=received; "
        + "Reversal_Reason=reason|'revoked'";

    /// <summary>
    /// Whether this MOSIP takes a VID for a UIN in a death (<c>registration.processor.vid-support-for-update</c>).
    /// </summary>
    public bool AcceptsVid { get; set; }

    /// <summary>Whether MOSIP is asked what became of packets. Our client needs a role for it.</summary>
    public bool AskStatus { get; set; } = true;

    /// <summary>How long after a packet was sent MOSIP is asked first; each later gap is twice as long.</summary>
    public TimeSpan FirstStatusAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest gap between two questions.</summary>
    public TimeSpan LongestStatusGap { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Whether MOSIP's hub tells what became of packets.</summary>
    internal bool IsTold { get; set; }

    /// <summary>Whether anything can be learnt of what became of packets.</summary>
    internal bool IsWatched => AskStatus || IsTold;

    internal Uri Auth => AuthUrl ?? At("v1/authmanager/authenticate/clientidsecretkey");

    internal Uri Packets => PacketUrl ?? At("commons/v1/packetmanager/createPacket");

    internal Uri Workflow => WorkflowUrl ?? At("registrationprocessor/v1/workflowmanager/workflowinstance");

    internal Uri Generator => At($"v1/ridgenerator/generate/rid/{CenterId}/{MachineId}");

    internal Uri Status => At("registrationprocessor/v1/registrationstatus/externalstatus/search");

    internal Uri Identity => At("idrepository/v1/identity/");

    internal Uri HotlistTo(string step) => At("v1/hotlist/" + step);

    internal string RevokedProcessOf(RegistrationKind kind) =>
        kind == RegistrationKind.Birth ? BirthRevokedProcess : DeathRevokedProcess;

    internal string ProcessOf(RegistrationKind kind) => kind == RegistrationKind.Birth ? BirthProcess : DeathProcess;

    /// <inheritdoc/>
    public void Check(SettingsProblems problems)
    {
        problems.Need(Url, "MOSIP's internal gateway, before the services' paths");
        foreach (var (name, value) in new[] { (nameof(CenterId), CenterId), (nameof(MachineId), MachineId) })
        {
            if (value.Length != 5 || value.AsSpan().ContainsAnyExceptInRange('0', '9'))
            {
                problems.AddOption(name, "must be the five digits under which it is registered with MOSIP");
            }
        }

        if (OfficerId.Length == 0)
        {
            problems.AddOption(nameof(OfficerId), "is missing: MOSIP fails packets without an officer silently");
        }

        if (!double.TryParse(SchemaVersion, System.Globalization.CultureInfo.InvariantCulture, out _))
        {
            problems.AddOption(nameof(SchemaVersion), "must be a number, e.g. 0.500");
        }

        problems.Between(OldestInfant, 0, 150);
        problems.Between(FirstStatusAfter, TimeSpan.FromMilliseconds(1), SettingsProblems.Day);
        problems.Between(LongestStatusGap, FirstStatusAfter, TimeSpan.FromDays(30));
        if (PacketSchema.TryRead(this, out var problem) is { } schema)
        {
            FieldMap.Check(problems, schema, nameof(BirthFields), BirthFields, BirthRequired);
            FieldMap.Check(problems, schema, nameof(DeathFields), DeathFields, DeathRequired);
            if (CorrectionProcess.Length > 0)
            {
                FieldMap.Check(problems, schema, nameof(CorrectionFields), CorrectionFields, "");
            }

            if (problems.Other<MosipOptions>().Revocation == RevocationWay.Process)
            {
                FieldMap.Check(problems, schema, nameof(BirthRevokedFields), BirthRevokedFields, "");
                FieldMap.Check(problems, schema, nameof(DeathRevokedFields), DeathRevokedFields, "");
            }
        }
        else
        {
            problems.AddOption(SchemaFile.Length > 0 ? nameof(SchemaFile) : nameof(SchemaJson), problem);
        }
    }

    private Uri At(string path) => new(new Uri(Url!.AbsoluteUri.TrimEnd('/') + "/"), path);
}
