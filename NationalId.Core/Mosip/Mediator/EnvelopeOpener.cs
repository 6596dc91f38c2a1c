using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>Opens what MOSIP sealed for us, with any of our keys.</summary>
/// <param name="keys">Our private keys.</param>
/// <param name="secrets">Has keys read again that may have been rotated.</param>
public sealed class EnvelopeOpener(PartnerKeys keys, ISecretStore secrets)
{
    /// <summary>Opens an envelope.</summary>
    /// <param name="envelope">The envelope's bytes.</param>
    /// <param name="cancellationToken">Stops waiting for secrets.</param>
    /// <exception cref="EnvelopeException">It is no envelope, or was changed.</exception>
    /// <exception cref="ReturnException">
    /// 503: no key of ours opens it. At a rotation MOSIP has our new certificate before we have its key: refused for
    /// good, what is in it would be lost.
    /// </exception>
    public async Task<byte[]> OpenAsync(byte[] envelope, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            try
            {
                var privateKeys = await keys.GetEnvelopePrivateKeysAsync(cancellationToken);
                return Envelope.Open(envelope, privateKeys);
            }
            catch (EnvelopeException failure) when (failure.Fault == EnvelopeFault.WrongKey)
            {
                // It may have been added a moment ago.
                if (again)
                {
                    throw new ReturnException(
                        503,
                        "It was sealed for a key that is not here (yet). Send it again later."
                    );
                }

                secrets.Refresh(SecretNames.OpenCrvsPrivateKey);
            }
        }
    }
}
