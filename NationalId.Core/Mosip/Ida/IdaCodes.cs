using System.Collections.Frozen;

namespace NationalId.Core.Mosip.Ida;

/// <summary>What an error of IDA speaks of.</summary>
internal enum IdaSubject
{
    /// <summary>The person: the id is not in force, or the data is not that person's.</summary>
    Person,

    /// <summary>Us: licence, partner, API key, certificate, signature, policy.</summary>
    Partner,

    /// <summary>
    /// Our request: its fields, its time, its languages, the id's length, what it asks for. Settings here or at MOSIP
    /// differ.
    /// </summary>
    Request,

    /// <summary>IDA itself: its services, its keys, its load, data that has not reached it yet.</summary>
    Service,

    /// <summary>Something that we never ask IDA for: OTP, biometrics, PIN, password, eKYC, key binding.</summary>
    Elsewhere,
}

/// <summary>
/// Every error code that IDA documents (mosip/id-authentication, <c>IdAuthenticationErrorConstants</c> and
/// <c>OtpErrorConstants</c>, read at 2139efd), by what it speaks of. Only what speaks of the person is a verdict.
/// </summary>
internal static class IdaCodes
{
    private static readonly FrozenDictionary<string, IdaSubject> Table = new (IdaSubject Subject, string Codes)[]
    {
        // Data did not match, is not in the database.
        (IdaSubject.Person, "IDA-DEA-001 IDA-DEA-003"),
        // UIN or VID invalid, deactivated, expired, revoked, blocked; authentication locked by its owner; phone or
        // e-mail not registered; check digit wrong.
        (IdaSubject.Person, "IDA-MLC-002 IDA-MLC-003 IDA-MLC-004 IDA-MLC-005 IDA-MLC-010 IDA-MLC-014 IDA-MLC-019"),
        (IdaSubject.Person, "IDA-MLC-022 IDA-MLC-023 IDA-MLC-027 IDA-MLC-029"),
        // Language not supported.
        (IdaSubject.Request, "IDA-DEA-002"),
        // Time off, field missing or invalid, nothing selected, type not supported, consent, identity type, user id.
        (IdaSubject.Request, "IDA-MLC-001 IDA-MLC-006 IDA-MLC-008 IDA-MLC-009 IDA-MLC-011 IDA-MLC-012 IDA-MLC-013"),
        (IdaSubject.Request, "IDA-MLC-015 IDA-MLC-017 IDA-IDV-001"),
        // UIN or VID of another length than MOSIP's: we send none but of the length that we are set to.
        (IdaSubject.Request, "IDA-MLC-026 IDA-MLC-028"),
        // Can't process, id not (yet) in the database, can't encrypt, no key of the HSM, no partner certificate.
        (IdaSubject.Service, "IDA-MLC-007 IDA-MLC-018 IDA-MLC-020 IDA-MLC-021 IDA-MLC-025"),
        (IdaSubject.Service, "IDA-RST-001 IDA-RST-002 IDA-RST-003 IDA-RST-004 IDA-RST-005 IDA-RST-006 IDA-RST-007"),
        (IdaSubject.Service, "IDA-RST-008 IDA-RST-009"),
        (IdaSubject.Partner, "IDA-MPA-001 IDA-MPA-002 IDA-MPA-003 IDA-MPA-004 IDA-MPA-005 IDA-MPA-006 IDA-MPA-007"),
        (IdaSubject.Partner, "IDA-MPA-008 IDA-MPA-009 IDA-MPA-010 IDA-MPA-012 IDA-MPA-013 IDA-MPA-014 IDA-MPA-015"),
        (IdaSubject.Partner, "IDA-MPA-016 IDA-MPA-017 IDA-MPA-018 IDA-MPA-019 IDA-MPA-020 IDA-MPA-021 IDA-MPA-022"),
        (IdaSubject.Partner, "IDA-MPA-023 IDA-MPA-024 IDA-MPA-025 IDA-MPA-026 IDA-MPA-027 IDA-MPA-028 IDA-MPA-029"),
        (IdaSubject.Partner, "IDA-MPA-030 IDA-MPA-031 IDA-MPA-032 IDA-MPA-033 IDA-MPA-034 IDA-MPA-035 IDA-MPA-036"),
        (IdaSubject.Partner, "IDA-MPA-037 IDA-MPA-038 IDA-MPA-039"),
        (IdaSubject.Partner, "PMS_PMP_016 PMS_PMP_017 PMS_PMP_020 PMS_PMP_021 PMS_PMP_024 PMS_PMP_025 PMS_PMP_026"),
        (IdaSubject.Partner, "PMS_PMP_027 PMS_PMP_028 PMS_PMP_029 PMS_PMP_030"),
        // An OTP, a face or a PIN that does not fit answers a question that we did not ask.
        (IdaSubject.Elsewhere, "IDA-OTA-001 IDA-OTA-002 IDA-OTA-003 IDA-OTA-004 IDA-OTA-005 IDA-OTA-006 IDA-OTA-007"),
        (IdaSubject.Elsewhere, "IDA-OTA-008 IDA-OTA-009 IDA-OTA-010 IDA-OTA-011 IDA-OTA-012 IDA-OTA-013"),
        (IdaSubject.Elsewhere, "KER-SOT-001 KER-SOT-002 KER-SOT-003 KER-SOT-004 KER-SOT-005 KER-SOT-006 KER-SOT-007"),
        (IdaSubject.Elsewhere, "KER-SOT-008 KER-SOT-009"),
        (IdaSubject.Elsewhere, "IDA-MLC-016 IDA-MLC-024 IDA-MLC-030 IDA-MLC-031"),
        (IdaSubject.Elsewhere, "IDA-BIA-001 IDA-BIA-002 IDA-BIA-003 IDA-BIA-004 IDA-BIA-005 IDA-BIA-006 IDA-BIA-007"),
        (IdaSubject.Elsewhere, "IDA-BIA-008 IDA-BIA-009 IDA-BIA-010 IDA-BIA-011 IDA-BIA-012 IDA-BIA-014 IDA-BIA-015"),
        (IdaSubject.Elsewhere, "IDA-BIA-016 IDA-BIA-017 IDA-BIA-018 IDA-DPM-001 IDA-DPM-002 IDA-DPM-004"),
        (IdaSubject.Elsewhere, "IDA-KBT-001 IDA-KBT-002 IDA-KBT-003 IDA-EKA-001 IDA-EKA-002 IDA-SPA-001 IDA-SPA-002"),
        (IdaSubject.Elsewhere, "IDA-IDV-002 IDA-IDV-003 IDA-TOA-001 IDA-PSD-001 IDA-PSD-002"),
        (IdaSubject.Elsewhere, "IDA-KYE-001 IDA-KYE-002 IDA-KYE-003 IDA-KYE-004 IDA-KYE-005 IDA-KYE-006 IDA-KYE-007"),
        (IdaSubject.Elsewhere, "IDA-IKB-001 IDA-IKB-002 IDA-IKB-003 IDA-IKB-004 IDA-IKB-005"),
        (IdaSubject.Elsewhere, "IDA-VCI-001 IDA-VCI-002 IDA-VCI-003 IDA-VCI-004 IDA-VCI-005"),
    }
        .SelectMany(line => line.Codes.Split(' ').Select(code => (code, line.Subject)))
        .ToFrozenDictionary(entry => entry.code, entry => entry.Subject, StringComparer.Ordinal);

    /// <summary>Whether IDA documents a code.</summary>
    public static bool Documented(string code) => Table.ContainsKey(code);

    /// <summary>What a code speaks of; null when IDA does not document it.</summary>
    public static IdaSubject? SubjectOf(string code) =>
        Table.TryGetValue(code, out var known) ? known
        // A later version's codes keep their families.
        : code.StartsWith("IDA-MPA-", StringComparison.Ordinal) ? IdaSubject.Partner
        : null;
}
