import { readStanza } from '@parlour/stanza'
import { createMemoryStorage, StorageError, type Write } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { type Guest, Stand } from './kernel.fixture.ts'
import { defineServerModule } from './module.ts'
import { settled } from './presence/scene.fixture.ts'
import { Transaction } from './transaction.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'
const put = (key: string): Write => ({ type: 'put', store: 'x', owner: 'romeo@example.net', key, value: key })
const message = (id: string) => `<message id='${id}' to='${ROMEO}' type='chat'><body>hi</body></message>`

/** Stores at two places of a message's way, in a storage whose commits can be held up and made to fail. */
async function scene() {
  const commits: (readonly Write[])[] = []
  const told: unknown[] = []
  const inner = createMemoryStorage()
  const control = { gate: undefined as Promise<void> | undefined, error: undefined as Error | undefined }
  const storing = defineServerModule({
    name: 'storing',
    setup: (host) => [
      host.on('archive', (event) => {
        if (event.stanza.kind === 'message') event.store([put(event.direction)], (error) => told.push(error))
        return undefined
      }),
      host.on('messageReceived', (event) => event.store([put('received')])),
    ],
  })
  const storage = Object.assign(Object.create(inner), {
    commit: async (writes: readonly Write[]) => {
      await control.gate
      if (control.error) throw control.error
      commits.push(writes)
      return inner.commit(writes)
    },
    get: inner.get.bind(inner),
    list: inner.list.bind(inner),
    owners: inner.owners.bind(inner),
  })
  const stand = await Stand.open({ modules: [storing], storage })
  const juliet = await stand.connect(JULIET)
  const romeo = await stand.connect(ROMEO)
  await romeo.say('<presence/>')
  romeo.look()
  commits.splice(0)
  return { stand, juliet, romeo, commits, told, control }
}

const parse = (xml: string) =>
  parseXml(xml.includes('xmlns') ? xml : xml.replace(/^<(\w+)/, `<$1 xmlns='jabber:client'`))

const hand = (guest: Guest, xml: string) => {
  const saying = guest.say(xml)
  void saying
  return settled()
}

test('what a message stores on its way, at both hosts, is one commit', async () => {
  const { juliet, commits, told } = await scene()
  expect(await juliet.say(message('1'))).toEqual([])
  expect(commits).toEqual([[put('outbound'), put('inbound'), put('received')]])
  expect(told).toEqual([undefined, undefined])
})

test('delivery does not wait for the commit, nor does the next message; a request does', async () => {
  const { juliet, romeo, commits, control } = await scene()
  let open = () => {}
  control.gate = new Promise((resolve) => {
    open = resolve
  })
  await hand(juliet, message('1'))
  await hand(juliet, message('2'))
  await hand(juliet, `<iq type='get' id='q' to='example.com'><q xmlns='urn:example:q'/></iq>`)
  expect(romeo.look()).toHaveLength(2)
  expect([juliet.look(), commits]).toEqual([[], []])
  open()
  await settled()
  expect(commits).toHaveLength(2)
  expect(juliet.look()).toMatchObject([expect.stringContaining("id='q'")])
})

test('a commit that fails is answered resource-constraint, and whoever stored is told', async () => {
  const { juliet, told, control } = await scene()
  control.error = new StorageError('full', 'no room')
  const [answer] = await juliet.say(message('1'))
  expect(answer).toContain("<error type='wait'><resource-constraint ")
  expect(told).toEqual([control.error, control.error])
  control.error = undefined
  expect(await juliet.say(message('2'))).toEqual([])
})

test('a stream that stores faster than the storage can is held back', async () => {
  const { juliet, romeo, control } = await scene()
  let open = () => {}
  control.gate = new Promise((resolve) => {
    open = resolve
  })
  const results: unknown[] = []
  for (let n = 0; n < 128; n++) results.push(juliet.session.receive(parse(message(String(n)))))
  expect(results.slice(0, 127).every((result) => result === undefined)).toBe(true)
  expect(results[127]).toBeInstanceOf(Promise)
  expect(romeo.look()).toHaveLength(128)
  open()
  await results[127]
})

test('what is stored for the server’s own stanzas is committed too', async () => {
  const { stand, commits } = await scene()
  await stand.kernel.router.send(parse(`<message to='${ROMEO}' from='example.com'><body>hi</body></message>`))
  expect(commits).toEqual([[put('outbound'), put('inbound'), put('received')]])
})

test('after the commit nothing can be added', async () => {
  const transaction = new Transaction()
  transaction.store([put('1')])
  await transaction.commit(async () => {})
  expect(() => transaction.store([put('2')])).toThrow('committed already')
})

test('what is under way for an account that is removed meanwhile is left out', async () => {
  const { stand, juliet, romeo, commits } = await scene()
  await stand.kernel.accounts.remove(romeo.session.jid.bare)
  commits.splice(0)
  await juliet.say(message('1'))
  expect(commits).toEqual([[]])
})

test('one that is told of the commit and throws does no harm to the others, nor to the stream: the fault is logged', async () => {
  const told: unknown[] = []
  const failing = defineServerModule({
    name: 'failing',
    setup: (host) => [
      host.on('messageSent', (event) => {
        event.store([put('1')], () => {
          throw new Error('bug')
        })
        event.store([put('2')], (error) => told.push(error))
      }),
    ],
  }) as never
  const stand = await Stand.open({ modules: [failing] })
  const juliet = await stand.connect(JULIET)
  await juliet.session.receive(parse("<enable xmlns='urn:xmpp:sm:3'/>"))
  juliet.look()
  await juliet.say(message('1'))
  await juliet.session.receive(parse("<r xmlns='urn:xmpp:sm:3'/>"))
  await settled()
  expect(juliet.look().at(-1)).toContain("h='1'")
  expect(told).toEqual([undefined])
  expect(stand.log.errors).toMatchObject([{ fields: { error: new Error('bug'), id: '1' } }])
})

test('what came from another server and cannot be routed is given up: whoever stored something for it is told', async () => {
  const { stand, told } = await scene()
  const away = new StorageError('unavailable', 'away')
  stand.storage.list = () => Promise.reject(away)
  const stanza = readStanza(parse("<message from='a@example.org' to='nurse@example.net' type='chat'><body/></message>"))
  await expect(stand.kernel.router.routeAhead(stanza, () => {})).rejects.toBe(away)
  expect(told).toEqual([away])
})

test('of a message that cannot be routed, and is answered with an error, nothing is stored', async () => {
  const { stand, juliet, commits, told } = await scene()
  const away = new StorageError('unavailable', 'away')
  stand.storage.list = () => Promise.reject(away)
  const [answer] = await juliet.say("<message id='1' type='chat' to='nurse@example.net'><body>hi</body></message>")
  expect(answer).toContain("<error type='wait'><resource-constraint ")
  expect([commits, told]).toEqual([[], [away, away]])
})

test.each([
  ['nobody has got: it is not stored', false, []],
  ['somebody has got already: it is stored', true, [put('a')]],
])('what fails, and %s', (_, isReached, expected) => {
  const told: unknown[] = []
  const transaction = new Transaction()
  transaction.store([put('a')], (error) => told.push(error))
  if (isReached) transaction.reached.push({ account: 'juliet@example.com' })
  const error = new Error('bug')
  transaction.fail(error)
  expect([transaction.close(), told]).toEqual([expected, isReached ? [] : [error]])
})
