import { errorReply, Message, message, StanzaError } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { carbonsClient } from '../carbons/client.ts'
import { carbonsServer } from '../carbons/server.ts'
import { delayElement } from '../delay/wire.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { reactionsClient } from './client.ts'
import { Tally } from './tally.ts'
import { reactableId, reactionsElement, reactionsMessage, readReactionRestrictions, readReactions } from './wire.ts'

const parse = (attributes: string, content: string) =>
  new Message(parseXml(`<message xmlns='jabber:client' ${attributes}>${content}</message>`))
const reactions = (...children: string[]) =>
  `<reactions id='m1' xmlns='urn:xmpp:reactions:0'>${children.map((each) => `<reaction>${each}</reaction>`).join('')}</reactions>`

test('XEP-0444 §3.1, example 4: what is sent, with the hint store (§4)', () => {
  const fields = { to: 'romeo@capulet.net/orchard', id: '744f6e18', messageId: '7fdd29fa', reactions: ['👋', '👋'] }
  expect(reactionsMessage(fields).toString()).toBe(
    "<message xmlns='jabber:client' to='romeo@capulet.net/orchard' id='7fdd29fa' type='chat'>" +
      "<reactions xmlns='urn:xmpp:reactions:0' id='744f6e18'><reaction>👋</reaction></reactions><store xmlns='urn:xmpp:hints'/></message>",
  )
  expect(reactionsMessage({ ...fields, store: false }).toString()).not.toContain('store')
})

test.each([
  ['several', reactions('👋', '🐢'), ['👋', '🐢']],
  ['§4: "SHOULD ignore duplicate reactions"', reactions('👋', '👋'), ['👋']],
  ['§3.2: none: they are taken back', reactions(), []],
  ['empty ones and long ones are passed over', reactions('', 'x'.repeat(65), '❤️'), ['❤️']],
  ['§4: "MUST NOT contain more than one <reactions> element"', reactions('👋') + reactions('🐢'), undefined],
  ['no id', "<reactions xmlns='urn:xmpp:reactions:0'><reaction>👋</reaction></reactions>", undefined],
])('read: %s', (_, content, expected) => {
  expect(readReactions(parse("type='chat'", content).element)?.reactions).toEqual(expected)
  expect(readReactions(parse("type='error'", content).element)).toBeUndefined()
})

test('what is read of one message is bounded', () => {
  const many = Array.from({ length: 1000 }, (_, at) => String(at))
  expect(
    readReactions(message({ children: [reactionsElement({ id: '1', reactions: many })] }))?.reactions,
  ).toHaveLength(100)
})

test('§4.2: which id', () => {
  const ids = "<origin-id xmlns='urn:xmpp:sid:0' id='o'/><stanza-id xmlns='urn:xmpp:sid:0' by='coven@x' id='s'/>"
  expect(reactableId(parse("type='groupchat' from='coven@x/witch' id='m'", ids))).toBe('s')
  expect(reactableId(parse("type='groupchat' from='coven@x/witch' id='m'", ''))).toBeUndefined()
  expect(reactableId(parse("type='chat' from='a@x/1' id='m'", ids))).toBe('o')
  expect(reactableId(parse("type='chat' from='a@x/1' id='m'", ''))).toBe('m')
})

test('§2.2: restrictions', () => {
  const form = {
    type: 'result' as const,
    formType: 'urn:xmpp:reactions:0:restrictions',
    fields: [
      { name: 'max_reactions_per_user', values: ['1'] },
      { name: 'allowlist', values: ['💘', '❤️'] },
    ],
  }
  expect(readReactionRestrictions([form])).toEqual({ maxPerUser: 1, allowed: ['💘', '❤️'] })
  expect(readReactionRestrictions([])).toEqual({})
})

describe('§3.2, §4.1: the latest set of a sender replaces the one before', () => {
  test('of each sender; "SHOULD only be accepted if no newer reaction … was already accepted"', () => {
    const tally = new Tally()
    expect(tally.set('a', { id: '1', reactions: ['👋', '🐢'] }, 10)).toBe(true)
    expect(tally.set('b', { id: '1', reactions: ['👋'] }, 5)).toBe(true)
    expect(tally.set('a', { id: '1', reactions: ['💘'] }, 9)).toBe(false)
    expect(tally.counts('1')).toEqual(
      new Map([
        ['👋', ['a', 'b']],
        ['🐢', ['a']],
      ]),
    )
    tally.set('a', { id: '1', reactions: [] }, 11)
    expect(tally.counts('1')).toEqual(new Map([['👋', ['b']]]))
  })

  test('is bounded: the message that was longest without a reaction is forgotten', () => {
    const tally = new Tally()
    for (let at = 0; at < 1001; at++) tally.set('a', { id: `${at}`, reactions: ['👋'] }, at)
    expect([tally.counts('0').size, tally.counts('1').size]).toEqual([0, 1])
  })
})

describe('the client', () => {
  const open = async () => {
    const scene = await Scene.open([carbonsServer], { accounts: ['romeo@example.com', 'juliet@example.com'] })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.connect('juliet@example.com/balcony')
    const heard: string[] = []
    const listen = (client: typeof romeo) =>
      client
        .use(reactionsClient)
        .onChange((change) => heard.push(`${change.sender} ${change.id} ${change.reactions.join('')}`))
    listen(romeo)
    const hello = new Message(message({ from: 'juliet@example.com/balcony', to: romeo.jid, type: 'chat', id: 'm1' }))
    return { scene, romeo, juliet, heard, hello, listen }
  }

  test('reacts, adds and takes back; the other side hears all of it', async () => {
    const { romeo, juliet, heard, hello } = await open()
    const api = romeo.use(reactionsClient)
    await api.react(hello, ['👋'])
    await api.react(hello, ['👋', '🐢'])
    expect(api.to(hello)).toEqual(
      new Map([
        ['👋', ['romeo@example.com']],
        ['🐢', ['romeo@example.com']],
      ]),
    )
    await api.react(hello, [])
    expect(heard).toEqual(['romeo@example.com m1 👋', 'romeo@example.com m1 👋🐢', 'romeo@example.com m1 '])
    expect(juliet.take().map((each) => readReactions(each)?.reactions)).toEqual([['👋'], ['👋', '🐢'], []])
    await expect(api.react(new Message(message({ from: 'a@x', body: 'x' })), ['👋'])).rejects.toThrow(RangeError)
  })

  test("hears of a contact's, and counts a delayed one only if it is newer", async () => {
    const { romeo, juliet, heard, hello, scene } = await open()
    const send = (emoji: string, ...more: ReturnType<typeof delayElement>[]) =>
      juliet.send(
        message({
          to: romeo.jid,
          type: 'chat',
          children: [reactionsElement({ id: 'm1', reactions: [emoji] }), ...more],
        }),
      )
    await send('👋')
    await send('💔', delayElement({ stamp: scene.environment.now() - 1000 }))
    expect(heard).toEqual(['juliet@example.com m1 👋'])
    expect(romeo.use(reactionsClient).to(hello)).toEqual(new Map([['👋', ['juliet@example.com']]]))
  })

  test('§3.3: refused, "MUST revert … to its previous state"; only by who got it', async () => {
    const { romeo, juliet, heard, hello, scene } = await open()
    const api = romeo.use(reactionsClient)
    await api.react(hello, ['💘'])
    await api.react(hello, ['💘', '💜'])
    const [, refused] = juliet.take()
    const refusal = errorReply(refused as never, new StanzaError('not-acceptable')) as never
    const stranger = await scene.connect('juliet@example.com/other')
    const other = await scene.connect('romeo@example.com/other')
    await other.send(refusal)
    expect(heard).toHaveLength(2)
    await juliet.send(refusal)
    expect(heard.at(-1)).toBe('romeo@example.com m1 💘')
    await stranger.send(refusal)
    expect(heard).toHaveLength(3)
  })

  test('hears what another client of the account reacts', async () => {
    const { scene, romeo, hello, heard, listen } = await open()
    await using street = await scene.client('romeo@example.com/street')
    await street.use(carbonsClient).enable()
    listen(street)
    await romeo.use(reactionsClient).react(hello, ['👋'])
    await settled()
    expect(heard).toEqual(Array(2).fill('romeo@example.com m1 👋'))
  })

  test('in a room: to the room, by the id that it gave; whose it is says the occupant id', async () => {
    const { romeo, heard, scene } = await open()
    const stanzaId = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.com' id='s1'/>"
    const inRoom = parse(
      "type='groupchat' from='juliet@example.com/witch' to='romeo@example.com/orchard' id='1'",
      stanzaId,
    )
    const sent: string[] = []
    romeo.outgoing((stanza) => {
      sent.push(`${stanza.attribute('type')} ${stanza.attribute('to')} ${readReactions(stanza)?.id}`)
      return stanza
    })
    await romeo.use(reactionsClient).react(inRoom, ['👋'])
    expect([sent, heard]).toEqual([['groupchat juliet@example.com s1'], []])
    const room = await scene.connect('juliet@example.com/witch')
    const occupant = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o7'/>"
    const content = reactions('👋').replace('m1', 's1')
    await room.send(`<message type='groupchat' to='${romeo.jid}'>${content}${occupant}</message>`)
    await room.send(`<message type='groupchat' to='${romeo.jid}'>${content}</message>`)
    expect(heard).toEqual(['o7 s1 👋', 'juliet@example.com/witch s1 👋'])
    const forged = occupant.replace('o7', 'juliet@example.com/witch')
    const thief = await scene.connect('juliet@example.com/thief')
    await thief.send(`<message type='groupchat' to='${romeo.jid}'>${content}${forged}</message>`)
    expect(heard.at(-1)).toBe('juliet@example.com/thief s1 👋')
  })
})
