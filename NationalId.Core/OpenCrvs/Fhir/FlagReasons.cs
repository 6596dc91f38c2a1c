namespace NationalId.Core.OpenCrvs.Fhir;

/// <summary>
/// Why an event can't be carried: fixed sentences that hold nothing of the event, so that ledger, logs and answers may
/// show them.
/// </summary>
internal static class FlagReasons
{
    public const string NotJson = "not JSON";
    public const string TooDeep = "nested too deep";
    public const string TokenTooLong = "a number or a gap is too long";
    public const string BadText = "text is not Unicode";
    public const string NoTopic = "no topic";
    public const string UnknownTopic = "unknown topic";
    public const string TopicNotDelivered = "topic is not delivered";
    public const string NoBundle = "no FHIR bundle";
    public const string TooManyPeople = "too many people in the bundle";
    public const string NoNumber = "no registration number and no composition id";
    public const string NumberTooLong = "a registration number or id is too long";
    public const string NoSubject = "no subject";
    public const string IdentifiersNotAnArray = "the subject's identifiers are not an array";
}
