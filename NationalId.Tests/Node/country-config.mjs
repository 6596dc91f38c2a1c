// Runs the country configuration's handler of docs/opencrvs-2.md as it is printed there, in a Hapi server on loopback.
// Argument: the document. JSON lines {nationalId, path, body, token} in, {status, body, ms} out; for {check} the errors of TypeScript's strict check.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import Hapi from '@hapi/hapi'
import ts from 'typescript'

const [document] = process.argv.slice(2)
const [, printed] = readFileSync(document, 'utf8').match(/```ts\n([\s\S]*?)```/)
const options = {
  module: ts.ModuleKind.ES2022,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  noUnusedLocals: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node'],
}

function check() {
  const name = process.argv[1].replace(/mjs$/, 'ts')
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = file => file === name || fileExists(file)
  host.readFile = file => (file === name ? printed : readFile(file))
  host.getSourceFile = (file, language) =>
    file === name ? ts.createSourceFile(file, printed, language) : getSourceFile.call(host, file, language)
  const program = ts.createProgram([name], options, host)
  return ts.getPreEmitDiagnostics(program).map(problem => ts.flattenDiagnosticMessageText(problem.messageText, ' '))
}

const script = ts.transpileModule(printed, { compilerOptions: options }).outputText
const { nationalIdRoutes } = await import('data:text/javascript,' + encodeURIComponent(script))
const server = Hapi.server({ host: '127.0.0.1', port: 0 })
server.route(nationalIdRoutes)
await server.start()

for await (const line of createInterface({ input: process.stdin })) {
  const { nationalId, path, body, token, ...wanted } = JSON.parse(line)
  if (wanted.check) {
    console.log(JSON.stringify({ errors: check() }))
    continue
  }
  process.env.NATIONAL_ID_URL = nationalId
  const start = Date.now()
  const answer = await fetch(server.info.uri + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  })
  const text = await answer.text()
  console.log(JSON.stringify({ status: answer.status, body: text, ms: Date.now() - start }))
}
await server.stop()
