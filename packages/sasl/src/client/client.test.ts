import { describe, expect, test } from 'vitest'
import { CHANNEL_BINDINGS, clientOptions, countingBytes } from '../../test/accounts.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { decodeText, encodeText } from '../bytes.ts'
import type { SaslCrypto } from '../crypto.ts'
import { SaslError } from '../sasl-error.ts'
import { chooseMechanism } from './choose.ts'
import { createSaslClient } from './client.ts'
import type { SaslClientOptions } from './options.ts'
import { SaltedPasswordCache } from './salted-password-cache.ts'

const all = [
  'PLAIN',
  'SCRAM-SHA-1',
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-512',
  'SCRAM-SHA-1-PLUS',
  'X-OAUTH2',
  'DIGEST-MD5',
]
const choose = (changes: Partial<SaslClientOptions>) => chooseMechanism(clientOptions({ external: false, ...changes }))
const code = (expected: string) => expect.objectContaining({ code: expected })

describe('the choice of mechanism', () => {
  test("RFC 6120 §6.3.3: the client's own order, whatever the server's", () => {
    expect(choose({ offered: all })).toEqual({
      mechanism: 'SCRAM-SHA-256-PLUS',
      flag: { type: 'tls-exporter' },
      binding: 'tls-exporter',
    })
    expect(choose({ offered: all, channelBindings: new Map() })).toEqual({ mechanism: 'SCRAM-SHA-512', flag: 'n' })
  })

  test('RFC 6120 §6.3.4: EXTERNAL is tried first where there is a certificate', () => {
    expect(choose({ offered: [...all, 'EXTERNAL'], external: true }).mechanism).toBe('EXTERNAL')
    expect(choose({ offered: [...all, 'EXTERNAL'] }).mechanism).not.toBe('EXTERNAL')
  })

  test('PLAIN only over TLS', () => {
    const changes = { offered: ['PLAIN'], offeredChannelBindings: undefined, anonymous: false }
    expect(choose(changes).mechanism).toBe('PLAIN')
    expect(() => choose({ ...changes, tls: false })).toThrow(code('no-acceptable-mechanism'))
  })

  test('nothing below the minimum', () => {
    const changes = { offered: ['PLAIN', 'SCRAM-SHA-1'], offeredChannelBindings: undefined }
    expect(choose({ ...changes, minimumMechanism: 'SCRAM-SHA-1' }).mechanism).toBe('SCRAM-SHA-1')
    expect(() => choose({ ...changes, minimumMechanism: 'SCRAM-SHA-256' })).toThrow(code('no-acceptable-mechanism'))
  })

  test('without a password only EXTERNAL and ANONYMOUS', () => {
    const { password: _, ...options } = clientOptions({ offered: [...all, 'ANONYMOUS'], external: false })
    expect(chooseMechanism(options).mechanism).toBe('ANONYMOUS')
    expect(() => chooseMechanism({ ...options, anonymous: false })).toThrow(SaslError)
  })

  test('what has failed already is not chosen again', () => {
    expect(choose({ offered: all, excluded: ['SCRAM-SHA-256-PLUS'] }).mechanism).toBe('SCRAM-SHA-1-PLUS')
  })
})

describe('channel binding (XEP-0440 §3, RFC 5802 §6)', () => {
  const without = ['SCRAM-SHA-1', 'SCRAM-SHA-256']
  test('rule 2: a client that cannot bind sends `n`', () => {
    expect(choose({ offered: all, channelBindings: new Map() }).flag).toBe('n')
    expect(choose({ offered: without, channelBindings: new Map() }).flag).toBe('n')
  })

  test('rule 3: `y` when neither -PLUS nor types are announced', () => {
    expect(choose({ offered: without, offeredChannelBindings: undefined })).toEqual({
      mechanism: 'SCRAM-SHA-256',
      flag: 'y',
    })
  })

  test('rule 4: -PLUS without announced types: `n`, or the strongest type of a client that must bind', () => {
    const unannounced = { offered: all, offeredChannelBindings: undefined }
    expect(choose(unannounced)).toEqual({ mechanism: 'SCRAM-SHA-512', flag: 'n' })
    expect(choose({ ...unannounced, minimumMechanism: 'SCRAM-SHA-1-PLUS' }).binding).toBe('tls-exporter')
  })

  test('rule 5: types without -PLUS are a downgrade', () => {
    expect(() => choose({ offered: without })).toThrow(code('channel-binding-downgrade'))
  })

  test('rule 6 (XEP-0474 §7): types of which none is known, nor tls-server-end-point: `n`, and the offer has to be signed', () => {
    const offer = { offered: all, offeredChannelBindings: ['x-dummy'] }
    expect(choose(offer)).toEqual({ mechanism: 'SCRAM-SHA-512', flag: 'n', mustSignOffer: true })
    const plain = { offered: ['PLAIN', 'SCRAM-SHA-1-PLUS'], offeredChannelBindings: ['x-dummy'] }
    expect(() => choose(plain)).toThrow(code('channel-binding-downgrade'))
  })

  test('rule 7: the strongest common type', () => {
    const endPoint = ['tls-server-end-point', 'tls-unique']
    expect(choose({ offered: all, offeredChannelBindings: endPoint }).binding).toBe('tls-server-end-point')
    const exporterOnly = new Map([['tls-exporter', new Uint8Array(32)]] as const)
    const choice = choose({ offered: all, offeredChannelBindings: endPoint, channelBindings: exporterOnly })
    expect(choice).toEqual({ mechanism: 'SCRAM-SHA-512', flag: 'n' })
  })
})

describe('SCRAM, client half (RFC 5802 §5.1)', () => {
  const scram = (changes: Partial<SaslClientOptions> = {}) =>
    createSaslClient(
      clientOptions({
        offered: ['SCRAM-SHA-1'],
        offeredChannelBindings: undefined,
        randomBytes: countingBytes(3),
        ...changes,
      }),
    )
  const nonceOf = (client: ReturnType<typeof scram>) =>
    /r=([^,]+)$/.exec(decodeText(client.start.initialResponse) as string)?.[1] as string
  const refusal = (challenge: (nonce: string) => string, changes: Partial<SaslClientOptions> = {}) => {
    const client = scram(changes)
    return client.challenge(encodeText(challenge(nonceOf(client))))
  }

  test.each([
    ['another nonce', (nonce: string) => `r=x${nonce},s=AQID,i=4096`, 'nonce-mismatch'],
    ['a shortened nonce', (nonce: string) => `r=${nonce.slice(0, -1)},s=AQID,i=4096`, 'nonce-mismatch'],
    ["a nonce without the server's part", (nonce: string) => `r=${nonce},s=AQID,i=4096`, 'nonce-mismatch'],
    ['too few iterations', (nonce: string) => `r=${nonce}x,s=AQID,i=4095`, 'iteration-count-out-of-bounds'],
    ['too many iterations', (nonce: string) => `r=${nonce}x,s=AQID,i=10000001`, 'iteration-count-out-of-bounds'],
    ['a mandatory extension', (nonce: string) => `m=x,r=${nonce}x,s=AQID,i=4096`, 'malformed-challenge'],
    ['a malformed salt', (nonce: string) => `r=${nonce}x,s=AQI,i=4096`, 'malformed-challenge'],
    ['nothing', () => '', 'malformed-challenge'],
  ])('refuses %s', (_what, challenge, expected) => {
    expect(refusal(challenge)).toMatchObject({ type: 'failure', error: { code: expected } })
  })

  test('optional extensions are ignored', () => {
    expect(refusal((nonce) => `r=${nonce}x,s=AQID,i=4096,z=abc`)).toMatchObject({ type: 'response' })
  })

  test('a success without the signature is not believed (RFC 5802 §5)', () => {
    const client = scram()
    expect(client.success(undefined)).toMatchObject({ error: { code: 'server-not-authenticated' } })
    const other = scram()
    other.challenge(encodeText(`r=${nonceOf(other)}x,s=AQID,i=4096`))
    expect(other.success(undefined)).toMatchObject({ error: { code: 'server-not-authenticated' } })
  })

  test('a wrong signature is not believed, nor the right one after it', () => {
    const client = scram()
    client.challenge(encodeText(`r=${nonceOf(client)}x,s=AQID,i=4096`))
    expect(client.success(encodeText('v=AAAA'))).toMatchObject({ error: { code: 'server-not-authenticated' } })
    expect(client.success(undefined)).toMatchObject({ error: { code: 'server-not-authenticated' } })
  })

  test('server-error is a failure', () => {
    const client = scram()
    client.challenge(encodeText(`r=${nonceOf(client)}x,s=AQID,i=4096`))
    expect(client.success(encodeText('e=other-error'))).toMatchObject({
      error: { code: 'failure', text: 'other-error' },
    })
  })

  test('RFC 6120 §6.3.10: the signature may come in a challenge, before a success without data', () => {
    const client = scram({ username: 'user', password: 'pencil' })
    const nonce = `${nonceOf(client)}x`
    const reply = client.challenge(encodeText(`r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`)) as { data: Uint8Array }
    const salted = nodeCrypto.pbkdf2('SHA-1', encodeText('pencil'), Buffer.from('QSXCR+Q6sek8bf92', 'base64'), 4096)
    const serverKey = nodeCrypto.hmac('SHA-1', salted as Uint8Array, encodeText('Server Key')) as Uint8Array
    const bare = (decodeText(client.start.initialResponse) as string).slice(3)
    const withoutProof = (decodeText(reply.data) as string).replace(/,p=.*/, '')
    const signed = `${bare},r=${nonce},s=QSXCR+Q6sek8bf92,i=4096,${withoutProof}`
    const signature = nodeCrypto.hmac('SHA-1', serverKey, encodeText(signed)) as Uint8Array
    const verifier = encodeText(`v=${Buffer.from(signature).toString('base64')}`)
    expect(client.challenge(verifier)).toEqual({ type: 'response', data: new Uint8Array(0) })
    expect(client.success(undefined)).toEqual({ type: 'success', mechanism: 'SCRAM-SHA-1', binding: undefined })
  })

  test('a salted password is derived once for the same salt, count and password', () => {
    let derivations = 0
    const crypto: SaslCrypto = {
      ...nodeCrypto,
      pbkdf2: (...parameters) => {
        derivations++
        return nodeCrypto.pbkdf2(...parameters)
      },
    }
    const saltedPasswords = new SaltedPasswordCache()
    const sign = (salt: string, count: number, changes: Partial<SaslClientOptions> = {}) =>
      refusal((nonce) => `r=${nonce}x,s=${salt},i=${count}`, { crypto, saltedPasswords, ...changes })
    expect(sign('AQID', 4096)).toEqual(sign('AQID', 4096))
    expect(derivations).toBe(1)
    sign('AQIE', 4096)
    sign('AQIE', 4097)
    sign('AQIE', 4097, { password: 'another' })
    expect(derivations).toBe(4)
    saltedPasswords.clear()
    sign('AQIE', 4097, { password: 'another' })
    expect(derivations).toBe(5)
  })

  test('a port that fails is an error of code crypto with its cause', async () => {
    const cause = new Error('no crypto')
    const crypto: SaslCrypto = { ...nodeCrypto, pbkdf2: () => Promise.reject(cause) }
    expect(await refusal((nonce) => `r=${nonce}x,s=AQID,i=4096`, { crypto })).toMatchObject({
      error: { code: 'crypto', cause },
    })
  })

  test('c= holds header and channel data (RFC 5802 §7 cbind-input)', () => {
    const client = createSaslClient(clientOptions({ offered: ['SCRAM-SHA-1-PLUS'], authorizationId: 'a,b@c' }))
    const nonce = nonceOf(client)
    const reply = client.challenge(encodeText(`r=${nonce}x,s=AQID,i=4096`)) as { data: Uint8Array }
    const binding = /^c=([^,]+)/.exec(decodeText(reply.data) as string)?.[1] as string
    const expected = [...encodeText('p=tls-exporter,a=a=2Cb@c,'), ...(CHANNEL_BINDINGS.get('tls-exporter') ?? [])]
    expect([...Buffer.from(binding, 'base64')]).toEqual(expected)
  })
})

describe('what a client is given', () => {
  test.each([
    ['', 'invalid-username'],
    ['a\0b', 'invalid-username'],
  ])('user name %j is %s', (username, expected) => {
    expect(() => createSaslClient(clientOptions({ offered: all, username }))).toThrow(code(expected))
  })

  test.each(['', 'a\tb', 'a\0b'])('password %j is invalid-password', (password) => {
    expect(() => createSaslClient(clientOptions({ offered: all, password }))).toThrow(code('invalid-password'))
  })
})
