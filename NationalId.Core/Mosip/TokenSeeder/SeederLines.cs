using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace NationalId.Core.Mosip.TokenSeeder;

/// <summary>Lines of JSON, one object a line, as <see cref="SeederJson"/> took them out of a request.</summary>
internal static class SeederLines
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 32 };

    public static async IAsyncEnumerable<SeederLine> ReadAsync(
        Stream file,
        SeederRequest request,
        TokenSeederOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            var ended = false;
            while (!ended)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var left = read.Buffer;
                while (left.PositionOf((byte)'\n') is { } end)
                {
                    yield return Take(left.Slice(0, end), request, options);
                    left = left.Slice(left.GetPosition(1, end));
                }

                reader.AdvanceTo(left.Start, left.End);
                ended = read.IsCompleted;
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static SeederLine Take(ReadOnlySequence<byte> line, SeederRequest request, TokenSeederOptions options)
    {
        using var json = JsonDocument.Parse(line, Options);
        var root = json.RootElement;
        return request.Mapping.Take(name => SeederMapping.FieldOf(root, name), request.Language, options);
    }
}
