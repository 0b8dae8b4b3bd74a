import { createMemoryStorage, type Storage, type Write } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { defineServerModule } from '../module.ts'
import { settled } from '../presence/scene.fixture.ts'
import { CommonCommit } from './common-commit.ts'
import { HANDLED_STORE, QUEUE_ARCHIVE, SESSION_STORE } from './session-record.ts'
import { chat, JULIET, type ManagedGuest, type ManagedScene, openManaged, ROMEO } from './stream-management.fixture.ts'

const ACCOUNT = 'juliet@example.com'
const DESK = 'juliet@example.com/desk'

/** Keeps what comes for who is away under its former id. */
const kept = defineServerModule({
  name: 'kept',
  setup: (host) => [
    host.on('offline', (event) => {
      const { id } = event.former ?? {}
      const value = { id: event.stanza.id ?? '' }
      event.store([host.archive.append('messages', event.account.toString(), value, id === undefined ? {} : { id })])
      return 'handled'
    }),
  ],
}) as never

/** A storage whose commits can be held up: what is held at a crash was never stored. */
function holding() {
  const stored = createMemoryStorage()
  const commits: (readonly Write[])[] = []
  let held: (() => void)[] | undefined
  let isFailing = false
  const commit = async (writes: readonly Write[]) => {
    if (held) await new Promise<void>((resolve) => held?.push(resolve))
    if (isFailing) throw new Error('the disk is gone')
    commits.push(writes)
    await stored.commit(writes)
  }
  const storage: Storage = new Proxy(stored, {
    get: (target, name) => {
      if (name === 'commit') return commit
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return {
    storage,
    /** What a crash leaves. */
    stored,
    commits,
    hold: () => {
      held = []
    },
    fail: () => {
      isFailing = true
    },
    releaseFirst: async () => {
      held?.shift()?.()
      await settled()
    },
    release: async () => {
      for (const go of held?.splice(0) ?? []) go()
      held = undefined
      await settled()
    },
  }
}

async function scene() {
  const disk = holding()
  const opened = await openManaged({ modules: [kept], storage: disk.storage })
  const romeo = await opened.connect(ROMEO)
  const juliet = await opened.connect(JULIET)
  await juliet.enable()
  return { disk, opened, romeo, juliet }
}

/** Killed and started again with what was stored. */
async function crash(scene: ManagedScene, storage: Storage): Promise<ManagedScene> {
  const environment = new FakeEnvironment({ now: scene.environment.now(), seed: 2 })
  return openManaged({ modules: [kept], storage, environment, accounts: [] })
}

const messages = (guest: ManagedGuest) => guest.hear().filter((each) => each.startsWith('message'))
const offline = async (storage: Storage) =>
  (await storage.readArchive('kept/messages', ACCOUNT, { max: 100 })).entries.map(({ value }) => value)
const queued = (storage: Storage) => storage.countArchive(QUEUE_ARCHIVE, ACCOUNT)

describe('a client with XEP-0198 has nothing that a crash takes back', () => {
  test('a message is written to it once it is stored; what comes behind waits, others do not', async () => {
    const { disk, opened, romeo, juliet } = await scene()
    const nurse = await opened.connect('juliet@example.com/plain')
    juliet.hear()
    disk.hold()
    await romeo.say("<message id='1' type='headline' to='juliet@example.com'><body>1</body></message>")
    await romeo.say(`<message id='2' type='chat' to='${JULIET}'/>`)
    expect(juliet.hear()).toEqual([])
    expect(messages(nurse)).toEqual(['message 1'])
    await disk.release()
    expect(messages(juliet)).toEqual(['message 1', 'message 2'])
  })

  test('what could not be stored is written all the same: its place in the count is taken', async () => {
    const { disk, romeo, juliet } = await scene()
    disk.fail()
    const answer = (await romeo.say(chat('1'))).join()
    expect(answer).toContain("type='error'")
    expect(messages(juliet)).toEqual(['message 1'])
  })

  test('the place in its count of what was stored before a restart is stored before it is written', async () => {
    const { disk, opened, juliet } = await scene()
    await juliet.cut()
    const one = juliet.in(await crash(opened, disk.storage))
    const again = await one.scene.connect(ROMEO)
    for (const id of ['1', '2', '3']) await again.say(chat(id))
    disk.hold()
    // Presence was counted, of which no storage knows.
    expect(await one.resume(7)).toContain('<resumed')
    expect(one.hear()).toEqual(['presence '])
    await disk.release()
    expect(messages(one)).toEqual(['message 1', 'message 2', 'message 3'])

    const two = juliet.in(await crash(one.scene, disk.stored))
    expect(await two.resume(11)).toContain('<resumed')
    expect([messages(two), await queued(disk.stored)]).toEqual([[], 0])
  })

  test('that it is available is stored before a count covers its presence', async () => {
    const disk = holding()
    const opened = await openManaged({ modules: [kept], storage: disk.storage })
    const juliet = await opened.connect(JULIET, '')
    await juliet.enable()
    disk.commits.length = 0
    void juliet.session.receive(parseXml("<presence xmlns='jabber:client'/>"))
    expect(await juliet.nonza('<r/>')).toContainEqual(expect.stringContaining("h='1'"))
    const stores = disk.commits.flatMap((writes) => writes.flatMap((each) => ('store' in each ? each.store : [])))
    expect(stores.slice(0, 2)).toEqual([SESSION_STORE, HANDLED_STORE])

    const after = juliet.in(await crash(opened, disk.stored))
    const romeo = await after.scene.connect(ROMEO)
    await romeo.say(chat('1', ACCOUNT))
    expect(await after.resume(1)).toContain("h='1'")
    expect([messages(after), await offline(disk.stored)]).toEqual([['message 1'], []])
  })

  test('a count that is stored later than that of a stanza behind it is no lower', async () => {
    const { disk, romeo } = await scene()
    await romeo.enable()
    disk.commits.length = 0
    disk.hold()
    await romeo.say(chat('1', ACCOUNT))
    await romeo.say("<iq type='get' id='q' to='example.net'><q xmlns='urn:example:q'/></iq>")
    await romeo.nonza('<r/>')
    await romeo.say(chat('3', ACCOUNT))
    await disk.releaseFirst()
    await disk.release()
    expect(await romeo.nonza('<r/>')).toContainEqual(expect.stringContaining("h='3'"))
    expect([...(await disk.stored.list(HANDLED_STORE, 'romeo@example.net')).values()]).toEqual([3])
  })

  test('a stream ends once what its client has acknowledged is forgotten: it says so no second time', async () => {
    const { disk, opened, romeo, juliet } = await scene()
    for (const id of ['1', '2']) await romeo.say(chat(id))
    expect(messages(juliet)).toEqual(['message 1', 'message 2'])
    disk.hold()
    await juliet.nonza("<a h='2'/>")
    let hasEnded = false
    const ending = Promise.resolve(juliet.session.ending()).then(() => {
      hasEnded = true
    })
    await settled()
    expect(hasEnded).toBe(false)
    await disk.release()
    await ending
    // The server is killed before it has dealt with the end.
    const after = await crash(opened, disk.stored)
    await after.connect(JULIET)
    expect([await queued(disk.stored), await offline(disk.stored)]).toEqual([0, []])
  })
})

describe('what a session has left is there once', () => {
  test('it goes elsewhere, and the session is over, in one commit', async () => {
    const { disk, romeo, juliet } = await scene()
    for (const id of ['1', '2', '3']) await romeo.say(chat(id))
    disk.commits.length = 0
    disk.hold()
    juliet.session.closed('closed', juliet.guest)
    await settled()
    expect([await offline(disk.stored), await queued(disk.stored)]).toEqual([[], 3])
    await disk.release()
    expect(await offline(disk.stored)).toEqual([{ id: '1' }, { id: '2' }, { id: '3' }])
    const moving = disk.commits.filter((writes) => writes.some(({ type }) => type === 'append' || type === 'delete'))
    expect(moving).toHaveLength(1)
    expect([await queued(disk.stored), await disk.stored.list(SESSION_STORE, ACCOUNT)]).toEqual([0, new Map()])
  })

  test('one that cannot be stored elsewhere does not keep back the others', async () => {
    const together = new CommonCommit()
    const write = (key: string): Write => ({ type: 'put', store: 'x', owner: ACCOUNT, key, value: key })
    const stored: Write[] = []
    const ends = ['good', 'bad', 'last'].map((key) => together.add([write(key)]).then(() => key, String))
    await together.commit(async (writes) => {
      if (writes.some((each) => each.type === 'put' && each.key === 'bad')) throw new Error('refused')
      stored.push(...writes)
    })
    expect(await Promise.all(ends)).toEqual(['good', 'Error: refused', 'last'])
    expect(stored).toEqual([write('good'), write('last')])
  })
})

describe('a message that went to two sessions, after a restart', () => {
  async function both() {
    const { disk, opened, romeo, juliet } = await scene()
    const desk = await opened.connect(DESK)
    await desk.enable()
    await romeo.say("<message id='m' type='normal' to='juliet@example.com'><body>m</body></message>")
    expect([messages(juliet), messages(desk)]).toEqual([['message m'], ['message m']])
    return { disk, opened, juliet, desk }
  }
  const end = async (guest: ManagedGuest) => {
    guest.session.closed('closed', guest.guest)
    await settled()
  }
  const restored = (scene: ManagedScene, address: string) =>
    [...scene.stand.kernel.directory.sessions(ACCOUNT)].find(({ jid }) => jid.toString() === address)

  test('the one acknowledges it and goes: the other leaves it to nobody', async () => {
    const { disk, opened, juliet, desk } = await both()
    await desk.nonza("<a h='1'/>")
    await end(desk)
    await juliet.cut()
    const after = await crash(opened, disk.stored)
    restored(after, JULIET)?.stream.close()
    await settled()
    expect([await offline(disk.stored), await queued(disk.stored)]).toEqual([[], 0])
  })

  test('the one goes without: it is the other that has to leave it', async () => {
    const { disk, opened, juliet, desk } = await both()
    await end(desk)
    await juliet.cut()
    expect(await offline(disk.stored)).toEqual([])
    const after = await crash(opened, disk.stored)
    restored(after, JULIET)?.stream.close()
    await settled()
    expect(await offline(disk.stored)).toEqual([{ id: 'm' }])
  })

  test('neither has acknowledged it, and both go: the last one leaves it', async () => {
    const { disk, opened } = await both()
    const after = await crash(opened, disk.stored)
    restored(after, DESK)?.stream.close()
    await settled()
    expect(await offline(disk.stored)).toEqual([])
    restored(after, JULIET)?.stream.close()
    await settled()
    expect([await offline(disk.stored), await queued(disk.stored)]).toEqual([[{ id: 'm' }], 0])
  })
})
