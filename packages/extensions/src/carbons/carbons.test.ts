import { parseJid } from '@parlour/jid'
import { defineServerModule } from '@parlour/server-core'
import { type Message, message, readStanza, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { describe, expect, test, vi } from 'vitest'
import { discoServer } from '../disco/server.ts'
import { offlineServer } from '../offline/server.ts'
import { type FakeClient, Scene } from '../scene.fixture.ts'
import { carbonCopies, carbonsServer } from './server.ts'
import { CARBONS_NAMESPACE, readCarbon } from './wire.ts'

const ROMEO = parseJid('romeo@example.com')
const accounts = ['romeo@example.com', 'juliet@example.com']
const modules = [discoServer, offlineServer, carbonsServer]

const request = (change: string, to = '') =>
  `<iq type='set' id='c'${to && ` to='${to}'`}><${change} xmlns='${CARBONS_NAMESPACE}'/></iq>`

/** Romeo at three places, of which garden and street want copies; Juliet at one. */
async function open() {
  const scene = await Scene.open(modules, { accounts })
  const home = await scene.online('romeo@example.com/home')
  const garden = await scene.online('romeo@example.com/garden')
  const street = await scene.online('romeo@example.com/street', -1)
  const juliet = await scene.online('juliet@example.com/balcony')
  for (const client of [garden, street]) await client.request(request('enable'))
  const all = { home, garden, street, juliet }
  for (const client of Object.values(all)) client.take()
  return { scene, ...all }
}

/** What Romeo's clients got since the last look, in short. */
function heard(...clients: readonly FakeClient[]): string[] {
  return clients.map((client) => client.take().map(describeMessage).join(', '))
}

function describeMessage(element: Element): string {
  const stanza = readStanza(element) as Message
  const carbon = readCarbon(stanza, ROMEO)
  return carbon ? `${carbon.direction} ${carbon.message.body ?? carbon.message.type}` : (stanza.body ?? stanza.type)
}

describe('XEP-0280 §3: discovery', () => {
  test('§6.2: "urn:xmpp:carbons:rules:0" is announced too', async () => {
    const { home } = await open()
    const info = await home.request(
      "<iq type='get' id='1' to='example.com'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    )
    for (const feature of ['urn:xmpp:carbons:2', 'urn:xmpp:carbons:rules:0'])
      expect(info.toString()).toContain(`var='${feature}'`)
  })
})

describe('XEP-0280 §4, §5: enabling and disabling', () => {
  test('§10.1: "the server MUST allow the client to enable and disable the protocol multiple times"', async () => {
    const { home, garden, juliet } = await open()
    for (const change of ['enable', 'enable', 'disable', 'disable', 'enable']) {
      const answer = await garden.request(request(change))
      expect([answer.attribute('type'), answer.children]).toEqual(['result', []])
      await juliet.send(message({ to: 'romeo@example.com/home', type: 'chat', body: 'hi' }))
      expect(heard(home, garden)).toEqual(['hi', change === 'enable' ? 'received hi' : ''])
    }
  })

  test('§4.1: <not-allowed/> for another account', async () => {
    const { juliet } = await open()
    for (const to of ['romeo@example.com', 'nobody@example.com']) {
      const answer = await juliet.request(request('enable', to))
      expect(answer.child('error')?.elements()[0]?.name).toBe('not-allowed')
    }
  })

  test('a session that has ended gets nothing, and one of the same resource has to ask again', async () => {
    const { scene, home, garden, street, juliet } = await open()
    await garden.disconnect()
    await street.disconnect()
    const again = await scene.online('romeo@example.com/garden')
    for (const client of [again, home, street]) client.take()
    await juliet.send(message({ to: 'romeo@example.com/home', type: 'chat', body: 'hi' }))
    expect(heard(home, again, garden, street)).toEqual(['hi', '', '', ''])
  })

  test('XEP-0386 §3.2: along with binding, by who asks for it', async () => {
    const { scene, home, street } = await open()
    const feature = scene.kernel.router.host('example.com')?.bindFeatures.get(CARBONS_NAMESPACE)
    await street.request(request('disable'))
    for (const [wish, expected] of [
      [undefined, ''],
      [el('disable', CARBONS_NAMESPACE), ''],
      [el('enable', CARBONS_NAMESPACE), 'sent hi'],
    ] as const) {
      expect(feature?.bound(street.session, wish)).toBeUndefined()
      await home.send(message({ to: 'juliet@example.org', type: 'chat', body: 'hi' }))
      expect(heard(street)).toEqual([expected])
    }
  })

  test('by the service, for modules that negotiate it otherwise', async () => {
    const other = defineServerModule({
      name: 'other',
      requires: ['carbons'],
      setup: (host) => [host.on('sessionBound', (session) => host.use(carbonCopies).enable(session))],
    })
    const scene = await Scene.open([carbonsServer, other], { accounts })
    const [home, garden] = [
      await scene.connect('romeo@example.com/home'),
      await scene.connect('romeo@example.com/garden'),
    ]
    await home.send(message({ to: 'juliet@example.org', type: 'chat', body: 'hi' }))
    expect(heard(garden)).toEqual(['sent hi'])
    await garden.disconnect()
    await home.send(message({ to: 'juliet@example.org', type: 'chat', body: 'hi' }))
    expect(garden.take()).toEqual([])
  })
})

describe('XEP-0280 §7: receiving', () => {
  test('the copy: type kept, from the bare JID, to the full JID, <received/> around <forwarded/> around the original', async () => {
    const { garden, street, juliet } = await open()
    const sent = message({ to: 'romeo@example.com/garden', type: 'chat', id: '7', body: "What man art thou <&>'" })
    await juliet.send(sent)
    const [original] = garden.take()
    const [copy, ...more] = street.take()
    expect(more).toEqual([])
    expect(copy?.toString()).toBe(
      `<message xmlns='jabber:client' from='romeo@example.com' type='chat' to='romeo@example.com/street'>` +
        `<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>${original}</forwarded></received></message>`,
    )
  })

  test('"to each Carbons-enabled resource … that did not receive it under the RFC 6121 delivery rules"', async () => {
    const { home, garden, street, juliet } = await open()
    await juliet.send(message({ to: 'romeo@example.com', type: 'chat', body: 'to the account' }))
    expect(heard(home, garden, street)).toEqual(['to the account', 'to the account', 'received to the account'])
    await juliet.send(message({ to: 'romeo@example.com/nowhere', type: 'chat', body: 'to nobody' }))
    expect(heard(home, garden, street)).toEqual(['to nobody', 'to nobody', 'received to nobody'])
    await juliet.send(message({ to: 'romeo@example.com/home', body: 'to one' }))
    expect(heard(home, garden, street)).toEqual(['to one', 'received to one', 'received to one'])
  })

  test('from other servers and components', async () => {
    const { scene, home, garden } = await open()
    const from = 'nurse@example.org/attic'
    void scene.kernel.router.route(
      readStanza(message({ from, to: 'romeo@example.com/home', type: 'chat', body: 'good morrow' })),
    )
    expect(heard(home, garden)).toEqual(['good morrow', 'received good morrow'])
  })

  test('what is kept for later is copied to who is online, and not to who will get it itself', async () => {
    const { scene, home, garden, street, juliet } = await open()
    await home.disconnect()
    await garden.disconnect()
    const fresh = await scene.connect('romeo@example.com/fresh')
    await fresh.request(request('enable'))
    street.take()
    await juliet.send(message({ to: 'romeo@example.com', type: 'chat', body: 'later' }))
    expect(heard(street, fresh)).toEqual(['received later', ''])
    await fresh.send('<presence/>')
    await vi.waitFor(() => expect(fresh.bodies()).toEqual(['later']))
  })

  test('what the server refuses is not copied', async () => {
    const { garden, street, juliet } = await open()
    await juliet.send(message({ to: 'romeo@example.com/nowhere', body: 'normal to no such resource' }))
    expect(juliet.take().map((each) => each.attribute('type'))).toEqual(['error'])
    expect(heard(garden, street)).toEqual(['', ''])
  })
})

describe('XEP-0280 §8: sending', () => {
  test('"irrespective of whether the sending client has carbons enabled", and "excluding the sending client"', async () => {
    const { home, garden, street, juliet } = await open()
    await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'from home' }))
    expect(heard(home, garden, street, juliet)).toEqual(['', 'sent from home', 'sent from home', 'from home'])
    await garden.send(message({ to: 'juliet@example.com/balcony', type: 'chat', body: 'from garden' }))
    expect(heard(home, garden, street, juliet)).toEqual(['', '', 'sent from garden', 'from garden'])
    await garden.send(message({ to: 'nurse@example.org', type: 'chat', id: '1', body: 'elsewhere' }))
    expect(heard(street)).toEqual(['sent elsewhere, received error'])
  })

  test('to oneself: each client gets it once', async () => {
    const { home, garden, street } = await open()
    await garden.send(message({ to: 'romeo@example.com/home', type: 'chat', body: 'note' }))
    expect(heard(home, garden, street)).toEqual(['note', '', 'sent note'])
    await garden.send(message({ type: 'chat', body: 'note to all' }))
    expect(heard(home, garden, street)).toEqual(['note to all', 'note to all', 'sent note to all'])
  })

  test('what an outbound handler refuses has not been sent', async () => {
    const guard = defineServerModule({
      name: 'guard',
      setup: (host) => [host.on('guard', () => new StanzaError('not-acceptable'), { direction: 'outbound' })],
    })
    const scene = await Scene.open([carbonsServer, guard], { accounts })
    const [home, garden] = [
      await scene.connect('romeo@example.com/home'),
      await scene.connect('romeo@example.com/garden'),
    ]
    await garden.request(request('enable')).catch(() => {})
    await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'x' }))
    expect(heard(garden)).toEqual([''])
  })

  test('the content of all copies is written once', async () => {
    const { scene, home, garden } = await open()
    const third = await scene.online('romeo@example.com/third')
    await third.request(request('enable'))
    const text = vi.spyOn(garden.stream, 'send')
    const textToo = vi.spyOn(third.stream, 'send')
    await home.send(message({ to: 'juliet@example.com', type: 'chat', body: 'x' }))
    const contents = [text, textToo].map(({ mock }) => String(mock.calls[0]?.[0]).replace(/ to='romeo[^']*'/, ''))
    expect(contents[0]).toBe(contents[1])
  })
})

describe('XEP-0280 §6.1: which messages are eligible', () => {
  const roomUser = (...children: Element[]) => el('x', 'http://jabber.org/protocol/muc#user', {}, ...children)
  const invitation = roomUser(el('invite', 'http://jabber.org/protocol/muc#user', { to: 'a@b' }))
  const state = el('active', 'http://jabber.org/protocol/chatstates')
  test.each<[string, Parameters<typeof message>[0], sent: boolean, received?: boolean]>([
    ['"it is of type chat"', { type: 'chat' }, true],
    ['"it is of type normal and contains a <body> element"', { body: 'x' }, true],
    ['normal without body', { subject: 'x' }, false],
    ['headline', { type: 'headline', body: 'x' }, false],
    ['payload of XEP-0085', { children: [state] }, true],
    ['payload of XEP-0184', { children: [el('received', 'urn:xmpp:receipts', { id: '1' })] }, true],
    ['payload of XEP-0333', { type: 'headline', children: [el('displayed', 'urn:xmpp:chat-markers:0')] }, true],
    ['groupchat "SHOULD NOT be carbon-copied"', { type: 'groupchat', body: 'x', children: [state] }, false],
    ['direct invitation (XEP-0249)', { children: [el('x', 'jabber:x:conference', { jid: 'r@c' })] }, true],
    ['mediated invitation', { children: [invitation] }, true],
    ['private message to or from an occupant', { type: 'chat', body: 'x', children: [roomUser()] }, true, false],
    ['error that answers nothing', { type: 'error', id: 'none' }, false],
    ['§9: <private/>', { type: 'chat', children: [el('private', CARBONS_NAMESPACE)] }, false],
    ['§9: <no-copy/>', { type: 'chat', children: [el('no-copy', 'urn:xmpp:hints')] }, false],
  ])('%s', async (_, fields, isSentCopied, isReceivedCopied = isSentCopied) => {
    const { home, garden, juliet } = await open()
    await home.send(message({ ...fields, to: 'juliet@example.com/balcony' }))
    expect(garden.take()).toHaveLength(isSentCopied ? 1 : 0)
    await juliet.send(message({ ...fields, to: 'romeo@example.com/home' }))
    expect(garden.take()).toHaveLength(isReceivedCopied ? 1 : 0)
  })

  test('§9, interoperability note: <private/> is not removed from what is delivered', async () => {
    const { home, juliet } = await open()
    await home.send(message({ to: 'juliet@example.com', type: 'chat', children: [el('private', CARBONS_NAMESPACE)] }))
    expect(juliet.take()[0]?.child('private', CARBONS_NAMESPACE)).toBeDefined()
  })

  test('"it is of type error and it was sent in response to a message that was eligible"', async () => {
    const { home, garden, juliet } = await open()
    const error = (to: string, id: string) => message({ to, id, type: 'error' })
    await home.send(message({ to: 'juliet@example.com', type: 'chat', id: 'chat', body: 'x' }))
    await home.send(message({ to: 'juliet@example.com', id: 'other' }))
    garden.take()
    for (const id of ['chat', 'other']) await juliet.send(error('romeo@example.com/home', id))
    expect(heard(home, garden)).toEqual(['error, error', 'received error'])
    await juliet.send(message({ to: 'romeo@example.com/home', type: 'chat', id: 'hers', body: 'x' }))
    for (const client of [garden, juliet]) client.take()
    await juliet.send(error('romeo@example.com/home', 'hers'))
    expect(heard(garden)).toEqual([''])
    await home.send(error('juliet@example.com/balcony', 'hers'))
    expect(heard(garden, juliet)).toEqual(['sent error', 'error'])
  })

  test('an error of this server is copied as one from elsewhere is', async () => {
    const { home, garden } = await open()
    await home.send(message({ to: 'nobody@example.com', type: 'chat', id: '1', body: 'x' }))
    expect(heard(home, garden)).toEqual(['error', 'sent x, received error'])
  })

  test('of the messages that an error may answer, the last 100 are remembered', async () => {
    const { home, garden, juliet } = await open()
    for (let id = 0; id <= 100; id++)
      await home.session.receive(message({ to: 'juliet@example.com', type: 'chat', id: `${id}`, body: 'x' }))
    garden.take()
    for (const id of ['0', '1']) await juliet.send(message({ to: 'romeo@example.com/home', id, type: 'error' }))
    expect(heard(garden)).toEqual(['received error'])
    const id = 'x'.repeat(257)
    await home.send(message({ to: 'juliet@example.com', type: 'chat', id, body: 'x' }))
    await juliet.send(message({ to: 'romeo@example.com/home', id, type: 'error' }))
    expect(heard(garden)).toEqual(['sent x'])
  })
})

test('XEP-0280 §10.3: when a copy bounces, "the server MUST NOT forward that error back to the original sender"', async () => {
  const { home, garden, street, juliet } = await open()
  await juliet.send(message({ to: 'romeo@example.com/home', type: 'chat', id: '1', body: 'x' }))
  const [copy] = garden.take()
  for (const client of [home, street]) client.take()
  await garden.send(message({ to: copy?.attribute('from'), id: copy?.attribute('id'), type: 'error' }))
  for (const client of [home, garden, street, juliet]) expect(client.take()).toEqual([])
})
