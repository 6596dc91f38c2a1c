// Checks files that others' programs read, with those programs' own checkers or readers. Arguments: the repository's top. Prints one line a problem.
import { readFileSync, readdirSync } from 'node:fs';
import { register } from 'node:module';
import path from 'node:path';
import { validate } from 'dockerfile-utils';
import { TextDocument } from 'vscode-languageserver-textdocument';
import yaml from 'yaml';

// GitHub's own reader of workflows. NOTE: the package is made for bundlers, and imports JSON as Node does not.
register(`data:text/javascript,${encodeURIComponent(`
import { readFile } from 'node:fs/promises';
export const load = async (url, context, next) => url.endsWith('.json')
  ? { format: 'module', shortCircuit: true, source: 'export default ' + await readFile(new URL(url), 'utf8') }
  : next(url, context);`)}`);
const github = await import('@actions/languageservice');

const top = process.argv[2];
const read = file => readFileSync(path.join(top, file), 'utf8');
const say = (file, problem) => console.log(JSON.stringify({ problem: `${file}: ${problem}` }));
const parse = file => {
  const document = yaml.parseDocument(read(file), { uniqueKeys: true });
  document.errors.concat(document.warnings).forEach(one => say(file, one.message));
  return document.toJS();
};

for (const name of readdirSync(path.join(top, '.github/workflows'))) {
  const file = `.github/workflows/${name}`;
  for (const one of await github.validate(TextDocument.create(`file:///${file}`, 'yaml', 1, read(file)))) say(file, `${one.range.start.line + 1}: ${one.message}`);
}

for (const one of validate(read('Dockerfile'))) say('Dockerfile', `${one.range.start.line + 1}: ${one.message}`);

// docker compose refuses a key that it doesn't know. These are of the compose specification.
const known = {
  top: ['name', 'services', 'volumes', 'networks', 'configs', 'secrets'],
  service: [
    'build', 'image', 'restart', 'ports', 'env_file', 'environment', 'volumes', 'tmpfs', 'mem_limit', 'stop_grace_period', 'depends_on', 'logging', 'command', 'healthcheck',
  ],
};
const compose = parse('compose.yaml');
for (const key of Object.keys(compose)) if (!known.top.includes(key)) say('compose.yaml', `${key} is not known`);
for (const [name, service] of Object.entries(compose.services)) {
  for (const key of Object.keys(service)) if (!known.service.includes(key)) say('compose.yaml', `${name}.${key} is not known`);
  for (const other of service.depends_on ?? []) if (!compose.services[other]) say('compose.yaml', `${name} depends on ${other}`);
  for (const volume of service.volumes ?? []) {
    const [source] = volume.split(':');
    if (!source.startsWith('.') && !(source in compose.volumes)) say('compose.yaml', `${name} mounts ${source}`);
  }
}

const azd = parse('azure.yaml');
for (const [name, service] of Object.entries(azd.services)) {
  if (service.host !== 'function' || service.language !== 'dotnet') say('azure.yaml', `${name} is no .NET function app`);
  if (!read('infra/modules/app.bicep').includes(`'azd-service-name': '${name}'`)) say('azure.yaml', `no resource has the tag of ${name}`);
  if (!readdirSync(path.join(top, service.project)).some(file => file.endsWith('.csproj'))) say('azure.yaml', `${service.project} is no project`);
}
for (const hook of Object.values(azd.hooks)) read(hook.run);
