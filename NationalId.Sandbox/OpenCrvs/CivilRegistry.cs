using System.Collections.Concurrent;

namespace NationalId.Sandbox.OpenCrvs;

/// <summary>One save on a record by the mediator.</summary>
public sealed record RecordSave(DateTimeOffset At, IReadOnlyDictionary<string, string> Fields);

/// <summary>A registered birth or death with what has been saved on it.</summary>
public sealed class StoredRecord(string registrationNumber, bool isBirth, string compositionId, string patientId)
{
    private readonly ConcurrentQueue<RecordSave> saves = new();

    public string RegistrationNumber { get; } = registrationNumber;

    public string Kind { get; } = isBirth ? "birth" : "death";

    public string CompositionId { get; } = compositionId;

    /// <summary>The child's or the deceased's Patient.</summary>
    public string PatientId { get; } = patientId;

    public ConcurrentDictionary<string, string> Fields { get; } = new();

    public string? Aid => Fields.GetValueOrDefault("MOSIP_AID");

    public string? UinToken => Fields.GetValueOrDefault("UINTOKEN") ?? Fields.GetValueOrDefault("MOSIP_PSUT_TOKEN_ID");

    public string? NationalId => Fields.GetValueOrDefault("NATIONAL_ID");

    public string? BirthPatientEntry => Fields.GetValueOrDefault("BIRTH_PATIENT_ENTRY");

    public IReadOnlyCollection<RecordSave> Saves => saves;

    internal void Save(RecordSave save)
    {
        foreach (var (name, value) in save.Fields)
        {
            Fields[name] = value;
        }

        saves.Enqueue(save);
    }
}
