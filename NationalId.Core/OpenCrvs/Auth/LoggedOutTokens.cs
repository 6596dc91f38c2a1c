using System.Net.Http.Json;
using System.Threading.RateLimiting;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.OpenCrvs.Auth;

/// <summary>
/// Asks OpenCRVS's auth service whether a token was logged out, which is all that its <c>/verifyToken</c> knows: it
/// says valid to any text. To be asked of tokens that <see cref="OpenCrvsBearers"/> found valid, and of no others.
/// </summary>
public sealed class LoggedOutTokens : IDisposable
{
    /// <summary>How many questions are under way at most.</summary>
    internal const int AtOnce = 4;

    /// <summary>How many more wait for their turn at most.</summary>
    internal const int Waiting = 16;

    /// <summary>How long one question may take, its wait included.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const string Party = "OpenCRVS auth";

    private readonly IHttpClientFactory clients;
    private readonly OpenCrvsOptions options;
    private readonly TimeProvider time;
    private readonly ConcurrencyLimiter turns = new(
        new()
        {
            PermitLimit = AtOnce,
            QueueLimit = Waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }
    );

    /// <summary>Nothing is asked yet.</summary>
    /// <param name="clients">Makes the client of OpenCRVS's auth service.</param>
    /// <param name="options">Where it is.</param>
    /// <param name="time">The clock.</param>
    public LoggedOutTokens(IHttpClientFactory clients, OpenCrvsOptions options, TimeProvider time)
    {
        this.clients = clients;
        this.options = options;
        this.time = time;
    }

    /// <summary>Whether a token was logged out before its time.</summary>
    /// <param name="token">A valid token.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Null when the auth service did not say, or too many wait for it already.</returns>
    public async Task<bool?> HasAsync(string token, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            using var turn = await turns.AcquireAsync(1, stop.Token);
            return turn.IsAcquired ? await AskAsync(token, stop.Token) : null;
        }
        catch (TransientFailureException)
        {
            return null;
        }
        catch (PermanentFailureException)
        {
            // A proxy's 400 speaks of our question, not of the token: only the service's own word counts.
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    private Task<bool?> AskAsync(string token, CancellationToken cancellationToken) =>
        Failures.CallAsync(
            Party,
            async () =>
            {
                using var http = clients.CreateClient(OpenCrvsPartners.Auth);
                using var form = new FormUrlEncodedContent([new("token", token)]);
                using var answer = await http.PostAsync(options.AuthAddress("verifyToken"), form, cancellationToken);
                Failures.ThrowUnlessSuccess(answer, Party, time.GetUtcNow());
                var said = await answer.Content.ReadFromJsonAsync(AuthJson.Default.VerifyAnswer, cancellationToken);
                return !said?.Valid;
            },
            cancellationToken
        );
}
