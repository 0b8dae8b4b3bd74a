import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { DEVICE_STORE, TOKEN_STORE } from './device-record.ts'
import { bind2, challenged, conditionOf, JULIET, PHONE, requestToken, Server, tag, tokenOf } from './sign-in.fixture.ts'

const NONE = 'HT-SHA-256-NONE'
const JULIET_TEXT = 'juliet@example.com'
const ENABLE = el('enable', 'urn:xmpp:sm:3', { resume: 'true' })

/** The phone has been here, and has a token; it may have forgotten the password since. */
async function withPhone({ knowsPassword }: { knowsPassword: boolean }) {
  const storage = new FaultyStorage(createMemoryStorage())
  const server = await Server.open({ storage, authentication: { passwordRevokesTokens: false } })
  const visitor = await server.connect()
  const token = tokenOf(await visitor.signIn({ userAgent: PHONE, inline: [bind2(tag('A')), requestToken(NONE)] }))
  visitor.connection.end()
  if (!knowsPassword) await server.kernel.accounts.setPassword(JULIET, 'another')
  // Neither has to be read when the storage is held.
  await server.kernel.accounts.find(JULIET)
  const [phone] = await server.kernel.devices.list(JULIET)
  const revoke = () => server.kernel.devices.revoke(JULIET, phone?.id ?? '')
  return { storage, server, token, revoke }
}

const sessionsOf = ({ kernel }: Server) => kernel.directory.sessions(JULIET_TEXT)
const stored = ({ storage }: Server, store: string) => storage.list(store, JULIET_TEXT)

/** Nothing of the phone is left: no session, no token, and after a restart neither. */
async function expectGone(server: Server, token: string, hasDevice: boolean) {
  expect(sessionsOf(server)).toEqual([])
  expect(await stored(server, TOKEN_STORE)).toEqual(new Map())
  expect((await stored(server, DEVICE_STORE)).size).toBe(hasDevice ? 1 : 0)
  expect((await (await server.connect()).useToken(NONE, token)).failure).toBe('not-authorized')
}

describe('a device that is revoked (XEP-0494 §3.2) while it signs in', () => {
  test('has no session and no token when it had shown its password before', async () => {
    const { server, token, revoke } = await withPhone({ knowsPassword: true })
    const { visitor, answer } = await challenged(server, { inline: [bind2(tag('A'), ENABLE), requestToken(NONE)] })
    expect(await revoke()).toBe('password-known')
    const [failure] = await visitor.say(answer)
    expect(conditionOf(failure)).toBe('not-authorized')
    await expectGone(server, token, true)
    expect((await (await server.connect()).signIn({ userAgent: PHONE })).identifier).toBe(JULIET_TEXT)
  })

  test.each([
    ['before', bind2(tag('A'))],
    ['before, in a session that it could resume', bind2(tag('A'), ENABLE)],
  ])('has none when its token was looked at %s', async (_, binding) => {
    const { storage, server, token, revoke } = await withPhone({ knowsPassword: false })
    const visitor = await server.connect()
    storage.hold()
    expect((await visitor.useToken(NONE, token, { inline: [binding] })).names).toEqual([])
    const revoked = revoke()
    await visitor.hear()
    storage.release()
    expect(await revoked).toBe('revoked')
    const [failure] = await visitor.hear()
    expect(conditionOf(failure)).toBe('not-authorized')
    await expectGone(server, token, false)
  })

  test('has none when the revocation is stored first', async () => {
    const { storage, server, token, revoke } = await withPhone({ knowsPassword: false })
    const visitor = await server.connect()
    storage.hold()
    const revoked = revoke()
    await visitor.hear()
    const begun = await visitor.useToken(NONE, token, { inline: [bind2(tag('A'))] })
    expect(begun.failure).toBe('not-authorized')
    storage.release()
    expect(await revoked).toBe('revoked')
    await expectGone(server, token, false)
  })

  test('leaves another device as it is', async () => {
    const { server, revoke } = await withPhone({ knowsPassword: true })
    const laptop = { id: '11111111-4d72-4749-b3d3-740edbf87770' }
    const wish = { userAgent: laptop, inline: [bind2(tag('B')), requestToken(NONE)] }
    const { visitor, answer } = await challenged(server, wish)
    await revoke()
    const [success] = await visitor.say(answer)
    expect(typeof success === 'object' && success.name).toBe('success')
    expect(sessionsOf(server)).toHaveLength(1)
    expect((await stored(server, TOKEN_STORE)).size).toBe(1)
  })
})

describe('a revocation that could not be stored', () => {
  test.each([true, false])('is none, and can be tried again: knows the password: %s', async (knowsPassword) => {
    const { storage, server, token, revoke } = await withPhone({ knowsPassword })
    storage.fail('unavailable', 'commit')
    await expect(revoke()).rejects.toThrow('')
    storage.heal()
    expect(await server.kernel.devices.list(JULIET)).toMatchObject([{ hasToken: true }])
    expect(await revoke()).toBe(knowsPassword ? 'password-known' : 'revoked')
    await expectGone(server, token, knowsPassword)
  })
})

test('a device that has a token is listed, and can be revoked, without having bound a resource by Bind 2', async () => {
  const server = await Server.open()
  const token = tokenOf(await (await server.connect()).signIn({ userAgent: PHONE, inline: [requestToken(NONE)] }))
  const [phone] = await server.kernel.devices.list(JULIET)
  expect(phone).toMatchObject({ device: 'Phone', hasToken: true })
  expect(await server.kernel.devices.revoke(JULIET, phone?.id ?? '')).toBe('password-known')
  await expectGone(server, token, true)
})

describe('who has signed in without Bind 2, and binds a resource by RFC 6120 §7', () => {
  const binding = el('iq', 'jabber:client', { type: 'set', id: 'b' }, el('bind', 'urn:ietf:params:xml:ns:xmpp-bind'))

  test('is the device: its session ends when that is revoked', async () => {
    const server = await Server.open()
    const visitor = await server.connect()
    await visitor.signIn({ userAgent: PHONE })
    await visitor.say(binding)
    const [phone] = await server.kernel.devices.list(JULIET)
    expect(phone).toMatchObject({ device: 'Phone', isConnected: true })
    expect(server.kernel.devices.unnamed(JULIET)).toEqual([])
    await server.kernel.devices.revoke(JULIET, phone?.id ?? '')
    expect(sessionsOf(server)).toEqual([])
  })

  test('has no session when it was revoked before', async () => {
    const server = await Server.open()
    const visitor = await server.connect()
    await visitor.signIn({ userAgent: PHONE })
    const [phone] = await server.kernel.devices.list(JULIET)
    await server.kernel.devices.revoke(JULIET, phone?.id ?? '')
    await visitor.say(binding)
    expect(sessionsOf(server)).toEqual([])
  })
})
