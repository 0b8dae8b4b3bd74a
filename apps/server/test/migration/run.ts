/**
 * Moves accounts from Debian's Prosody and ejabberd to Parlour: `pnpm test:migration`, or with words of sources. Two people
 * live there, their server is stopped, its data is imported, they sign in with the same passwords and have what they had.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type Client, connect } from '@parlour/client'
import { createTestServer } from '@parlour/server'
import { type Element, parseXml } from '@parlour/xml'
import { PEER_DOMAIN, startPeer } from '../interop/peers/peer.ts'
import type { Account } from '../interop/stage-server.ts'
import { CaseRunner } from '../support/cases.ts'
import { until } from '../support/waiting.ts'
import { openSources, type Source } from './sources.ts'

const words = process.argv.slice(2)
const runner = new CaseRunner(300_000)
const BIN = resolve(import.meta.dirname, '../../src/bin.ts')

const VCARD = `<vCard xmlns='vcard-temp'><FN>Älice &amp; Co</FN></vCard>`
const BOOKMARKS = `<storage xmlns='storage:bookmarks'><conference jid='room@example.org' name='Röom'/></storage>`
const BODIES = ['first ☂', 'second <&> "quoted" \'single\' \\', 'third\nwith lines', 'grün']

const ask = (client: Client, xml: string) => client.iq.get(parseXml(xml))
const tell = (client: Client, xml: string) => client.iq.set(parseXml(xml))
const textIn = (element: Element | undefined) => element?.toString() ?? ''

function open({ address, password }: Account, port: number | undefined, ca: string): Promise<Client> {
  return connect({ jid: `${address}/one`, password, reconnection: false, service: `127.0.0.1:${port}`, ca })
}

const MAM = 'urn:xmpp:mam:2'
const PREFERENCES = `<prefs xmlns='${MAM}' default='always'><always/><never><jid>never@example.org</jid></never></prefs>`
const DISPLAYED = 'urn:xmpp:mds:displayed:0'
const publication = (node: string, item: string) =>
  `<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='${node}'>${item}</publish></pubsub>`

/** The account's archive: ids and texts of messages. */
async function archiveOf(client: Client): Promise<readonly { id: string; body: string }[]> {
  const found: { id: string; body: string }[] = []
  const undo = client.stanzas((stanza) => {
    const result = stanza.element.child('result', MAM)
    const message = result?.child('forwarded', 'urn:xmpp:forward:0')?.child('message', 'jabber:client')
    if (result && message) found.push({ id: result.attribute('id') ?? '', body: message.childText('body') ?? '' })
  })
  await tell(client, `<query xmlns='${MAM}'/>`)
  undo()
  return found
}

/** She has read up to the second message, and has a nickname. */
async function publish(alice: Client, { address }: Account, contact: string): Promise<void> {
  const { id } = (await archiveOf(alice))[1] ?? { id: '' }
  const stanzaId = `<stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${address}'/>`
  await tell(
    alice,
    publication(DISPLAYED, `<item id='${contact}'><displayed xmlns='${DISPLAYED}'>${stanzaId}</displayed></item>`),
  )
  const nick = 'http://jabber.org/protocol/nick'
  await tell(alice, publication(nick, `<item id='current'><nick xmlns='${nick}'>Ali</nick></item>`))
}

/** What Alice has and does on the server that will be left; Bob is away all the time. */
async function live(alice: Client, account: Account, bob: Account, hasPep: boolean): Promise<void> {
  const item = `<item jid='${bob.address}' name='Böb "B"'><group>Friends</group><group>Ä</group></item>`
  await tell(alice, `<query xmlns='jabber:iq:roster'>${item}</query>`)
  await tell(alice, VCARD)
  await tell(alice, `<query xmlns='jabber:iq:private'>${BOOKMARKS}</query>`)
  await tell(alice, `<block xmlns='urn:xmpp:blocking'><item jid='spam@example.org'/></block>`)
  await tell(alice, PREFERENCES)
  await alice.send(parseXml(`<presence xmlns='jabber:client'/>`))
  await alice.send(parseXml(`<presence xmlns='jabber:client' type='subscribe' to='${bob.address}'/>`))
  for (const [n, text] of BODIES.entries()) {
    const body = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    await alice.send(
      parseXml(
        `<message xmlns='jabber:client' type='chat' id='m${n}' to='${bob.address}'><body>${body}</body></message>`,
      ),
    )
  }
  // The request that Bob has not answered is shown when the server has it.
  await until(
    async () => textIn(await ask(alice, `<query xmlns='jabber:iq:roster'/>`)).includes(`ask='subscribe'`),
    10_000,
    'the server knows of the request',
    100,
  )
  await until(async () => (await archiveOf(alice)).length === BODIES.length, 10_000, 'the server has archived all', 200)
  if (hasPep) await publish(alice, account, bob.address)
}

function parlour(line: readonly string[], data: string): string {
  const args = ['--conditions=@parlour/source', BIN, ...line, '--domain', PEER_DOMAIN, '--data-folder', data]
  return execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What Alice has at Parlour. */
async function checkAlice(alice: Client, bob: Account, hasPep: boolean): Promise<void> {
  const roster = textIn(await ask(alice, `<query xmlns='jabber:iq:roster'/>`))
  for (const part of [
    bob.address,
    'Böb &quot;B&quot;',
    "ask='subscribe'",
    '<group>Friends</group>',
    '<group>Ä</group>',
  ])
    assert.ok(roster.includes(part), `${part} in ${roster}`)
  assert.equal(textIn(await ask(alice, `<vCard xmlns='vcard-temp'/>`)), VCARD)
  const stored = await ask(alice, `<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>`)
  assert.ok(textIn(stored).includes(`name='Röom'`), textIn(stored))
  const archived = await archiveOf(alice)
  assert.deepEqual(
    archived.map(({ body }) => body),
    BODIES,
  )
  assert.equal(textIn(await ask(alice, `<prefs xmlns='${MAM}'/>`)), PREFERENCES)
  const blocked = textIn(await ask(alice, `<blocklist xmlns='urn:xmpp:blocking'/>`))
  assert.ok(blocked.includes('spam@example.org'), blocked)
  if (!hasPep) return
  const items = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${DISPLAYED}'/></pubsub>`
  const displayed = textIn(await ask(alice, items))
  assert.ok(displayed.includes(bob.address) && displayed.includes(`id='${archived[1]?.id}'`), displayed)
}

/** What waited for Bob: messages in order with their time, and the request. */
async function checkBob(bob: Client, alice: Account): Promise<void> {
  const received: Element[] = []
  const requests: string[] = []
  bob.stanzas((stanza) => {
    if (stanza.kind === 'message' && stanza.body !== undefined) received.push(stanza.element)
    if (stanza.kind === 'presence' && stanza.type === 'subscribe') requests.push(String(stanza.from))
  })
  await ask(bob, `<query xmlns='jabber:iq:roster'/>`)
  await bob.send(parseXml(`<presence xmlns='jabber:client'/>`))
  await until(() => received.length >= BODIES.length && requests.length > 0, 10_000, 'what waited has come', 50)
  assert.deepEqual(
    received.map((message) => message.childText('body')),
    BODIES,
  )
  assert.deepEqual(requests, [alice.address])
  for (const message of received) {
    const stamp = Date.parse(message.child('delay', 'urn:xmpp:delay')?.attribute('stamp') ?? '')
    assert.ok(Math.abs(Date.now() - stamp) < 300_000, `a time of these minutes in ${message}`)
  }
}

async function move(source: Source, folder: string): Promise<string> {
  const people: Account[] = []
  let line: readonly string[]
  {
    await using peer = await startPeer(source.program)
    people.push(await peer.account(), await peer.account())
    const [alice, bob] = people as [Account, Account]
    await using client = await open(alice, peer.starttls, readFileSync(peer.authority, 'utf8'))
    await live(client, alice, bob, source.hasPep)
    await client.close()
    line = await source.take(dirname(peer.authority), join(folder, 'taken'))
  }
  const data = join(folder, 'parlour')
  const trial = parlour([...line, '--dry-run'], data)
  assert.match(trial, /Accounts: 2 would be made/)
  // ejabberd publishes bookmarks too (XEP-0048 §3).
  if (source.hasPep) assert.match(trial, /PEP items: +1 added, [12] left out/)
  assert.match(parlour(line, data), /Accounts: 2 made, 0 there already, 0 left out/)
  const again = parlour(line, data)
  assert.match(again, /Accounts: 0 made, 2 there already, 0 left out/)
  assert.doesNotMatch(again, / added/)
  for (const { password } of people) assert.ok(!readFileSync(join(data, 'parlour.sqlite')).includes(password))
  const [alice, bob] = people as [Account, Account]
  await using server = await createTestServer({ domain: PEER_DOMAIN, storage: 'sqlite', dataFolder: data })
  const { port } = server.listeners.starttls?.address ?? {}
  const ca = server.developmentAuthorityPem ?? ''
  await using aliceHere = await open(alice, port, ca)
  await checkAlice(aliceHere, bob, source.hasPep)
  await using bobHere = await open(bob, port, ca)
  await checkBob(bobHere, alice)
  await assert.rejects(open({ ...bob, password: 'another' }, port, ca))
  return trial
    .split('\n')
    .filter((row) => row.startsWith('  '))
    .map((row) => row.trim().replace(/:\s+/, ': '))
    .join('; ')
}

for (const source of await openSources()) {
  if (!words.every((word) => source.name.includes(word))) continue
  const missing = [source.program.needs, ...source.needs].find((file) => !existsSync(file))
  if (missing !== undefined) {
    console.log(`left out ${source.name}: there is no ${missing}`)
    continue
  }
  const folder = mkdtempSync(join(tmpdir(), 'parlour-migration-'))
  await runner.run('migration', source.name, () => move(source, folder))
  rmSync(folder, { recursive: true, force: true })
}
runner.finish()
process.exit()
