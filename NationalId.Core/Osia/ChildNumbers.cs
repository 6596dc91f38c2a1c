using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NationalId.Core.Ledger;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Platform.Storage;
using NationalId.Core.Platform.Telemetry;
using NationalId.Core.Registry;

namespace NationalId.Core.Osia;

/// <summary>
/// The numbers of children: one for each birth for ever, in the ledger before anybody is told of it. A number that the
/// record brings along is adopted, never replaced. It goes onto the record as any number that comes back.
/// </summary>
/// <param name="drawn">The numbers that were drawn.</param>
/// <param name="generator">Draws numbers.</param>
/// <param name="attributes">What the generator is told.</param>
/// <param name="registrations">Knows whose a number is.</param>
/// <param name="returns">Brings the number onto the record.</param>
/// <param name="time">The clock.</param>
public sealed class ChildNumbers(
    DrawnNumbers drawn,
    UinGenerator generator,
    OsiaAttributes attributes,
    Registrations registrations,
    ReturnAcceptor returns,
    TimeProvider time
)
{
    private const string Returned = "number-returned";
    private const string Conflict = "The child's number is another birth's, or the birth has another number already.";

    /// <summary>The child's number; drawn where there is none. It is on its way to the record then.</summary>
    /// <param name="row">The birth's row.</param>
    /// <param name="birth">What the birth is known by.</param>
    /// <param name="child">The child.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <exception cref="FlaggedException">It contradicts what is known: nothing may be told.</exception>
    /// <exception cref="DeliveryException">The generator gave none.</exception>
    internal async Task<string> SettleAsync(
        EventRow row,
        string birth,
        OsiaPerson child,
        CancellationToken cancellationToken
    )
    {
        var number =
            await drawn.FindAsync(birth, cancellationToken) ?? await DrawAsync(row, birth, child, cancellationToken);
        if (row.RegistrationNumber is { } brn && !row.IsDone(Returned))
        {
            await ReturnAsync(brn, number, cancellationToken);
            CrashPoint.Hit("deliver.returned");
            row.Done(Returned, time.GetUtcNow());
        }

        return number;
    }

    private async Task<string> DrawAsync(
        EventRow row,
        string birth,
        OsiaPerson child,
        CancellationToken cancellationToken
    )
    {
        var own = child.Person.NationalIds.Select(OsiaAttributes.NumberOf).OfType<string>().FirstOrDefault();
        var offered = own ?? await generator.DrawAsync(attributes.ForNumber(child), row.Key, cancellationToken);
        CrashPoint.Hit("deliver.draw");
        var hashes = await registrations.HashesAsync(offered, cancellationToken);
        if (await registrations.BirthOfTokenAsync(hashes, cancellationToken) is { } owner && owner != birth)
        {
            // Sent again, it draws again.
            throw new ContradictionException(Conflict);
        }

        var settled = await drawn.SettleAsync(birth, offered, cancellationToken);
        row.Note(time.GetUtcNow(), row.Current, own is null ? "number drawn" : "the number on the record is used");
        return settled;
    }

    private async Task ReturnAsync(string brn, string number, CancellationToken cancellationToken)
    {
        var message = new JsonObject { ["BRN"] = brn, ["nationalId"] = number };
        try
        {
            var answer = await returns.TakeAsync(
                EventKinds.NationalId,
                Encoding.UTF8.GetBytes(message.ToJsonString()),
                new ReturnedNumber(brn, number),
                cancellationToken
            );
            if (answer is IStatusCodeHttpResult { StatusCode: StatusCodes.Status409Conflict })
            {
                throw new ContradictionException(Conflict);
            }
        }
        catch (StorageGivenUpException)
        {
            throw new TransientFailureException("Storage did not take the child's number.");
        }
    }
}

/// <summary>Reads children's numbers on their way to the record.</summary>
/// <param name="options">The name of the number's field on the record.</param>
public sealed class ChildNumberReader(OsiaOptions options) : IReturnReader
{
    /// <inheritdoc/>
    public string Kind => EventKinds.NationalId;

    /// <inheritdoc/>
    public IReadOnlyList<string> Fields { get; } = OsiaOptions.Items(options.NationalIdField);

    /// <inheritdoc/>
    public Task<ReturnedNumber?> ReadAsync(byte[] body, CancellationToken cancellationToken) =>
        Task.FromResult<ReturnedNumber?>(ReturnFields.ReadNumber(body, "BRN", "nationalId"));
}
