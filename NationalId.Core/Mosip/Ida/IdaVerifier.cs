using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Mosip.Ida;

/// <summary>
/// Recognises people by IDA: from a UIN or VID on the record with name, gender and date of birth. What IDA recognised
/// earlier by the same data need not be asked again.
/// </summary>
/// <param name="ida">MOSIP's ID authentication.</param>
/// <param name="registrations">Remembers whom IDA recognised.</param>
/// <param name="mapping">The country's words for languages and genders.</param>
/// <param name="options">The lengths of UINs and VIDs.</param>
public sealed class IdaVerifier(IdaClient ida, Registrations registrations, IdaMapping mapping, MosipOptions options)
    : IVerifier
{
    private readonly NationalIdFormat format = options.NationalIdFormat;

    /// <inheritdoc/>
    public string? NumberOf(string typed) =>
        NationalIdNumber.Normalise(typed) is var number && format.Classify(number) is not null ? number : null;

    /// <inheritdoc/>
    public async Task<Verification?> RecallAsync(Person person, string number, CancellationToken cancellationToken) =>
        await registrations.RecognisedAsync(DataOf(person, number).Claims, cancellationToken) is { } known
            ? new Verification([known], null)
            : null;

    /// <inheritdoc/>
    public async Task<Verification> VerifyAsync(Person person, string number, CancellationToken cancellationToken)
    {
        var data = DataOf(person, number);
        if (data is { Names: [], Dob: null })
        {
            if (person.Names.Count == 0)
            {
                return NotRecognised("the record has neither name nor date of birth to compare");
            }

            // The settings can name the language yet.
            IdaClient.CountUndecided("language");
            throw new TransientFailureException("The deceased's name is in no language that MOSIP has a code for.");
        }

        IdaAnswer answer;
        try
        {
            answer = await ida.AuthenticateAsync(data, cancellationToken);
        }
        catch (PermanentFailureException refused)
        {
            // IDA refuses the request: that says nothing of the person.
            throw new TransientFailureException(refused.Reason);
        }

        switch (answer.Verdict)
        {
            case IdaVerdict.Recognised:
                await registrations.RememberAsync(data.Claims.First(), answer.AuthToken!, cancellationToken);
                return new Verification(await registrations.HashesAsync(answer.AuthToken!, cancellationToken), null);
            case IdaVerdict.NotRecognised:
                return NotRecognised($"IDA: {answer.Codes}");
            default:
                throw new TransientFailureException($"IDA can't authenticate now: {answer.Codes}");
        }
    }

    private static Verification NotRecognised(string reason) => new([], reason);

    private IdaAuthData DataOf(Person person, string number)
    {
        var names = mapping.Names(person.Names);
        return new IdaAuthData
        {
            IndividualId = number,
            IdType = format.Classify(number) ?? throw new ArgumentException("No UIN or VID.", nameof(number)),
            Names = names,
            Genders = mapping.Gender(names, person.Gender),
            Dob = IdaMapping.Dob(person.BirthDate),
        };
    }
}
