// Checks an OpenAPI document against OpenAPI's own schema, and answers against the shapes that the document gives them. First line: the document;
// then answers: {operation, status, type, body}. Prints one line a problem.
import { createInterface } from 'node:readline';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

let root;
let ajv;
const say = problem => console.log(JSON.stringify({ problem }));
for await (const line of createInterface({ input: process.stdin })) {
  if (!line) continue;
  const given = JSON.parse(line);
  if (!root) {
    root = given;
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(root));
    if (!valid) say(JSON.stringify(errors).slice(0, 2000));
    if (validator.version !== '3.1') say(`the version is ${validator.version}`);
    ajv = new Ajv({ strict: false, allErrors: true });
    formats(ajv);
    ajv.addSchema({ $id: 'document', ...root });
    continue;
  }
  const operation = Object.values(root.paths).flatMap(path => Object.values(path)).find(one => one.operationId === given.operation);
  const shape = operation.responses[given.status]?.content?.[given.type]?.schema?.$ref;
  if (!shape) {
    say(`${given.operation} ${given.status} has no shape`);
    continue;
  }
  const check = ajv.getSchema(`document${shape}`);
  if (!check(JSON.parse(given.body))) say(`${given.operation} ${given.status}: ${JSON.stringify(check.errors).slice(0, 1000)}`);
}
