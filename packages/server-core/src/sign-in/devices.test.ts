import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { DEVICE_STORE, LAST_SEEN_STEP, LONGEST_TEXT } from './device-record.ts'
import { bind2, JULIET, PHONE, requestToken, Server, tag, tokenOf } from './sign-in.fixture.ts'

const DAY = 86_400_000
const EXPR = 'HT-SHA-256-EXPR'
const named = (n: number) => ({ id: `${n}1111111-4d72-4749-b3d3-740edbf87770`, device: `device ${n}` })

async function signedIn(server: Server, userAgent: object = PHONE, ...inline: Parameters<typeof bind2>) {
  const visitor = await server.connect()
  const arrival = await visitor.signIn({ userAgent, inline: [bind2(tag('A')), ...inline] })
  return { visitor, arrival }
}

describe('the devices of an account (XEP-0494 §3.1)', () => {
  test('are those that have named themselves: as what, since when, how, and whether they are there', async () => {
    const server = await Server.open()
    const since = server.environment.now()
    const { visitor } = await signedIn(server, PHONE, requestToken(EXPR))
    expect(await server.kernel.devices.list(JULIET)).toEqual([
      {
        id: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/),
        software: 'AwesomeXMPP',
        device: 'Phone',
        firstSeen: since,
        lastSeen: since,
        isConnected: true,
        methods: ['password'],
        hasToken: true,
      },
    ])
    visitor.connection.end()
    await visitor.hear()
    expect(await server.kernel.devices.list(JULIET)).toMatchObject([{ isConnected: false }])
  })

  test('what a client says of itself is cut between characters: no device makes the list unreadable', async () => {
    const server = await Server.open()
    await signedIn(server, { id: PHONE.id, software: `${'x'.repeat(LONGEST_TEXT - 1)}💘` })
    expect(await server.kernel.devices.list(JULIET)).toMatchObject([{ software: 'x'.repeat(LONGEST_TEXT - 1) }])
  })

  test('a client without an id is none', async () => {
    const server = await Server.open()
    await signedIn(server, { software: 'X' })
    expect(await server.kernel.devices.list(JULIET)).toEqual([])
  })

  test('the last sign-in is written once an hour at most', async () => {
    const server = await Server.open()
    const { arrival } = await signedIn(server, PHONE, requestToken(EXPR))
    const token = tokenOf(arrival)
    const again = async () => (await server.connect()).useToken(EXPR, token, { inline: [bind2()] })
    await again()
    const [before] = await server.kernel.devices.list(JULIET)
    server.environment.advance(LAST_SEEN_STEP - 1)
    await again()
    expect(await server.kernel.devices.list(JULIET)).toEqual([before])
    server.environment.advance(1)
    await again()
    expect(await server.kernel.devices.list(JULIET)).toMatchObject([
      { lastSeen: server.environment.now(), methods: ['password', 'token'] },
    ])
  })

  test('the one that was away longest makes room, and one that was away too long is forgotten', async () => {
    const limits = { maxDevices: 2, keepFor: 90 * DAY }
    const server = await Server.open({ authentication: { devices: limits } })
    const names = async () => (await server.kernel.devices.list(JULIET)).map(({ device }) => device)
    for (const n of [1, 2, 3]) {
      await signedIn(server, named(n))
      server.environment.advance(DAY)
    }
    expect(await names()).toEqual(['device 3', 'device 2'])
    server.environment.advance(90 * DAY)
    await signedIn(server, named(4))
    expect(await names()).toEqual(['device 4'])
    expect((await server.storage.list(DEVICE_STORE, 'juliet@example.com')).size).toBe(1)
  })

  test('what a client says of itself is shortened', async () => {
    const server = await Server.open()
    await signedIn(server, { ...PHONE, device: 'x'.repeat(1000) })
    expect((await server.kernel.devices.list(JULIET))[0]?.device).toHaveLength(128)
  })

  test('a storage that fails does not keep anybody from signing in', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const server = await Server.open({ storage })
    await server.kernel.devices.list(JULIET)
    storage.fail('unavailable', 'commit')
    const { arrival } = await signedIn(server)
    expect(arrival.identifier).toContain('juliet@example.com/A/')
    expect(server.log.errors.map(({ message }) => message)).toEqual(['a device could not be remembered'])
  })
})

describe('revoking (XEP-0494 §3.2)', () => {
  test('ends the sessions of the device and voids its tokens; it has access as long as it knows the password', async () => {
    const server = await Server.open()
    const { visitor, arrival } = await signedIn(server, PHONE, requestToken(EXPR))
    await signedIn(server, named(2))
    const phone = (await server.kernel.devices.list(JULIET)).find(({ device }) => device === 'Phone')
    expect(await server.kernel.devices.revoke(JULIET, phone?.id ?? '')).toBe('password-known')
    expect((await visitor.hear()).map((item) => (typeof item === 'string' ? item : item.name))).toContain('error')
    expect(server.kernel.directory.sessions('juliet@example.com')).toHaveLength(1)
    expect((await (await server.connect()).useToken(EXPR, tokenOf(arrival))).failure).toBe('not-authorized')
    expect((await server.kernel.devices.list(JULIET)).find(({ id }) => id === phone?.id)).toMatchObject({
      ...{ isConnected: false, hasToken: false, methods: ['password'] },
    })
  })

  test('"there is no way to revoke access except by changing the user’s password": that takes it from all', async () => {
    const server = await Server.open()
    const { visitor } = await signedIn(server, PHONE, requestToken(EXPR))
    await signedIn(server, named(2))
    await server.kernel.accounts.setPassword(JULIET, 'another')
    expect(await server.kernel.devices.list(JULIET)).toMatchObject([
      { isConnected: true, hasToken: false, methods: [] },
      { isConnected: true, hasToken: false, methods: [] },
    ])
    visitor.connection.end()
    await visitor.hear()
    expect((await server.kernel.devices.list(JULIET)).map(({ device }) => device)).toEqual(['device 2'])
    const [second] = await server.kernel.devices.list(JULIET)
    expect(await server.kernel.devices.revoke(JULIET, second?.id ?? '')).toBe('revoked')
    expect(await server.kernel.devices.list(JULIET)).toEqual([])
    expect(server.kernel.directory.sessions('juliet@example.com')).toHaveLength(0)
  })

  test('what never signed in with the present password is forgotten at once, and its token is void', async () => {
    const server = await Server.open({ authentication: { passwordRevokesTokens: false } })
    const { arrival } = await signedIn(server, PHONE, requestToken(EXPR))
    await server.kernel.accounts.setPassword(JULIET, 'another')
    const [phone] = await server.kernel.devices.list(JULIET)
    expect(phone).toMatchObject({ methods: [], hasToken: true })
    expect(await server.kernel.devices.revoke(JULIET, phone?.id ?? '')).toBe('revoked')
    expect(await server.kernel.devices.list(JULIET)).toEqual([])
    expect((await (await server.connect()).useToken(EXPR, tokenOf(arrival))).failure).toBe('not-authorized')
  })

  test('ends a session too that waits to be resumed since before a restart of the server (XEP-0198 §5)', async () => {
    const before = await Server.open()
    const enable = el('enable', 'urn:xmpp:sm:3', { resume: 'true' })
    await (await before.connect()).signIn({ userAgent: PHONE, inline: [bind2(tag('A'), enable)] })
    const after = await Server.open({ storage: before.storage })
    const [phone] = await after.kernel.devices.list(JULIET)
    expect(phone).toMatchObject({ device: 'Phone', isConnected: true })
    expect(await after.kernel.devices.revoke(JULIET, phone?.id ?? '')).toBe('password-known')
    expect(after.kernel.directory.sessions('juliet@example.com')).toHaveLength(0)
  })

  test('an unknown id is told', async () => {
    const server = await Server.open()
    expect(await server.kernel.devices.revoke(JULIET, 'nobody')).toBe('unknown')
  })
})
