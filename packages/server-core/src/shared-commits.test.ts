import { createMemoryStorage, StorageError, type Write } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { defineServerModule } from './module.ts'
import { settled } from './presence/scene.fixture.ts'
import { HANDLED_STORE } from './stream-management/session-record.ts'
import { JULIET, type ManagedGuest, openManaged, ROMEO } from './stream-management/stream-management.fixture.ts'

const put = (key: string, value: string): Write => ({ type: 'put', store: 'x', owner: 'x', key, value })

/** A module that stores the body of each message; of which some cannot be stored, or depend on others. */
const storing = (told: string[]) =>
  defineServerModule({
    name: 'storing',
    setup: (host) => [
      host.on(
        'archive',
        (event) => {
          if (event.stanza.kind !== 'message') return undefined
          const { body = '' } = event.stanza
          const writes = [put(body === 'bad' ? 'x\0' : body, body)]
          if (body.startsWith('if ')) writes.push({ ...put(body.slice(3), body.slice(3)), type: 'expect' } as Write)
          event.store(writes, (error) => told.push(`${body} ${error === undefined ? 'stored' : 'refused'}`))
          return undefined
        },
        { direction: 'outbound' },
      ),
    ],
  })

async function open(isManaged = true) {
  const commits: (readonly Write[])[] = []
  const told: string[] = []
  const inner = createMemoryStorage()
  const control = { gate: undefined as Promise<void> | undefined, error: undefined as Error | undefined }
  const commit = inner.commit.bind(inner)
  const storage = Object.assign(inner, {
    commit: async (writes: readonly Write[]) => {
      commits.push(writes)
      await control.gate
      if (control.error) throw control.error
      return commit(writes)
    },
  })
  const scene = await openManaged({ storage, modules: [storing(told)] })
  const [juliet, romeo] = [await scene.connect(JULIET), await scene.connect(ROMEO)]
  if (isManaged) await juliet.enable()
  commits.splice(0)
  return { scene, storage, juliet, romeo, commits, told, control }
}

/** All that came in one piece of the stream. */
function say(guest: ManagedGuest, ...bodies: string[]): void {
  for (const body of bodies) {
    const text = `<message xmlns='jabber:client' id='${body}' type='chat' to='${ROMEO}'><body>${body}</body></message>`
    void guest.session.receive(parseXml(body.startsWith('<') ? body : text))
  }
}

const keys = (writes: readonly Write[]) =>
  writes.map((write) =>
    write.type === 'put' && write.store === HANDLED_STORE ? `h ${write.value}` : 'key' in write && write.key,
  )

test('messages that come at once are one commit, with one count', async () => {
  const { juliet, romeo, commits, told } = await open()
  say(juliet, 'a', 'b', 'c')
  await settled()
  expect(commits.map(keys)).toEqual([['a', 'b', 'c', 'h 3']])
  expect(told).toEqual(['a stored', 'b stored', 'c stored'])
  expect(romeo.hear()).toEqual(['message a', 'message b', 'message c'])
  expect(await juliet.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='3'/>"])
})

test('those that come later are another commit', async () => {
  const { juliet, commits } = await open()
  say(juliet, 'a')
  await settled()
  say(juliet, 'b')
  await settled()
  expect(commits.map(keys)).toEqual([
    ['a', 'h 1'],
    ['b', 'h 2'],
  ])
})

test('what is no message finds what came before it committed', async () => {
  const { juliet, commits } = await open()
  say(juliet, 'a', "<iq xmlns='jabber:client' type='get' id='i'><x xmlns='u'/></iq>", 'b', "<r xmlns='urn:xmpp:sm:3'/>")
  expect(commits.map(keys)).toEqual([
    ['a', 'h 1'],
    ['b', 'h 3'],
  ])
  await settled()
  expect(juliet.hear().at(-1)).toBe("<a xmlns='urn:xmpp:sm:3' h='3'/>")
})

test('a message before <enable/> is not counted, whenever it is stored', async () => {
  const { juliet, commits } = await open(false)
  say(juliet, 'a', "<enable xmlns='urn:xmpp:sm:3'/>", 'b')
  await settled()
  expect(commits.map(keys).filter((each) => each.includes('a') || each.includes('b'))).toEqual([['a'], ['b', 'h 1']])
  juliet.hear()
  expect(await juliet.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='1'/>"])
})

test('where the storage fails, all of them are refused, and none is acknowledged before', async () => {
  const { juliet, control, told } = await open()
  control.gate = settled().then(settled)
  control.error = new StorageError('full', 'no space')
  say(juliet, 'a', 'b', "<r xmlns='urn:xmpp:sm:3'/>")
  await Promise.resolve()
  expect(juliet.hear()).toEqual([])
  await control.gate
  await settled()
  expect(juliet.hear()).toEqual(['message error a', 'message error b'])
  expect(told).toEqual(['a refused', 'b refused'])
})

test('one that cannot be stored does not keep back the others, and the count does not go back', async () => {
  const { juliet, commits, told } = await open()
  say(juliet, 'a', 'bad', 'c')
  await settled()
  expect(commits.map(keys)).toEqual([
    ['a', 'x\0', 'c', 'h 3'],
    ['a', 'h 1'],
    ['x\0', 'h 2'],
    ['c', 'h 3'],
  ])
  expect(told).toEqual(['a stored', 'bad refused', 'c stored'])
  expect(juliet.hear()).toEqual(['message error bad'])
  expect(await juliet.nonza('<r/>')).toEqual(["<a xmlns='urn:xmpp:sm:3' h='3'/>"])
})

test('if it turns out late that one cannot be stored, nothing is tried again behind what came meanwhile', async () => {
  const { juliet, commits, control, told } = await open()
  control.gate = settled()
  say(juliet, 'a', 'bad')
  await Promise.resolve()
  say(juliet, 'c')
  await control.gate
  await settled()
  expect(commits.map(keys)).toEqual([
    ['a', 'x\0', 'h 2'],
    ['c', 'h 3'],
  ])
  expect(told).toEqual(['a refused', 'bad refused', 'c stored'])
})

test('what depends on something else is committed by itself', async () => {
  const { juliet, commits, told } = await open()
  say(juliet, 'a', 'if missing', 'if a')
  await settled()
  expect(commits.map(keys)).toEqual([
    ['a', 'h 1'],
    ['if missing', 'missing', 'h 2'],
    ['if a', 'a', 'h 3'],
  ])
  expect(told).toEqual(['a stored', 'if missing refused', 'if a stored'])
})
