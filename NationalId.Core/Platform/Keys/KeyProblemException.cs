using System.Security.Cryptography;

namespace NationalId.Core.Platform.Keys;

/// <summary>
/// A key, certificate or P12 isn't what it must be. The message completes "The secret can't be used: …" in our own
/// words. It repeats nothing of the content, so that logs and health may show it.
/// </summary>
/// <param name="problem">What is wrong.</param>
/// <param name="wrongPassword">Another password could open it.</param>
internal sealed class KeyProblemException(string problem, bool wrongPassword = false) : CryptographicException(problem)
{
    public bool WrongPassword { get; } = wrongPassword;
}
