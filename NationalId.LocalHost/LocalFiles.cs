using System.Text.Encodings.Web;
using System.Text.Json;

namespace NationalId.LocalHost;

/// <summary>The files that a local run reads and leaves.</summary>
internal static class LocalFiles
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>The <c>Values</c> of a local.settings.json.</summary>
    public static Dictionary<string, string?> ReadLocalSettings(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path), Lenient);
        return json.RootElement.TryGetProperty("Values", out var values) ? Flat(values) : [];
    }

    /// <summary>A flat JSON object of settings; null while it is not there or not complete.</summary>
    public static Dictionary<string, string?>? TryReadFlat(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            return Flat(json.RootElement);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a file that holds secrets: nobody else may read it, and nobody sees half of it.</summary>
    public static void WritePrivateJson(string path, object content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(file, content, Indented);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>
    /// Takes the first data folder under <c>.local</c> that no other run uses; it is ours until the lock is closed.
    /// </summary>
    /// <param name="local">The <c>.local</c> folder.</param>
    /// <param name="empty">Whether to forget what an earlier run left there.</param>
    public static (string Folder, IDisposable Lock) TakeAzuriteFolder(string local, bool empty)
    {
        Directory.CreateDirectory(local);
        for (var n = 1; ; n++)
        {
            FileStream taken;
            try
            {
                taken = new FileStream(
                    Path.Combine(local, $"azurite-{n}.lock"),
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None
                );
            }
            catch (IOException) when (n < 1000)
            {
                continue;
            }

            var folder = Path.Combine(local, $"azurite-{n}");
            if (empty && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            // What is stored there names people: nobody else may look.
            if (!OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(
                    folder,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                );
            }

            return (folder, taken);
        }
    }

    private static Dictionary<string, string?> Flat(JsonElement values) =>
        values
            .EnumerateObject()
            .ToDictionary(
                property => property.Name,
                property => property.Value.ValueKind == JsonValueKind.Null ? null : property.Value.ToString()
            );
}
