namespace NationalId.Core.Platform.Http;

/// <summary>Runs calls that don't wait for each other.</summary>
public static class Calls
{
    /// <summary>
    /// Waits for all; then one failure speaks for all. A transient one goes first: while there is hope, nothing is
    /// poison.
    /// </summary>
    /// <param name="calls">The calls.</param>
    public static async Task AllAsync(IReadOnlyList<Task> calls)
    {
        try
        {
            await Task.WhenAll(calls);
        }
        catch (Exception)
        {
            if (calls.Any(call => call.IsCanceled))
            {
                // Stopped half-way: nobody knows yet how it would have ended.
                throw new OperationCanceledException();
            }

            var failures = calls.Where(call => call.IsFaulted).Select(call => call.Exception!.InnerException!).ToList();
            throw failures.FirstOrDefault(failure => failure is not (PermanentFailureException or FlaggedException))
                ?? failures[0];
        }
    }
}
