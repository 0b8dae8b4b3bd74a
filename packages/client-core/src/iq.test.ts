import { type Jid, parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { online, rejection, settled } from '../test/fake-streams.ts'
import { mayAnswer } from './addressing.ts'

const QUERY = el('query', 'urn:example')
const jid = (text: string | undefined): Jid | undefined => (text === undefined ? undefined : parseJid(text))

test('RFC 6120 §8.2.3: the result answers the request with its id', async () => {
  using scene = await online()
  const answer = scene.client.iq.get(QUERY, { to: 'example.net' })
  const { id } = scene.stream.last.attributes
  expect(scene.stream.last.attributes).toEqual({ to: 'example.net', id, type: 'get' })
  scene.stream.receive(`<iq type='result' from='example.net' id='${id}'><answer xmlns='urn:example'/></iq>`)
  expect((await answer)?.name).toBe('answer')
  const empty = scene.client.iq.set(QUERY)
  scene.stream.receive(`<iq type='result' id='${scene.stream.last.attributes.id}'/>`)
  expect(await empty).toBeUndefined()
})

test('ids are random, 144 bits, and never repeat', async () => {
  using scene = await online()
  const ids = new Set<string | undefined>()
  for (let count = 0; count < 100; count++) {
    scene.client.iq.get(QUERY).catch(() => undefined)
    ids.add(scene.stream.last.attributes.id)
  }
  expect(ids.size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[\w-]{24}$/)
})

test('an error is a StanzaError', async () => {
  using scene = await online()
  const answer = rejection(scene.client.iq.get(QUERY, { to: 'example.net' }))
  scene.stream.receive(
    `<iq type='error' from='example.net' id='${scene.stream.last.attributes.id}'><error type='cancel'>
      <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  const error = await answer
  expect(error).toBeInstanceOf(StanzaError)
  expect(error).toMatchObject({ condition: 'item-not-found', type: 'cancel' })
})

test('RFC 6120 §8.1.2.1: an answer from somebody else is not the answer', async () => {
  using scene = await online()
  const answer = scene.client.iq.get(QUERY, { to: 'example.net' })
  const { id } = scene.stream.last.attributes
  for (const from of ["from='romeo@evil.example'", "from='evil.example'", '', "from='example.net/x'"])
    scene.stream.receive(`<iq type='result' ${from} id='${id}'><forged xmlns='urn:example'/></iq>`)
  expect(scene.client.counters.spoofedReplies).toBe(4)
  scene.stream.receive(`<iq type='result' from='example.net' id='${id}'><true xmlns='urn:example'/></iq>`)
  expect((await answer)?.name).toBe('true')
})

test.each([
  // RFC 6120 §8.1.2.1 rule 3: for the account the server leaves `from` out or gives the bare JID.
  [undefined, undefined, true],
  [undefined, 'juliet@example.com', true],
  [undefined, 'juliet@example.com/balcony', true],
  [undefined, 'example.com', true],
  [undefined, 'juliet@example.com/other', false],
  [undefined, 'romeo@example.com', false],
  [undefined, 'example.net', false],
  ['juliet@example.com', undefined, true],
  ['juliet@example.com', 'romeo@example.com', false],
  ['example.com', 'example.com', true],
  ['example.com', undefined, true],
  ['example.com', 'conference.example.com', false],
  ['conference.example.com', 'example.com', false],
  ['conference.example.com', undefined, false],
  ['romeo@example.net/orchard', 'romeo@example.net/orchard', true],
  ['romeo@example.net/orchard', 'romeo@example.net', false],
  ['romeo@example.net', 'romeo@example.net/orchard', false],
  ['ROMEO@example.net', 'romeo@EXAMPLE.net', true],
] as const)('a request to %s may be answered by %s: %s', (to, from, allowed) => {
  expect(mayAnswer(jid(from), jid(to), parseJid('juliet@example.com/balcony'))).toBe(allowed)
})

test('no answer in time: timeout; what comes later is counted, not delivered', async () => {
  using scene = await online({ keepalive: false })
  const answer = rejection(scene.client.iq.get(QUERY, { timeoutMs: 5_000 }))
  const { id } = scene.stream.last.attributes
  scene.environment.advance(5_000)
  expect(await answer).toMatchObject({ name: 'ClientError', code: 'timeout' })
  scene.stream.receive(`<iq type='result' id='${id}'/>`)
  expect(scene.client.counters.lateReplies).toBe(1)
  expect(scene.environment.pendingTimers).toBe(0)
})

test('an answer leaves neither timer nor listener', async () => {
  using scene = await online({ keepalive: false })
  const { signal } = new AbortController()
  const added: unknown[] = []
  const removed: unknown[] = []
  const watched: AbortSignal = Object.assign(Object.create(AbortSignal.prototype) as AbortSignal, {})
  Object.defineProperties(watched, {
    aborted: { get: () => signal.aborted },
    addEventListener: { value: (_type: string, listener: unknown) => added.push(listener) },
    removeEventListener: { value: (_type: string, listener: unknown) => removed.push(listener) },
  })
  const answer = scene.client.iq.get(QUERY, { signal: watched })
  scene.stream.receive(`<iq type='result' id='${scene.stream.last.attributes.id}'/>`)
  await answer
  expect(removed).toEqual(added)
  expect(added).toHaveLength(1)
  expect(scene.environment.pendingTimers).toBe(0)
})

test('a signal ends the waiting, also one that has fired already', async () => {
  using scene = await online({ keepalive: false })
  const controller = new AbortController()
  const answer = rejection(scene.client.iq.get(QUERY, { signal: controller.signal }))
  controller.abort('changed my mind')
  expect(await answer).toMatchObject({ code: 'aborted', cause: 'changed my mind' })
  const { length } = scene.stream.sent
  expect(await rejection(scene.client.iq.get(QUERY, { signal: controller.signal }))).toMatchObject({ code: 'aborted' })
  expect(scene.stream.sent).toHaveLength(length)
  expect(scene.environment.pendingTimers).toBe(0)
})

test('requests end with the connection, at once', async () => {
  using scene = await online()
  const answers = [rejection(scene.client.iq.get(QUERY)), rejection(scene.client.iq.set(QUERY))]
  scene.stream.lose()
  for (const error of await Promise.all(answers)) expect(error).toMatchObject({ code: 'disconnected' })
  expect(await rejection(scene.client.iq.get(QUERY))).toMatchObject({ code: 'disconnected' })
})

test('requests end with the client', async () => {
  const scene = await online()
  const answer = rejection(scene.client.iq.get(QUERY))
  await scene.client.close()
  expect(await answer).toMatchObject({ code: 'closed' })
  expect(scene.environment.pendingTimers).toBe(0)
})

test('an address that is none is a rejection', async () => {
  using scene = await online()
  expect(await rejection(scene.client.iq.get(QUERY, { to: '@' }))).toMatchObject({ name: 'JidError' })
})

test('RFC 6120 §8.4: a request nobody handles is answered with service-unavailable', async () => {
  using scene = await online()
  scene.stream.receive(`<iq type='get' from='romeo@example.net/orchard' id='1'><query xmlns='urn:example'/></iq>`)
  expect(scene.stream.last.attributes).toEqual({ to: 'romeo@example.net/orchard', id: '1', type: 'error' })
  expect(StanzaError.fromElement(scene.stream.last)).toMatchObject({ condition: 'service-unavailable', type: 'cancel' })
})

test('a handler answers: at once, later, with an error, and not at all after it was taken out', async () => {
  using scene = await online()
  const answers = [QUERY, Promise.resolve(undefined), new StanzaError('forbidden'), new TypeError('a fault in here')]
  const remove = scene.client.iq.handle('get', 'urn:example', 'query', () => {
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  })
  const ask = async (id: number) => {
    scene.stream.receive(`<iq type='get' from='romeo@example.net/orchard' id='${id}'><query xmlns='urn:example'/></iq>`)
    await settled()
    return scene.stream.last
  }
  expect((await ask(1)).child()?.is('query', 'urn:example')).toBe(true)
  expect((await ask(2)).attributes).toEqual({ to: 'romeo@example.net/orchard', id: '2', type: 'result' })
  expect(StanzaError.fromElement(await ask(3)).condition).toBe('forbidden')
  const refused = StanzaError.fromElement(await ask(4))
  expect(refused.condition).toBe('internal-server-error')
  expect(scene.stream.last.toString()).not.toContain('a fault in here')
  expect(() => scene.client.iq.handle('get', 'urn:example', 'query', () => undefined)).toThrow(RangeError)
  remove()
  expect(StanzaError.fromElement(await ask(5)).condition).toBe('service-unavailable')
})

test('RFC 6120 §8.2.3: a request with two payloads is answered with bad-request; nonsense is counted', async () => {
  using scene = await online()
  scene.stream.receive(`<iq type='get' from='romeo@example.net' id='1'><a xmlns='x'/><b xmlns='x'/></iq>`)
  expect(StanzaError.fromElement(scene.stream.last).condition).toBe('bad-request')
  const { length } = scene.stream.sent
  scene.stream.receive(`<iq type='strange' from='romeo@example.net' id='1'/>`)
  scene.stream.receive(`<iq type='result' from='romeo@example.net'/>`)
  scene.stream.receive(`<iq type='get' from='@' id='1'><a xmlns='x'/></iq>`)
  scene.stream.receive(`<presence type='strange'/>`)
  expect(scene.stream.sent).toHaveLength(length)
  expect(scene.client.counters.malformedStanzas).toBe(5)
  scene.stream.receive(`<unknown/>`)
  expect(scene.client.counters.unknownElements).toBe(1)
})
