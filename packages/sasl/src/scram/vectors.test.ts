import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { decodeBase64 } from '../base64.ts'
import { decodeText, encodeText } from '../bytes.ts'
import type { ClientContext } from '../client/context.ts'
import { beginScram, stepServerFinal, stepServerFirst } from '../client/scram.ts'
import type { HashName, SaslCrypto } from '../crypto.ts'
import type { ServerContext } from '../server/context.ts'
import { type AwaitingClientFinal, stepClientFinal } from '../server/scram.ts'
import { webCrypto } from '../web-crypto.ts'
import { deriveScramCredentials } from './credentials.ts'
import { parseClientFirst, writeServerFirst } from './messages.ts'

interface Vector {
  readonly title: string
  readonly hash: HashName
  readonly clientNonce: string
  readonly serverNonce: string
  readonly salt: string
  readonly messages: readonly [string, string, string, string]
}

const VECTORS: readonly Vector[] = [
  {
    title: 'RFC 5802 §5',
    hash: 'SHA-1',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    salt: 'QSXCR+Q6sek8bf92',
    messages: [
      'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    ],
  },
  {
    title: 'RFC 7677 §3',
    hash: 'SHA-256',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    messages: [
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    ],
  },
]

const clientContext = (crypto: SaslCrypto): ClientContext => ({
  username: 'user',
  password: 'pencil',
  authorizationId: undefined,
  randomBytes: () => new Uint8Array(0),
  crypto,
  minimumIterations: 4096,
  maximumIterations: 4096,
  saltedPasswords: undefined,
  offer: { mechanisms: [], channelBindings: undefined },
  mustSignOffer: false,
  tlsVersion: undefined,
})

describe.each([
  ['node:crypto', nodeCrypto],
  ['WebCrypto', webCrypto],
])('SCRAM vectors with %s', (_name, crypto) => {
  test.each(VECTORS)('$title, client half', async (vector) => {
    const context = clientContext(crypto)
    const begun = beginScram({ hash: vector.hash, flag: 'n', binding: undefined }, context)
    const state = { ...begun.state, nonce: vector.clientNonce, clientFirstBare: vector.messages[0].slice(3) }
    const answer = await stepServerFirst(state, encodeText(vector.messages[1]), context)
    if ('error' in answer) throw answer.error
    expect(decodeText(answer.response)).toBe(vector.messages[2])
    expect(stepServerFinal(answer.state, encodeText(vector.messages[3]))).toMatchObject({
      state: { waitsFor: 'success' },
    })
  })

  test.each(VECTORS)('$title, server half', async (vector) => {
    const salt = decodeBase64(vector.salt) as Uint8Array
    const credentials = await deriveScramCredentials('pencil', { hash: vector.hash, salt, crypto })
    const clientFirst = parseClientFirst(vector.messages[0])
    if (typeof clientFirst === 'string') throw new Error(clientFirst)
    const nonce = vector.clientNonce + vector.serverNonce
    expect(writeServerFirst(nonce, salt, credentials.iterations)).toBe(vector.messages[1])
    const state: AwaitingClientFinal = {
      waitsFor: 'scram-client-final',
      mechanism: `SCRAM-${vector.hash}`,
      channelBinding: encodeText('n,,'),
      clientFirst,
      serverFirst: vector.messages[1],
      nonce,
      username: 'user',
      used: { credentials, known: true },
    }
    const context = { domain: 'example.org', crypto } as ServerContext
    const { output } = await stepClientFinal(state, encodeText(vector.messages[2]), context)
    if (output.type !== 'success') throw new Error(JSON.stringify(output))
    expect(output).toMatchObject({ identity: 'user@example.org', username: 'user' })
    expect(decodeText(output.data as Uint8Array)).toBe(vector.messages[3])
  })
})
