using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using NationalId.Core.OpenCrvs.Actions;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform;
using NationalId.Core.Platform.Secrets;
using NationalId.Core.Platform.Storage;

namespace NationalId.Core.Operations;

/// <summary>
/// Whether what the client needs can be reached: for load balancers and people. Tells no secret and no address.
/// </summary>
/// <param name="storage">Whether storage takes writes.</param>
/// <param name="secrets">How the secret store does.</param>
/// <param name="checks">What is wrong with single secrets.</param>
/// <param name="forms">Whether the country's forms have the fields that the settings name.</param>
/// <param name="subscribers">Whether OpenCRVS, MOSIP's hub and an OSIA registry tell us, where that is set up.</param>
/// <param name="time">The clock.</param>
public sealed class HealthReport(
    StorageProbe storage,
    ISecretStore secrets,
    SecretChecks checks,
    FormCheck forms,
    IEnumerable<ISubscriber> subscribers,
    TimeProvider time
)
{
    /// <summary>
    /// 200 with <c>healthy</c> or <c>degraded</c>, 503 with <c>unhealthy</c> when events can't be taken.
    /// </summary>
    /// <param name="cancellationToken">Stops the check.</param>
    public async Task<IResult> GetAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(8));
        SecretReport? report = null;
        var parts = await Task.WhenAll([
            CheckAsync("storage", StorageAsync),
            CheckAsync(
                "secrets",
                async stop =>
                {
                    // A store that has never answered: nothing more can be said.
                    await secrets.GetVersionsAsync(SecretNames.WebhookSecret, stop);
                    report = await checks.RunAsync(stop);
                    return StatusOf(report);
                }
            ),
            CheckAsync("forms", FormsAsync),
            .. subscribers.Select(subscriber => CheckAsync(subscriber.Part, subscriber.StatusAsync)),
        ]);
        var storageFails = parts[0].Status != "healthy";
        var status =
            storageFails ? "unhealthy"
            : parts.Any(part => !IsWell(part.Status)) ? "degraded"
            : "healthy";
        return Results.Json(
            new Health(
                status,
                ProductVersion.Text,
                time.GetUtcNow(),
                parts.ToDictionary(part => part.Name, part => part.Status),
                [.. (report?.Findings ?? []).Select(finding => new SecretHealth(finding.Name, finding.Problem))],
                [.. checks.DaysLeft.Select(one => new CertificateHealth(one.Name, Math.Floor(one.Days)))]
            ),
            HealthJson.Default.Health,
            statusCode: storageFails ? 503 : 200
        );

        async Task<(string Name, string Status)> CheckAsync(string name, Func<CancellationToken, Task<string>> check)
        {
            try
            {
                return (name, await check(limit.Token));
            }
            catch (Exception failure) when (failure is SecretStoreUnavailableException || StorageFailures.Is(failure))
            {
                return (name, "unreachable");
            }
        }
    }

    private async Task<string> StorageAsync(CancellationToken cancellationToken) =>
        await storage.TakesWritesAsync(cancellationToken) ? "healthy" : "refuses writes";

    /// <summary>Until the first attempt nothing is known; that is no failure.</summary>
    private static bool IsWell(string status) =>
        status is SubscriptionWords.Healthy or SubscriptionWords.NotManaged or SubscriptionWords.NotAsked;

    private async Task<string> FormsAsync(CancellationToken cancellationToken) =>
        !forms.IsConfigured ? SubscriptionWords.NotManaged
        : await forms.MissingAsync(cancellationToken) is not { } missing ? "unreachable"
        : missing.Count > 0 ? $"without {string.Join(", ", missing)}"
        : "healthy";

    private string StatusOf(SecretReport report)
    {
        var problems = report.Findings.Where(finding => !finding.IsNotice).ToArray();
        var headlines = problems.Select(problem => problem.Headline).OfType<string>().Order().Reverse();
        return secrets.Status.IsDegraded || report.IsIncomplete ? "degraded"
            : problems.Length == 0 ? "healthy"
            : headlines.FirstOrDefault() ?? "problems";
    }
}

internal sealed record Health(
    string Status,
    string Version,
    DateTimeOffset At,
    IReadOnlyDictionary<string, string> Parts,
    IReadOnlyList<SecretHealth> Secrets,
    IReadOnlyList<CertificateHealth> Certificates
);

internal sealed record SecretHealth(string Name, string Problem);

internal sealed record CertificateHealth(string Name, double DaysLeft);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Health))]
internal sealed partial class HealthJson : JsonSerializerContext;
