// Signs as OpenCRVS does, with JavaScript's own encodeURIComponent. JSON lines {body, secret} in, {signature} out.
import { createHmac } from 'node:crypto'
import { createInterface } from 'node:readline'

for await (const line of createInterface({ input: process.stdin })) {
  const { body, secret } = JSON.parse(line)
  const hmac = createHmac('sha256', secret).update('sha256:' + encodeURIComponent(body))
  console.log(JSON.stringify({ signature: 'sha256=' + hmac.digest('hex') }))
}
