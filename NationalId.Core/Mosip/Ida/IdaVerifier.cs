using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Ida;

/// <summary>
/// Recognises people by IDA: from the UIN or VID on the record with name, gender and date of birth. What IDA recognised
/// earlier by the same data is not asked again.
/// </summary>
/// <param name="ida">MOSIP's ID authentication.</param>
/// <param name="registrations">Remembers whom IDA recognised.</param>
/// <param name="mapping">The country's words for languages and genders.</param>
public sealed class IdaVerifier(IdaClient ida, Registrations registrations, IdaMapping mapping) : IVerifier
{
    /// <inheritdoc/>
    public async Task<Verification> VerifyAsync(Person person, CancellationToken cancellationToken)
    {
        if (person.NationalId is not { Length: > 0 } typed)
        {
            return NotRecognised("the deceased has no national id");
        }

        var nationalId = NationalIdNumber.Normalise(typed);
        if (NationalIdNumber.Classify(nationalId) is not { } idType)
        {
            return NotRecognised("the deceased's national id is no UIN or VID");
        }

        var data = DataOf(person, nationalId, idType);
        if (
            await registrations.RecognisedAsync(data.Claims, cancellationToken) is { } known
            && await registrations.BirthOfTokenAsync([known], cancellationToken) is not null
        )
        {
            return new Verification([known], null);
        }

        return await AskAsync(data, cancellationToken);
    }

    private async Task<Verification> AskAsync(IdaAuthData data, CancellationToken cancellationToken)
    {
        IdaAnswer answer;
        try
        {
            answer = await ida.AuthenticateAsync(data, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            return NotRecognised(refused.Reason);
        }

        switch (answer.Verdict)
        {
            case IdaVerdict.Recognised:
                await registrations.RememberAsync(data.Claims.First(), answer.AuthToken!, cancellationToken);
                return new Verification(await registrations.HashesAsync(answer.AuthToken!, cancellationToken), null);
            case IdaVerdict.NotRecognised:
                return NotRecognised($"IDA: {Codes(answer)}");
            default:
                throw new TransientFailureException($"IDA can't authenticate now: {Codes(answer)}");
        }
    }

    private static Verification NotRecognised(string reason) => new([], reason);

    // Only IDA's own codes reach the ledger: whatever else a partner writes there may hold data.
    private static string Codes(IdaAnswer answer) =>
        answer.Errors.Count == 0
            ? "not recognised"
            : string.Join(
                ' ',
                answer.Errors.Select(error =>
                    error.Code is { Length: <= 20 } code
                    && code.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
                        ? code
                        : "?"
                )
            );

    private IdaAuthData DataOf(Person person, string nationalId, IdType idType) =>
        new()
        {
            IndividualId = nationalId,
            IdType = idType,
            Names =
            [
                .. person.Names.SelectMany(name =>
                    mapping.Text(name.Language, $"{string.Join(' ', name.Given)} {name.Family}")
                ),
            ],
            Genders = mapping.Gender(person.Names.FirstOrDefault()?.Language, person.Gender),
            Dob = IdaMapping.Dob(person.BirthDate),
        };
}
