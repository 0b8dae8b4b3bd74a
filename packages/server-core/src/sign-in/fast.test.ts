import type { TokenMechanismName } from '@parlour/sasl'
import { createMemoryStorage } from '@parlour/storage'
import { describe, expect, test } from 'vitest'
import { DEVICE_STORE, TOKEN_STORE } from './device-record.ts'
import { FAST_NAMESPACE } from './fast.ts'
import { bind2, JULIET, type Outcome, PHONE, requestToken, Server, tag, tokenOf } from './sign-in.fixture.ts'

const DAY = 86_400_000
const NONE = 'HT-SHA-256-NONE'
const EXPR = 'HT-SHA-256-EXPR'
const LAPTOP = { id: '11111111-4d72-4749-b3d3-740edbf87770', software: 'AwesomeXMPP', device: 'Laptop' }

const hasToken = ({ results }: Outcome) => results.some((element) => element.is('token', FAST_NAMESPACE))

async function withToken(mechanism: TokenMechanismName = EXPR, server?: Server) {
  const at = server ?? (await Server.open())
  const arrival = await (await at.connect()).signIn({ userAgent: PHONE, inline: [requestToken(mechanism)] })
  return { server: at, token: tokenOf(arrival), arrival }
}

const use = async (server: Server, mechanism: TokenMechanismName, token: string, ...rest: [object?, object?]) =>
  (await server.connect()).useToken(mechanism, token, ...(rest as []))

describe('tokens (XEP-0484)', () => {
  test.each([
    'HT-SHA-512-EXPR',
    'HT-SHA-256-EXPR',
    'HT-SHA-512-ENDP',
    'HT-SHA-256-ENDP',
    'HT-SHA-512-NONE',
    'HT-SHA-256-NONE',
  ] as const)(
    '§3.2 to §3.4: a token for %s is asked for, given, and signs in, with all that goes with it',
    async (mechanism) => {
      const { server, token, arrival } = await withToken(mechanism)
      const element = arrival.results.find((result) => result.is('token', FAST_NAMESPACE))
      expect(element?.attribute('expiry')).toBe(new Date(server.environment.now() + 21 * DAY).toISOString())
      const again = await use(server, mechanism, token, { inline: [bind2(tag('A'))] })
      expect(again.identifier).toMatch(/^juliet@example\.com\/A\//)
      expect(again.names).toEqual(['success', 'features'])
      expect(hasToken(again)).toBe(false)
    },
  )

  test('§3.4: "Servers MUST bind tokens to the mechanism selected by the client in its original request"', async () => {
    const { server, token } = await withToken(EXPR)
    for (const other of [NONE, 'HT-SHA-256-ENDP', 'HT-SHA-512-EXPR'] as const)
      expect((await use(server, other, token)).failure).toBe('not-authorized')
  })

  test('a token that is bound to a channel needs the secret that is kept apart from the storage', async () => {
    const storage = createMemoryStorage()
    const open = (octet: number) =>
      Server.open({ storage, authentication: { tokenSecret: new Uint8Array(32).fill(octet) } })
    const first = await open(1)
    const { token } = await withToken(EXPR, first)
    const { token: unbound } = await withToken(NONE, first)
    const other = await open(2)
    expect((await use(other, EXPR, token)).failure).toBe('not-authorized')
    const [same] = [await open(1)]
    expect((await use(same, NONE, unbound)).names).toContain('success')
    expect(await storage.get('secrets', 'example.com', 'tokens')).toBeUndefined()
  })

  test('§4.1: a token is good for the client that it was given to, and needs its id', async () => {
    const { server, token } = await withToken(NONE)
    expect((await use(server, NONE, token, { userAgent: LAPTOP })).failure).toBe('not-authorized')
    expect((await use(server, NONE, token, { userAgent: {} })).failure).toBe('malformed-request')
    const anonymous = await (await server.connect()).signIn({ inline: [requestToken(NONE)] })
    expect(hasToken(anonymous)).toBe(false)
  })

  test('§3.2: only for mechanisms that are offered', async () => {
    const server = await Server.open({ authentication: { tokenMechanisms: [EXPR] } })
    const arrival = await (await server.connect()).signIn({ userAgent: PHONE, inline: [requestToken(NONE)] })
    expect(arrival.identifier).toBe('juliet@example.com')
    expect(hasToken(arrival)).toBe(false)
    expect((await use(server, NONE, 'secret-token:x')).failure).toBe('invalid-mechanism')
  })

  test('§4.2: an expired token is credentials-expired, to who has it', async () => {
    const { server, token } = await withToken(NONE)
    server.environment.advance(21 * DAY)
    expect((await use(server, NONE, token)).failure).toBe('credentials-expired')
    expect((await use(server, NONE, 'secret-token:other')).failure).toBe('not-authorized')
  })

  test('a disabled account has no use of its tokens', async () => {
    const { server, token } = await withToken()
    await server.kernel.accounts.setDisabled(JULIET, true)
    expect((await use(server, EXPR, token)).failure).toBe('account-disabled')
  })

  test('RFC 6120 §13.12: guesses are counted and slowed down as those of passwords', async () => {
    const server = await Server.open()
    for (let n = 0; n < 10; n++) await use(server, EXPR, 'secret-token:guess')
    expect(server.kernel.counters.failedSignIns).toBe(10)
    const visitor = await server.connect()
    expect((await visitor.useToken(EXPR, 'secret-token:guess')).names).toEqual([])
    server.environment.advance(1000)
    expect((await visitor.hear()).map(String)).toEqual([expect.stringContaining('<not-authorized ')])
  })

  test('unknown users fail as wrong tokens do', async () => {
    const server = await Server.open()
    expect((await use(server, NONE, 'secret-token:guess')).failure).toBe('not-authorized')
  })
})

describe('rotation (XEP-0484 §3.5)', () => {
  test('a token that is due brings another one; the old one is good until the new one is used', async () => {
    const { server, token } = await withToken()
    server.environment.advance(DAY)
    const second = await use(server, EXPR, token)
    const fresh = tokenOf(second)
    expect(fresh).not.toBe(token)
    const third = await use(server, EXPR, token)
    expect(third.identifier).toBe('juliet@example.com')
    // "upon providing a new token to the client, the server SHOULD invalidate any tokens previously generated that have not been used"
    const fresher = tokenOf(third)
    expect((await use(server, EXPR, fresh)).failure).toBe('not-authorized')
    expect((await use(server, EXPR, fresher)).identifier).toBe('juliet@example.com')
    expect((await use(server, EXPR, token)).failure).toBe('not-authorized')
    expect((await use(server, EXPR, fresher)).identifier).toBe('juliet@example.com')
  })

  test('the new one is for the same mechanism, unless another is asked for', async () => {
    const { server, token } = await withToken(EXPR)
    const arrival = await use(server, EXPR, token, { inline: [requestToken(NONE)] })
    expect((await use(server, NONE, tokenOf(arrival))).identifier).toBe('juliet@example.com')
  })
})

describe('revocation', () => {
  test.each(['true', '1'])(
    "§3.6: invalidate='%s' voids the token with its last use, and brings no other",
    async (invalidate) => {
      const { server, token } = await withToken()
      server.environment.advance(DAY)
      const last = await use(server, EXPR, token, {}, { invalidate })
      expect(last.identifier).toBe('juliet@example.com')
      expect(hasToken(last)).toBe(false)
      expect((await use(server, EXPR, token)).failure).toBe('not-authorized')
    },
  )

  test('§3.6: unless one is asked for', async () => {
    const { server, token } = await withToken()
    const last = await use(server, EXPR, token, { inline: [requestToken(EXPR)] }, { invalidate: 'true' })
    expect((await use(server, EXPR, tokenOf(last))).identifier).toBe('juliet@example.com')
    expect((await use(server, EXPR, token)).failure).toBe('not-authorized')
  })

  test('a new password voids all tokens, in the same commit', async () => {
    const { server, token } = await withToken()
    await server.kernel.accounts.setPassword(JULIET, 'another')
    expect(await server.storage.list(TOKEN_STORE, 'juliet@example.com')).toEqual(new Map())
    expect((await use(server, EXPR, token)).failure).toBe('not-authorized')
  })

  test('unless the operator wants it otherwise', async () => {
    const { server, token } = await withToken(
      EXPR,
      await Server.open({ authentication: { passwordRevokesTokens: false } }),
    )
    await server.kernel.accounts.setPassword(JULIET, 'another')
    expect((await use(server, EXPR, token)).identifier).toBe('juliet@example.com')
  })

  test('an account that is removed takes its devices and tokens along', async () => {
    const { server, token } = await withToken()
    await server.kernel.accounts.remove(JULIET)
    for (const store of [DEVICE_STORE, TOKEN_STORE])
      expect(await server.storage.list(store, 'juliet@example.com')).toEqual(new Map())
    await server.kernel.accounts.create(JULIET, 'secret')
    expect((await use(server, EXPR, token)).failure).toBe('not-authorized')
  })
})

describe('what is stored', () => {
  test.each([EXPR, NONE] as const)('of a token for %s signs nobody in', async (mechanism) => {
    const { server, token } = await withToken(mechanism)
    const stored = JSON.stringify([...(await server.storage.list(TOKEN_STORE, 'juliet@example.com'))])
    expect(stored).toContain(mechanism)
    expect(stored).not.toContain(token.replace('secret-token:', ''))
    const { check } = Object.values(JSON.parse(stored)[0][1])[0] as { check: Record<string, string> }
    for (const value of Object.values(check))
      expect((await use(server, mechanism, value)).failure).toBe('not-authorized')
  })

  test.each([EXPR, NONE] as const)('is enough after a restart: %s', async (mechanism) => {
    const storage = createMemoryStorage()
    const { token } = await withToken(mechanism, await Server.open({ storage }))
    const restarted = await Server.open({ storage })
    expect((await use(restarted, mechanism, token)).identifier).toBe('juliet@example.com')
  })
})
