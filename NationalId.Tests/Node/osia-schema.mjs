// Checks exchanges against OSIA's own files. Arguments: a folder with the files. Lines: exchanges; answers: problems.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import path from "node:path";
import yaml from "yaml";

const files = {};
const load = (name) =>
  (files[name] ??= yaml.parse(readFileSync(path.join(process.argv[2], name + ".yaml"), "utf8"), { logLevel: "error" }));

function check(schema, value, root, where, isRequest, problems) {
  if (schema.$ref) {
    const target = schema.$ref.slice(2).split("/").reduce((at, part) => at[part], root);
    return check(target, value, root, where, isRequest, problems);
  }
  if (schema.oneOf) {
    const fits = schema.oneOf.filter((one) => check(one, value, root, where, isRequest, []).length === 0);
    if (fits.length !== 1) problems.push(`${where} fits ${fits.length} of oneOf`);
    return problems;
  }
  const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  const wanted = schema.type;
  const integer = type === "number" && Number.isInteger(value);
  if (wanted && !(wanted === type || (wanted === "integer" && integer))) problems.push(`${where} is ${type}, not ${wanted}`);
  if (schema.enum && !schema.enum.includes(value)) problems.push(`${where} is none of the enum`);
  if (type === "object") {
    const known = schema.properties ?? {};
    for (const name of schema.required ?? []) {
      // readOnly: of answers alone.
      if (!(name in value) && !(isRequest && known[name]?.readOnly)) problems.push(`${where} lacks ${name}`);
    }
    for (const [name, one] of Object.entries(value)) {
      if (known[name]) check(known[name], one, root, `${where}.${name}`, isRequest, problems);
      else if (schema.additionalProperties === false) problems.push(`${where} has ${name}`);
      else if (typeof schema.additionalProperties === "object")
        check(schema.additionalProperties, one, root, `${where}.${name}`, isRequest, problems);
    }
  }
  if (type === "array" && schema.items) {
    value.forEach((one, i) => check(schema.items, one, root, `${where}[${i}]`, isRequest, problems));
  }
  return problems;
}

function resolve(root, one) {
  return one.$ref ? one.$ref.slice(2).split("/").reduce((at, part) => at[part], root) : one;
}

function problemsOf(exchange) {
  const root = load(exchange.interface);
  const parts = exchange.path.split("/");
  const fits = (template) => {
    const wanted = template.split("/");
    return wanted.length === parts.length && wanted.every((part, i) => part.startsWith("{") || part === parts[i]);
  };
  // What a subscriber is told stands below the call that subscribed it.
  const told = root.paths["/v1/subscriptions"]?.post.callbacks.onEvent["{$request.query.address}"].post;
  const template = Object.keys(root.paths).filter(fits).sort((a, b) => a.split("{").length - b.split("{").length)[0];
  const operation = exchange.path === "/onEvent" ? told : root.paths[template]?.[exchange.method.toLowerCase()];
  if (!operation) return ["there is no such call"];
  const problems = [];
  const query = new URLSearchParams(exchange.query);
  const parameters = [...(root.paths[template]?.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(root, one));
  const free = parameters.some((one) => one.in === "query" && one.schema?.additionalProperties);
  for (const one of parameters.filter((one) => one.in === "query" && one.required && !one.schema?.additionalProperties)) {
    if (!query.has(one.name)) problems.push(`the query lacks ${one.name}`);
  }
  for (const name of new Set(query.keys())) {
    if (!free && name !== "transactionId" && !parameters.some((one) => one.in === "query" && one.name === name))
      problems.push(`the query has ${name}`);
  }
  const wanted = operation.requestBody && resolve(root, operation.requestBody).content?.["application/json"]?.schema;
  if (wanted) check(wanted, JSON.parse(exchange.body), root, "request", true, problems);
  const answer = operation.responses[exchange.status];
  // 401 and 403 may come wherever a token is asked for.
  if (!answer) return [401, 403].includes(exchange.status) ? problems : [...problems, `there is no answer ${exchange.status}`];
  const said = resolve(root, answer).content?.["application/json"]?.schema;
  if (said) check(said, JSON.parse(exchange.answer), root, "answer", false, problems);
  else if (exchange.answer.length > 0) problems.push("the answer has a body");
  return problems;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line) continue;
  const exchange = JSON.parse(line);
  for (const problem of problemsOf(exchange)) {
    console.log(JSON.stringify({ call: `${exchange.interface} ${exchange.method} ${exchange.path.replace(/\d{4,}/g, "N")}`, status: exchange.status, problem }));
  }
}
