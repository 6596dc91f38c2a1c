using System.Net.Sockets;
using Azure;
using Azure.Identity;

namespace NationalId.Core.Platform.Storage;

/// <summary>Storage refused for longer than its caller may wait.</summary>
/// <param name="inner">The last refusal.</param>
public sealed class StorageGivenUpException(Exception inner)
    : Exception("Storage did not answer within the caller's time.", inner)
{
    /// <summary>
    /// Whether the caller went away while storage was working as it should: then it is no trouble of storage's.
    /// </summary>
    public bool CallerWentFirst { get; init; }
}

/// <summary>Tells failures of storage from others.</summary>
public static class StorageFailures
{
    /// <summary>
    /// Everything by which the storage SDK says that storage does not answer. A reset while connecting comes out as a
    /// bare SocketException, a managed identity that gets no token as an AuthenticationFailedException, which the SDK
    /// does not repeat.
    /// </summary>
    /// <param name="failure">What a call of the SDK threw.</param>
    public static bool Is(Exception failure) =>
        failure
            is RequestFailedException
                or AuthenticationFailedException
                or AggregateException
                or IOException
                or OperationCanceledException
                or HttpRequestException
                or TimeoutException
                or SocketException;
}
