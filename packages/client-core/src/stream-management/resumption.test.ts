import { presence as presenceElement } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { rejection, settled } from '../../test/fake-streams.ts'
import { presence, roster } from '../index.ts'
import {
  bodies,
  ENABLED,
  managed,
  ROMEO,
  reconnected,
  refused,
  resumed,
  say,
  text,
} from './stream-management.fixture.ts'

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

test('own presence that does not fit behind what is sent again is not sent, and nothing else happens', async () => {
  using scene = await managed({ streamManagement: { maximumUnacknowledgedStanzas: 1 } })
  await scene.client.use(presence).send({ show: 'away' })
  scene.stream.receiveNonza("<a xmlns='urn:xmpp:sm:3' h='1'/>")
  await scene.client.send(say('one'))
  await reconnected(scene, refused(1))
  expect(bodies(scene.stream.sent)).toEqual(['one'])
  expect(scene.client.state.status).toBe('online')
})
