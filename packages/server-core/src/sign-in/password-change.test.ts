import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import type { Element } from '@parlour/xml'
import { expect, test } from 'vitest'
import { TOKEN_STORE } from './device-record.ts'
import { challenged, conditionOf, JULIET, PHONE, requestToken, Server, tokenOf } from './sign-in.fixture.ts'

const NONE = 'HT-SHA-256-NONE'
const EXPR = 'HT-SHA-256-EXPR'

const tokensOf = ({ storage }: Server) => storage.list(TOKEN_STORE, 'juliet@example.com')

test.each([EXPR, NONE] as const)(
  'who proves a password that was changed since the challenge is not authorized, and gets no token: %s',
  async (mechanism) => {
    const server = await Server.open()
    const { visitor, answer } = await challenged(server, { inline: [requestToken(mechanism)] })
    await server.kernel.accounts.setPassword(JULIET, 'another')
    const [failure] = (await visitor.say(answer)) as [Element]
    expect(conditionOf(failure)).toBe('not-authorized')
    expect(await tokensOf(server)).toEqual(new Map())
    expect((await (await server.connect()).signIn({}, 'another')).identifier).toBe('juliet@example.com')
  },
)

test('a token that is given out while a password is being changed does not outlive that', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const server = await Server.open({ storage })
  const { visitor, answer } = await challenged(server, { inline: [requestToken(NONE)] })
  await server.kernel.devices.list(JULIET)
  storage.hold()
  const changed = server.kernel.accounts.setPassword(JULIET, 'another')
  await visitor.hear()
  expect(storage.waiting).toBe(1)
  expect(await visitor.say(answer)).toEqual([])
  storage.release()
  await changed
  const [failure] = (await visitor.hear()) as [Element]
  expect(conditionOf(failure)).toBe('not-authorized')
  expect(await tokensOf(server)).toEqual(new Map())
})

test('nor does one that is used for the first time then', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const server = await Server.open({ storage })
  const arrival = await (await server.connect()).signIn({ userAgent: PHONE, inline: [requestToken(NONE)] })
  const visitor = await server.connect()
  await server.kernel.devices.list(JULIET)
  storage.hold()
  const changed = server.kernel.accounts.setPassword(JULIET, 'another')
  await visitor.hear()
  expect(storage.waiting).toBe(1)
  expect((await visitor.useToken(NONE, tokenOf(arrival))).names).toEqual([])
  storage.release()
  await changed
  const [failure] = (await visitor.hear()) as [Element]
  expect(conditionOf(failure)).toBe('not-authorized')
  expect(await tokensOf(server)).toEqual(new Map())
})

test('what another account does with its password meanwhile is of no account', async () => {
  const server = await Server.open()
  const romeo = parseJid('romeo@example.com')
  await server.kernel.accounts.create(romeo, 'secret')
  const { visitor, answer } = await challenged(server, { inline: [requestToken(NONE)] })
  await server.kernel.accounts.setPassword(romeo, 'another')
  const [success] = (await visitor.say(answer)) as [Element]
  expect(success.name).toBe('success')
})
