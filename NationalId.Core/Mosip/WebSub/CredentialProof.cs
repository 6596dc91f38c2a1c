using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.WebSub;

/// <summary>
/// Checks MOSIP's signature over a credential's text (docs/protocols.md, "MOSIP's hub"). A certificate in the
/// signature's own header proves nothing: it must be one that we trust, or be issued by one.
/// </summary>
/// <param name="keys">MOSIP's certificates that we trust.</param>
/// <param name="secrets">Has them read again that may have been rotated.</param>
/// <param name="options">Which subject the signer must have.</param>
/// <param name="time">The clock.</param>
public sealed class CredentialProof(PartnerKeys keys, ISecretStore secrets, WebSubOptions options, TimeProvider time)
{
    private const int LongestChain = 5;

    /// <summary>Checks a signature.</summary>
    /// <param name="signature">The signature; null when there is none.</param>
    /// <param name="text">The credential's text.</param>
    /// <param name="cancellationToken">Stops waiting for secrets.</param>
    /// <exception cref="FlaggedException">It is not MOSIP's.</exception>
    public async Task CheckAsync(string? signature, byte[] text, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(signature))
        {
            throw new FlaggedException(CredentialFlags.NoProof);
        }

        if (DetachedJws.Read(signature) is not { Certificates.Count: <= LongestChain } jws)
        {
            throw new FlaggedException(CredentialFlags.WrongProof);
        }

        for (var again = false; ; again = true)
        {
            var trusted = await keys.GetMosipCertificatesAsync(cancellationToken);
            var signers = SignersOf(jws, trusted);
            try
            {
                if (signers.Any(signer => Fits(jws, text, signer)))
                {
                    return;
                }

                if (again)
                {
                    throw new FlaggedException(
                        signers.Count == 0 ? CredentialFlags.ForeignSigner : CredentialFlags.WrongProof
                    );
                }
            }
            finally
            {
                foreach (var signer in signers.Except(trusted))
                {
                    signer.Dispose();
                }
            }

            // MOSIP's certificate may have been rotated a moment ago.
            secrets.Refresh(SecretNames.MosipCertificate);
        }
    }

    private static bool Fits(DetachedJws jws, byte[] text, X509Certificate2 signer)
    {
        using var key = signer.GetRSAPublicKey();
        return key is not null && jws.Fits(text, key);
    }

    /// <summary>
    /// The certificates that may have signed: the one in the header where we trust it; where there is none, any that
    /// we trust.
    /// </summary>
    private List<X509Certificate2> SignersOf(DetachedJws jws, IReadOnlyList<X509Certificate2> trusted)
    {
        if (jws.Certificates.Count == 0)
        {
            return [.. trusted.Where(jws.MayBeOf)];
        }

        try
        {
            var signer = X509CertificateLoader.LoadCertificate(jws.Certificates[0]);
            if (jws.MayBeOf(signer) && (IsOneOf(signer, trusted) || IsIssuedBy(trusted, signer, jws.Certificates)))
            {
                return [signer];
            }

            signer.Dispose();
        }
        catch (CryptographicException)
        {
            // It is no certificate: nobody has signed.
        }

        return [];
    }

    private bool IsIssuedBy(
        IReadOnlyList<X509Certificate2> trusted,
        X509Certificate2 signer,
        IReadOnlyList<byte[]> certificates
    )
    {
        // NOTE: Every partner's certificate comes from MOSIP's root as well, our own too.
        if (!signer.Subject.Contains(options.SignerSubject, StringComparison.Ordinal))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted.ToArray());
        // MOSIP publishes no list of revoked ones.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        var between = certificates.Skip(1).Select(X509CertificateLoader.LoadCertificate).ToList();
        try
        {
            chain.ChainPolicy.ExtraStore.AddRange(between.ToArray());
            return chain.Build(signer);
        }
        finally
        {
            between.ForEach(one => one.Dispose());
        }
    }

    private static bool IsOneOf(X509Certificate2 signer, IReadOnlyList<X509Certificate2> trusted) =>
        trusted.Any(one => one.RawDataMemory.Span.SequenceEqual(signer.RawDataMemory.Span));
}
