// The score of each room of a mutation report, and what survived. Used by scripts/mutate.sh.
//   node scripts/mutation-score.mjs <report> <least score> <room>=<file or folder/*.cs> ...
import { readFileSync } from 'node:fs';

const [report, least, ...scored] = process.argv.slice(2);
const files = Object.entries(JSON.parse(readFileSync(report, 'utf8')).files);
const rooms = new Map();
for (const [room, pattern] of scored.map(one => one.split('='))) {
  const of = rooms.get(room) ?? { noticed: 0, missed: 0, uncovered: 0, told: [] };
  rooms.set(room, of);
  const isOf = pattern.endsWith('/*.cs')
    ? path => path.slice(0, path.lastIndexOf('/')).endsWith(pattern.slice(0, -5))
    : path => path.endsWith('/' + pattern) || path === pattern;
  for (const [path, { source, mutants }] of files.filter(([path]) => isOf(path.replaceAll('\\', '/')))) {
    for (const { status, location, mutatorName, replacement } of mutants) {
      if (status === 'Killed' || status === 'Timeout') {
        of.noticed++;
      } else if (status === 'Survived' || status === 'NoCoverage') {
        of.missed++;
        of.uncovered += status === 'NoCoverage' ? 1 : 0;
        const line = source.split('\n')[location.start.line - 1].trim();
        of.told.push(`${path.split('/').pop()}:${location.start.line}:${location.start.column} ${status} ${mutatorName}\n`
          + `      ${line}\n   -> ${(replacement ?? '').replaceAll(/\s+/g, ' ').slice(0, 160)}`);
      }
    }
  }
}

let code = 0;
for (const [room, { noticed, missed, told }] of rooms) {
  console.log(`\n${room}: ${missed === 0 ? 'nothing' : `${missed} changes`} survived`);
  told.forEach(one => console.log('   ' + one));
  code ||= noticed < (noticed + missed) * least / 100 ? 1 : 0;
}

console.log('\nroom         noticed  of      %   without any test');
for (const [room, { noticed, missed, uncovered }] of rooms) {
  const all = noticed + missed;
  const percent = (100 * noticed / Math.max(all, 1)).toFixed(1);
  console.log(`${room.padEnd(12)} ${String(noticed).padStart(7)} ${String(all).padStart(4)} ${percent.padStart(6)} ${String(uncovered).padStart(10)}`);
}

process.exit(code);
