// A webhook receiver as countries wrote them for OpenCRVS: checks X-Hub-Signature with Node's own crypto and encodeURIComponent, then answers 202.
// SECRET in the environment. JSON lines out: {port} first, then {path, type, verified, length, sha256} of each request.
import { createHash, createHmac } from 'node:crypto'
import { createServer } from 'node:http'

const tell = (what) => console.log(JSON.stringify(what))

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const hmac = createHmac('sha256', process.env.SECRET).update('sha256:' + encodeURIComponent(body.toString('utf8')))
  const verified = request.headers['x-hub-signature'] === 'sha256=' + hmac.digest('hex')
  response.writeHead(verified ? 202 : 401).end()
  const sha256 = createHash('sha256').update(body).digest('hex')
  tell({ path: request.url, type: request.headers['content-type'], verified, length: body.length, sha256 })
}).listen(0, '127.0.0.1', () => tell({ port: server.address().port }))
