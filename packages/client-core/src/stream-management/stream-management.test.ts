import { failed } from '@parlour/stream-management'
import { expect, test } from 'vitest'
import { FEATURES, rejection, Scene, settled } from '../../test/fake-streams.ts'
import { bodies, managed, SM, say, text } from './stream-management.fixture.ts'

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
