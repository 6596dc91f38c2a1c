// Opens and writes MOSIP's envelopes with Node's own crypto. JSON lines in and out; bytes are base64.
import { X509Certificate, constants, createCipheriv, createDecipheriv, createHash, privateDecrypt, publicEncrypt, randomBytes, verify } from 'node:crypto'
import { createInterface } from 'node:readline'

const splitter = Buffer.from('#KEY_SPLITTER#')
const oaep = key => ({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' })
const bytes = (text, length) => (text ? Buffer.from(text, 'base64') : randomBytes(length))

function open({ data, signature, privateKey, receiver, signer }) {
  const envelope = Buffer.from(data, 'base64')
  const certificate = new X509Certificate(receiver)
  const wrappedEnd = 38 + certificate.publicKey.asymmetricKeyDetails.modulusLength / 8
  const key = privateDecrypt(oaep(privateKey), envelope.subarray(38, wrappedEnd))
  const body = envelope.subarray(wrappedEnd + splitter.length)
  const gcm = createDecipheriv('aes-256-gcm', key, body.subarray(0, 12))
  gcm.setAAD(body.subarray(0, 32))
  gcm.setAuthTag(body.subarray(-16))
  const plain = Buffer.concat([gcm.update(body.subarray(32, -16)), gcm.final()])
  return {
    version: envelope.toString('latin1', 0, 6),
    thumbprint: envelope.subarray(6, 38).equals(createHash('sha256').update(certificate.raw).digest()),
    splitter: envelope.subarray(wrappedEnd, wrappedEnd + splitter.length).equals(splitter),
    keyLength: key.length,
    signature: verify('RSA-SHA512', envelope, signer, Buffer.from(signature, 'base64')),
    plain: plain.toString('base64'),
  }
}

function write({ shape, plain, receiver, thumbprint, aad, encoding = 'base64' }) {
  const key = randomBytes(32)
  const print = bytes(thumbprint, 32)
  const wrapped = publicEncrypt(oaep(new X509Certificate(receiver).publicKey), key)
  const versioned = shape.startsWith('version')
  const associated = bytes(aad, 32)
  const nonce = versioned ? associated.subarray(0, 12) : randomBytes(16)
  const gcm = createCipheriv('aes-256-gcm', key, nonce)
  if (versioned) gcm.setAAD(associated)
  const cipher = Buffer.concat([gcm.update(Buffer.from(plain, 'base64')), gcm.final()])
  const tag = gcm.getAuthTag()
  const parts = {
    'version+thumbprint': ['VER_R2', print, wrapped, splitter, associated, cipher, tag],
    version: ['VER_R2', wrapped, splitter, associated, cipher, tag],
    'legacy+thumbprint': [print, wrapped, splitter, cipher, nonce, tag],
    'legacy+thumbprint+skipped': [print, wrapped, splitter, associated, cipher, nonce, tag],
    'legacy+thumbprint, nonce last': [print, wrapped, splitter, cipher, tag, nonce],
    legacy: [wrapped, splitter, cipher, nonce, tag],
    'legacy, nonce last': [wrapped, splitter, cipher, tag, nonce],
  }[shape]
  const text = Buffer.concat(parts.map(part => Buffer.from(part))).toString(encoding.split('+')[0])
  return { data: encoding === 'base64url+padding' ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : text }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  console.log(JSON.stringify(request.op === 'open' ? open(request) : write(request)))
}
