using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs;
using NationalId.Core.OpenCrvs.Auth;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// Decides whether a UIN token is let in: by MOSIP's signature, and by the bearer token of OpenCRVS that its sender
/// brings. MOSIP does not send again, so what MOSIP signed is not refused because OpenCRVS's auth service is away.
/// </summary>
/// <param name="reader">Reads and checks MOSIP's message.</param>
/// <param name="bearers">Checks OpenCRVS's bearer tokens.</param>
/// <param name="loggedOut">Knows the ones that were logged out.</param>
/// <param name="options">The scopes that let in.</param>
/// <param name="logger">Told of wrong bearer tokens.</param>
public sealed partial class UinTokenGate(
    UinTokenReader reader,
    OpenCrvsBearers bearers,
    LoggedOutTokens loggedOut,
    OpenCrvsOptions options,
    ILogger<UinTokenGate> logger
)
{
    private const int LongestHeader = 8192;
    private const string Scheme = "Bearer ";

    private readonly BearerWants wants = new(
        BearerWants.CountryConfig,
        options.CallerScopes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
    );

    /// <summary>
    /// The sender's bearer token, before anything of the body is read. What is wrong with it by itself is refused here,
    /// without a call to anybody.
    /// </summary>
    /// <param name="request">The sender's request.</param>
    /// <exception cref="ReturnException">401: there is none, or it is wrong.</exception>
    public async Task<string> BearerOfAsync(HttpRequest request)
    {
        if (
            request.Headers.Authorization is not [{ } header]
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || header.Length is < 8 or > LongestHeader
        )
        {
            throw new ReturnException(401, "A bearer token of OpenCRVS is needed.", "bearer");
        }

        var bearer = header[Scheme.Length..].Trim();
        ThrowIfWrong(await bearers.GlanceAsync(bearer, wants));
        return bearer;
    }

    /// <summary>Opens a UIN token's envelope, once its sender may send it.</summary>
    /// <param name="bearer">The sender's bearer token.</param>
    /// <param name="body">The sender's message.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ReturnException">It is refused: 400, 401, or 503 when it was sealed for a key that is not
    /// here.</exception>
    /// <exception cref="TransientFailureException">It is not signed, and the auth service did not say whether the
    /// bearer token still holds.</exception>
    public async Task<ReturnedNumber> AdmitAsync(string bearer, byte[] body, CancellationToken cancellationToken)
    {
        // 1. MOSIP's signature. It needs nobody outside.
        ReturnedNumber number;
        try
        {
            number = await reader.ReadAsync(body, checkSignature: true, cancellationToken);
        }
        catch (ReturnException locked) when (locked.Status == 503)
        {
            // Only who may send at all is asked to send again.
            ThrowIfWrong(await bearers.CheckAsync(bearer, wants, cancellationToken));
            throw;
        }

        // 2. The bearer token, by OpenCRVS's public key.
        var check = await bearers.CheckAsync(bearer, wants, cancellationToken);
        ThrowIfWrong(check);

        // 3. Whether it was logged out: the auth service alone knows.
        var gone = check.Verdict == BearerVerdict.Valid ? await loggedOut.HasAsync(bearer, cancellationToken) : null;
        if (gone == true)
        {
            throw Wrong("logged-out");
        }

        if (gone is null)
        {
            if (!number.Signed)
            {
                throw new TransientFailureException("OpenCRVS auth did not say whether the bearer token holds.");
            }

            LogBySignatureAlone();
        }

        return number;
    }

    private void ThrowIfWrong(BearerCheck check)
    {
        if (check.Verdict == BearerVerdict.Wrong)
        {
            throw Wrong(check.Reason);
        }
    }

    private ReturnException Wrong(string reason)
    {
        LogWrongBearer(reason);
        return new ReturnException(401, $"The bearer token is not one of OpenCRVS that lets in: {reason}.", "bearer");
    }

    [LoggerMessage(33, LogLevel.Warning, "The bearer token of a UIN token's sender is wrong: {Reason}")]
    private partial void LogWrongBearer(string reason);

    [LoggerMessage(
        35,
        LogLevel.Warning,
        "A UIN token was taken by MOSIP's signature alone: "
            + "OpenCRVS's auth service does not say whether the bearer token holds"
    )]
    private partial void LogBySignatureAlone();
}
