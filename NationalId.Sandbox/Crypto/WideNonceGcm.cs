using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace NationalId.Sandbox.Crypto;

/// <summary>AES-256-GCM with MOSIP's 16-byte nonces, which .NET's AesGcm doesn't take.</summary>
internal static class WideNonceGcm
{
    private const int Tag = 16;

    public static (byte[] Cipher, byte[] Tag) Encrypt(byte[] key, byte[] nonce, ReadOnlySpan<byte> plain)
    {
        var output = Run(true, key, nonce, plain);
        return (output[..^Tag], output[^Tag..]);
    }

    /// <summary>Opens cipher ‖ tag ‖ nonce.</summary>
    /// <returns>Null when the tag doesn't fit.</returns>
    public static byte[]? Open(byte[] key, ReadOnlySpan<byte> data)
    {
        if (data.Length < 2 * Tag)
        {
            return null;
        }

        try
        {
            return Run(false, key, data[^Tag..].ToArray(), data[..^Tag]);
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    private static byte[] Run(bool encrypt, byte[] key, byte[] nonce, ReadOnlySpan<byte> input)
    {
        var gcm = new GcmBlockCipher(new AesEngine());
        gcm.Init(encrypt, new AeadParameters(new KeyParameter(key), Tag * 8, nonce));
        var output = new byte[gcm.GetOutputSize(input.Length)];
        var written = gcm.ProcessBytes(input, output);
        gcm.DoFinal(output.AsSpan(written));
        return output;
    }
}
