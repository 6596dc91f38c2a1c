namespace NationalId.Core.Mosip.WebSub;

/// <summary>Why a credential is kept but its number is not saved.</summary>
internal static class CredentialFlags
{
    public const string Unreadable = "the hub's message can't be read";
    public const string UnknownRegistration = "the credential's registration id is none of ours";
    public const string UnknownType = "the credential's type is not one that is read";
    public const string NoCredential = "the message has no credential, and no address to fetch it from";
    public const string ForeignShare = "the credential is shared at an address that is not allowed";
    public const string Damaged = "the credential can't be opened: it was changed, or is no envelope";
    public const string NotJson = "the credential is not a JSON object with a subject";
    public const string NoProof = "the credential has no signature of MOSIP";
    public const string WrongProof = "the credential's signature does not fit its text";
    public const string ForeignSigner = "the credential is signed with a certificate that is not MOSIP's";
    public const string OtherSubject = "the credential is of another registration id than its message";
    public const string OtherCertificate = "the credential has the number of another certificate";
    public const string OtherEvent = "a birth's credential came for a death, or the reverse";
    public const string NoNumber = "the credential has no number: MOSIP's policy does not share it";
    public const string ProtectedNumber = "the credential's number is encrypted once more: MOSIP's policy protects it";
    public const string StrangeNumber = "the credential's number is not a number";
    public const string WrongLinkedDataProof = "the credential's own proof does not hold";
}
