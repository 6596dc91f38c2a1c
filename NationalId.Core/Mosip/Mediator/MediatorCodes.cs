using System.Collections.Frozen;
using System.Text.RegularExpressions;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>What a code of MOSIP's mediator speaks of.</summary>
internal enum MediatorCodeMeaning
{
    /// <summary>MOSIP's own state, or the keys and roles between us: it can come right, so the event waits.</summary>
    Waits,

    /// <summary>This message: it is refused as often as it is sent.</summary>
    NeverTaken,

    /// <summary>Something that the record lacks and that nobody has to be woken for.</summary>
    Flagged,
}

/// <summary>
/// The codes that MOSIP's mediator for OpenCRVS answers with. It says 400 to nearly everything, its own troubles too:
/// the code tells which. 401 and 403 speak of our token and mean what they always mean.
/// </summary>
internal static partial class MediatorCodes
{
    private const string Prefix = "OPN-";

    // The receiver's word for whatever goes wrong while it makes an identity of the event.
    private const string Unbuildable = "OPN-CRVS-006";

    private static readonly FrozenDictionary<string, MediatorCodeMeaning> Meanings = new Dictionary<
        string,
        MediatorCodeMeaning
    >
    {
        // It got no token of its own.
        ["OPN-AUT-001"] = MediatorCodeMeaning.Waits,
        // Our token: not valid, missing, without the role, its roles unreadable.
        ["OPN-AUT-002"] = MediatorCodeMeaning.Waits,
        ["OPN-AUT-003"] = MediatorCodeMeaning.Waits,
        ["OPN-AUT-004"] = MediatorCodeMeaning.Waits,
        ["OPN-AUT-005"] = MediatorCodeMeaning.Waits,
        // Its subscription at OpenCRVS.
        ["OPN-SUB-001"] = MediatorCodeMeaning.Waits,
        // It can't parse the message.
        ["OPN-CRVS-001"] = MediatorCodeMeaning.NeverTaken,
        // It could not make the packet, get a token, reach a service, or draw an application id.
        ["OPN-CRVS-002"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-003"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-004"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-005"] = MediatorCodeMeaning.Waits,
        // It could not make an identity of the event: a person, a name or a date that it needs is missing.
        [Unbuildable] = MediatorCodeMeaning.NeverTaken,
        // Unknown.
        ["OPN-CRVS-010"] = MediatorCodeMeaning.Waits,
        // Its upload, and its Kafka.
        ["OPN-CRVS-011"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-012"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-013"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-014"] = MediatorCodeMeaning.Waits,
        // Keys: unreadable (020, 021, 024, 025) or not fitting ours (022, 023, 026). They can be mended, and each
        // attempt is sealed anew.
        ["OPN-CRVS-020"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-021"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-022"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-023"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-024"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-025"] = MediatorCodeMeaning.Waits,
        ["OPN-CRVS-026"] = MediatorCodeMeaning.Waits,
        // Preparing the message failed, which includes opening it: the keys may be to blame.
        ["OPN-CRVS-027"] = MediatorCodeMeaning.Waits,
        // It has no such UIN or VID. It says so too when it can't look the VID up: then an operator replays.
        ["OPN-CRVS-028"] = MediatorCodeMeaning.NeverTaken,
        // A death without a national id: many deceased have none, and MOSIP has nothing to deactivate.
        ["OPN-CRVS-029"] = MediatorCodeMeaning.Flagged,
        // Its id repository did not take the deactivation.
        ["OPN-CRVS-030"] = MediatorCodeMeaning.Waits,
        // It can't read the application id in the message.
        ["OPN-CRVS-031"] = MediatorCodeMeaning.NeverTaken,
        // It could not fetch a place's name from OpenCRVS.
        ["OPN-CRVS-032"] = MediatorCodeMeaning.Waits,
    }.ToFrozenDictionary();

    [GeneratedRegex(@"\bOPN-[A-Z]{3,4}-[0-9]{3}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Code { get; }

    /// <summary>What a 400 with this code means.</summary>
    /// <param name="code">The answer's first error code.</param>
    /// <returns>Null when it is no code of the mediator: then it means what a 400 means.</returns>
    public static DeliveryException? Read(string? code)
    {
        if (code is null || !code.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        // Only a code that has a code's form is shown: an answer may quote what we sent.
        return Code.Match(code) is { Success: true } match && match.Length == code.Length
            ? Failure(400, code, Meanings.GetValueOrDefault(code))
            : new TransientFailureException("MOSIP answered 400 with an error of its mediator.");
    }

    /// <summary>
    /// What a 500 with this message means: the mediator's unchecked exceptions come out so, with their codes in the
    /// text, the causes' codes behind.
    /// </summary>
    /// <returns>Null unless the event itself is to blame: what an identity can't be made of now can't be made one
    /// later.</returns>
    public static DeliveryException? ReadMessage(string? message)
    {
        var codes = Code.Matches(message ?? "").Select(match => match.Value).ToList();
        return
            codes.Contains(Unbuildable)
            && codes.TrueForAll(code => Meanings.GetValueOrDefault(code) == MediatorCodeMeaning.NeverTaken)
            ? Failure(500, Unbuildable, MediatorCodeMeaning.NeverTaken)
            : null;
    }

    private static DeliveryException Failure(int status, string code, MediatorCodeMeaning meaning)
    {
        var reason = $"MOSIP answered {status}: {code}.";
        return meaning switch
        {
            MediatorCodeMeaning.NeverTaken => new PermanentFailureException(reason),
            MediatorCodeMeaning.Flagged => new FlaggedException(reason),
            _ => new TransientFailureException(reason),
        };
    }
}
