using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Reads the form of an upload as it comes: neither its file nor anything else is kept in memory.</summary>
internal static class SeederForm
{
    private const int MostParts = 16;
    private const int LongestBoundary = 128;

    /// <summary>Reads a form to its end.</summary>
    /// <param name="request">The caller's request.</param>
    /// <param name="take">Gets the file <c>csv_file</c>, which may come before or after <c>request</c>.</param>
    /// <returns>The field <c>request</c>; empty when there is none.</returns>
    /// <exception cref="SeederException">It is no such form, or has no file, or something twice.</exception>
    /// <exception cref="InvalidDataException">It is broken, or its headers are too large.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, Func<Stream, Task> take)
    {
        if (
            !MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= LongestBoundary } boundary
        )
        {
            throw SeederException.Invalid("missing request body");
        }

        var stop = request.HttpContext.RequestAborted;
        var reader = new MultipartReader(boundary.ToString(), request.Body);
        byte[]? json = null;
        var hasFile = false;
        for (var parts = 0; await reader.ReadNextSectionAsync(stop) is { } part; parts++)
        {
            if (parts == MostParts)
            {
                throw SeederException.Unprocessable($"the form has more than {MostParts} fields");
            }

            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
            {
                throw SeederException.Unprocessable("a field of the form has no name");
            }

            switch (HeaderUtilities.RemoveQuotes(disposition.Name).ToString())
            {
                case "request" when json is not null:
                case "csv_file" when disposition.IsFileDisposition() && hasFile:
                    throw SeederException.Unprocessable("a field of the form is given twice");
                case "request":
                    json = await ReadFieldAsync(part.Body, stop);
                    break;
                case "csv_file" when disposition.IsFileDisposition():
                    hasFile = true;
                    await take(part.Body);
                    break;
                default:
                    // The reader reads what nobody wants.
                    break;
            }
        }

        return json is null ? throw SeederException.Invalid("missing request body")
            : hasFile ? json
            : throw SeederException.Invalid("requires CSV file");
    }

    private static async Task<byte[]> ReadFieldAsync(Stream field, CancellationToken stop)
    {
        var buffer = new byte[16 * 1024];
        using var whole = new MemoryStream();
        int read;
        while ((read = await field.ReadAsync(buffer, stop)) > 0)
        {
            whole.Write(buffer, 0, read);
            if (whole.Length > SeederJson.LongestLine)
            {
                throw SeederException.TooLarge(SeederJson.LongestLine);
            }
        }

        return whole.ToArray();
    }
}
