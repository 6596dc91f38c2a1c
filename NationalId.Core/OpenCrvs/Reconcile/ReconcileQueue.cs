using NationalId.Core.Ledger;

namespace NationalId.Core.OpenCrvs.Reconcile;

/// <summary>The queue that has a source's run go on: a message is the source's name.</summary>
/// <param name="queues">The queues.</param>
public sealed class ReconcileQueue(EventQueues queues)
{
    /// <summary>The queue's name.</summary>
    public const string Name = "reconcile";

    /// <summary>Has a run go on.</summary>
    /// <param name="source">The source.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public Task SendAsync(string source, CancellationToken cancellationToken) =>
        queues.SendAsync(Name, source, null, cancellationToken);
}
