// Loaded before Azurite (node --require). Azurite keeps its data in LokiJS, which builds every index anew when it
// removes a list of documents, be it of one or of none. Azurite removes a list at each call to a queue, and once a
// minute one for each message that is gone: thousands of events make it stand still for ten seconds. Storage does not,
// and nobody should wait for it in a test. Lists of a few are removed one by one here, which keeps the indexes.
const { createRequire } = require('node:module');

// Azurite's own, wherever it is installed.
const { Collection } = createRequire(process.argv[1] ?? __filename)('lokijs');

const few = 16;
const { removeBatch, removeBatchByPositions } = Collection.prototype;

Collection.prototype.removeBatch = function (documents) {
  if (documents.length > few || typeof documents[0] === 'number') {
    return removeBatch.call(this, documents);
  }

  for (const document of documents) {
    this.remove(document);
  }
};

Collection.prototype.removeBatchByPositions = function (positions) {
  if (positions.length > few) {
    return removeBatchByPositions.call(this, positions);
  }

  // Positions move with each removal.
  this.ensureId();
  this.removeBatch(positions.map(position => this.data[position]));
};
