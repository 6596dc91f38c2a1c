using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NationalId.Core.OpenCrvs.Records;
using NationalId.Core.Registry;

namespace NationalId.Core.OpenCrvs.Actions;

/// <summary>
/// Checks at start, and whenever health is asked for, that the country's forms have the fields that the settings name.
/// </summary>
/// <param name="forms">The country's forms.</param>
/// <param name="fields">The fields that are read.</param>
/// <param name="options">The fields that say who was verified.</param>
/// <param name="written">The fields that are written.</param>
/// <param name="logger">Told of fields that no form has.</param>
public sealed partial class FormCheck(
    EventForms forms,
    FieldOptions fields,
    ActionsOptions options,
    ConfirmOptions written,
    ILogger<FormCheck> logger
)
{
    private static readonly RegistrationKind[] Kinds = [RegistrationKind.Birth, RegistrationKind.Death];

    /// <summary>Whether there are forms to check.</summary>
    public bool IsConfigured => options is { HasTriggers: true, CountryConfigUrl: not null };

    /// <summary>The fields that the settings name and the forms don't have.</summary>
    /// <param name="cancellationToken">Stops waiting for the country configuration.</param>
    /// <returns>Null when the forms can't be had.</returns>
    public async Task<IReadOnlyList<string>?> MissingAsync(CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        foreach (var kind in Kinds)
        {
            if (await forms.FieldsAsync(kind, cancellationToken) is not { } known)
            {
                return null;
            }

            missing.AddRange(Named(kind).Where(field => !known.Contains(field)));
        }

        return missing;
    }

    /// <summary>Says in the log which fields are missing.</summary>
    /// <param name="cancellationToken">Stops waiting for the country configuration.</param>
    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        if (IsConfigured && await MissingAsync(cancellationToken) is { Count: > 0 } missing)
        {
            LogMissing(string.Join(", ", missing));
        }
    }

    private IEnumerable<string> Named(RegistrationKind kind) =>
        fields
            .ExpectedOf(kind)
            .Union(kind == RegistrationKind.Birth ? options.VerifiedFields : [])
            .Union(written.WrittenFields.Where(one => one.Kind == kind).Select(one => one.Field));

    [LoggerMessage(85, LogLevel.Error, "The settings name fields that the country's forms don't have: {Fields}")]
    private partial void LogMissing(string fields);
}

/// <summary>
/// Has the forms checked at start. Not before: the host makes this service before it checks the settings.
/// </summary>
internal sealed class StartFormCheck(IServiceProvider services) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        services.GetRequiredService<FormCheck>().ReportAsync(stoppingToken);
}
