import { parseJid } from '@parlour/jid'
import { PortableDataReader, PortableDataWriter } from '@parlour/portable-data'
import { exportAccount, PortableImport } from '@parlour/server-core'
import { expect, test } from 'vitest'
import { JULIET, ROMEO, Scene } from '../scene.fixture.ts'

async function exported(scene: Scene): Promise<string> {
  const writer = new PortableDataWriter()
  let text = ''
  for await (const event of exportAccount(scene.kernel, parseJid(JULIET))) text += writer.write(event)
  return text + writer.end()
}

async function imported(scene: Scene, document: string, isTrial = false) {
  const reader = new PortableDataReader()
  const importing = new PortableImport(scene.kernel, { isTrial, replaces: false })
  for (const event of [...reader.write(document), ...reader.end()]) await importing.take(event)
  const [report] = await importing.end()
  return report
}

const result = (id: string, stamp: string, body: string, from = `${ROMEO}/orchard`) =>
  `<result xmlns='urn:xmpp:mam:2' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${stamp}'/><message xmlns='jabber:client' from='${from}' to='${JULIET}' type='chat'><body>${body}</body></message></forwarded></result>`
const document = (...results: string[]) =>
  `<server-data xmlns='urn:xmpp:pie:0'><host jid='example.com'><user name='juliet'><archive xmlns='urn:xmpp:pie:0#mam'>${results.join('')}</archive></user></host></server-data>`

/** After what is imported. */
async function open(): Promise<Scene> {
  const scene = await Scene.open()
  scene.environment.advance(Date.UTC(2026, 0) - scene.environment.now())
  return scene
}

test('an archive is exported and imported with the ids, times and words it had (XEP-0227 §4.11)', async () => {
  const there = await open()
  const [romeo, juliet] = [await there.online(`${ROMEO}/orchard`), await there.online(`${JULIET}/balcony`)]
  for (const body of ['one', 'two', 'three'])
    await romeo.send(`<message to='${JULIET}' type='chat'><body>${body} &amp; more</body></message>`)
  const { ids } = await juliet.query()
  const text = await exported(there)
  const here = await open()
  here.environment.advance(60_000)
  expect((await imported(here, text))?.counts).toMatchObject({ 'archived messages': { added: 3 } })
  expect(await exported(here)).toBe(text)
  const reader = await here.online(`${JULIET}/chamber`)
  const found = await reader.query()
  expect(found.ids).toEqual(ids)
  expect(found.bodies).toEqual(['one & more', 'two & more', 'three & more'])
  expect((await imported(here, text))?.counts).toMatchObject({ 'archived messages': { unchanged: 3 } })
})

test('ids of other servers are replaced by ours, in the order of time and of the document; again, nothing changes', async () => {
  const scene = await open()
  const stamps = ['2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', '2020-01-01T00:00:01Z', '2020-01-01T00:00:02Z']
  const results = stamps.map((stamp, n) => result(`zyx${9 - n}`, stamp, `body ${n}`))
  const trial = await imported(scene, document(...results), true)
  expect(await imported(scene, document(...results))).toEqual(trial)
  const juliet = await scene.online(`${JULIET}/balcony`)
  expect((await juliet.query()).bodies).toEqual(['body 0', 'body 1', 'body 2', 'body 3'])
  expect((await imported(scene, document(...results)))?.counts).toEqual({ 'archived messages': { unchanged: 4 } })
  const romeo = await scene.online(`${ROMEO}/orchard`)
  await romeo.send(`<message to='${JULIET}' type='chat'><body>now</body></message>`)
  expect((await juliet.query()).bodies.at(-1)).toBe('now')
})

test('older messages find their place before newer ones; many are committed in batches', async () => {
  const scene = await open()
  const year = (y: number, count: number) =>
    Array.from({ length: count }, (_, n) =>
      result(`${y}-${n}`, `${y}-01-01T00:00:${String(n % 60).padStart(2, '0')}Z`, `${y} ${n}`),
    )
  await imported(scene, document(...year(2021, 1)))
  const report = await imported(scene, document(...year(2019, 250), ...year(2021, 1)))
  expect(report?.counts).toEqual({ 'archived messages': { added: 250, unchanged: 1 } })
  expect(await scene.storage.countArchive('archive/messages', JULIET)).toBe(251)
})

test('what is no message of the account, or has no time, is refused', async () => {
  const scene = await open()
  const faulty = [
    result('1', 'yesterday', 'a'),
    result('2', '2999-01-01T00:00:00Z', 'a'),
    result('3', '2020-01-01T00:00:00Z', 'a', '@@'),
    result('4', '2020-01-01T00:00:00Z', 'a').replace(`to='${JULIET}'`, "to='nurse@example.com'"),
    `<x xmlns='urn:x'/>`,
  ]
  expect((await imported(scene, document(...faulty)))?.counts).toEqual({ 'archived messages': { refused: 5 } })
})

test('what an account wants archived stands beside, as XEP-0441 has it; who has never said so has nothing there', async () => {
  const scene = await open()
  const prefs = (chosen: string, never = '') =>
    `<prefs xmlns='urn:xmpp:mam:2' default='${chosen}'><always/><never>${never}</never></prefs>`
  const inside = (content: string) => document().replace(/<archive.*<\/archive>/, content)
  expect(await exported(scene)).not.toContain('<prefs')
  const chosen = inside(prefs('roster', `<jid>${ROMEO}</jid>`))
  expect((await imported(scene, chosen, true))?.counts).toEqual({ 'archive preferences': { added: 1 } })
  expect(await exported(scene)).not.toContain('<prefs')
  expect((await imported(scene, chosen))?.counts).toEqual({ 'archive preferences': { added: 1 } })
  expect(await exported(scene)).toContain(prefs('roster', `<jid>${ROMEO}</jid>`))
  expect((await imported(scene, chosen))?.counts).toEqual({ 'archive preferences': { unchanged: 1 } })
  expect((await imported(scene, inside(prefs('never'))))?.counts).toEqual({ 'archive preferences': { kept: 1 } })
  const juliet = await scene.online(`${JULIET}/balcony`)
  const { answer } = await juliet.ask(`<iq type='get' id='p'><prefs xmlns='urn:xmpp:mam:2'/></iq>`)
  expect(answer.child()?.toString()).toBe(prefs('roster', `<jid>${ROMEO}</jid>`))
  const tooMany = prefs('always', '<jid>a@b</jid>'.repeat(1001))
  for (const faulty of [prefs('sometimes'), prefs('always', '<jid>@</jid>'), tooMany])
    expect((await imported(await open(), inside(faulty)))?.counts).toEqual({ 'archive preferences': { refused: 1 } })
})
