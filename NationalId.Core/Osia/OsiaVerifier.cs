using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>Recognises people by the population registry: number, names and date of birth have to match.</summary>
/// <param name="registry">The population registry.</param>
/// <param name="attributes">What people are matched by.</param>
/// <param name="registrations">Makes the keyed hashes of numbers.</param>
public sealed class OsiaVerifier(RegistryClient registry, OsiaAttributes attributes, Registrations registrations)
    : IVerifier
{
    /// <inheritdoc/>
    public string? NumberOf(string typed) => OsiaAttributes.NumberOf(typed);

    /// <inheritdoc/>
    public Task<Verification?> RecallAsync(Person person, string number, CancellationToken cancellationToken) =>
        Task.FromResult<Verification?>(null);

    /// <inheritdoc/>
    public async Task<Verification> VerifyAsync(Person person, string number, CancellationToken cancellationToken)
    {
        if (attributes.ToMatch(person) is not { } values)
        {
            return NotRecognised("the record has not both a name and a whole date of birth to compare");
        }

        try
        {
            return await registry.MatchAsync(number, values, cancellationToken) switch
            {
                null => NotRecognised("the registry does not know the number") with { IsUnknown = true },
                { Count: 0 } => new Verification(await registrations.HashesAsync(number, cancellationToken), null),
                var different => NotRecognised($"the registry has another {string.Join(", ", different)}"),
            };
        }
        catch (PermanentFailureException refused)
        {
            // The registry refuses the question: that says nothing of the person.
            throw new TransientFailureException(refused.Reason);
        }
    }

    private static Verification NotRecognised(string reason) => new([], reason);
}
