// Reads an IDA request as IDA does, with Node's own crypto. JSON lines {body, jws, privateKey, receiver} in.
import { X509Certificate, constants, createDecipheriv, createHash, privateDecrypt, verify } from 'node:crypto'
import { createInterface } from 'node:readline'

function decrypt(text, key) {
  const part = Buffer.from(text, 'base64url')
  const gcm = createDecipheriv('aes-256-gcm', key, part.subarray(-16))
  gcm.setAuthTag(part.subarray(-32, -16))
  return Buffer.concat([gcm.update(part.subarray(0, -32)), gcm.final()])
}

for await (const line of createInterface({ input: process.stdin })) {
  const { body, jws, privateKey, receiver } = JSON.parse(line)
  const request = JSON.parse(body)
  const session = Buffer.from(request.requestSessionKey, 'base64url')
  const key = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, session)
  const plain = decrypt(request.request, key)
  const [header, payload, signature] = jws.split('.')
  const { alg, x5c } = JSON.parse(Buffer.from(header, 'base64url'))
  const leaf = new X509Certificate(Buffer.from(x5c[0], 'base64'))
  const signed = Buffer.from(`${header}.${Buffer.from(body).toString('base64url')}`)
  const thumbprint = createHash('sha256').update(new X509Certificate(receiver).raw).digest()
  console.log(JSON.stringify({
    alg,
    leaf: leaf.fingerprint256.replaceAll(':', ''),
    detached: payload === '',
    signature: verify('RSA-SHA256', signed, leaf.publicKey, Buffer.from(signature, 'base64url')),
    hmac: decrypt(request.requestHMAC, key).toString() === createHash('sha256').update(plain).digest('hex').toUpperCase(),
    ownNonces: request.request.slice(-22) !== request.requestHMAC.slice(-22),
    thumbprint: request.thumbprint === thumbprint.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
    padded: [request.request, request.requestSessionKey, request.requestHMAC, request.thumbprint].every(text => text.length % 4 === 0),
    plain: plain.toString(),
  }))
}
