// A second opinion on MOSIP's credentials: npm's jsonld and rdf-canonize, and Node's own crypto. JSON lines in and out.
import { constants, createHash, sign } from 'node:crypto'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'
import jsonld from 'jsonld'

const require = createRequire(import.meta.url)
const { contexts: credentials } = require('credentials-context')
const { contexts: security } = require('@digitalbazaar/security-context')
const securityV2 = 'https://w3id.org/security/v2'

// As mosip-config has it, for a country at this host; the part of ODRL's that could meet our terms.
const mosip = {
  '@context': [
    { '@version': 1.1 },
    'https://www.w3.org/ns/odrl.jsonld',
    {
      mosip: 'https://api.example/mosip#',
      schema: 'http://schema.org/',
      rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
      ...Object.fromEntries(['vcVer', 'UIN', 'VID', 'dateOfBirth', 'email', 'phone', 'postalCode'].map(term => [term, `mosip:${term}`])),
      fullName: { '@id': 'https://api.example/mosip#fullName', '@context': { value: 'rdf:value', lang: '@language' } },
    },
  ],
}
const odrl = { '@context': { odrl: 'http://www.w3.org/ns/odrl/2/', uid: '@id' } }

const documentLoader = async url => {
  const document = url.endsWith('/.well-known/mosip-context.json')
    ? mosip
    : url === 'https://www.w3.org/ns/odrl.jsonld'
      ? odrl
      : (credentials.get(url) ?? security.get(url))
  if (!document) throw new Error(`no context ${url}`)
  return { contextUrl: null, documentUrl: url, document }
}
const canonize = document => jsonld.canonize(document, { algorithm: 'URDNA2015', format: 'application/n-quads', documentLoader, safe: false })
const digest = text => createHash('sha256').update(text).digest()
const base64url = bytes => Buffer.from(bytes).toString('base64url')

async function canonical({ credential }) {
  const { proof, ...document } = JSON.parse(credential)
  const { jws, ...options } = proof
  return { document: await canonize(document), proof: await canonize({ '@context': securityV2, ...options }) }
}

async function issue({ credential, privateKey }) {
  const parts = await canonical({ credential })
  const header = base64url(JSON.stringify({ alg: 'PS256', b64: false, crit: ['b64'] }))
  const signed = Buffer.concat([Buffer.from(`${header}.`), digest(parts.proof), digest(parts.document)])
  const signature = sign('sha256', signed, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
  const issued = JSON.parse(credential)
  issued.proof.jws = `${header}..${base64url(signature)}`
  return { credential: JSON.stringify(issued), ...parts }
}

// Detached JWS over a text, with the certificate in the header.
function signText({ text, privateKey, certificates, alg, raw }) {
  const head = { alg, ...(certificates.length && { x5c: certificates }), ...(raw && { b64: false, crit: ['b64'] }) }
  const header = base64url(JSON.stringify(head))
  const body = Buffer.from(text, 'base64')
  const signed = Buffer.concat([Buffer.from(`${header}.`), raw ? body : Buffer.from(base64url(body))])
  const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return { jws: `${header}..${base64url(sign('sha256', signed, { key: privateKey, padding, saltLength: alg === 'PS256' ? 32 : undefined }))}` }
}

const operations = { canonical, issue, signText }
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  console.log(JSON.stringify(await operations[request.op](request)))
}
