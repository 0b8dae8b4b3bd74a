/** XEP-0227: what the built-in modules hold of an account, exported and imported. */
import { parseJid } from '@parlour/jid'
import { CONTAINERS, PortableDataReader, PortableDataWriter, type PortableEvent } from '@parlour/portable-data'
import { exportAccount, PortableImport } from '@parlour/server-core'
import { describe, expect, test } from 'vitest'
import { blockingServer } from './blocking/server.ts'
import { clientStateIndicationServer } from './client-state-indication/server.ts'
import { commandsServer } from './commands/server.ts'
import { discoServer } from './disco/server.ts'
import { displayedSynchronizationServer } from './displayed-synchronization/server.ts'
import { offlineServer } from './offline/server.ts'
import { privateXmlServer } from './private-xml/server.ts'
import { pushServer } from './push/server.ts'
import { Scene, settled } from './scene.fixture.ts'
import { vcardServer } from './vcard/server.ts'

const MODULES = [
  ...[discoServer, commandsServer, clientStateIndicationServer],
  ...[displayedSynchronizationServer, blockingServer, offlineServer, privateXmlServer, vcardServer, pushServer],
]
const JULIET = 'juliet@example.com'
const open = (accounts: readonly string[] = [], settings = {}) => Scene.open(MODULES, { accounts, settings })

async function exported(scene: Scene, address = JULIET): Promise<string> {
  const writer = new PortableDataWriter()
  let text = ''
  for await (const event of exportAccount(scene.kernel, parseJid(address))) text += writer.write(event)
  return text + writer.end()
}

async function imported(scene: Scene, document: string, { isTrial = false, replaces = false } = {}) {
  const own = scene.kernel.router.host('example.com')?.portable.containers ?? []
  const reader = new PortableDataReader({ containers: [...CONTAINERS, ...own] })
  const importing = new PortableImport(scene.kernel, { isTrial, replaces })
  for (const event of [...reader.write(document), ...reader.end()]) await importing.take(event as PortableEvent)
  const [report] = await importing.end()
  return report
}

const inside = (content: string) =>
  `<server-data xmlns='urn:xmpp:pie:0'><host jid='example.com'><user name='juliet'>${content}</user></host></server-data>`
const message = (id: string, body = 'Neither, fair saint') =>
  `<message xmlns='jabber:client' from='romeo@example.net/orchard' to='${JULIET}/balcony' type='chat' id='${id}'><body>${body}</body><delay xmlns='urn:xmpp:delay' from='example.com' stamp='1469-07-21T00:32:29Z'>Offline Storage</delay></message>`
const offline = (...messages: string[]) => `<offline-messages>${messages.join('')}</offline-messages>`
const stored = (text: string) =>
  `<query xmlns='jabber:iq:private'><exodus xmlns='exodus:prefs'>${text}</exodus></query>`
const vcard = (name: string) => `<vCard xmlns='vcard-temp'><FN>${name}</FN></vCard>`
const blocklist = `<blocklist xmlns='urn:xmpp:blocking'><item jid='tybalt@example.net'/><item jid='paris.example'/></blocklist>`
const displayed = (id: string, by = JULIET) =>
  `<displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${by}'/></displayed>`
const ID = '0123456789ab-0000-0123456789abcdef'
const states = (id = ID) =>
  `<items node='urn:xmpp:mds:displayed:0'><item id='romeo@example.net'>${displayed(id)}</item><item id='room@rooms.example'>${displayed('r', 'room@rooms.example')}</item></items>`
const pubsub = (items: string) => `<pubsub xmlns='http://jabber.org/protocol/pubsub'>${items}</pubsub>`
const enabled = (node: string, resource = 'phone', secret = 'eruio234vzxc2kla-91') =>
  `<registration resource='${resource}' at='2026-01-02T03:04:05.678Z'><enable xmlns='urn:xmpp:push:0' jid='push.example' node='${node}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='secret'><value>${secret}</value></field></x></enable></registration>`
const push = (content: string) => `<push xmlns='urn:parlour:push:0'>${content}</push>`
const ALL = `${offline(message('1'), message('2'))}${stored('Hamlet')}${vcard('Juliet')}${blocklist}${pubsub(states())}${push(`<content>sender</content>${enabled('a')}${enabled('b')}`)}`

describe('an account', () => {
  test('is the same at another server, and a second import changes nothing', async () => {
    const [there, here] = [await open(), await open()]
    const added = await imported(there, inside(ALL))
    expect(added?.counts).toEqual({
      'offline messages': { added: 2 },
      'private XML': { added: 1 },
      vCard: { added: 1 },
      'blocked addresses': { added: 2 },
      'PEP items': { added: 2 },
      'push registrations': { added: 3 },
    })
    const document = await exported(there)
    await imported(here, document)
    expect(await exported(here)).toBe(document)
    const again = await imported(here, document, { replaces: true })
    expect(again?.counts).toEqual({
      'offline messages': { unchanged: 2 },
      'private XML': { unchanged: 1 },
      vCard: { unchanged: 1 },
      'blocked addresses': { unchanged: 2 },
      'PEP items': { unchanged: 2 },
      'push registrations': { unchanged: 3 },
    })
    expect(await exported(here)).toBe(document)
  })

  test('a trial says the same as the import, and stores nothing', async () => {
    const scene = await open([JULIET])
    const before = await exported(scene)
    const trial = await imported(scene, inside(ALL), { isTrial: true })
    expect(await exported(scene)).toBe(before)
    expect(trial).toEqual(await imported(scene, inside(ALL)))
  })
})

test('offline messages are delivered in their order, with the time at which they were kept (XEP-0227 §4.5)', async () => {
  const scene = await open()
  await imported(scene, inside(offline(message('1', 'first'), message('2', 'second'))))
  const juliet = await scene.connect(`${JULIET}/chamber`)
  await juliet.send('<presence/>')
  await settled()
  const received = juliet.take().filter(({ name }) => name === 'message')
  expect(received.map((each) => each.childText('body'))).toEqual(['first', 'second'])
  expect(received[0]?.child('delay', 'urn:xmpp:delay')?.attribute('stamp')).toBe('1469-07-21T00:32:29Z')
})

test('what differs is kept, or replaced where that was asked for', async () => {
  const scene = await open()
  await imported(scene, inside(vcard('Juliet') + stored('Hamlet')))
  const kept = await imported(scene, inside(vcard('Nurse') + stored('Ophelia')))
  expect(kept?.counts).toMatchObject({ vCard: { kept: 1 }, 'private XML': { kept: 1 } })
  expect(await exported(scene)).toContain('<FN>Juliet</FN>')
  await imported(scene, inside(vcard('Nurse') + stored('Ophelia')), { replaces: true })
  expect(await exported(scene)).toMatch(/Ophelia[\s\S]*<FN>Nurse<\/FN>/)
})

test('what is beyond the limits of a module is refused, and what fits is taken', async () => {
  const settings = {
    offline: { maxMessages: 1 },
    'private-xml': { maxElements: 1 },
    vcard: { maxBytes: 1024 },
    blocking: { maxEntries: 1 },
  }
  const two = stored('a').replace('</query>', "<b xmlns='urn:b'/></query>")
  const document = inside(`${offline(message('1'), message('2'))}${two}${vcard('x'.repeat(2000))}${blocklist}`)
  for (const isTrial of [true, false]) {
    const report = await imported(await open([], settings), document, { isTrial })
    expect(report?.counts).toEqual({
      'offline messages': { added: 1, refused: 1 },
      'private XML': isTrial ? { added: 2 } : { added: 1, refused: 1 },
      vCard: { refused: 1 },
      'blocked addresses': isTrial ? { added: 2 } : { added: 1, refused: 1 },
    })
  }
})

test('XEP-0191 §5: what a privacy list denies an address altogether is blocked; other rules are told', async () => {
  const scene = await open()
  const list = (name: string, items: string) => `<list name='${name}'>${items}</list>`
  const tybalt = `<item type='jid' value='tybalt@example.net' action='deny' order='1'/>`
  const privacy = (content: string) => inside(`<query xmlns='jabber:iq:privacy'>${content}</query>`)
  const simple = await imported(scene, privacy(list('a', `${tybalt}<item action='allow' order='2'/>`)))
  expect(simple).toMatchObject({ counts: { 'privacy lists': { added: 1 } } })
  expect(await exported(scene)).toContain("<item jid='tybalt@example.net'/>")
  const others = `<item type='subscription' value='both' action='allow' order='1'/><item type='jid' value='a@b' action='deny' order='2'><message/></item>`
  const report = await imported(scene, privacy(`<default name='b'/>${list('a', tybalt)}${list('b', others)}`))
  expect(report?.notes[0]).toBe('privacy lists: rules other than to block an address are left out')
  expect(await exported(scene)).not.toContain('a@b')
})

describe('read state: the node of XEP-0490, as PEP has it (XEP-0227 §4.10)', () => {
  test('is exported with the configuration of the node; devices find it after the import', async () => {
    const scene = await open()
    await imported(scene, inside(pubsub(states())))
    expect(await exported(scene)).toMatch(
      /<pubsub xmlns='[^']+#owner'>\n<configure node='urn:xmpp:mds:displayed:0'>.*whitelist.*\n<\/pubsub>\n<pubsub xmlns='http:\/\/jabber.org\/protocol\/pubsub'>\n<items/,
    )
    const juliet = await scene.connect(`${JULIET}/balcony`)
    const get = `<iq type='get' id='1'>${pubsub("<items node='urn:xmpp:mds:displayed:0'/>")}</iq>`
    const answer = String(await juliet.request(get))
    for (const part of [ID, 'romeo@example.net', 'room@rooms.example']) expect(answer).toContain(part)
  })

  test('what differs is kept or replaced; ids that are none here, faulty items and what is too many are told', async () => {
    const scene = await open([], { 'displayed-synchronization': { maxConversations: 2 } })
    await imported(scene, inside(pubsub(states())))
    const other = inside(pubsub(states('ffffffffffff-0000-0123456789abcdef')))
    expect((await imported(scene, other))?.counts).toEqual({ 'PEP items': { kept: 1, unchanged: 1 } })
    expect((await imported(scene, other, { replaces: true }))?.counts).toEqual({
      'PEP items': { replaced: 1, unchanged: 1 },
    })
    const items = `<item id='a@example.net'>${displayed(ID)}</item><item id='b@example.net'>${displayed('other')}</item><item id='c'/>`
    const report = await imported(scene, inside(pubsub(`<items node='urn:xmpp:mds:displayed:0'>${items}</items>`)))
    expect(report?.counts).toEqual({ 'PEP items': { refused: 2, 'left out': 1 } })
    expect(report?.notes.slice(0, 3)).toEqual([
      'PEP items: at most 2 conversations',
      'PEP items: how far a conversation was read, by an id that its message has no more',
      'PEP items: an item that does not say what was displayed',
    ])
  })

  test('items of other nodes are told as left out, each', async () => {
    const nick = `<items node='http://jabber.org/protocol/nick'><item id='current'><nick xmlns='http://jabber.org/protocol/nick'>Jule</nick></item></items>`
    const bookmarks = `<items node='urn:xmpp:bookmarks:1'><item id='a'/><item id='b'/></items>`
    const configure = `<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='urn:xmpp:bookmarks:1'/></pubsub>`
    const report = await imported(await open(), inside(`${configure}${pubsub(nick + bookmarks)}`))
    expect(report?.counts).toEqual({ 'PEP items': { 'left out': 3 } })
    expect(report?.notes.slice(0, 2)).toEqual([
      'PEP items: there is no place yet for what is in http://jabber.org/protocol/nick',
      'PEP items: there is no place yet for what is in urn:xmpp:bookmarks:1 (2 times)',
    ])
  })
})

describe('push registrations', () => {
  test('what differs is kept or replaced; what is none, or one too many, is refused without what is in it', async () => {
    const scene = await open([], { push: { maxServices: 1, content: 'body' } })
    await imported(scene, inside(push(`<content>sender</content>${enabled('a')}`)))
    const others = inside(
      push(
        `<content>body</content><content>all</content>${enabled('a', 'tablet')}${enabled('b')}${enabled('c').replace(/at='[^']*'/, '')}${enabled('x'.repeat(2000))}<registration/>`,
      ),
    )
    const report = await imported(scene, others)
    expect(report?.counts).toEqual({ 'push registrations': { kept: 2, refused: 5 } })
    expect(report?.notes.join()).not.toMatch(/eruio|tablet/)
    expect((await imported(scene, others, { replaces: true }))?.counts).toEqual({
      'push registrations': { replaced: 2, refused: 5 },
    })
    expect(await exported(scene)).toMatch(/<content>body<\/content>\n<registration resource='tablet'/)
  })
})
