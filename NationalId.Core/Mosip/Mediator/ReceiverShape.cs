using NationalId.Core.OpenCrvs.Fhir;

namespace NationalId.Core.Mosip.Mediator;

/// <summary>
/// The types that MOSIP's receiver gives to an event's properties, and the changes that an event needs to have them.
/// The receiver reads the whole of the bundle before it looks for the child: one value of another type in whichever
/// resource, and the event is refused. What it doesn't know it passes over, and so do we.
/// </summary>
internal static class ReceiverShape
{
    /// <summary>Leads an event's tokens to where its changes are found.</summary>
    public static JsonWalk Walk(BodyEdits edits)
    {
        var text = new ExpectedText(edits);

        var coding = new CodingShape(edits, text, IdentifierText.TypeSystem);
        var type = new ExpectedObject(
            edits,
            new ObjectShape([("coding", new ExpectedCodings(edits, coding))]),
            // Up to about version 1.3 the code stands by itself.
            around: ("{\"coding\":[{\"system\":\"" + IdentifierText.TypeSystem + "\",\"code\":", "}]}")
        );
        var identifier = new ExpectedObject(
            edits,
            new ObjectShape([("type", type), ("system", text), ("value", text)])
        );

        var texts = new ExpectedList(edits, text, dropMisfits: true, emptyForNull: true);
        // A Location's or Organization's name is a plain text.
        var name = new ExpectedObject(edits, new NameShape(edits, text, texts), around: ("{\"text\":", "}"));

        var resource = new ResourceShape(
            edits,
            new ExpectedIdentifiers(new ExpectedList(edits, identifier), identifier),
            [
                ("resourceType", text),
                ("focus", new ExpectedObject(edits, new ObjectShape([("reference", text)]))),
                // The receiver goes through the names without a look whether they are there.
                ("name", new ExpectedList(edits, name, dropMisfits: true)),
                ("gender", text),
                ("birthDate", text),
                ("address", new ExpectedList(edits, new ExpectedObject(edits, shape: null))),
                (
                    "extension",
                    new ExpectedList(
                        edits,
                        new ExpectedObject(edits, new ObjectShape([("url", text), ("valueString", text)]))
                    )
                ),
            ]
        );

        var entry = new ObjectShape([("resource", new ExpectedObject(edits, resource))]);
        var context = new ObjectShape([("entry", new ExpectedList(edits, new ExpectedObject(edits, entry)))]);
        var content = new ObjectShape([("context", new ExpectedList(edits, new ExpectedObject(edits, context)))]);
        return new JsonWalk(
            new ObjectShape([("id", text), ("timestamp", text), ("event", new ExpectedObject(edits, content))])
        );
    }
}
