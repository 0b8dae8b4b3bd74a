import { parseJid } from '@parlour/jid'
import { readStanza } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { online, settled } from '../../test/fake-streams.ts'
import { presence, roster, type SubscriptionRequest } from '../index.ts'
import { PresenceDirectory } from './directory.ts'

test('RFC 6121 §4.2, §4.4: own presence is sent, and sent again after a reconnection, after the roster', async () => {
  using scene = await online()
  // In this order on purpose: the roster comes first all the same (RFC 6121 §2.2).
  const availability = scene.client.use(presence)
  scene.client
    .use(roster)
    .load()
    .catch(() => undefined)
  await availability.send({ show: 'away', status: 'at lunch', priority: 5 })
  const sent = scene.stream.last.toString()
  expect(sent).toBe(
    "<presence xmlns='jabber:client'><show>away</show><status>at lunch</status><priority>5</priority></presence>",
  )
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  await settled()
  expect(scene.stream.sent.map((element) => (typeof element === 'string' ? element : element.name))).toEqual([
    'iq',
    'presence',
  ])
  expect(scene.stream.last.toString()).toBe(sent)
})

test('RFC 6121 §4.5: who became unavailable stays so after a reconnection', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  await availability.send()
  await availability.sendUnavailable('good night')
  expect(scene.stream.last.attributes).toEqual({ type: 'unavailable' })
  expect(availability.own).toBeUndefined()
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  await settled()
  expect(scene.stream.sent).toEqual([])
})

test('RFC 6121 §4.6: directed presence changes nothing for the others', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  await availability.send({ show: 'chat' }, 'room@muc.example.com/nick')
  expect(scene.stream.last.attributes).toEqual({ to: 'room@muc.example.com/nick' })
  await availability.sendUnavailable(undefined, 'room@muc.example.com/nick')
  expect(scene.stream.last.attributes).toEqual({ type: 'unavailable', to: 'room@muc.example.com/nick' })
  expect(availability.own).toBeUndefined()
})

test('contacts by resource; the best has the highest priority', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  const changes: string[] = []
  availability.onChange(({ jid, presence: now }) => changes.push(`${jid} ${now ? (now.show ?? 'available') : 'gone'}`))
  scene.stream.receive("<presence from='romeo@example.net/orchard'><priority>1</priority></presence>")
  scene.stream.receive("<presence from='romeo@example.net/home'><show>dnd</show><priority>7</priority></presence>")
  expect([...availability.of('romeo@example.net').keys()]).toEqual(['orchard', 'home'])
  expect(availability.best('romeo@example.net/any')?.show).toBe('dnd')
  scene.stream.receive("<presence from='romeo@example.net/home' type='unavailable'/>")
  expect(availability.best(parseJid('romeo@example.net'))?.from?.resource).toBe('orchard')
  scene.stream.receive("<presence from='romeo@example.net/never' type='unavailable'/>")
  expect(changes).toEqual([
    'romeo@example.net/orchard available',
    'romeo@example.net/home dnd',
    'romeo@example.net/home gone',
  ])
})

test('nobody is known to be available once the connection is lost', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  scene.stream.receive("<presence from='romeo@example.net/orchard'/>")
  const gone: string[] = []
  availability.onChange(({ jid }) => gone.push(jid.toString()))
  scene.stream.lose()
  expect(gone).toEqual(['romeo@example.net/orchard'])
  expect(availability.of('romeo@example.net').size).toBe(0)
})

test('RFC 6121 §3.1.3: requests are events, and wait until they are answered', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  const asked: SubscriptionRequest[] = []
  availability.onRequest((request) => asked.push(request))
  for (let time = 0; time < 2; time++)
    scene.stream.receive("<presence type='subscribe' from='romeo@example.net'><status>It is I</status></presence>")
  scene.stream.receive("<presence type='subscribe' from='paris@example.com'/>")
  expect(asked.map(({ from, status }) => [from.toString(), status])).toEqual([
    ['romeo@example.net', 'It is I'],
    ['romeo@example.net', 'It is I'],
    ['paris@example.com', undefined],
  ])
  expect(availability.requests.size).toBe(2)
  await scene.client.use(roster).approve('romeo@example.net')
  await scene.client.use(roster).deny('paris@example.com')
  expect(availability.requests.size).toBe(0)
})

test('at most 1 000 requests are remembered', async () => {
  using scene = await online()
  const availability = scene.client.use(presence)
  for (let i = 0; i <= 1_000; i++) scene.stream.receive(`<presence type='subscribe' from='u${i}@spam.example'/>`)
  expect(availability.requests.size).toBe(1_000)
  expect(availability.requests.has('u0@spam.example')).toBe(false)
})

test('the directory is bounded, and counts right', () => {
  const directory = new PresenceDirectory(2)
  const take = (xml: string) => {
    const stanza = readStanza(parseXml(xml.replace('<presence', "<presence xmlns='jabber:client'")))
    return stanza.kind === 'presence' && stanza.from ? directory.take(stanza.from, stanza) : undefined
  }
  take("<presence from='a@x/1'/>")
  take("<presence from='a@x/2'/>")
  expect(take("<presence from='b@x/1'/>")).toBeUndefined()
  expect(take("<presence from='a@x/1'><show>xa</show></presence>")).toBeDefined()
  expect(take("<presence from='a@x' type='unavailable'/>")).toMatchObject({ presence: undefined })
  expect(take("<presence from='b@x/1'/>")).toBeDefined()
  expect(directory.clear().map(({ jid }) => jid.toString())).toEqual(['b@x/1'])
})
