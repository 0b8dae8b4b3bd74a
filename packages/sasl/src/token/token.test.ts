import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { CHANNEL_BINDINGS } from '../../test/accounts.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { encodeBase64 } from '../base64.ts'
import { encodeText } from '../bytes.ts'
import type { SaslFailure } from '../server/outcome.ts'
import { webCrypto } from '../web-crypto.ts'
import {
  beginTokenClient,
  chooseTokenMechanism,
  createTokenServer,
  hashToken,
  type StoredToken,
  TOKEN_MECHANISM_NAMES,
  TOKEN_VARIANTS,
  type TokenCandidate,
  type TokenClient,
  type TokenClientOptions,
  type TokenMechanismName,
  type TokenServerOptions,
  type TokenSuccess,
} from './index.ts'
import { parseInitiatorMessage } from './messages.ts'

const TOKEN = 'secret-token:fast-WXZzciBwYmFmdmZnZiBqdmd1IGp2eXFhcmZm'
const KEY = encodeText(TOKEN)

/** Made with Python's hmac module. */
const VECTORS: readonly (readonly [TokenMechanismName, string, string])[] = [
  [
    'HT-SHA-256-NONE',
    'anVsaWV0AF+cNuZRx3aDbGojSB/Oi3bdihdN6KpSaQQu+Zh/AL/p',
    '2rK9oZ1PYtBLtiI5Cwc8WJecnEBY27IMbm5cF/7+3WM=',
  ],
  [
    'HT-SHA-256-EXPR',
    'anVsaWV0AMbYlX7orAf78JhsdP6JuQHJNz9GlfnkJK+mzOM3Rp/R',
    '8ephUbLZhbWQEfbrF16u7P2VQGRL9XDbIcFYF3y4jI4=',
  ],
  [
    'HT-SHA-256-ENDP',
    'anVsaWV0AIqxGGpAfVWzJ96DwHPw3hsO1LQo73B69s9cG78SDPdG',
    '1odhEQaj6Bm8aXEYHSgoaacWmiB2K9pd9F/Y01Bl4C0=',
  ],
  [
    'HT-SHA-512-NONE',
    'anVsaWV0AL3fZFASBPJRE01XHBqzhkJVWG92fjlRo4AGhwzs36o0WYmcLyDEB3giXKDctjZEahjz8MQsFJS6w4rp0SjCXzY=',
    'vSlY2o5wwglRqUfOUtsx4wfg+ljp8YeHOGFQwUfjlvm20wsC8kEkCwNLmSVcHN+WAtp7+ddp8gS8jEfIGmryoQ==',
  ],
  [
    'HT-SHA-512-EXPR',
    'anVsaWV0AJ5YRvQ+Tbgm4vZ7IMf/6drtgdIuihGoFwpXUJ8/8lSjXz22n/6vxexEhOE7LPrePm8FJS4DOxYbotxzZ54hFuc=',
    'ng/tN4uEYUVWnhMAbBO7PRHtaXQcUquDGd9rgTcZ/jK59v7dB/SKgTXL5cGjc/vEm477ZtP62tgDGRyQXrPpAw==',
  ],
  [
    'HT-SHA-512-ENDP',
    'anVsaWV0AEnU1UkJyuWScgRQAvIbDw2tMJav8khK+4MT1231+7UIfPRSf4EW1Ydz6qDHQmI7AAz0xXT3miKnWoxAEd9zVes=',
    'w9l13ZQmh/n8HmIbkSoS4UdyCBHl2z6ePMPV43mBC0pxywY0iiO5sO699fgJpO9SkJwkfbO+QDUb2+aHO+6ZiA==',
  ],
]

interface Named extends TokenCandidate {
  readonly name: string
}

const server = (tokens: readonly Named[], changes: Partial<TokenServerOptions<Named>> = {}) =>
  createTokenServer<Named>({
    mechanisms: TOKEN_MECHANISM_NAMES,
    domain: 'example.org',
    tls: true,
    channelBindings: CHANNEL_BINDINGS,
    tokens: { lookUp: (username) => (username === 'juliet' ? tokens : []) },
    crypto: nodeCrypto,
    ...changes,
  })

const client = (mechanism: TokenMechanismName, changes: Partial<TokenClientOptions> = {}) =>
  beginTokenClient({
    mechanism,
    username: 'juliet',
    token: TOKEN,
    channelBindings: CHANNEL_BINDINGS,
    crypto: nodeCrypto,
    ...changes,
  }) as TokenClient

const keyed = (name: string, token = TOKEN): Named => ({ name, stored: { key: encodeText(token) } })

const signIn = (mechanism: TokenMechanismName, tokens: readonly Named[], changes: Partial<TokenClientOptions> = {}) =>
  server(tokens).authenticate(mechanism, client(mechanism, changes).initialResponse) as
    | TokenSuccess<Named>
    | SaslFailure

describe('hashed tokens (draft-schmaus-kitten-sasl-ht-09)', () => {
  test.each(VECTORS)('§3.1, §3.3: both messages of %s', async (mechanism, initial, answer) => {
    const begun = client(mechanism)
    expect(encodeBase64(begun.initialResponse)).toBe(initial)
    const outcome = signIn(mechanism, [keyed('current')])
    expect(outcome).toMatchObject({ type: 'success', mechanism, identity: 'juliet@example.org', username: 'juliet' })
    if (outcome.type !== 'success') return
    expect(outcome.data && encodeBase64(outcome.data)).toBe(answer)
    expect(await begun.success(outcome.data)).toEqual({
      type: 'success',
      mechanism,
      binding: TOKEN_VARIANTS[mechanism].binding,
    })
  })

  test('§3.3: a server that does not know the token is not believed', async () => {
    const begun = client('HT-SHA-256-NONE')
    for (const data of [undefined, new Uint8Array(0), new Uint8Array(32)])
      expect(await begun.success(data)).toMatchObject({ type: 'failure', error: { code: 'server-not-authenticated' } })
  })

  test.each(['HT-SHA-256-NONE', 'HT-SHA-512-NONE'] as const)(
    'XEP-0484 §5.1: of a token for %s a hash is enough, and it is no token',
    async (mechanism) => {
      const stored = (await hashToken(KEY, TOKEN_VARIANTS[mechanism], webCrypto)) as StoredToken & {
        answer: Uint8Array
      }
      const outcome = signIn(mechanism, [{ name: 'hashed', stored }])
      expect(outcome).toMatchObject({ type: 'success', token: { name: 'hashed' } })
      expect(outcome.type === 'success' && (await client(mechanism).success(outcome.data))).toMatchObject({
        type: 'success',
      })
      const leaked = Object.values(stored) as Uint8Array[]
      for (const proof of leaked) {
        const message = Uint8Array.from([...encodeText('juliet'), 0, ...proof])
        expect(server([{ name: 'hashed', stored }]).authenticate(mechanism, message)).toMatchObject({ type: 'failure' })
      }
    },
  )

  test('what is bound to the channel cannot be verified by a hash', () => {
    expect(() => hashToken(KEY, TOKEN_VARIANTS['HT-SHA-256-ENDP'], nodeCrypto)).toThrow(RangeError)
  })

  test('XEP-0484 §5.1: two tokens of a client are tried, the newest first, and which it was is told', () => {
    const tokens = [keyed('new', 'another'), keyed('current')]
    expect(signIn('HT-SHA-256-EXPR', tokens)).toMatchObject({ token: { name: 'current' } })
    expect(signIn('HT-SHA-256-EXPR', tokens, { token: 'another' })).toMatchObject({ token: { name: 'new' } })
    expect(signIn('HT-SHA-256-EXPR', tokens, { token: 'a third' })).toMatchObject({ condition: 'not-authorized' })
  })

  test('an unknown user costs as much as a client with two tokens that are wrong', () => {
    const counts = [[], [keyed('a', 'x')], [keyed('a', 'x'), keyed('b', 'y')]].map((tokens) => {
      const hmac = vi.fn(nodeCrypto.hmac)
      const checking = server(tokens, { crypto: { ...nodeCrypto, hmac } })
      expect(checking.authenticate('HT-SHA-256-EXPR', client('HT-SHA-256-EXPR').initialResponse)).toMatchObject({
        condition: 'not-authorized',
      })
      return hmac.mock.calls.length
    })
    expect(counts).toEqual([2, 2, 2])
  })

  test('a proof for one channel is worth nothing on another', () => {
    const other = new Map([['tls-exporter', new Uint8Array(32).fill(8)]] as const)
    expect(signIn('HT-SHA-256-EXPR', [keyed('current')], { channelBindings: other })).toMatchObject({
      type: 'failure',
      condition: 'not-authorized',
    })
  })

  test.each(['credentials-expired', 'account-disabled'] as const)('%s is told to who has the token only', (refusal) => {
    const tokens = [{ ...keyed('current'), refusal }]
    expect(signIn('HT-SHA-256-NONE', tokens)).toMatchObject({ condition: refusal })
    expect(signIn('HT-SHA-256-NONE', tokens, { token: 'wrong' })).toMatchObject({ condition: 'not-authorized' })
  })

  test('XEP-0484 §6: without TLS nothing is offered, without channel data nothing that needs them', () => {
    expect(server([], { tls: false }).mechanisms).toEqual([])
    expect(server([], { channelBindings: new Map() }).mechanisms).toEqual(['HT-SHA-512-NONE', 'HT-SHA-256-NONE'])
    expect(server([], { mechanisms: ['HT-SHA-256-EXPR'] }).mechanisms).toEqual(['HT-SHA-256-EXPR'])
    expect(server([]).authenticate('HT-SHA-1-NONE', encodeText('juliet\0x'))).toMatchObject({
      condition: 'invalid-mechanism',
    })
    expect(() => client('HT-SHA-256-EXPR', { channelBindings: new Map() })).toThrow('tls-exporter')
  })

  test('XEP-0484 §6: mechanisms that bind to the channel are preferred', () => {
    const offered = ['HT-SHA-256-NONE', 'HT-SHA-256-ENDP', 'HT-SHA-256-EXPR', 'HT-SHA-256-UNIQ']
    expect(chooseTokenMechanism(offered, CHANNEL_BINDINGS)).toBe('HT-SHA-256-EXPR')
    expect(chooseTokenMechanism(offered)).toBe('HT-SHA-256-NONE')
    expect(chooseTokenMechanism(['HT-SHA-256-UNIQ'], CHANNEL_BINDINGS)).toBeUndefined()
  })

  test('a back end that is down is temporary-auth-failure', async () => {
    const down = { lookUp: () => Promise.reject(new Error('down')) }
    const outcome = server([], { tokens: down }).authenticate('HT-SHA-256-NONE', encodeText('juliet\0x'))
    expect(await outcome).toMatchObject({ condition: 'temporary-auth-failure' })
    const crypto = { ...nodeCrypto, hmac: () => Promise.reject(new Error('broken')) }
    await expect(client('HT-SHA-256-NONE', { crypto })).rejects.toMatchObject({ code: 'crypto' })
  })

  test.each([
    ['empty', ''],
    ['without a NUL', 'juliet'],
    ['without a name', '\0proof'],
    ['without a proof', 'juliet\0'],
    ['with a name that is too long', `${'j'.repeat(1024)}\0proof`],
  ])('§3.1: a message %s is malformed', (_, text) => {
    expect(server([]).authenticate('HT-SHA-256-NONE', encodeText(text))).toMatchObject({
      condition: 'malformed-request',
    })
    expect(server([]).authenticate('HT-SHA-256-NONE', undefined)).toMatchObject({ condition: 'malformed-request' })
  })

  test('the proof may hold any octets, NUL too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (proof) => {
        const message = Uint8Array.from([...encodeText('juliet'), 0, ...proof])
        expect(parseInitiatorMessage(message)).toEqual({ username: 'juliet', proof })
      }),
    )
  })

  test('no changed message goes through', () => {
    const message = client('HT-SHA-256-EXPR').initialResponse
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(message, (octet, index) => (index === at ? octet ^ change : octet))
        const outcome = server([keyed('current')]).authenticate('HT-SHA-256-EXPR', changed)
        // The case of a name does not matter (RFC 8265 §3.3).
        const isSameName = at < 6 && change === 0x20
        expect(outcome).toMatchObject({ type: isSameName ? 'success' : 'failure' })
      }),
    )
  })
})
