import { Roster, rosterGet, rosterRemoval, rosterUpdate } from '@parlour/roster'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { el } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { Scene, settled } from '../presence/scene.fixture.ts'
import { RosterStore } from './roster-store.ts'

const juliet = 'juliet@example.com'
const nurse = 'nurse@example.com'
const balcony = `${juliet}/balcony`

const version = (text: string | undefined) => /ver='([^']*)'/.exec(text ?? '')?.[1] ?? ''

describe('RFC 6121 §2: rosters', () => {
  it('§2.1.4: an empty roster is an empty query, with a version', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet)
    const j = await stage.connect(balcony)
    await j.get(rosterGet())
    const [result] = j.raw()
    expect(result).toContain("<query xmlns='jabber:iq:roster' ver='")
    expect(version(result)).not.toBe('')
  })

  it('§2.3.2: result, and a push with `ver` "to all of the user\'s interested resources, including the resource that" asked', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet)
    const j = await stage.connect(balcony)
    const j2 = await stage.connect(`${juliet}/chamber`)
    const deaf = await stage.connect(`${juliet}/deaf`)
    await j.get(rosterGet())
    await j2.get(rosterGet())
    j.raw()
    j2.raw()
    await j.set(rosterUpdate(nurse, 'Nurse', ['Servants']), 'ph1')
    const [push, result] = j.raw()
    expect(push).toContain(`<item jid='${nurse}' name='Nurse' subscription='none'><group>Servants</group></item>`)
    expect(version(push)).not.toBe('')
    expect(result).toBe(`<iq to='${balcony}' id='ph1' type='result'/>`)
    expect(j2.look()).toEqual([`iq set → ${juliet}/chamber [${nurse} none]`])
    expect(deaf.look()).toEqual([])
  })

  it('§2.1.5: someone else\'s roster: "forbidden"', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet, nurse)
    const n = await stage.connect(`${nurse}/kitchen`)
    await n.set(rosterUpdate('romeo@example.net'), 'a', juliet)
    await n.get(rosterGet(), 'b', juliet)
    expect(n.look()).toEqual([
      `iq error ${juliet} → ${nurse}/kitchen !forbidden`,
      `iq error ${juliet} → ${nurse}/kitchen !forbidden`,
    ])
  })

  it('RFC 6120 §13.11: the roster of nobody is refused as that of somebody, and no account is looked up for it', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet, nurse)
    const n = await stage.connect(`${nurse}/kitchen`)
    const errors: string[] = []
    for (const owner of [juliet, 'nobody@example.com']) {
      const lookUps: string[] = []
      const { list } = stage.storage
      stage.storage.list = (...given) => {
        lookUps.push(given.join(' '))
        return list.apply(stage.storage, given)
      }
      await n.set(rosterUpdate('romeo@example.net'), 'a', owner)
      await n.get(rosterGet(), 'b', owner)
      stage.storage.list = list
      expect(lookUps).toEqual([])
      errors.push(n.raw().join('').replaceAll(owner, 'owner'))
    }
    expect(errors[0]).toContain('<forbidden ')
    expect(errors[1]).toBe(errors[0])
  })

  it('RFC 6120 §8.3.3.18: what cannot be stored is answered with resource-constraint, and has changed nothing', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const stage = await Scene.open(storage, juliet)
    const j = await stage.online(balcony, rosterGet())
    storage.fail('full', 'commit')
    await j.set(rosterUpdate(nurse), 'a')
    expect(j.look()).toEqual([`iq error → ${balcony} !resource-constraint`])
    storage.heal()
    await j.get(rosterGet(), 'b')
    expect(j.look()).toEqual([`iq result → ${balcony} []`])
    await j.set(rosterUpdate(nurse), 'c')
    expect(j.look()).toEqual([`iq set → ${balcony} [${nurse} none]`, `iq result → ${balcony}`])
  })

  it('a set to the own bare JID is one without an address', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet)
    const j = await stage.connect(balcony)
    await j.set(rosterUpdate(nurse), 'a', juliet)
    expect(j.look()).toEqual([`iq result ${juliet} → ${balcony}`])
  })

  it.each([
    ['§2.5.3 removal of what is not there', rosterRemoval(nurse), 'item-not-found'],
    ['the own address', rosterUpdate(juliet), 'not-allowed'],
    [
      'two items',
      el('query', 'jabber:iq:roster', {}, ...rosterUpdate(nurse).children, ...rosterUpdate('b@x').children),
      'bad-request',
    ],
  ])('%s', async (_, query, condition) => {
    const stage = await Scene.open(createMemoryStorage(), juliet)
    const j = await stage.connect(balcony)
    await j.set(query)
    expect(j.look()[0]).toContain(`!${condition}`)
  })

  it('§2.1.3: a get with an item is a bad request', async () => {
    const stage = await Scene.open(createMemoryStorage(), juliet)
    const j = await stage.connect(balcony)
    await j.get(rosterUpdate(nurse))
    expect(j.look()[0]).toContain('!bad-request')
  })
})

describe('RFC 6121 §2.6: versions', () => {
  async function withContacts(count: number, storage = createMemoryStorage()) {
    const stage = await Scene.open(storage, juliet)
    const j = await stage.connect(balcony)
    await j.get(rosterGet(''))
    for (let index = 0; index < count; index++) await j.set(rosterUpdate(`c${index}@x`))
    j.raw()
    await j.get(rosterGet())
    return { stage, j, known: version(j.raw()[0]) }
  }

  it('an empty result, then one push for each item changed since, in order, the last with the current version', async () => {
    const { stage, j, known } = await withContacts(5)
    await j.set(rosterUpdate('c3@x', 'new'))
    await j.set(rosterRemoval('c1@x'))
    const last = version(j.raw().at(-2))
    const j2 = await stage.connect(`${juliet}/chamber`)
    await j2.get(rosterGet(known), 'r1')
    const received = j2.raw()
    expect(received[0]).toBe(`<iq to='${juliet}/chamber' id='r1' type='result'/>`)
    expect(received.slice(1).map((text) => /<item jid='([^']*)'/.exec(text)?.[1])).toEqual(['c3@x', 'c1@x'])
    expect(version(received.at(-1))).toBe(last)
  })

  it('from storage too: the result comes before the pushes', async () => {
    const storage = createMemoryStorage()
    const { j, known } = await withContacts(5, storage)
    await j.set(rosterUpdate('c3@x', 'new'))
    const after = await Scene.open(storage)
    const j2 = await after.connect(`${juliet}/chamber`)
    await j2.get(rosterGet(known), 'r1')
    expect(j2.look()).toEqual([`iq result → ${juliet}/chamber`, `iq set → ${juliet}/chamber [c3@x none]`])
  })

  it('nothing changed: an empty result and no push; unknown version: the whole roster', async () => {
    const { j, known } = await withContacts(2)
    await j.get(rosterGet(known))
    await j.get(rosterGet('ver14'))
    await j.get(rosterGet(''))
    expect(j.look()).toEqual([
      `iq result → ${balcony}`,
      `iq result → ${balcony} [c0@x none, c1@x none]`,
      `iq result → ${balcony} [c0@x none, c1@x none]`,
    ])
  })

  it('the whole roster where it is shorter than the pushes', async () => {
    const { stage, j, known } = await withContacts(1)
    await j.set(rosterUpdate('c0@x', 'a'))
    const j2 = await stage.connect(`${juliet}/chamber`)
    await j2.get(rosterGet(known))
    expect(j2.look()).toEqual([`iq result → ${juliet}/chamber [c0@x none]`])
  })
})

/** Lets commits wait until they are let go, or fail. */
function gated(storage: Storage): Storage & { waiting: (() => void)[]; fail: Error | undefined } {
  const gate = {
    waiting: [] as (() => void)[],
    fail: undefined as Error | undefined,
    commit: async (writes: Parameters<Storage['commit']>[0]) => {
      if (gate.fail) throw gate.fail
      await new Promise<void>((resolve) => gate.waiting.push(resolve))
      await storage.commit(writes)
    },
  }
  return new Proxy(storage, {
    get: (target, key) => {
      if (key in gate) return gate[key as keyof typeof gate]
      const value: unknown = target[key as keyof Storage]
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (_, key, value: Error) => Reflect.set(gate, key, value),
  }) as Storage & typeof gate
}

describe('durable before anybody is told', () => {
  it('neither push nor result before the commit, and changes of one account in order', async () => {
    const memory = createMemoryStorage()
    await Scene.open(memory, juliet)
    const storage = gated(memory)
    const stage = await opened(storage)
    const j = await stage.connect(balcony)
    await j.get(rosterGet())
    j.raw()
    const other = await stage.connect(`${juliet}/chamber`)
    void j.set(rosterUpdate(nurse, 'first'), 's1')
    void other.set(rosterUpdate(nurse, 'second'), 's2')
    await settled()
    expect(j.raw()).toEqual([])
    expect(storage.waiting).toHaveLength(1)
    storage.waiting.shift()?.()
    await settled()
    expect(j.look()).toEqual([`iq set → ${balcony} [${nurse} none]`, `iq result → ${balcony}`])
    expect(other.look()).toEqual([])
    storage.waiting.shift()?.()
    await settled()
    expect(j.raw()[0]).toContain("name='second'")
    expect(other.look()).toEqual([`iq result → ${juliet}/chamber`])
    expect((await new RosterStore(memory, () => '').load(juliet)).get(nurse)?.name).toBe('second')
  })

  it('a commit that fails is an internal-server-error; roster and version stay; the next change works', async () => {
    const memory = createMemoryStorage()
    await Scene.open(memory, juliet)
    const storage = gated(memory)
    const stage = await opened(storage)
    const j = await stage.connect(balcony)
    await j.get(rosterGet())
    const before = version(j.raw()[0])
    storage.fail = new Error('disk')
    await j.set(rosterUpdate(nurse))
    expect(j.look()).toEqual([`iq error → ${balcony} !internal-server-error`])
    storage.fail = undefined
    await j.get(rosterGet())
    expect(version(j.received[0])).toBe(before)
    expect(j.look()).toEqual([`iq result → ${balcony} []`])
    void j.set(rosterUpdate(nurse))
    await settled()
    storage.waiting.shift()?.()
    await settled()
    expect(j.look()).toEqual([`iq set → ${balcony} [${nurse} none]`, `iq result → ${balcony}`])
  })

  async function opened(storage: ReturnType<typeof gated>): Promise<Scene> {
    const opening = Scene.open(storage)
    for (let turn = 0; turn < 5; turn++) {
      await settled()
      storage.waiting.shift()?.()
    }
    return opening
  }
})

describe('the store', () => {
  it('reads back what it saved, requests with all their content', async () => {
    const store = new RosterStore(createMemoryStorage(), () => 'epoch')
    const roster = new Roster('e')
    const request = el(
      'presence',
      'jabber:client',
      { type: 'subscribe' },
      el('x', 'urn:x', { '{urn:y}a': '1' }, 'text'),
      ' ',
    )
    const change = roster.plan(nurse, { ...rosterItem(nurse), name: 'N' })
    await store.save(juliet, change, [store.putRequest(juliet, nurse, request)])
    const loaded = await store.load(juliet)
    expect(loaded.version).toBe('e.1')
    expect(loaded.get(nurse)?.name).toBe('N')
    expect((await store.requests(juliet)).get(nurse)).toEqual(request)
  })

  const rosterItem = (jid: string) => ({
    jid,
    name: '',
    groups: [],
    subscription: 'none' as const,
    ask: false,
    approved: false,
    pendingIn: true,
    listed: true,
  })
})
