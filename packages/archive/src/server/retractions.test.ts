import { describe, expect, test } from 'vitest'
import { chat, type Device, form, JULIET, ROMEO, Scene, settled, stanzaIn } from '../scene.fixture.ts'

const retraction = (to: string, of: string, id = `r-${of}`) =>
  `<message type='chat' id='${id}' to='${to}'><retract xmlns='urn:xmpp:message-retract:1' id='${of}'/>` +
  `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>/me retracted</body><store xmlns='urn:xmpp:hints'/></message>`

async function stanzas(device: Device): Promise<string[]> {
  const { all } = await device.query()
  return all.map((each) => {
    const stanza = stanzaIn(each.child() as never)
    const retracted = stanza.child('retracted', 'urn:xmpp:message-retract:1')
    return retracted
      ? `tombstone of ${stanza.attribute('id')} by ${retracted.attribute('id')}`
      : (stanza.childText('body') ?? '')
  })
}

describe('XEP-0424', () => {
  test('§4: the message becomes a tombstone in both archives; its words are gone', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    await romeo.send(chat(JULIET, 'before'))
    const secret = `<message type='chat' id='oops' to='${JULIET}/balcony'><body>secret words</body><thread>t</thread><x xmlns='urn:example'>secret</x></message>`
    await romeo.send(secret)
    scene.environment.advance(9000)
    await romeo.send(retraction(JULIET, 'oops'))
    for (const device of [romeo, juliet]) {
      expect(await stanzas(device)).toEqual(['before', 'tombstone of oops by r-oops', '/me retracted'])
      const { all, bodies } = await device.query()
      expect(all.map(String).join('')).not.toContain('secret')
      const tombstone = stanzaIn(all[1]?.child() as never)
      expect(tombstone.attributes).toMatchObject({ from: `${ROMEO}/orchard`, to: `${JULIET}/balcony`, type: 'chat' })
      const stamp = new Date(scene.environment.now()).toISOString()
      expect(tombstone.child('retracted', 'urn:xmpp:message-retract:1')?.attribute('stamp')).toBe(stamp)
      expect(bodies.length).toBe(3)
      expect((await device.query(form({ '{urn:xmpp:fulltext:0}fulltext': 'secret' }))).bodies).toEqual([])
    }
  })

  test('§5: "MUST only be processed when both … are received from the same bare-JID"', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(chat(JULIET, 'mine'))
    await juliet.send(retraction(ROMEO, 'mine'))
    expect([await stanzas(romeo), await stanzas(juliet)]).toEqual([
      ['mine', '/me retracted'],
      ['mine', '/me retracted'],
    ])
  })

  test('§5: by another client of the same account, and only in the conversation with the same party', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    const garden = await scene.online(`${ROMEO}/garden`)
    await romeo.send(chat(JULIET, 'same'))
    await romeo.send(chat('nurse@example.net', 'same'))
    await garden.send(retraction(JULIET, 'same'))
    expect(await stanzas(romeo)).toEqual(['tombstone of same by r-same', 'same', '/me retracted'])
    expect(await stanzas(juliet)).toEqual(['tombstone of same by r-same', '/me retracted'])
  })

  test('§5: the retraction is stored whether there is a message or not, and against its own hints', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(
      `<message type='chat' id='r' to='${JULIET}'><retract xmlns='urn:xmpp:message-retract:1' id='nothing'/><no-store xmlns='urn:xmpp:hints'/></message>`,
    )
    expect([(await stanzas(romeo)).length, (await stanzas(juliet)).length]).toEqual([1, 1])
  })

  test('many at once, in several archives: each is found', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    const ids = Array.from({ length: 20 }, (_, n) => `m${n}`)
    for (const id of ids) await romeo.send(chat(JULIET, id))
    await Promise.all(ids.map((id) => romeo.send(retraction(JULIET, id))))
    await settled()
    const tombstones = ids.map((id) => `tombstone of ${id} by r-${id}`)
    for (const device of [romeo, juliet]) expect((await stanzas(device)).slice(0, 20)).toEqual(tombstones)
  })

  test('a message far back is found, in steps that leave room for others', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    for (let n = 0; n < 450; n++) await romeo.send(chat(JULIET, `m${n}`))
    await romeo.send(retraction(JULIET, 'm3'))
    const first = async () => (await stanzas(juliet))[3]
    expect(await first()).toBe('m3')
    for (let step = 0; step < 10; step++) {
      scene.environment.advance(5)
      await settled()
    }
    expect(await first()).toBe('tombstone of m3 by r-m3')
  })

  test('who looks for what is nowhere keeps nobody waiting', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    for (let n = 0; n < 450; n++) await romeo.send(chat('nurse@example.net', `m${n}`))
    await juliet.send(chat(ROMEO, 'wrong'))
    for (let n = 0; n < 30; n++) await romeo.send(retraction('nurse@example.net', `nothing${n}`))
    await juliet.send(retraction(ROMEO, 'wrong'))
    for (let step = 0; step < 4; step++) {
      scene.environment.advance(5)
      await settled()
    }
    expect(await stanzas(juliet)).toEqual(['tombstone of wrong by r-wrong', '/me retracted'])
  })

  test('with the message go its corrections (XEP-0308), but not those by somebody else, nor of other messages', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    const correction = (to: string, id: string, of: string) =>
      `<message type='chat' id='${id}' to='${to}'><body>${id}</body><replace xmlns='urn:xmpp:message-correct:0' id='${of}'/></message>`
    await romeo.send(chat(JULIET, 'one'))
    await romeo.send(chat(JULIET, 'two'))
    await romeo.send(correction(JULIET, 'one-b', 'one'))
    await romeo.send(correction(JULIET, 'two-b', 'two'))
    await juliet.send(correction(ROMEO, 'forged', 'one'))
    for (let n = 0; n < 450; n++) await romeo.send(chat(JULIET, `m${n}`))
    await romeo.send(correction(JULIET, 'one-c', 'one'))
    await romeo.send(retraction(JULIET, 'one'))
    for (let step = 0; step < 10; step++) {
      scene.environment.advance(5)
      await settled()
    }
    const said = (await stanzas(juliet)).filter((each) => !/^m\d/.test(each))
    expect(said).toEqual(['tombstone of one by r-one', 'two', 'tombstone of one-b by r-one', 'two-b', 'forged'])
    const search = { '{urn:xmpp:fulltext:0}fulltext': 'one' }
    expect((await juliet.query(form(search))).bodies).toEqual([])
    const last = (
      await juliet.query("<set xmlns='http://jabber.org/protocol/rsm'><before/><max>2</max></set>")
    ).all.map(String)
    expect(last[0]).toContain("id='one-c'")
    expect(last[0]).toContain("<replace xmlns='urn:xmpp:message-correct:0' id='one'/><retracted ")
  })

  test('what a server that was stopped had not done is done by the next', async () => {
    const scene = await Scene.open()
    const { romeo } = await scene.both()
    for (let n = 0; n < 250; n++) await romeo.send(chat(JULIET, `m${n}`))
    await romeo.send(retraction(JULIET, 'm3'))
    const again = await Scene.open({}, scene.storage)
    for (let step = 0; step < 10; step++) {
      again.environment.advance(5)
      await settled()
    }
    const juliet = await again.online(`${JULIET}/balcony`)
    expect((await stanzas(juliet))[3]).toBe('tombstone of m3 by r-m3')
    expect(await again.storage.list('archive/retractions', 'example.com')).toEqual(new Map())
  })

  test('§4: accounts announce tombstones', async () => {
    const { romeo } = await (await Scene.open()).both()
    const { answer } = await romeo.ask(
      `<iq type='get' id='d' to='${ROMEO}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    expect(answer.toString()).toContain("var='urn:xmpp:message-retract:1#tombstone'")
  })
})
