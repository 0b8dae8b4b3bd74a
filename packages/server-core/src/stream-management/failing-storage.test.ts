import { createMemoryStorage, type Write } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import { defineServerModule } from '../module.ts'
import { settled } from '../presence/scene.fixture.ts'
import { HANDLED_STORE, QUEUE_ARCHIVE, SESSION_STORE } from './session-record.ts'
import { chat, JULIET, kept, type ManagedScene, openManaged, ROMEO } from './stream-management.fixture.ts'

async function scene() {
  const storage = new FaultyStorage(createMemoryStorage())
  const opened = await openManaged({ modules: [kept], storage })
  const romeo = await opened.connect(ROMEO)
  await romeo.enable()
  return { storage, opened, romeo }
}

describe('XEP-0198 §4: h counts what is handled, which is stored or answered with an error', () => {
  test('while nothing can be stored nothing is acknowledged; the next request after that is answered', async () => {
    const { storage, romeo } = await scene()
    storage.fail('full', 'commit')
    const said = (await romeo.say(chat('1'))).join()
    expect(said).toContain("type='error'")
    expect(said).toContain('<resource-constraint')
    expect(await romeo.nonza('<r/>')).toEqual([])
    expect(await romeo.nonza('<r/>')).toEqual([])
    storage.heal()
    expect(await romeo.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='1'/>"])
  })

  test('a request that cannot be answered is, in the end, with what was stored before', async () => {
    const { storage, opened, romeo } = await scene()
    await romeo.say(chat('1'))
    expect(await romeo.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='1'/>"])
    storage.fail('unavailable', 'commit')
    await romeo.say(chat('2'))
    await romeo.nonza('<r/>')
    await opened.pass(10_000)
    expect(romeo.guest.look()).toContain("<a xmlns='urn:xmpp:sm:3' h='1'/>")
    storage.heal()
    await romeo.say(chat('3'))
    expect(await romeo.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='3'/>"])
  })
})

describe('XEP-0198 §5: the h of <resumed/> covers what is stored, though the storage failed', () => {
  test('what could not be counted is not told: the client sends it again, and a restart knows what was told', async () => {
    const { storage, opened, romeo } = await scene()
    await romeo.say(chat('1'))
    storage.fail('unavailable', 'commit')
    await romeo.say(chat('2'))
    await romeo.say('<presence/>')
    await romeo.cut()
    expect(await romeo.resume(0)).toContain("h='1'")
    const after = romeo.in(await opened.restart({ modules: [kept] }))
    storage.heal()
    expect(await after.resume(0)).toContain("h='1'")
  })

  test('what is sent again counts under the numbers that it had', async () => {
    const { storage, romeo } = await scene()
    await romeo.say(chat('1'))
    storage.fail('unavailable', 'commit')
    await romeo.say(chat('2'))
    await romeo.say('<presence/>')
    await romeo.cut()
    await romeo.resume(0)
    romeo.hear()
    storage.heal()
    expect((await romeo.say(chat('2'))).join()).not.toContain("type='error'")
    await romeo.say('<presence/>')
    expect((await romeo.nonza('<r/>')).at(-1)).toBe("<a xmlns='urn:xmpp:sm:3' h='3'/>")
  })

  test('what was stored after something that could not be is told', async () => {
    const { storage, romeo } = await scene()
    storage.fail('unavailable', 'commit')
    await romeo.say(chat('1'))
    storage.heal()
    await romeo.say(chat('2'))
    storage.fail('unavailable', 'commit')
    await romeo.cut()
    expect(await romeo.resume(0)).toContain("h='2'")
  })
})

test('XEP-0198 §5: the h of <failed/> leaves out what could not be stored: who was not there did not hear that it was refused', async () => {
  const { storage, opened, romeo } = await scene()
  await romeo.say(chat('1'))
  await romeo.say('<presence/>')
  storage.fail('unavailable', 'commit')
  await romeo.say(chat('2'))
  await romeo.say('<presence/>')
  await romeo.cut()
  await opened.pass(600_000)
  storage.heal()
  expect(await romeo.resume(0)).toContain("<failed xmlns='urn:xmpp:sm:3' h='2'")
})

describe('XEP-0198 §4: "Before the session state is discarded, implementations SHOULD take alternative action"', () => {
  test('a session of which something could not be stored elsewhere is not forgotten: a restart tries it again', async () => {
    const storage = createMemoryStorage()
    const { commit } = storage
    const opened = await openManaged({ modules: [kept], storage })
    const romeo = await opened.connect(ROMEO)
    const juliet = await opened.connect(JULIET)
    await juliet.enable()
    for (const id of ['1', '2']) await romeo.say(chat(id))
    // What is full takes nothing more, but can be emptied.
    storage.commit = async (writes: readonly Write[]) => {
      if (writes.some(({ type }) => type === 'append')) throw new Error('full')
      await commit.call(storage, writes)
    }
    juliet.session.closed('closed', juliet.guest)
    await settled()
    storage.commit = commit
    await opened.restart({ modules: [kept] })
    await settled()
    const account = 'juliet@example.com'
    const { entries } = await storage.readArchive('kept/messages', account, { max: 100 })
    expect(entries.map(({ value }) => value)).toEqual([{ id: '1' }, { id: '2' }])
    expect(await storage.countArchive(QUEUE_ARCHIVE, account)).toBe(0)
    for (const store of [SESSION_STORE, HANDLED_STORE]) expect(await storage.list(store, account)).toEqual(new Map())
  })
})

test.each<[string, () => 'handled' | Promise<'handled'>]>([
  [
    'throws',
    () => {
      throw new Error('bug')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the storage is away'))],
])(
  'a module that %s when it is to keep what a session has left: nothing is refused, and a restart tries it again',
  async (_, fail) => {
    const failing = defineServerModule({ name: 'failing', setup: (host) => [host.on('offline', fail)] }) as never
    const storage = createMemoryStorage()
    const opened = await openManaged({ modules: [failing], storage })
    const romeo = await opened.connect(ROMEO)
    const juliet = await opened.connect(JULIET)
    await juliet.enable()
    for (const id of ['1', '2']) await romeo.say(chat(id))
    romeo.hear()
    juliet.session.closed('closed', juliet.guest)
    await settled()
    expect(romeo.hear()).toEqual([])
    expect(await storage.countArchive(QUEUE_ARCHIVE, 'juliet@example.com')).toBe(2)
    // What comes now is refused as ever.
    expect((await romeo.say(chat('3', 'juliet@example.com'))).join()).toContain('internal-server-error')
    await opened.restart({ modules: [kept] })
    await settled()
    const { entries } = await storage.readArchive('kept/messages', 'juliet@example.com', { max: 100 })
    expect(entries.map(({ value }) => value)).toEqual([{ id: '1' }, { id: '2' }])
    expect(await storage.countArchive(QUEUE_ARCHIVE, 'juliet@example.com')).toBe(0)
  },
)

test('that there is a session is stored in the end, though it could not be when it began: its queue is found after a restart', async () => {
  const { storage, opened } = await scene()
  const romeo = await opened.connect('romeo@example.net/other')
  const juliet = await opened.connect(JULIET)
  storage.fail('full', 'commit')
  await juliet.enable()
  await opened.pass(1_000)
  storage.heal()
  await opened.pass(1_000)
  await romeo.say(chat('1'))
  const after = juliet.in(await opened.restart({ modules: [kept] }))
  expect(await after.resume(0)).toContain('<resumed ')
  expect(after.hear()[0]).toBe('message 1')
})

test.each([
  ['meanwhile', ROMEO],
  ['meanwhile, from a client without XEP-0198', 'romeo@example.net/other'],
  ['right after that failed', 'romeo@example.net/other'],
])(
  'that there is a session is stored with its first message at the latest, so a crash loses none: %s',
  async (when, who) => {
    const { storage, opened, romeo } = await scene()
    const sender = who === ROMEO ? romeo : await opened.connect(who)
    const juliet = await opened.connect(JULIET)
    storage.fail('full', 'commit', 1)
    if (when.startsWith('meanwhile')) storage.hold()
    await juliet.enable()
    const said = sender.say(chat('1'))
    await opened.pass(0)
    storage.release()
    await said
    if (sender === romeo) expect(await romeo.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='1'/>"])
    const after = juliet.in(await opened.restart({ modules: [kept] }))
    expect(await after.resume(0)).toContain('<resumed ')
    expect(after.hear()[0]).toBe('message 1')
  },
)

describe('what was acknowledged while it could not be forgotten', () => {
  async function acknowledged() {
    const { storage, opened, romeo } = await scene()
    const juliet = await opened.connect(JULIET)
    await juliet.enable()
    for (const id of ['1', '2', '3']) await romeo.say(chat(id))
    storage.fail('full', 'commit')
    await juliet.nonza("<a h='2'/>")
    storage.heal()
    return { opened, romeo, juliet }
  }
  const account = 'juliet@example.com'
  const offline = async ({ storage }: ManagedScene) =>
    (await storage.readArchive('kept/messages', account, { max: 100 })).entries.map(({ value }) => value)

  test('goes nowhere after a restart', async () => {
    const { opened, juliet } = await acknowledged()
    await juliet.cut()
    const after = await opened.restart({ modules: [kept] })
    await after.pass(600_000)
    expect(await offline(after)).toEqual([{ id: '3' }])
    expect(await after.storage.countArchive(QUEUE_ARCHIVE, account)).toBe(0)
  })

  test('is forgotten with what is acknowledged next', async () => {
    const { opened, juliet } = await acknowledged()
    await juliet.nonza("<a h='3'/>")
    expect(await opened.storage.countArchive(QUEUE_ARCHIVE, account)).toBe(0)
  })

  test('is forgotten with the session', async () => {
    const { opened, juliet } = await acknowledged()
    juliet.session.closed('closed', juliet.guest)
    await settled()
    expect(await offline(opened)).toEqual([{ id: '3' }])
    expect(await opened.storage.countArchive(QUEUE_ARCHIVE, account)).toBe(0)
  })
})
