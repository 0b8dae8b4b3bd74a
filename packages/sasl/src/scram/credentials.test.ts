import { pbkdf2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import { HASHES } from '../../test/accounts.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { SaslError } from '../sasl-error.ts'
import { webCrypto } from '../web-crypto.ts'
import {
  deriveScramCredentials,
  parseScramCredentials,
  type ScramCredentials,
  serializeScramCredentials,
  verifyPlain,
} from './credentials.ts'

const salt = Uint8Array.from({ length: 16 }, (_, at) => at)

test.each(HASHES)('%s: WebCrypto and node:crypto derive the same', async (hash) => {
  const here = deriveScramCredentials('pencil', { hash, salt, crypto: nodeCrypto })
  expect(here).not.toBeInstanceOf(Promise)
  const there = await deriveScramCredentials('pencil', { hash, salt, crypto: webCrypto })
  expect(serializeScramCredentials(there)).toBe(serializeScramCredentials(here as ScramCredentials))
})

test('RFC 5802 §3 with SHA-512, step by step against node:crypto', async () => {
  const { createHash, createHmac } = await import('node:crypto')
  const salted = pbkdf2Sync('pencil', salt, 5000, 64, 'sha512')
  const clientKey = createHmac('sha512', salted).update('Client Key').digest()
  expect(await deriveScramCredentials('pencil', { hash: 'SHA-512', salt, iterations: 5000 })).toEqual({
    hash: 'SHA-512',
    salt,
    iterations: 5000,
    storedKey: new Uint8Array(createHash('sha512').update(clientKey).digest()),
    serverKey: new Uint8Array(createHmac('sha512', salted).update('Server Key').digest()),
  })
})

test('verifyPlain knows the password from another', async () => {
  const credentials = await deriveScramCredentials('pencil', { hash: 'SHA-256', salt })
  expect(await verifyPlain('pencil', credentials)).toBe(true)
  expect(await verifyPlain('Pencil', credentials)).toBe(false)
})

test('RFC 8265 §4.2.2: a password is prepared before it is derived', async () => {
  const options = { hash: 'SHA-1', salt, crypto: nodeCrypto } as const
  expect(deriveScramCredentials('cafe\u0301\u00a0x', options)).toEqual(deriveScramCredentials('café x', options))
  expect(() => deriveScramCredentials('', options)).toThrow(SaslError)
  expect(() => deriveScramCredentials('tab\there', options)).toThrow(
    expect.objectContaining({ code: 'invalid-password' }),
  )
})

test('credentials come back from their JSON string, which does not hold the password', async () => {
  const credentials = await deriveScramCredentials('pencil', { hash: 'SHA-1', salt })
  const text = serializeScramCredentials(credentials)
  expect(parseScramCredentials(text)).toEqual(credentials)
  expect(text).not.toContain('pencil')
})

test.each([
  ['not JSON', '{'],
  ['not an object', '1'],
  ['not an object', 'null'],
  ['hash is not known', '{"hash":"MD5"}'],
  ['hash is not known', '{"hash":"toString"}'],
  ['iterations is not a count', '{"hash":"SHA-1","iterations":0}'],
  ['salt is not valid', '{"hash":"SHA-1","iterations":4096,"salt":""}'],
  ['storedKey is not valid', '{"hash":"SHA-1","iterations":4096,"salt":"AQID","storedKey":"AQID"}'],
])('stored credentials: %s: %s', (message, text) => {
  expect(() => parseScramCredentials(text)).toThrow(
    expect.objectContaining({ code: 'invalid-credentials', message: `stored credentials: ${message}` }),
  )
})
