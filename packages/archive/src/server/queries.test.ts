import { StanzaError } from '@parlour/stanza'
import { describe, expect, test } from 'vitest'
import { readMetadata } from '../protocol/metadata.ts'
import { readResultSet } from '../protocol/result-set.ts'
import { chat, type Device, form, JULIET, ROMEO, Scene, set, settled } from '../scene.fixture.ts'

const NURSE = 'nurse@example.net'

/** An archive with the messages 1 to `count`, a second apart: those that 3 divides are with the nurse. */
async function filled(
  count: number,
  settings = {},
): Promise<{ scene: Scene; romeo: Device; ids: string[]; times: string[] }> {
  const scene = await Scene.open(settings)
  const romeo = await scene.online(`${ROMEO}/orchard`)
  const times: string[] = []
  for (let n = 1; n <= count; n++) {
    scene.environment.advance(1000)
    times.push(new Date(scene.environment.now()).toISOString())
    await romeo.send(chat(n % 3 === 0 ? `${NURSE}/${n % 2 ? 'odd' : 'even'}` : JULIET, `${n}`))
  }
  const { ids } = await romeo.query(set('<max>250</max>'))
  return { scene, romeo, ids, times }
}

/** The bodies of a page as numbers, and whether it is complete. */
async function page(device: Device, content: string): Promise<[number[], boolean]> {
  const { bodies, fin } = await device.query(content)
  return [bodies.map(Number), fin.attribute('complete') === 'true']
}

async function refusal(device: Device, content: string): Promise<string> {
  const { before, answer } = await device.ask(
    `<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>${content}</query></iq>`,
  )
  expect(before).toEqual([])
  return StanzaError.fromElement(answer).condition
}

describe('XEP-0313 §4.1: filters', () => {
  test('§4.1.1: with an address; a bare one stands for all of its resources', async () => {
    const { romeo } = await filled(9)
    expect(await page(romeo, form({ with: NURSE }))).toEqual([[3, 6, 9], true])
    expect(await page(romeo, form({ with: JULIET }))).toEqual([[1, 2, 4, 5, 7, 8], true])
    expect(await page(romeo, form({ with: 'nobody@example.net' }))).toEqual([[], true])
  })

  test('§4.1.1: with a full address only what it sent or received', async () => {
    const { romeo, ids } = await filled(18)
    expect(await page(romeo, form({ with: `${NURSE}/odd` }))).toEqual([[3, 9, 15], true])
    expect(await page(romeo, form({ with: `${NURSE}/odd` }) + set('<max>2</max>'))).toEqual([[3, 9], false])
    expect(await page(romeo, form({ with: `${NURSE}/even` }) + set('<max>2</max><before/>'))).toEqual([[12, 18], false])
    expect(await page(romeo, form({ with: `${NURSE}/even` }) + set(`<before>${ids[11]}</before>`))).toEqual([[6], true])
  })

  test('§4.1.1: with a full address, what is in other messages does not matter', async () => {
    const { scene, romeo, ids } = await filled(3)
    const [first = ''] = ids
    const value = `<message from='${ROMEO}/orchard' to='${NURSE}/odd'><body>&nothing;</body></message>`
    const at = Number.parseInt(first.slice(0, 12), 16)
    await scene.storage.commit([
      { type: 'append', archive: 'archive/messages', owner: ROMEO, id: `${first}-x`, at, with: NURSE, value },
    ])
    expect(await page(romeo, form({ with: `${NURSE}/even` }))).toEqual([[], true])
    expect(await page(romeo, form({ with: `${NURSE}/odd` }) + set('<max>1</max><before/>'))).toEqual([[3], false])
  })

  test('§4.1.1: "To allow querying for messages the user sent to themselves", with the own address', async () => {
    const { romeo } = await filled(2)
    await romeo.send(chat(ROMEO, '99'))
    expect(await page(romeo, form({ with: ROMEO }))).toEqual([[99], true])
  })

  test('§4.1.2: start and end, "equal to or later", "equal to or earlier"', async () => {
    const { romeo, times } = await filled(6)
    const [, second = '', , fourth = ''] = times
    expect(await page(romeo, form({ start: second, end: fourth }))).toEqual([[2, 3, 4], true])
    expect(await page(romeo, form({ start: fourth }))).toEqual([[4, 5, 6], true])
    expect(await page(romeo, form({ end: second }))).toEqual([[1, 2], true])
    expect(await page(romeo, form({ start: '2999-01-01T00:00:00Z' }))).toEqual([[], true])
    expect(await refusal(romeo, form({ start: 'yesterday' }))).toBe('bad-request')
  })

  test('§4.1.3: before-id, after-id and ids', async () => {
    const { romeo, ids } = await filled(9)
    const [, second = '', , fourth = '', , , seventh = ''] = ids
    expect(await page(romeo, form({ 'after-id': second }))).toEqual([[3, 4, 5, 6, 7, 8, 9], true])
    expect(await page(romeo, form({ 'before-id': fourth }))).toEqual([[1, 2, 3], true])
    expect(await page(romeo, form({ 'after-id': second, 'before-id': seventh }))).toEqual([[3, 4, 5, 6], true])
    expect(await page(romeo, form({ ids: [seventh, second] }))).toEqual([[2, 7], true])
    const within = form({ 'after-id': second, 'before-id': seventh })
    expect(await page(romeo, within + set('<max>2</max><before/>'))).toEqual([[5, 6], false])
    expect(await page(romeo, within + set(`<max>2</max><after>${fourth}</after>`))).toEqual([[5, 6], true])
  })

  test.each(['before-id', 'after-id', 'ids'])(
    '§4.1.3: an id in %s that is not in the archive: "MUST return an item-not-found error"',
    async (field) => {
      const { romeo, ids } = await filled(3)
      const absent = `${ids[1]?.slice(0, -4)}ffff`
      expect(await refusal(romeo, form({ [field]: field === 'ids' ? [ids[0] as string, absent] : absent }))).toBe(
        'item-not-found',
      )
    },
  )

  test('§4.1.5: a field that is not known: "feature-not-implemented"', async () => {
    const { romeo } = await filled(1)
    expect(await refusal(romeo, form({ 'free-text': 'x' }))).toBe('feature-not-implemented')
    expect(await refusal(romeo, form({ __proto__x: 'x', constructor: 'y' }))).toBe('feature-not-implemented')
    expect(await refusal(romeo, form({ [`${'x'.repeat(99)}💘`]: 'x' }))).toBe('feature-not-implemented')
    expect(await refusal(romeo, set(`<max>${'x'.repeat(19)}💘</max>`))).toBe('bad-request')
    expect(await refusal(romeo, form({ FORM_TYPE: 'urn:example' }))).toBe('bad-request')
    expect(await page(romeo, form({ 'include-groupchat': 'true' }))).toEqual([[1], true])
  })

  test('§4.1.5: the form tells the fields', async () => {
    const { romeo } = await filled(1)
    const { answer } = await romeo.ask(`<iq type='get' id='1'><query xmlns='urn:xmpp:mam:2'/></iq>`)
    const x = answer.child()?.child('x', 'jabber:x:data')
    expect(x?.childrenNamed('field').map((field) => [field.attribute('type'), field.attribute('var')])).toEqual([
      ['hidden', 'FORM_TYPE'],
      ['jid-single', 'with'],
      ['text-single', 'start'],
      ['text-single', 'end'],
      ['text-single', 'before-id'],
      ['text-single', 'after-id'],
      ['list-multi', 'ids'],
      ['boolean', 'include-groupchat'],
      ['text-single', '{urn:xmpp:fulltext:0}fulltext'],
    ])
    expect(x?.toString()).not.toContain('<required')
    expect(x?.toString()).toContain("datatype='xs:string'><open/>")
  })
})

describe('XEP-0313 §4.3: pages', () => {
  test('forwards: each page "in chronological order", the last is complete', async () => {
    const { romeo, ids } = await filled(8)
    expect(await page(romeo, set('<max>3</max>'))).toEqual([[1, 2, 3], false])
    expect(await page(romeo, set(`<max>3</max><after>${ids[2]}</after>`))).toEqual([[4, 5, 6], false])
    expect(await page(romeo, set(`<max>3</max><after>${ids[5]}</after>`))).toEqual([[7, 8], true])
    expect(await page(romeo, set(`<max>3</max><after>${ids[7]}</after>`))).toEqual([[], true])
  })

  test('§4.3.3: the last page, and backwards from there', async () => {
    const { romeo, ids } = await filled(8)
    expect(await page(romeo, set('<max>3</max><before/>'))).toEqual([[6, 7, 8], false])
    expect(await page(romeo, set(`<max>3</max><before>${ids[5]}</before>`))).toEqual([[3, 4, 5], false])
    expect(await page(romeo, set(`<max>3</max><before>${ids[2]}</before>`))).toEqual([[1, 2], true])
  })

  test('first and last are those of the page; the count and the index are told where they cost nothing', async () => {
    const { romeo, ids } = await filled(5)
    const cut = await romeo.query(set('<max>2</max>'))
    expect(readResultSet(cut.fin)).toEqual({ first: ids[0], last: ids[1], index: 0 })
    const next = await romeo.query(set(`<max>2</max><after>${ids[1]}</after>`))
    expect(readResultSet(next.fin)).toEqual({ first: ids[2], last: ids[3] })
    const last = await romeo.query(set('<max>2</max><before/>'))
    expect(readResultSet(last.fin)).toEqual({ first: ids[3], last: ids[4] })
    const back = await romeo.query(set(`<max>9</max><before>${ids[3]}</before>`))
    expect(readResultSet(back.fin)).toEqual({ first: ids[0], last: ids[2], index: 0 })
    const between = await romeo.query(form({ 'after-id': ids[0] as string, 'before-id': ids[3] as string }))
    expect(readResultSet(between.fin)).toEqual({ first: ids[1], last: ids[2], index: 0, count: 2 })
    const both = await romeo.query(set(`<max>9</max><after>${ids[0]}</after><before>${ids[3]}</before>`))
    expect(readResultSet(both.fin)).toEqual({ first: ids[1], last: ids[2] })
    const whole = await romeo.query()
    expect(readResultSet(whole.fin)).toEqual({ first: ids[0], last: ids[4], index: 0, count: 5 })
    expect(readResultSet((await romeo.query(form({ with: 'nobody@example.net' }))).fin)).toEqual({ count: 0 })
  })

  test('XEP-0059 §2.7: no items, but how many there are', async () => {
    const { romeo } = await filled(7)
    const { bodies, fin } = await romeo.query(set('<max>0</max>'))
    expect([bodies, readResultSet(fin), fin.attribute('complete')]).toEqual([[], { count: 7 }, undefined])
    for (const address of [NURSE, `${NURSE}/kitchen`])
      expect(readResultSet((await romeo.query(form({ with: address }) + set('<max>0</max>'))).fin)).toEqual({
        count: 2,
      })
  })

  test('§4.3.1: the server bounds a page', async () => {
    const { romeo } = await filled(8, { pageSize: 2, maxPageSize: 5 })
    expect(await page(romeo, '')).toEqual([[1, 2], false])
    expect(await page(romeo, set('<max>100</max>'))).toEqual([[1, 2, 3, 4, 5], false])
    expect(await page(romeo, set('<max>100</max><before/>'))).toEqual([[4, 5, 6, 7, 8], false])
  })

  test('§4.3.4: a flipped page has the same results in the other order', async () => {
    const { romeo, ids } = await filled(8)
    const flipped = await romeo.query(`${set('<max>3</max><before/>')}<flip-page/>`)
    expect(flipped.bodies).toEqual(['8', '7', '6'])
    expect(readResultSet(flipped.fin)).toEqual({ first: ids[5], last: ids[7] })
    const forwards = `${set(`<max>2</max><after>${ids[3]}</after>`)}<flip-page/>`
    expect((await romeo.query(forwards)).bodies).toEqual(['6', '5'])
  })

  test.each(['after', 'before'])('§4.3.2: an unknown id in <%s/>: item-not-found', async (name) => {
    const { romeo } = await filled(2)
    expect(await refusal(romeo, set(`<${name}>nothing</${name}>`))).toBe('item-not-found')
  })

  test('a <max/> that is no number, and a page by its index', async () => {
    const { romeo } = await filled(1)
    expect(await refusal(romeo, set('<max>-1</max>'))).toBe('bad-request')
    expect(await refusal(romeo, set('<max>ten</max>'))).toBe('bad-request')
    expect(await refusal(romeo, set('<index>2</index>'))).toBe('feature-not-implemented')
    for (const all of ['2147483647', '9223372036854775807', '18446744073709551616'])
      expect((await romeo.query(set(`<max>${all}</max>`))).bodies).toEqual(['1'])
  })

  test('XEP-0313 §6.3: the attribute node asks for another archive, which is not there', async () => {
    const { romeo } = await filled(1)
    const { before, answer } = await romeo.ask(
      "<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2' node='urn:xmpp:microblog:0'/></iq>",
    )
    expect([before, StanzaError.fromElement(answer).condition]).toEqual([[], 'item-not-found'])
  })

  test('a page ends early rather than growing beyond its bound', async () => {
    const { romeo } = await filled(0)
    for (let n = 0; n < 12; n++) await romeo.send(chat(JULIET, `${n} ${'x'.repeat(200_000)}`))
    const first = await romeo.query(set('<max>50</max>'))
    expect([first.bodies.length, first.fin.attribute('complete')]).toEqual([5, undefined])
    const last = await romeo.query(set('<max>50</max><before/>'))
    expect(last.bodies.map((body) => Number(body.split(' ')[0]))).toEqual([7, 8, 9, 10, 11])
    const rest = await romeo.query(set(`<max>50</max><before>${last.ids[0]}</before>`))
    expect(rest.bodies.map((body) => Number(body.split(' ')[0]))).toEqual([2, 3, 4, 5, 6])
  })

  test('results yield to others, and wait for a client that is slower than its archive', async () => {
    const { scene, romeo } = await filled(0)
    for (let n = 1; n <= 120; n++) await romeo.send(chat(JULIET, `${n}`))
    romeo.stream.bufferedBytes = 1_000_000
    const asked = romeo.send(
      `<iq type='set' id='q'><query xmlns='urn:xmpp:mam:2'>${set('<max>200</max>')}</query></iq>`,
    )
    const arrived = []
    for (const buffered of [1_000_000, 1_000_000, 0, 0, 0]) {
      await settled()
      arrived.push(romeo.take().length)
      romeo.stream.bufferedBytes = buffered
      scene.environment.advance(2000)
    }
    await asked
    arrived.push(romeo.take().length)
    expect(arrived).toEqual([50, 0, 0, 50, 21, 0])
  })
})

describe('XEP-0313 §5, §7, §8', () => {
  test('§5: metadata of an archive, and of an empty one', async () => {
    const { scene, romeo, ids, times } = await filled(4)
    const ask = async (device: Device) =>
      readMetadata(
        (await device.ask(`<iq type='get' id='m'><metadata xmlns='urn:xmpp:mam:2'/></iq>`)).answer.child() as never,
      )
    expect(await ask(romeo)).toEqual({
      start: { id: ids[0], at: Date.parse(times[0] as string) },
      end: { id: ids[3], at: Date.parse(times[3] as string) },
    })
    const paris = await scene.online(`${JULIET}/balcony`)
    expect(await ask(paris)).toBeDefined()
    await scene.storage.commit([{ type: 'remove', archive: 'archive/messages', owner: ROMEO, all: true }])
    expect(await ask(romeo)).toBeUndefined()
  })

  test('XEP-0386 §3.2: who binds by Bind 2 is told where the archive stands, without asking', async () => {
    const { scene, romeo, ids } = await filled(2)
    const feature = scene.kernel.router.host('example.com')?.bindFeatures.get('urn:xmpp:mam:2')
    const metadata = await feature?.bound(romeo.session, undefined)
    expect(metadata && readMetadata(metadata)).toMatchObject({ start: { id: ids[0] }, end: { id: ids[1] } })
  })

  test('§7: accounts announce it', async () => {
    const { romeo } = await filled(0)
    const { answer } = await romeo.ask(
      `<iq type='get' id='d' to='${ROMEO}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    const features = answer
      .child()
      ?.childrenNamed('feature')
      .map((each) => each.attribute('var'))
    expect(features).toEqual(
      expect.arrayContaining(['urn:xmpp:mam:2', 'urn:xmpp:mam:2#extended', 'urn:xmpp:mam:2#groupchat-field']),
    )
  })

  test('§8.1: an archive of somebody else: forbidden, whether there is such an account or not', async () => {
    const { romeo } = await filled(1)
    for (const to of [JULIET, 'nobody@example.com'])
      for (const payload of ['query', 'prefs', 'metadata']) {
        const type = payload === 'metadata' ? 'get' : 'set'
        const { answer } = await romeo.ask(
          `<iq type='${type}' id='q' to='${to}'><${payload} xmlns='urn:xmpp:mam:2'/></iq>`,
        )
        expect(StanzaError.fromElement(answer).condition).toBe('forbidden')
      }
  })
})
