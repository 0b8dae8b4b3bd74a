import { newItem } from '@parlour/roster'
import { StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test, vi } from 'vitest'
import { FEATURES, online, rejection, Scene, settled } from '../../test/fake-streams.ts'
import { type CachedRoster, roster, rosterWith } from '../index.ts'

const ROMEO = `<item jid='romeo@example.net' name='Romeo' subscription='both'><group>Friends</group></item>`

function answer(scene: Scene, query: string): void {
  scene.stream.receive(`<iq type='result' id='${scene.stream.last.attributes.id}'>${query}</iq>`)
}

const query = (items: string, ver = '') => `<query xmlns='jabber:iq:roster' ${ver}>${items}</query>`

async function loaded(): Promise<Scene> {
  const scene = await online()
  const loading = scene.client.use(roster).load()
  answer(scene, query(ROMEO))
  await loading
  return scene
}

test('RFC 6121 §2.1.3: the roster is asked for and read', async () => {
  using scene = await online()
  const contacts = scene.client.use(roster)
  const loading = contacts.load()
  expect(scene.stream.last.child()?.toString()).toBe("<query xmlns='jabber:iq:roster'/>")
  answer(scene, query(`${ROMEO}<item jid='@' subscription='both'/><item jid='Nurse@example.com' ask='subscribe'/>`))
  const items = await loading
  expect([...items.keys()]).toEqual(['romeo@example.net', 'nurse@example.com'])
  expect(items.get('romeo@example.net')).toMatchObject({ name: 'Romeo', subscription: 'both', groups: ['Friends'] })
  expect(items.get('nurse@example.com')).toMatchObject({ ask: true, subscription: 'none' })
})

test('RFC 6121 §2.1.6: a push of the own server is taken and answered', async () => {
  using scene = await loaded()
  const events: string[] = []
  const contacts = scene.client.use(roster)
  contacts.onChange((event) => events.push(event.type))
  scene.stream.receive(`<iq type='set' id='p1'>${query("<item jid='nurse@example.com'/>")}</iq>`)
  expect(scene.stream.last.attributes).toEqual({ id: 'p1', type: 'result' })
  scene.stream.receive(
    `<iq type='set' id='p2' from='juliet@example.com'>${query("<item jid='romeo@example.net' subscription='remove'/>")}</iq>`,
  )
  expect(events).toEqual(['updated', 'removed'])
  expect([...contacts.items.keys()]).toEqual(['nurse@example.com'])
  expect(contacts.refusedPushes).toBe(0)
})

test.each(['romeo@evil.example', 'romeo@example.com', 'example.com', 'juliet@example.com/other'])(
  'RFC 6121 §2.1.6: a push from %s is ignored',
  async (from) => {
    using scene = await loaded()
    const contacts = scene.client.use(roster)
    scene.stream.receive(
      `<iq type='set' id='p' from='${from}'>${query("<item jid='mallory@evil.example' subscription='both'/>")}</iq>`,
    )
    expect([...contacts.items.keys()]).toEqual(['romeo@example.net'])
    expect(contacts.refusedPushes).toBe(1)
    expect(StanzaError.fromElement(scene.stream.last).condition).toBe('service-unavailable')
  },
)

test('RFC 6121 §2.3, §2.4: set sends name and groups, and keeps what is not named', async () => {
  using scene = await loaded()
  const contacts = scene.client.use(roster)
  const adding = contacts.set('Nurse@Example.com/x', { name: 'Nurse', groups: ['Servants'] })
  expect(scene.stream.last.child()?.toString()).toBe(
    "<query xmlns='jabber:iq:roster'><item jid='nurse@example.com' name='Nurse'><group>Servants</group></item></query>",
  )
  answer(scene, '')
  await adding
  const renaming = contacts.set('romeo@example.net', { name: 'R.' })
  expect(scene.stream.last.child()?.child()?.toString()).toContain("name='R.'><group>Friends</group>")
  answer(scene, '')
  await renaming
})

test('RFC 6121 §2.5: remove; an error of the server is a StanzaError', async () => {
  using scene = await loaded()
  const removing = rejection(scene.client.use(roster).remove('nobody@example.com'))
  expect(scene.stream.last.child()?.child()?.attributes).toEqual({ jid: 'nobody@example.com', subscription: 'remove' })
  scene.stream.receive(
    `<iq type='error' id='${scene.stream.last.attributes.id}'><error type='cancel'>
     <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
  )
  expect(await removing).toMatchObject({ condition: 'item-not-found' })
})

test.each([
  ['subscribe', 'subscribe', 'RFC 6121 §3.1.1'],
  ['approve', 'subscribed', 'RFC 6121 §3.1.4, §3.4'],
  ['deny', 'unsubscribed', 'RFC 6121 §3.2'],
  ['unsubscribe', 'unsubscribe', 'RFC 6121 §3.3'],
] as const)('%s sends <presence type="%s"/> to the bare JID (%s)', async (method, type, _clause) => {
  using scene = await online()
  await scene.client.use(roster)[method]('romeo@example.net/orchard')
  expect(scene.stream.last.attributes).toEqual({ type, to: 'romeo@example.net' })
})

test('a roster that was asked for once is asked for again after a reconnection', async () => {
  using scene = await loaded()
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  expect(scene.stream.last.child()?.is('query', 'jabber:iq:roster')).toBe(true)
  answer(scene, query(''))
  await settled()
  expect(scene.client.use(roster).items.size).toBe(0)
})

test('a connection that goes again while the roster is asked for does no harm', async () => {
  using scene = await loaded()
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  scene.stream.lose()
  await settled()
  expect(scene.client.state.status).toBe('waiting')
})

const VERSIONING = FEATURES.withChildren([el('ver', 'urn:xmpp:features:rosterver')])

test('RFC 6121 §2.6.2: the version is sent if the server knows versions, empty at first', async () => {
  const scene = new Scene({}, [], VERSIONING)
  await scene.client.online()
  const contacts = scene.client.use(roster)
  const loading = contacts.load()
  expect(scene.stream.last.child()?.attributes).toEqual({ ver: '' })
  answer(scene, query(ROMEO, "ver='v1'"))
  await loading
  scene.stream.receive(`<iq type='set' id='p'>${query("<item jid='nurse@example.com'/>", "ver='v2'")}</iq>`)
  expect(contacts.version).toBe('v2')
  const again = contacts.load()
  expect(scene.stream.last.child()?.attributes).toEqual({ ver: 'v2' })
  answer(scene, '')
  // RFC 6121 §2.6.3: an empty result means that nothing has changed.
  expect([...(await again).keys()]).toEqual(['romeo@example.net', 'nurse@example.com'])
  await scene.client.close()
})

test('RFC 6121 §2.6: a roster kept between sessions is used, and kept current', async () => {
  const scene = new Scene({}, [], VERSIONING)
  await scene.client.online()
  const load = vi.fn(async (): Promise<CachedRoster> => ({ version: 'v7', items: [newItem('romeo@example.net')] }))
  const save = vi.fn(async () => undefined)
  const contacts = scene.client.use(rosterWith({ cache: { load, save } }))
  expect(scene.client.use(roster)).toBe(contacts)
  const loading = contacts.load()
  await settled()
  expect(scene.stream.last.child()?.attributes).toEqual({ ver: 'v7' })
  answer(scene, '')
  expect([...(await loading).keys()]).toEqual(['romeo@example.net'])
  expect(save).not.toHaveBeenCalled()
  scene.stream.receive(`<iq type='set' id='p'>${query("<item jid='nurse@example.com'/>", "ver='v8'")}</iq>`)
  expect(save.mock.lastCall).toMatchObject([
    { local: 'juliet' },
    { version: 'v8', items: [{}, { jid: 'nurse@example.com' }] },
  ])
  await scene.client.close()
})
