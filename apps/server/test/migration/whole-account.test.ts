/** An account with everything that any store holds of one: exported, erased, imported, the same again; and what erasing leaves. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connect } from '@parlour/client'
import { parseXml } from '@parlour/xml'
import { expect, test } from 'vitest'
import { data, folder, parlour, signIn, startServer, undo, withFolders } from '../../src/commands/commands.fixture.ts'
import type { Server } from '../../src/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { until } from '../support/waiting.ts'

withFolders()

/** One word, so that it is found in an index of words too. */
const WORD = 'quizzicalzephyr'
const archiveId = (n: number) => `019b76da8400-000${n}-${'0123456789abcdef'}`
const message = (id: string) =>
  `<message xmlns='jabber:client' from='romeo@localhost/orchard' to='juliet@localhost' type='chat' id='${id}'><body>${WORD} is here</body></message>`
const archived = (n: number) =>
  `<result xmlns='urn:xmpp:mam:2' id='${archiveId(n)}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00.000Z'/>${message(`m${n}`)}</forwarded></result>`
const displayed = (id: string, by: string) =>
  `<displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${by}'/></displayed>`

const EVERYTHING = `<query xmlns='jabber:iq:roster'><item jid='romeo@localhost' name='${WORD}' subscription='both'><group>Friends</group></item></query>
  <presence xmlns='jabber:client' type='subscribe' from='paris@localhost'><nick xmlns='http://jabber.org/protocol/nick'>${WORD}</nick></presence>
  <offline-messages>${message('o1')}${message('o2')}</offline-messages>
  <query xmlns='jabber:iq:private'><notes xmlns='urn:notes'>${WORD}</notes></query>
  <vCard xmlns='vcard-temp'><FN>${WORD}</FN></vCard>
  <blocklist xmlns='urn:xmpp:blocking'><item jid='${WORD}@localhost'/></blocklist>
  <pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:mds:displayed:0'>
    <item id='romeo@localhost'>${displayed(archiveId(2), 'juliet@localhost')}</item><item id='${WORD}@rooms.localhost'>${displayed(WORD, `${WORD}@rooms.localhost`)}</item></items></pubsub>
  <prefs xmlns='urn:xmpp:mam:2' default='roster'><always/><never><jid>${WORD}@localhost</jid></never></prefs>
  <push xmlns='urn:parlour:push:0'><content>sender</content><registration resource='${WORD}' at='2026-01-02T03:04:05.678Z'><enable xmlns='urn:xmpp:push:0' jid='push.example' node='${WORD}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='secret'><value>${WORD}</value></field></x></enable></registration></push>
  <devices xmlns='urn:parlour:devices:0'><device id='abc' software='${WORD}' device='Phone' first-seen='2026-01-01T00:00:00.000Z' last-seen='2026-01-02T00:00:00.000Z'><method>password</method></device></devices>
  <archive xmlns='urn:xmpp:pie:0#mam'>${archived(1)}${archived(2)}</archive>`

const COUNTS = {
  ...{ contacts: 1, 'subscription requests': 1, devices: 1, 'PEP items': 2, 'blocked addresses': 1 },
  ...{ 'archive preferences': 1, 'archived messages': 2, 'offline messages': 2, vCard: 1, 'private XML': 1 },
  ...{ 'push registrations': 2, password: 1 },
}

const ROMEO_TOO = ['password', 'archive preferences']

async function importEverything(): Promise<string> {
  const file = join(folder, 'everything.xml')
  const user = `<user name='juliet' password='correct horse'>${EVERYTHING}</user><user name='romeo' password='wherefore art'><prefs xmlns='urn:xmpp:mam:2' default='never'/></user>`
  writeFileSync(file, `<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>${user}</host></server-data>`)
  const { output, errors, code } = await parlour(`user import ${file}`)
  expect([told(errors), code]).toEqual([[], 0])
  return output
}

/** What an import tells besides that no server runs. */
const told = (errors: string) => errors.split('\n').filter((line) => line !== '' && !line.startsWith('No server runs'))

const exported = () => parlour('user export juliet@localhost --output -').then(({ output }) => output)

/** How often a text stands in the files of the server. */
function occurrences(text: string): number {
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString('latin1'))
  return texts.reduce((sum, each) => sum + each.toLowerCase().split(text).length - 1, 0)
}

/** The stores and archives in which the account has anything. */
function storesOf(owner: string): string[] {
  using db = new DatabaseSync(join(data, 'parlour.sqlite'), { readOnly: true })
  const rows = db
    .prepare(
      `select distinct 'store ' || store as name from records where owner = ? union select distinct 'archive ' || archive from archives where owner = ?`,
    )
    .all(owner, owner)
  return rows.map(({ name }) => String(name)).sort()
}

test('export, erase, import: the export is the same, and again nothing is added', async () => {
  const output = await importEverything()
  for (const [title, count] of Object.entries(COUNTS))
    expect(output).toMatch(new RegExp(`^  ${title}: +${count + (ROMEO_TOO.includes(title) ? 1 : 0)} added$`, 'm'))
  const document = await exported()
  expect(document.split(WORD).length).toBe(EVERYTHING.split(WORD).length)
  expect(document).not.toContain('correct horse')
  expect((await parlour('user erase juliet@localhost --yes')).code).toBe(0)
  expect(occurrences(WORD)).toBe(0)
  const file = join(folder, 'juliet.xml')
  writeFileSync(file, document)
  const { code, errors } = await parlour(`user import ${file}`)
  expect([told(errors), code]).toEqual([[], 0])
  expect(await exported()).toBe(document)
  const again = await parlour(`user import ${file} --replace`)
  for (const [title, count] of Object.entries(COUNTS))
    expect(again.output).toMatch(new RegExp(`^  ${title}: +${count} unchanged$`, 'm'))
  await signIn(await startServer(), 'juliet', 'correct horse')
})

/** Devices that came, one of them lost with what it had not acknowledged: tokens, sessions, queues, unread messages. */
async function live(server: Server): Promise<void> {
  const [starttls, directTls] = [server.listeners.starttls, server.listeners.directTls].map(
    (listener) => listener?.address.port ?? 0,
  ) as [number, number]
  const ca = server.developmentAuthorityPem ?? ''
  const authority = join(folder, 'authority.pem')
  writeFileSync(authority, ca)
  const userAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: WORD, device: WORD }
  undo.use(
    await connect({
      ...{ jid: 'juliet@localhost/named', password: 'correct horse', reconnection: false, userAgent },
      ...{ service: `127.0.0.1:${starttls}`, ca },
    }),
  )
  const lost = await RawClient.signedIn(
    { host: '127.0.0.1', starttls, directTls, authority },
    'juliet',
    'correct horse',
  )
  lost.write("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
  await lost.take(/<enabled [^>]*>/)
  await lost.set("<enable xmlns='urn:xmpp:push:0' jid='push.localhost' node='lost'/>")
  lost.write('<presence/>')
  await lost.ping()
  lost.destroy()
  const romeo = await signIn(server, 'romeo', 'wherefore art')
  const body = (n: number) => `<body>${WORD} number ${n}</body>`
  for (let n = 0; n < 3; n++)
    await romeo.send(
      parseXml(`<message xmlns='jabber:client' type='chat' to='juliet@localhost/raw' id='q${n}'>${body(n)}</message>`),
    )
  await romeo.iq.get(parseXml("<ping xmlns='urn:xmpp:ping'/>"), { to: 'localhost' })
  // What comes back to him when the account goes is his, and would be kept for his session.
  await romeo.close()
}

test('erased while devices come and go, nothing of it is left in any file: text, address, nor record', async () => {
  await importEverything()
  const server = await startServer()
  await live(server)
  const stores = [
    'archive archive/messages',
    'archive offline/messages',
    'archive push/unread',
    'archive stream-management',
    'store accounts',
    'store archive/preferences',
    'store blocking/addresses',
    'store device-tokens',
    'store devices',
    'store displayed-synchronization/states',
    'store private-xml/elements',
    'store push/registrations',
    'store roster',
    'store stream-management',
    'store subscription-requests',
    'store vcard/vcards',
  ]
  await until(() => storesOf('juliet@localhost').length >= stores.length, 10_000, 'all stores hold something', 100)
  expect(storesOf('juliet@localhost')).toEqual(stores)
  expect(occurrences(WORD)).toBeGreaterThan(20)
  expect(await parlour('user erase juliet@localhost --yes')).toMatchObject({ code: 0, errors: '' })
  expect(storesOf('juliet@localhost')).toEqual([])
  await server.close()
  expect(storesOf('juliet@localhost')).toEqual([])
  expect(occurrences(WORD)).toBe(0)
  expect(occurrences('juliet')).toBe(0)
})
