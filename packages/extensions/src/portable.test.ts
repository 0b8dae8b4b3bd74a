/** XEP-0227: what the built-in modules hold of an account, exported and imported. */
import { parseJid } from '@parlour/jid'
import { PortableDataReader, PortableDataWriter, type PortableEvent } from '@parlour/portable-data'
import { exportAccount, PortableImport } from '@parlour/server-core'
import { describe, expect, test } from 'vitest'
import { blockingServer } from './blocking/server.ts'
import { offlineServer } from './offline/server.ts'
import { privateXmlServer } from './private-xml/server.ts'
import { Scene, settled } from './scene.fixture.ts'
import { vcardServer } from './vcard/server.ts'

const MODULES = [blockingServer, offlineServer, privateXmlServer, vcardServer]
const JULIET = 'juliet@example.com'
const open = (accounts: readonly string[] = [], settings = {}) => Scene.open(MODULES, { accounts, settings })

async function exported(scene: Scene, address = JULIET): Promise<string> {
  const writer = new PortableDataWriter()
  let text = ''
  for await (const event of exportAccount(scene.kernel, parseJid(address))) text += writer.write(event)
  return text + writer.end()
}

async function imported(scene: Scene, document: string, { isTrial = false, replaces = false } = {}) {
  const reader = new PortableDataReader()
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
const ALL = `${offline(message('1'), message('2'))}${stored('Hamlet')}${vcard('Juliet')}${blocklist}`

describe('an account', () => {
  test('is the same at another server, and a second import changes nothing', async () => {
    const [there, here] = [await open(), await open()]
    const added = await imported(there, inside(ALL))
    expect(added?.counts).toEqual({
      'offline messages': { added: 2 },
      'private XML': { added: 1 },
      vCard: { added: 1 },
      'blocked addresses': { added: 2 },
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
