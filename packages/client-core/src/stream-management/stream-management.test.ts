import { message, presence as presenceElement } from '@parlour/stanza'
import { failed, SM_FEATURE } from '@parlour/stream-management'
import { type Element, el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { FEATURES, rejection, Scene, settled } from '../../test/fake-streams.ts'
import { type ClientOptions, presence, roster, type SessionWish, type StreamAgreement } from '../index.ts'

const SM = FEATURES.withChildren([SM_FEATURE])
const ENABLED = "<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true' max='300' location='node1.example.com:5222'/>"
const ROMEO = 'romeo@example.net'

/** A scene whose server enabled stream management. */
async function managed(options: Partial<ClientOptions> = {}, enabled = ENABLED): Promise<Scene> {
  const scene = new Scene({ keepalive: false, ...options }, [], SM)
  await scene.client.online()
  scene.stream.receiveNonza(enabled)
  return scene
}

/** The connection is lost; the next stream comes as the test says. */
async function reconnected(scene: Scene, agreement: Partial<StreamAgreement>): Promise<SessionWish | undefined> {
  scene.agreement = agreement
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  await settled()
  return scene.wishes.at(-1)
}

const resumed = (h: number): Partial<StreamAgreement> => ({ resumption: { type: 'resumed', h } })
const refused = (h?: number): Partial<StreamAgreement> => ({
  resumption: { type: 'failed', failure: { condition: 'item-not-found', h } },
})
const text = (sent: Element | string) => String(sent)
const bodies = (sent: readonly (Element | string)[]) =>
  sent.flatMap((each) => [...text(each).matchAll(/<body>(.*?)<\/body>/g)].map(([, body]) => body))
const say = (body: string) => message({ to: ROMEO, type: 'chat', body })

test('XEP-0198 §3: it is enabled with resumption at once, where the server offers it', async () => {
  using scene = await managed()
  expect(scene.stream.sent.map(text)).toEqual(["<enable xmlns='urn:xmpp:sm:3' resume='true'/>"])
})

test.each([
  ['not offered', {}, FEATURES],
  ['switched off', { streamManagement: false }, SM],
] as const)('XEP-0198 §3: %s, nothing is asked and elements of it are unknown ones', async (_, options, features) => {
  using scene = new Scene({ keepalive: false, ...options }, [], features)
  await scene.client.online()
  await scene.client.send(say('one'))
  scene.stream.receiveNonza("<r xmlns='urn:xmpp:sm:3'/>")
  expect(scene.stream.sent.map(text)).toEqual([say('one').toString()])
  expect(scene.client.counters.unknownElements).toBe(1)
})

test('XEP-0198 §4: h counts the stanzas that the program was given, and nothing else', async () => {
  using scene = await managed()
  const counts: number[] = []
  scene.client.stanzas(() => counts.push(scene.stream.sent.length))
  scene.stream.receive("<message from='romeo@example.net'><body>1</body></message>")
  scene.stream.receive("<presence from='@'/>")
  scene.stream.receiveNonza("<csi xmlns='urn:example'/>")
  scene.stream.receive("<iq type='get' id='1' from='example.com'><ping xmlns='urn:xmpp:ping'/></iq>")
  scene.stream.receiveNonza("<r xmlns='urn:xmpp:sm:3'/>")
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<a xmlns='urn:xmpp:sm:3' h='3'/>")
  expect(counts.length).toBe(2)
})

test('XEP-0198 §8.2: an acknowledgement is asked for after 10 stanzas, or when nothing follows', async () => {
  using scene = await managed()
  for (let n = 0; n < 12; n++) await scene.client.send(say(String(n)))
  expect(scene.stream.sent.map(text).filter((sent) => sent.endsWith("<r xmlns='urn:xmpp:sm:3'/>")).length).toBe(1)
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='10'/>")
  scene.environment.advance(249)
  const before = scene.stream.sent.length
  scene.environment.advance(1)
  expect(scene.stream.sent.slice(before).map(text)).toEqual(["<r xmlns='urn:xmpp:sm:3'/>"])
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='12'/>")
  expect(scene.environment.pendingTimers).toBe(0)
})

test('sendAcknowledged resolves when the server has handled the stanza (XEP-0198 §4), which it is asked at once', async () => {
  using scene = await managed()
  const done: string[] = []
  for (const body of ['1', '2', '3']) void scene.client.sendAcknowledged(say(body)).then(() => done.push(body))
  await settled()
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<r xmlns='urn:xmpp:sm:3'/>")
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='2'/>")
  await settled()
  expect(done).toEqual(['1', '2'])
  // The one that is left is asked for again.
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<r xmlns='urn:xmpp:sm:3'/>")
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='3'/>")
  await settled()
  expect(done).toEqual(['1', '2', '3'])
})

test('sendAcknowledged: timeout, abort, and a client that is closed before', async () => {
  const scene = await managed()
  const controller = new AbortController()
  const waits = [
    rejection(scene.client.sendAcknowledged(say('1'), { timeoutMs: 5_000 })),
    rejection(scene.client.sendAcknowledged(say('2'), { signal: controller.signal })),
    rejection(scene.client.sendAcknowledged(say('3'))),
  ]
  scene.environment.advance(5_000)
  controller.abort()
  await scene.client.close()
  expect(await Promise.all(waits)).toMatchObject([
    { code: 'timeout' },
    { code: 'aborted' },
    { code: 'not-acknowledged' },
  ])
  expect(await rejection(scene.client.sendAcknowledged(say('4')))).toMatchObject({ code: 'closed' })
})

test('RFC 6120 §10.1: without stream management the answer to a ping tells that the server has handled the stanza', async () => {
  using scene = new Scene({ keepalive: false })
  await scene.client.online()
  const sent = scene.client.sendAcknowledged(say('1'))
  await settled()
  expect(scene.stream.sent.length).toBe(2)
  const { id } = scene.stream.last.attributes
  scene.stream.receive(`<iq type='error' id='${id}' from='example.com'><error type='cancel'>
    <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`)
  await sent
  const lost = rejection(scene.client.sendAcknowledged(say('2')))
  await settled()
  scene.stream.lose()
  expect(await lost).toMatchObject({ code: 'not-acknowledged' })
})

test('XEP-0198 §5: a session goes on: counters carried over, what is not handled sent again, in order', async () => {
  using scene = await managed()
  scene.stream.receive("<message from='romeo@example.net'><body>hi</body></message>")
  const acknowledged: string[] = []
  for (const body of ['1', '2']) void scene.client.sendAcknowledged(say(body)).then(() => acknowledged.push(body))
  await scene.client.send(say('3'))
  const states: object[] = []
  scene.client.onState((state) => states.push(state))
  const wish = await reconnected(scene, resumed(1))
  expect(wish?.resume).toMatchObject({ previd: 's1', h: 1, location: 'node1.example.com:5222' })
  expect(wish?.resume?.jid.resource).toBe('balcony-0')
  expect(states).toMatchObject([
    { status: 'waiting', resumable: true },
    { status: 'connecting' },
    { status: 'online', resumed: true, jid: wish?.resume?.jid },
  ])
  expect(acknowledged).toEqual(['1'])
  expect(bodies(scene.stream.sent)).toEqual(['2', '3'])
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<r xmlns='urn:xmpp:sm:3'/>")
  await scene.client.send(say('4'))
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='4'/>")
  await settled()
  expect(acknowledged).toEqual(['1', '2'])
  scene.stream.receive("<message from='romeo@example.net'><body>again</body></message>")
  scene.stream.receiveNonza("<r xmlns='urn:xmpp:sm:3'/>")
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<a xmlns='urn:xmpp:sm:3' h='2'/>")
})

test('XEP-0198 §5: requests keep waiting over a resumption; no roster is asked for, no presence sent, nobody forgotten', async () => {
  using scene = await managed()
  const contacts = scene.client.use(roster)
  const loading = contacts.load()
  const id = /id='([^']+)'/.exec(text(scene.stream.sent.at(-1) ?? ''))?.[1]
  const availability = scene.client.use(presence)
  await availability.send()
  scene.stream.receive("<presence from='romeo@example.net/orchard'/>")
  await reconnected(scene, resumed(2))
  expect(scene.stream.sent).toEqual([])
  expect(availability.best(ROMEO)?.from?.resource).toBe('orchard')
  scene.stream.receive(
    `<iq type='result' id='${id}'><query xmlns='jabber:iq:roster'><item jid='${ROMEO}'/></query></iq>`,
  )
  expect([...(await loading).keys()]).toEqual([ROMEO])
})

test('what is given while the connection is lost waits for the next one; send and requests are refused', async () => {
  using scene = await managed()
  let answer: (value: undefined) => void = () => undefined
  scene.client.iq.handle('get', 'urn:x', 'slow', () => new Promise((resolve) => (answer = resolve)))
  scene.stream.receive("<iq type='get' id='q' from='romeo@example.net/o'><slow xmlns='urn:x'/></iq>")
  scene.stream.lose()
  const waiting = scene.client.sendAcknowledged(say('while away'))
  answer(undefined)
  await settled()
  expect(await rejection(scene.client.send(say('no')))).toMatchObject({ code: 'disconnected' })
  expect(await rejection(scene.client.iq.get(el('query', 'jabber:iq:roster')))).toMatchObject({ code: 'disconnected' })
  scene.agreement = resumed(0)
  scene.environment.advance(1_000)
  await scene.client.online()
  expect(bodies(scene.stream.sent)).toEqual(['while away'])
  expect(scene.stream.sent.map(text).some((sent) => /<iq [^>]*id='q'/.test(sent))).toBe(true)
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='2'/>")
  await waiting
})

test('XEP-0198 §5: a session that is lost: the h of <failed/> counts; messages are sent again with their time, in order', async () => {
  using scene = await managed()
  const outcomes: string[] = []
  const note = (name: string, sent: Promise<void>) =>
    void sent.then(
      () => outcomes.push(name),
      ({ code }) => outcomes.push(`${name} ${code}`),
    )
  note('handled', scene.client.sendAcknowledged(say('1')))
  note('again', scene.client.sendAcknowledged(say('2')))
  note('available', scene.client.sendAcknowledged(presenceElement({ show: 'away' })))
  note('subscribe', scene.client.sendAcknowledged(presenceElement({ type: 'subscribe', to: ROMEO })))
  const request = rejection(scene.client.iq.get(el('query', 'jabber:iq:roster')))
  const at = new Date(scene.environment.now()).toISOString()
  await reconnected(scene, refused(1))
  expect(scene.client.state).toMatchObject({ status: 'online', resumed: false })
  expect(await request).toMatchObject({ code: 'disconnected' })
  expect(outcomes).toEqual(['handled', 'available not-acknowledged'])
  const sent = scene.stream.sent.map(text)
  expect(sent[0]).toBe("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
  expect(sent[1]).toContain(`<body>2</body><delay xmlns='urn:xmpp:delay' stamp='${at}'/>`)
  expect(sent[2]).toContain("type='subscribe'/>")
  scene.stream.receiveNonza(ENABLED)
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='2'/>")
  await settled()
  expect(outcomes).toEqual(['handled', 'available not-acknowledged', 'again', 'subscribe'])
})

test('XEP-0198 §5: who was available is forgotten, and presence sent anew, once the session is known to be lost', async () => {
  using scene = await managed()
  const availability = scene.client.use(presence)
  await availability.send({ show: 'dnd' })
  scene.stream.receive("<presence from='romeo@example.net/orchard'/>")
  scene.stream.lose()
  expect(availability.of(ROMEO).size).toBe(1)
  await reconnected(scene, refused())
  expect(availability.of(ROMEO).size).toBe(0)
  expect(scene.stream.sent.map(text).some((sent) => sent.includes('<show>dnd</show>'))).toBe(true)
})

test('XEP-0198 §3: without resumption, what is not acknowledged is sent again in the next session', async () => {
  using scene = await managed({}, "<enabled xmlns='urn:xmpp:sm:3'/>")
  await scene.client.send(say('1'))
  const states: object[] = []
  scene.client.onState((state) => states.push(state))
  const wish = await reconnected(scene, {})
  expect(wish?.resume).toBeUndefined()
  expect(states[0]).toMatchObject({ status: 'waiting', resumable: false })
  expect(bodies(scene.stream.sent)).toEqual(['1'])
})

test('XEP-0198 §6: <failed/> to <enable/>: the stream lives on without', async () => {
  using scene = new Scene({ keepalive: false }, [], SM)
  await scene.client.online()
  const sent = rejection(scene.client.sendAcknowledged(say('1')))
  scene.stream.receiveNonza(failed({ condition: 'internal-server-error' }).toString())
  expect(await sent).toMatchObject({ code: 'not-acknowledged' })
  await scene.client.send(say('2'))
  expect(scene.stream.last.childText('body')).toBe('2')
  expect(scene.environment.pendingTimers).toBe(0)
})

test('XEP-0198 §6: a count higher than what was sent ends the stream; another session begins', async () => {
  using scene = await managed()
  await scene.client.send(say('1'))
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='5'/>")
  await settled()
  expect(text(scene.stream.sent.at(-1) ?? '')).toContain(
    "handled-count-too-high xmlns='urn:xmpp:sm:3' h='5' send-count='1'",
  )
  expect(scene.streams[0]?.closed).toBe(true)
  expect(scene.client.state).toMatchObject({ status: 'waiting', resumable: false })
  scene.environment.advance(1_000)
  await scene.client.online()
  expect(scene.wishes.at(-1)?.resume).toBeUndefined()
  expect(bodies(scene.stream.sent)).toEqual(['1'])
})

test('who is asked and does not answer is dead after 20 s; anything at all is a sign of life', async () => {
  using scene = await managed()
  await scene.client.send(say('1'))
  scene.environment.advance(250)
  scene.environment.advance(10_000)
  scene.stream.receive("<presence from='romeo@example.net/orchard'/>")
  scene.environment.advance(10_000)
  expect(scene.client.state.status).toBe('online')
  scene.environment.advance(20_000)
  expect(scene.client.state).toMatchObject({ status: 'waiting', error: { code: 'keepalive-timeout' }, resumable: true })
  expect(scene.streams[0]?.destroyed).toBe(true)
})

test('XEP-0198 §8.2: keepalive asks for an acknowledgement in place of a ping', async () => {
  using scene = await managed({ keepalive: {} })
  scene.environment.advance(60_000)
  scene.environment.advance(60_000)
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<r xmlns='urn:xmpp:sm:3'/>")
  scene.environment.advance(20_000)
  expect(scene.client.state).toMatchObject({ error: { code: 'keepalive-timeout' } })
})

test('at most so many wait for acknowledgement; beyond it, overflow', async () => {
  using scene = await managed({ streamManagement: { maximumUnacknowledgedStanzas: 3 } })
  for (const body of ['1', '2', '3']) await scene.client.send(say(body))
  expect(await rejection(scene.client.send(say('4')))).toMatchObject({ code: 'overflow' })
  expect(text(scene.stream.sent.at(-1) ?? '')).toBe("<r xmlns='urn:xmpp:sm:3'/>")
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='1'/>")
  await scene.client.send(say('4'))
  expect(bodies(scene.stream.sent)).toEqual(['1', '2', '3', '4'])
})

test('XEP-0198 §4: what was handled is acknowledged before the stream is closed in order', async () => {
  const scene = await managed()
  scene.stream.receive("<message from='romeo@example.net'><body>hi</body></message>")
  await scene.client.close()
  expect(scene.stream.sent.map(text).at(-1)).toBe("<a xmlns='urn:xmpp:sm:3' h='1'/>")
  expect(scene.environment.pendingTimers).toBe(0)
})
