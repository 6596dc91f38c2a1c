using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Webhooks;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Registry;

namespace NationalId.Core.AnySystem;

/// <summary>Reads the numbers that the National ID system sends back.</summary>
/// <param name="options">The name of the number's field on the record.</param>
public sealed class NationalIdReader(AnySystemOptions options) : IReturnReader
{
    /// <inheritdoc/>
    public string Kind => EventKinds.NationalId;

    /// <inheritdoc/>
    public IReadOnlyList<string> Fields => [options.NationalIdField];

    /// <inheritdoc/>
    public Task<ReturnedNumber?> ReadAsync(byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult<ReturnedNumber?>(Read(body));

    /// <summary>Reads a message.</summary>
    /// <param name="body">The message.</param>
    /// <exception cref="ReturnException">It can't be read.</exception>
    public static ReturnedNumber Read(byte[] body) => ReturnFields.ReadNumber(body, "BRN", "nationalId");
}

/// <summary>Takes the numbers that the National ID system sends back, signed as OpenCRVS signs its webhooks.</summary>
/// <param name="bodies">Checks their signature.</param>
/// <param name="returns">Takes the number.</param>
public sealed class NationalIdIntake(SignedBodies bodies, ReturnAcceptor returns)
{
    /// <summary>
    /// A number for a BRN: 200 when it is stored or was already, 400 when it can't be read, 401 without a right
    /// signature, 404 for an unknown BRN and 409 for a second number (both are kept for the operator), 503 while
    /// storage or secrets don't answer.
    /// </summary>
    /// <param name="request">The system's request.</param>
    public Task<IResult> ReceiveAsync(HttpRequest request) =>
        bodies.ReceiveAsync(
            request,
            SecretNames.CallbackSecret,
            body =>
                returns.TakeAsync(
                    EventKinds.NationalId,
                    body,
                    NationalIdReader.Read(body),
                    request.HttpContext.RequestAborted
                )
        );
}
