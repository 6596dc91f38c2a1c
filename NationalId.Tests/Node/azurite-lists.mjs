// Compares what scripts/azurite.cjs does to LokiJS's removal of lists with what lists are: nothing but what was named goes, and every index still
// finds the rest. First line: {patch}, the script's path. Prints one line a problem.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);
const say = problem => console.log(JSON.stringify({ problem }));
for await (const line of createInterface({ input: process.stdin })) {
  const Loki = require('lokijs');
  const { remove, removeBatchByPositions } = Loki.Collection.prototype;
  require(JSON.parse(line).patch);
  if (Loki.Collection.prototype.removeBatchByPositions === removeBatchByPositions) say('nothing was patched');
  if (Loki.Collection.prototype.remove !== remove) say('more was patched than lists');

  const rows = new Loki('test').addCollection('rows', { indices: ['name', 'group'] });
  let left = [];
  let random = 20261127;
  const next = below => (random = (random * 48271) % 2147483647) % below;
  for (let round = 0; round < 300; round++) {
    for (let i = next(40); i >= 0; i--) {
      const row = { name: `${round}-${i}`, group: next(30) };
      rows.insert(row);
      left.push(row);
    }

    const group = next(30);
    const ways = [
      () => rows.findAndRemove({ group }),
      () => rows.chain().find({ group }).remove(),
      () => rows.remove(rows.find({ group })),
      () => rows.remove(rows.find({ group }).map(row => row.$loki)),
      () => rows.remove([]),
    ];
    const way = next(ways.length);
    ways[way]();
    left = way === ways.length - 1 ? left : left.filter(row => row.group !== group);
    if (rows.count() !== left.length) say(`round ${round}: ${rows.count()} rows are left, not ${left.length}`);
    if (!rows.checkIndex('name') || !rows.checkIndex('group')) say(`round ${round}: an index is wrong`);
    if (left.some(row => rows.findOne({ name: row.name })?.group !== row.group)) say(`round ${round}: a row is not found`);
  }
}
