import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { describe, expect, test } from 'vitest'
import { quickCrypto } from '../kernel.fixture.ts'
import { createKernel } from '../kernel.ts'
import { silentLogger } from '../logger.ts'
import { defineServerModule } from '../module.ts'
import { settled } from '../presence/scene.fixture.ts'
import { HANDLED_STORE, QUEUE_ARCHIVE, SESSION_STORE } from './session-record.ts'
import { chat, JULIET, kept, openManaged, ROMEO } from './stream-management.fixture.ts'

const ACCOUNT = 'juliet@example.com'
const MINUTE = 60_000

/** A storage that takes its time, in which timers are due. */
function slow(storage: Storage, environment: FakeEnvironment): Storage {
  const wait = async () => {
    environment.advance(5)
    await settled()
  }
  return new Proxy(storage, {
    get: (target, name) => {
      const member = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name === 'commit') return member.bind(target)
      return async (...args: unknown[]) => {
        await wait()
        return member.apply(target, args)
      }
    },
  })
}

describe('a session whose time was over while the server was away', () => {
  test('leaves what it had not acknowledged, however long the storage takes to tell of it', async () => {
    const storage = createMemoryStorage()
    const opened = await openManaged({ modules: [kept], storage })
    const [romeo, juliet] = [await opened.connect(ROMEO), await opened.connect(JULIET)]
    await juliet.enable()
    for (const id of ['1', '2']) await romeo.say(chat(id))
    await juliet.cut()
    await opened.pass(MINUTE)

    const environment = new FakeEnvironment({ now: opened.environment.now() + 60 * MINUTE, seed: 2 })
    const after = await openManaged({ modules: [kept], storage: slow(storage, environment), environment, accounts: [] })
    await after.pass(1)
    const { entries } = await storage.readArchive('kept/messages', ACCOUNT, { max: 100 })
    expect(entries.map(({ value }) => value)).toEqual([{ id: '1' }, { id: '2' }])
    expect(await storage.countArchive(QUEUE_ARCHIVE, ACCOUNT)).toBe(0)
    expect(await storage.list(SESSION_STORE, ACCOUNT)).toEqual(new Map())
  })
})

test("entries of a queue without a session are removed, and are nobody else's", async () => {
  const storage = createMemoryStorage()
  const opened = await openManaged({ modules: [kept], storage })
  const [romeo, juliet] = [await opened.connect(ROMEO), await opened.connect(JULIET)]
  await juliet.enable()
  await romeo.say(chat('1'))
  const orphan = {
    type: 'append',
    archive: QUEUE_ARCHIVE,
    owner: ACCOUNT,
    at: 1,
    with: 'a session that is over',
  } as const
  await storage.commit([{ ...orphan, id: '0001', value: '<message/> 1' }])
  const after = juliet.in(await opened.restart({ modules: [kept] }))
  expect(await storage.countArchive(QUEUE_ARCHIVE, ACCOUNT)).toBe(1)
  expect(await after.resume(0)).toContain('<resumed')
  expect(after.hear().filter((each) => each.startsWith('message'))).toEqual(['message 1'])
  expect((await storage.readArchive('kept/messages', ACCOUNT, { max: 10 })).entries).toEqual([])
})

test('of a domain that is not served for a while nothing is forgotten', async () => {
  const storage = createMemoryStorage()
  const opened = await openManaged({ modules: [kept], storage })
  const [romeo, juliet] = [await opened.connect(ROMEO), await opened.connect(JULIET)]
  await juliet.enable()
  await romeo.say(chat('1'))
  await juliet.cut()
  await createKernel({
    ...{ storage, environment: new FakeEnvironment(), log: silentLogger, modules: [] },
    authentication: { mechanisms: ['SCRAM-SHA-1'], iterations: 4096, crypto: quickCrypto },
    hosts: [{ domain: 'example.net', resourceConflict: 'replace', maxSessionsPerAccount: 10, modules: {} }],
  })
  const after = juliet.in(await opened.restart({ modules: [kept] }))
  expect(await after.resume(0)).toContain('<resumed')
  expect(after.hear()[0]).toBe('message 1')
})

test('of a session that is over nothing is left, though a stanza of it was still being handled', async () => {
  let go = () => {}
  const slowly = defineServerModule({
    name: 'slowly',
    setup: (host) => [
      host.on('archive', async (event) => {
        await new Promise<void>((resolve) => {
          go = resolve
        })
        event.store([host.store('seen').write('romeo@example.net', event.stanza.id ?? '')])
        return undefined
      }),
    ],
  }) as never
  const opened = await openManaged({ modules: [slowly] })
  const romeo = await opened.connect(ROMEO, '')
  await romeo.enable()
  const saying = romeo.say(chat('1'))
  romeo.session.closed('error', romeo.guest)
  await settled()
  go()
  await settled()
  go()
  await saying
  expect(await opened.storage.get('slowly/seen', 'romeo@example.net', '')).toBe('1')
  for (const store of [SESSION_STORE, HANDLED_STORE])
    expect(await opened.storage.list(store, 'romeo@example.net'), store).toEqual(new Map())
})
