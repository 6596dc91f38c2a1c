using Microsoft.Extensions.Options;
using NationalId.Core.Platform.Settings;

namespace NationalId.Core;

/// <summary>
/// Refuses a start with settings that are missing, unreadable or contradictory, and names them all in one message, each
/// as the app setting to mend. What belongs to a system that was not chosen is not looked at. Secrets are not checked
/// here: the vault may be away for a while.
/// </summary>
/// <param name="register">The settings that were read.</param>
public sealed class SettingsCheck(SettingsRegister register) : IValidateOptions<NationalIdOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, NationalIdOptions options)
    {
        var problems = register.Problems();
        return problems.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                "The National ID client can't start with these app settings:"
                    + string.Concat(problems.Select(problem => $"{Environment.NewLine}  - {problem}"))
            );
    }
}
