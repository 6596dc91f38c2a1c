using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using NationalId.Core.Platform.Http;

namespace NationalId.Core.Osia;

/// <summary>
/// Publishes events (OSIA's Notification interface). A topic is made once; one that has gone is made anew.
/// </summary>
/// <param name="client">Calls the service.</param>
/// <param name="options">Its address, and the names of topics.</param>
public sealed class Notifications(OsiaClient client, OsiaOptions options)
{
    private const int UnsupportedMediaType = 415;
    private const int Tries = 2;

    private readonly ConcurrentDictionary<string, string> topics = new(StringComparer.Ordinal);

    /// <summary>Publishes an event.</summary>
    /// <param name="type">The type of event.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="DeliveryException">It was not taken.</exception>
    internal async Task PublishAsync(string type, JsonObject message, CancellationToken cancellationToken)
    {
        var name = options.TopicPerEvent ? type : options.Topic;
        for (var attempt = 1; ; attempt++)
        {
            var topic = await TopicAsync(name, cancellationToken);
            var status = await SendAsync(topic, type, message, cancellationToken);
            if (status is >= 200 and < 300)
            {
                return;
            }

            if (status == UnsupportedMediaType)
            {
                throw new TransientFailureException(
                    "The OSIA system does not take the content type that NationalId__Osia__PublishContentType says."
                );
            }

            // It does not know the topic, which it may have forgotten.
            topics.TryRemove(name, out _);
            if (attempt == Tries)
            {
                throw new TransientFailureException(
                    $"The OSIA system (publish) answered {status}, to a new topic too."
                );
            }
        }
    }

    private async ValueTask<string> TopicAsync(string name, CancellationToken cancellationToken)
    {
        if (topics.TryGetValue(name, out var known))
        {
            return known;
        }

        var made = await client.CallAsync(
            new OsiaCall(
                "topic",
                HttpMethod.Post,
                options.NotificationUrl,
                "topics?name=" + Uri.EscapeDataString(name)
            ),
            answer => OsiaAttributes.Text(answer.Json().GetProperty("uuid")),
            cancellationToken
        );
        // Some take a topic's name for its id, and give none.
        return topics[name] = string.IsNullOrEmpty(made) ? name : made;
    }

    private Task<int> SendAsync(string topic, string type, JsonObject message, CancellationToken cancellationToken) =>
        client.CallAsync(
            new OsiaCall(
                "publish",
                HttpMethod.Post,
                options.NotificationUrl,
                $"topics/{Uri.EscapeDataString(topic)}/publish?subject={Uri.EscapeDataString(type)}"
            )
            {
                // NOTE: ASCII, as the serializer writes it. The reference implementation reads Latin-1.
                Body = message.ToJsonString(),
                ContentType = options.PublishContentType,
                Understood = [400, 404, UnsupportedMediaType],
            },
            answer => answer.Status,
            cancellationToken
        );
}
