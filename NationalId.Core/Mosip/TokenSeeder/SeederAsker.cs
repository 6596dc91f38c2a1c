using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Asks IDA about one line of a batch.</summary>
/// <param name="ida">MOSIP's ID authentication.</param>
/// <param name="mapping">The country's words for languages and genders.</param>
/// <param name="logger">Told of what was not foreseen.</param>
public sealed partial class SeederAsker(IdaClient ida, IdaMapping mapping, ILogger<SeederAsker> logger)
{
    /// <returns>Null when IDA answered, but nothing of the person, and this is not the last time.</returns>
    internal async Task<SeederResult?> AskAsync(int number, SeederLine line, bool last, CancellationToken limit)
    {
        try
        {
            var answer = await ida.AuthenticateAsync(line.ToAuthData(mapping), limit);
            return answer.Verdict switch
            {
                IdaVerdict.PartnerRefused => throw new TransientFailureException("IDA refuses us."),
                IdaVerdict.TryLater when !last => null,
                _ => SeederResult.Of(number, line.Vid, answer),
            };
        }
        catch (PermanentFailureException)
        {
            return SeederResult.Failed(number, line.Vid, "AUT_BAS_001", "Not Able to process auth request.");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new TransientFailureException("IDA did not answer in time.");
        }
        catch (Exception unusable) when (unusable is SecretUnusableException or CryptographicException)
        {
            throw new TransientFailureException("A key can't be used.");
        }
        catch (Exception unexpected) when (unexpected is not TransientFailureException)
        {
            LogUnexpected(unexpected.GetType().Name, unexpected.StackTrace);
            return SeederResult.Failed(number, line.Vid, SeederCodes.Unknown, "Unknown exception");
        }
    }

    [LoggerMessage(53, LogLevel.Error, "A line of a Token Seeder batch met an unexpected {Exception} at {Stack}")]
    private partial void LogUnexpected(string exception, string? stack);
}
