// e-Signet with Node's own crypto. JSON lines in: {seal: {plain, publicKey, alg, enc}} becomes an encrypted token,
// {verify: {token, publicKey}} the claims of a signed one, {join: {base, path}} the address that a browser makes of it.
import { constants, createCipheriv, publicEncrypt, randomBytes, verify } from 'node:crypto'
import { createInterface } from 'node:readline'

const lengths = { A128GCM: 16, A192GCM: 24, A256GCM: 32 }

function seal({ plain, publicKey, alg, enc }) {
  const header = Buffer.from(JSON.stringify({ alg, enc, cty: 'JWT' })).toString('base64url')
  const key = randomBytes(lengths[enc])
  const nonce = randomBytes(12)
  const gcm = createCipheriv(`aes-${key.length * 8}-gcm`, key, nonce)
  gcm.setAAD(Buffer.from(header, 'ascii'))
  const content = Buffer.concat([gcm.update(plain, 'utf8'), gcm.final()])
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const oaepHash = alg === 'RSA-OAEP-256' ? 'sha256' : 'sha1'
  const sealed = publicEncrypt({ key: publicKey, padding, oaepHash }, key)
  return [sealed, nonce, content, gcm.getAuthTag()].reduce((token, part) => `${token}.${part.toString('base64url')}`, header)
}

function check({ token, publicKey }) {
  const [header, payload, signature] = token.split('.')
  return {
    header: JSON.parse(Buffer.from(header, 'base64url')),
    claims: JSON.parse(Buffer.from(payload, 'base64url')),
    holds: verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url')),
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  const answer = asked.seal
    ? { token: seal(asked.seal) }
    : asked.verify
      ? check(asked.verify)
      : { address: new URL(asked.join.path, asked.join.base).href }
  console.log(JSON.stringify(answer))
}
