namespace NationalId.Tests.Support;

/// <summary>A script that stands for a program that isn't here.</summary>
internal static class StandIn
{
    public static async Task WriteAsync(string path, string script)
    {
        await File.WriteAllTextAsync(path, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
