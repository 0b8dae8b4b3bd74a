import { defineServerModule, type StanzaEvent } from '@parlour/server-core'
import { Message, StanzaError } from '@parlour/stanza'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import { chat, type Device, JULIET, ROMEO, Scene, settled, stanzaIn } from '../scene.fixture.ts'

const HINTS = 'urn:xmpp:hints'

async function bodies(device: Device): Promise<string[]> {
  return (await device.query()).bodies
}

describe('XEP-0313 §3: what is archived', () => {
  test('§3.3.1: messages of both, in the archives of both', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(chat(JULIET, 'one'))
    await juliet.send(chat(`${ROMEO}/orchard`, 'two'))
    expect([await bodies(romeo), await bodies(juliet)]).toEqual([
      ['one', 'two'],
      ['one', 'two'],
    ])
  })

  test('§3.5: the receiver "MUST" get a stanza id under which its archive has the message; the sender’s stays with it', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(chat(JULIET, 'one'))
    const [received] = juliet.take()
    const ids = received?.childrenNamed('stanza-id', 'urn:xmpp:sid:0').map(({ attributes }) => ({ ...attributes }))
    expect(ids).toEqual([{ id: (await juliet.query()).ids[0], by: JULIET }])
    expect((await romeo.query()).ids).not.toEqual((await juliet.query()).ids)
  })

  test('what a module makes of a message after it got its id is archived as it arrives, under that id', async () => {
    const censor = defineServerModule({
      name: 'censor',
      setup: (host) => {
        const rewrite = (event: StanzaEvent): undefined => {
          if (event.stanza.kind === 'message')
            event.stanza = new Message(event.stanza.element.withAttributes({ id: 'new' }))
        }
        return [host.on('rewrite', rewrite, { direction: 'inbound', after: ['archive'] })]
      },
    })
    const { romeo, juliet } = await (await Scene.open({}, createMemoryStorage(), [censor])).both()
    await romeo.send(chat(JULIET, 'one'))
    const id = juliet.take()[0]?.child('stanza-id', 'urn:xmpp:sid:0')?.attribute('id')
    const { ids, bodies, all } = await juliet.query()
    expect([bodies, ids]).toEqual([['one'], [id]])
    expect(stanzaIn(all[0]?.child() as never).attribute('id')).toBe('new')
    await juliet.send(
      chat(ROMEO, 'two', `<stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='${ROMEO}'/><no-store xmlns='${HINTS}'/>`),
    )
    expect((await romeo.query()).bodies).toEqual(['one'])
  })

  test('§4.2: a message is given as it was, with who wrote it, to whom, and when', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    const at = scene.environment.now()
    await romeo.send(
      `<message type='chat' id='m1' to='${JULIET}/balcony' xml:lang='en'><body>“&lt;Hail&gt;” &amp; 'so'</body><x xmlns='urn:example'><y a="&quot;"/></x></message>`,
    )
    scene.environment.advance(5000)
    for (const device of [romeo, juliet]) {
      const { all } = await device.query('', " queryid='f27'")
      expect(all[0]?.attribute('from')).toBe(device.session.account)
      expect(all[0]?.attribute('to')).toBe(device.session.jid.toString())
      const result = all[0]?.child('result', 'urn:xmpp:mam:2')
      expect(result?.attribute('queryid')).toBe('f27')
      const stanza = result && stanzaIn(result)
      expect(stanza?.attributes).toMatchObject({ from: `${ROMEO}/orchard`, to: `${JULIET}/balcony`, id: 'm1' })
      expect(stanza?.attribute('xml:lang')).toBe('en')
      expect(stanza?.childText('body')).toBe(`“<Hail>” & 'so'`)
      expect(stanza?.child('x', 'urn:example')?.child('y')?.attribute('a')).toBe('"')
      const delay = result?.child('forwarded', 'urn:xmpp:forward:0')?.child('delay', 'urn:xmpp:delay')
      expect(delay?.attribute('stamp')).toBe(new Date(at).toISOString())
    }
  })

  test('§6.1.1: what an account sends to itself, or to several of its clients, "only once"', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    const other = await scene.online(`${JULIET}/chamber`)
    await romeo.send(chat(ROMEO, 'note'))
    await romeo.send(`<message type='chat'><body>no address</body></message>`)
    await romeo.send(chat(JULIET, 'to all'))
    expect([juliet.take().length > 0, other.take().length > 0]).toEqual([true, true])
    expect([await bodies(romeo), await bodies(juliet)]).toEqual([['note', 'no address', 'to all'], ['to all']])
  })

  test.each([
    ['chat with a body', `<message type='chat' to='${JULIET}'><body>x</body></message>`, true],
    ['normal with a body', `<message to='${JULIET}'><body>x</body></message>`, true],
    ['an empty body', `<message type='chat' to='${JULIET}'><body/></message>`, true],
    ['a headline', `<message type='headline' to='${JULIET}'><body>x</body></message>`, false],
    ['an error', `<message type='error' to='${JULIET}'><body>x</body></message>`, false],
    ['groupchat', `<message type='groupchat' to='${JULIET}/balcony'><body>x</body></message>`, false],
    ['no content', `<message type='chat' to='${JULIET}'/>`, false],
    [
      'a chat state (XEP-0085) alone',
      `<message type='chat' to='${JULIET}'><composing xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread></message>`,
      false,
    ],
    [
      'a chat state (XEP-0085) with a body',
      `<message type='chat' to='${JULIET}'><body>x</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>`,
      true,
    ],
    ['XEP-0334 no-store', `<message to='${JULIET}'><body>x</body><no-store xmlns='${HINTS}'/></message>`, false],
    [
      'XEP-0334 no-permanent-store',
      `<message to='${JULIET}'><body>x</body><no-permanent-store xmlns='${HINTS}'/></message>`,
      false,
    ],
    ['XEP-0334 store', `<message to='${JULIET}'><store xmlns='${HINTS}'/></message>`, true],
    [
      'XEP-0334 store with a chat state',
      `<message to='${JULIET}'><active xmlns='http://jabber.org/protocol/chatstates'/><store xmlns='${HINTS}'/></message>`,
      true,
    ],
    [
      'XEP-0308: a correction',
      `<message type='chat' to='${JULIET}'><body>y</body><replace id='m1' xmlns='urn:xmpp:message-correct:0'/></message>`,
      true,
    ],
    [
      'XEP-0333: a marker',
      `<message type='chat' to='${JULIET}'><displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/></message>`,
      true,
    ],
    [
      'XEP-0444: reactions',
      `<message type='chat' to='${JULIET}'><reactions id='m1' xmlns='urn:xmpp:reactions:0'><reaction>👋</reaction></reactions></message>`,
      true,
    ],
    [
      'XEP-0461: a reply',
      `<message type='chat' to='${JULIET}'><body>y</body><reply to='${JULIET}' id='m1' xmlns='urn:xmpp:reply:0'/></message>`,
      true,
    ],
    [
      'XEP-0384: what is encrypted',
      `<message type='chat' to='${JULIET}'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>`,
      true,
    ],
    [
      'a notification of pubsub (XEP-0060)',
      `<message to='${JULIET}'><event xmlns='http://jabber.org/protocol/pubsub#event'/></message>`,
      false,
    ],
  ])('%s', async (_title, stanza, isArchived) => {
    const { romeo, juliet } = await (await Scene.open()).both()
    await romeo.send(stanza)
    // Before its archive is asked for, which answers with messages too.
    const hasId = juliet.take().some((each) => each.child('stanza-id', 'urn:xmpp:sid:0') !== undefined)
    expect(hasId).toBe(isArchived)
    expect([(await bodies(romeo)).length, (await bodies(juliet)).length]).toEqual(isArchived ? [1, 1] : [0, 0])
  })

  test('a message to an account that is offline is archived, and one to nobody only for its sender', async () => {
    const scene = await Scene.open()
    const romeo = await scene.online(`${ROMEO}/orchard`)
    await romeo.send(chat(JULIET, 'later'))
    await romeo.send(chat('nobody@example.com', 'void'))
    const juliet = await scene.online(`${JULIET}/balcony`)
    expect([await bodies(romeo), await bodies(juliet)]).toEqual([['later', 'void'], ['later']])
    expect(await scene.storage.archiveOwners('archive/messages')).toEqual([JULIET, ROMEO])
  })

  test('an id of the receiver that the sender made up is not believed (XEP-0359 §3)', async () => {
    const { romeo, juliet } = await (await Scene.open()).both()
    const forged = `<stanza-id xmlns='urn:xmpp:sid:0' by='${JULIET}' id='0000'/>`
    await romeo.send(chat(JULIET, 'x', `${forged}<no-store xmlns='${HINTS}'/>`))
    await romeo.send(chat(JULIET, 'y', forged))
    expect((await juliet.query()).ids).not.toContain('0000')
    expect(await bodies(juliet)).toEqual(['y'])
  })

  test('what a module refuses "should not appear in the archive" of who refused it (§6.1)', async () => {
    const refusing = {
      name: 'refusing',
      setup: (host: { on(...all: unknown[]): () => void }) => [
        host.on('guard', () => new StanzaError('not-acceptable'), { direction: 'inbound' }),
      ],
    }
    const scene = await Scene.open({}, createMemoryStorage(), [refusing as never])
    const { romeo } = await scene.both()
    await romeo.send(chat(JULIET, 'x'))
    expect(await scene.storage.countArchive('archive/messages', JULIET)).toBe(0)
    expect(await scene.storage.countArchive('archive/messages', ROMEO)).toBe(1)
  })

  test('a storage that fails: the sender is told, and nobody’s archive has half of it', async () => {
    const storage = new FaultyStorage(createMemoryStorage())
    const scene = await Scene.open({}, storage)
    const { romeo, juliet } = await scene.both()
    await romeo.send(chat(JULIET, 'first'))
    romeo.take()
    storage.fail('full', 'commit', 1)
    await romeo.send(chat(JULIET, 'second'))
    const errors = romeo.take().filter((each) => each.attribute('type') === 'error')
    expect(errors.map((each) => StanzaError.fromElement(each).condition)).toEqual(['resource-constraint'])
    await romeo.send(chat(JULIET, 'third'))
    expect([await bodies(romeo), await bodies(juliet)]).toEqual([
      ['first', 'third'],
      ['first', 'third'],
    ])
  })

  test('an account that is removed takes its archive with it', async () => {
    const scene = await Scene.open()
    const { romeo, juliet } = await scene.both()
    await romeo.send(chat(JULIET, 'x'))
    await romeo.ask(
      `<iq type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='never'><always/><never/></prefs></iq>`,
    )
    await scene.kernel.accounts.remove(romeo.session.jid.bare)
    await settled()
    expect(await scene.storage.countArchive('archive/messages', ROMEO)).toBe(0)
    expect(await scene.storage.list('archive/preferences', ROMEO)).toEqual(new Map())
    expect(await bodies(juliet)).toEqual(['x'])
  })
})
